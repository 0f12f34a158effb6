"""The latest result of each benchmark as Markdown tables, for the README."""

import argparse
import json
from pathlib import Path

from common import in_markdown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=Path(__file__).with_name("results.jsonl"))
    lines = parser.parse_args().results.read_text(encoding="utf-8").splitlines()
    latest = {entry["benchmark"]: entry for entry in map(json.loads, lines)}
    for benchmark, entry in sorted(latest.items()):
        print(f"### {benchmark}\n\n{in_markdown(entry)}")


if __name__ == "__main__":
    main()
