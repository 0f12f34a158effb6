"""Fails unless the wheel holds all of `src`, and plays from a fresh environment that knows nothing of this checkout."""

import os
import shlex
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PIP = ["-m", "pip", "--quiet", "--disable-pip-version-check"]
FLAGS = shlex.split(os.environ.get("PIP_FLAGS", ""))  # as for make
PLAYED = """
import sys
from pathlib import Path
import ganola
from ganola.music.io.files import read_score
if not Path(ganola.__file__).is_relative_to(sys.prefix):
    sys.exit(f"this is not the ganola that was installed, but {ganola.__file__}")
midi = sorted(Path("phrases").glob("*.mid"))
if len(midi) != 2 or any(len(read_score(path).notes) < 8 for path in midi):
    sys.exit("the two phrases do not read back as music")
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, *PIP, "wheel", *FLAGS, "--no-deps", "--wheel-dir", folder, CHECKOUT, within=CHECKOUT)
        (wheel,) = folder.glob("*.whl")
        missing = wanted() - set(zipfile.ZipFile(wheel).namelist())
        if missing:
            sys.exit(f"the wheel lacks {', '.join(sorted(missing))}")
        venv.create(folder / "fresh", with_pip=True)
        commands = folder / "fresh" / "bin"
        constraints = CHECKOUT / "constraints.txt"
        run(commands / "python", *PIP, "install", *FLAGS, "--no-compile", "-c", constraints, wheel, within=folder)
        run(commands / "python", "-m", "ganola", "--version", within=folder)
        run(commands / "ganola", "generate", "--count", "2", "--out", "phrases", within=folder)
        run(commands / "python", "-c", PLAYED, within=folder)
        run(commands / "ganola", "train", "--help", within=folder, show=False)
        print(f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB, plays from an environment of its own")


def wanted() -> set[str]:
    """All files of `src` that are not made by Python itself, by their names in a wheel."""
    source = CHECKOUT / "src"
    files = (path for path in source.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
    return {path.relative_to(source).as_posix() for path in files}


def run(*words: str | Path, within: Path, show: bool = True) -> None:
    """Run a command that has to succeed, and that this checkout's own environment does not reach."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    shown = None if show else subprocess.DEVNULL
    subprocess.run(words, cwd=within, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=shown)


if __name__ == "__main__":
    main()
