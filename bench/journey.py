"""A journey through every command, with numbers of all that it makes: to be the same before and after a change.

Commands are called as a person calls them, so that the code behind them can be moved and renamed. Of models the tensors
count, not their names; of reports the numbers, not their keys. Weights are the same on the same kind of machine only,
so that `--record` comes before the change and `--check` after it, on one machine.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

STEPS = 12
SMALL = ("--set", "training.batch=8", "--steps", str(STEPS), "--threads", "1", "--seed", "3")
RECIPES = ("default", "gan", "musegan", "prototype")
COUNT = 60  # phrases that are evaluated


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    does = parser.add_mutually_exclusive_group(required=True)
    does.add_argument("--record", type=Path, metavar="FILE", help="write what was seen to this file")
    does.add_argument("--check", type=Path, metavar="FILE", help="say what differs from this file")
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="some music of your own, to be built too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = dict(stops(Path(folder), chosen.music.resolve() if chosen.music else None))
    if chosen.record:
        chosen.record.write_text(json.dumps(seen, indent=1) + "\n", encoding="utf-8")
        return
    before = json.loads(chosen.check.read_text(encoding="utf-8"))
    changed = [name for name in seen.keys() | before.keys() if seen.get(name) != before.get(name)]
    for name in sorted(changed):
        print(f"{name}: was {before.get(name)}, is {seen.get(name)}")
    print(f"{len(seen) - len(changed)} of {len(seen)} are the same")
    sys.exit(bool(changed))


def stops(folder: Path, music: Path | None) -> Iterator[tuple[str, Any]]:
    """Each thing seen on the way, by name."""
    ganola(folder, "corpus", "build", "chorales", "--out", "c.corpus", "--workers", "1")
    yield "corpus, notes", digest_of(sorted((folder / "c.corpus").glob("*.npy")))
    yield "corpus, fingerprint", json.loads((folder / "c.corpus" / "manifest.json").read_text())["fingerprint"]
    if music is not None:
        ganola(folder, "corpus", "build", music, "--out", "m.corpus", "--workers", "1")
        yield "music, notes", digest_of(sorted((folder / "m.corpus").glob("*.npy")))
    ganola(folder, "corpus", "export", "c.corpus", "--out", "exported")
    yield "exported", digest_of(sorted((folder / "exported").rglob("*.mid")))
    for recipe in RECIPES:
        ganola(folder, "train", "c.corpus", "--recipe", recipe, "--out", recipe, *SMALL)
        for file in ("model.safetensors", "last.safetensors"):
            if (folder / recipe / file).exists():
                yield f"{recipe}, {file}", tensors(folder / recipe / file)
        yield f"{recipe}, judged", numbers_of(folder / recipe / "validation.jsonl")
    for model in ("chorales", "default"):
        formats = ("--format", "mid,wav,png,musicxml") if model == "chorales" else ("--format", "mid")
        ganola(folder, "generate", model, "--count", "6", "--seed", "5", "--out", f"p-{model}", *formats)
        for suffix in ("mid", "wav", "png", "musicxml"):
            files = sorted((folder / f"p-{model}").glob(f"*.{suffix}"))
            if files:
                yield f"phrases of {model}, {suffix}", digest_of(files)
    ganola(
        folder, "generate", "chorales", "--count", "4", "--key", "D", "--tempo", "99", "--format", "mid", "--out", "d"
    )
    yield "phrases in D", digest_of(sorted((folder / "d").glob("*.mid")))
    ganola(folder, "judge", "default", "p-chorales", "--out", "judged")
    yield "judge", numbers_of(*sorted((folder / "judged").glob("*.json")))
    music_of_both = ("chorales", "p-chorales")
    ganola(folder, "evaluate", *music_of_both, "--corpus", "c.corpus", "--count", COUNT, "--out", "r.html")
    yield "evaluation", numbers_of(folder / "r.json")


def ganola(folder: Path, *words: object) -> None:
    print("ganola", *words, file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "ganola", *map(str, words)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")


def digest_of(files: list[Path]) -> str:
    """Of files by their content, in the order of their names."""
    return f"{len(files)} files, {hashlib.sha256(b''.join(path.read_bytes() for path in files)).hexdigest()[:16]}"


def tensors(path: Path) -> str:
    """Of a model's tensors, whatever they are called."""
    each = sorted(hashlib.sha256(tensor.tobytes()).hexdigest() for tensor in load_file(path).values())
    return f"{len(each)} tensors, {hashlib.sha256(''.join(each).encode()).hexdigest()[:16]}"


def numbers_of(*files: Path) -> str:
    """Of the numbers in JSON, whatever they are called: those with a fraction, but for times and checksums."""
    found: Counter[float] = Counter()
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text("utf-8")]
        for line in lines:
            found.update(numbers(json.loads(line)))
    ordered = json.dumps(sorted(found.items()))
    return f"{found.total()} numbers, {hashlib.sha256(ordered.encode()).hexdigest()[:16]}"


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("seconds", "checksum"):
                yield from numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner)
    elif isinstance(value, float) and not value.is_integer():
        yield value


if __name__ == "__main__":
    main()
