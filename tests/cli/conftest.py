import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ganola.cli.main import main
from tests.corpora import write_tunes


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def ganola(capsys, monkeypatch, tmp_path):
    """Runs a command in a folder of its own, in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["ganola", *map(str, words)])
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


@pytest.fixture
def in_shell(tmp_path):
    """Starts a command in a folder of its own, as a process of its own."""

    def start(*words: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "ganola", *map(str, words)],
            cwd=tmp_path,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def tunes(tmp_path) -> Path:
    write_tunes(tmp_path / "tunes")
    return tmp_path / "tunes"


SMALL = (
    "--set", "networks.architecture=mlp", "--set", "networks.width=16", "--set", "networks.encoder_width=8",
    "--set", "training.batch=4",
)  # fmt: skip
