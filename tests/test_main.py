"""Ctrl-C, from the first import on: one line, status 130, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganola.errors import INTERRUPTED

CTRL_C = "import signal; signal.raise_signal(signal.SIGINT)"


def interrupted_at(package: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m ganola` with these words, in a folder of its own; Ctrl-C comes when it imports `package`."""
    (folder / "first" / package).mkdir(parents=True)
    (folder / "first" / package / "__init__.py").write_text(CTRL_C)
    path = os.pathsep.join([str(folder / "first"), *sys.path])
    return subprocess.run(
        [sys.executable, "-m", "ganola", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("rich", ["--version"]),
        ("typer", ["--help"]),
        ("torch", ["generate"]),
        ("numpy", ["corpus", "build", ".", "--out", "c"]),
    ],
)
def test_ctrl_c_while_a_package_is_imported(package: str, words: list[str], tmp_path: Path) -> None:
    ended = interrupted_at(package, tmp_path, *words)
    assert (ended.stderr, ended.stdout, ended.returncode) == ("Stopped.\n", "", INTERRUPTED)
    assert [path.name for path in tmp_path.iterdir()] == ["first"]


def test_a_module_that_is_run_is_the_command(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ganola", "train", "--stesp", "3"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[0] == "ganola: there is no option --stesp"
