import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support import Said, run_command
from tests.corpora import write_tunes
from tests.models import few_phrases


@pytest.fixture(autouse=True, scope="module")
def _few_phrases() -> Iterator[None]:
    with few_phrases():
        yield


@pytest.fixture
def ganola(capsys, monkeypatch, tmp_path):
    """Runs a command in a folder of its own, in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Said:
        status = run_command(*words)
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
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def tunes(tmp_path) -> Path:
    write_tunes(tmp_path / "tunes")
    return tmp_path / "tunes"
