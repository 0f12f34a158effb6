"""The examples of docs/extending.md for commands and for formats to write: each works once it is added."""

import sys
from types import ModuleType

from ganola.app.defaults import BUILT_IN
from ganola.cli import main
from ganola.playing.formats import FORMATS
from tests.extending import run_example


def test_a_format_to_write(ganola, monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(FORMATS, "pitches", bytes)  # so that it is gone afterwards
    run_example("A format to write")
    said = ganola("generate", BUILT_IN, "--count", 1, "--format", "pitches", "--out", "some")
    assert said.status == 0, said.err
    pitches = (tmp_path / "some" / f"{BUILT_IN}-seed0-001.pitches").read_text().split()
    assert all(36 <= int(pitch) < 84 for pitch in pitches)
    assert len(pitches) > 50


def test_a_command(ganola, monkeypatch) -> None:
    module = ModuleType("ganola.cli.commands.tempo")
    vars(module).update(run_example("A command"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(main, "app", main.make_app((*main.COMMANDS, "tempo")))
    assert ganola("tempo", BUILT_IN).out == "90 quarter notes a minute\n"
    assert "Example: ganola tempo runs/bach" in ganola("tempo", "--help").out
