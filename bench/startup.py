"""How long a command takes as a whole process, from the shell and back, beside Python and torch alone."""

import subprocess
import sys
import tempfile
from pathlib import Path

from common import options, report, spread, timed

GANOLA = Path(sys.executable).with_name("ganola")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("model", nargs="?", type=Path, help="a model.safetensors; without it nothing is generated")
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    commands: dict[str, list[str | Path]] = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "ganola --help": [GANOLA, "--help"],
        'python -c "import torch"': [sys.executable, "-c", "import torch"],
    }
    if chosen.model:
        commands["ganola generate MODEL --count 1"] = [GANOLA, "generate", chosen.model, "--count", "1", "--out"]
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for warm in [False, *[True] * chosen.rounds]:  # in turn; the first round fills the disk's cache
        for name, words in commands.items():
            took = run(words)
            if warm:
                seconds[name].append(took)
    rows = [{"command": name, **spread(walls), "rounds": len(walls)} for name, walls in seconds.items()]
    report("startup", {"Wall seconds": rows}, chosen.save)


def run(words: list[str | Path]) -> float:
    """Wall seconds of a command; one that ends in --out is given a folder that vanishes."""
    with tempfile.TemporaryDirectory() as folder:
        whole = [*words, Path(folder) / "phrases"] if words[-1] == "--out" else words
        return timed(lambda: subprocess.run(whole, check=True, capture_output=True), repeats=1, warm_up=0)[0]


if __name__ == "__main__":
    main()
