"""What `ganola train` says of a training that goes wrong, and how it ends."""

import json
from dataclasses import replace

import pytest

from ganola.training.checkup import Checkup
from ganola.training.run import CHECKPOINT, DOCTOR
from tests.cli.conftest import SMALL
from tests.corpora import tiny_corpus

OFTEN = ("--set", "training.judge_every=8", "--set", "training.critic_lead=0", "--set", "warm_start.share=0")


@pytest.fixture
def silent(ganola, tmp_path, monkeypatch):
    """Trains on a small corpus, and the doctor hears no note."""
    tiny_corpus(tmp_path)
    chart = Checkup.chart
    monkeypatch.setattr(Checkup, "chart", lambda *given: replace(chart(*given), silent=1.0))
    return lambda *words: ganola("train", *words)


def test_it_says_once_what_is_wrong_and_again_at_the_end(silent, tmp_path) -> None:
    said = silent("tiny.corpus", *SMALL, *OFTEN, "--steps", 12, "--out", "run")
    assert said.status == 0
    lines = [line for line in said.err.splitlines() if "silent" in line or "silence" in line]
    assert lines == [
        "After 24 samples: The generator is silent: 100 % of its phrases have no note. "
        "Next time: --set warm_start.share=0.5",
        "The doctor found: silence from 24 samples on (doctor.jsonl says more)",
    ]
    kept = [json.loads(line) for line in (tmp_path / "run" / DOCTOR).read_text().splitlines()]
    assert [finding["name"] for line in kept for finding in line.get("found", [])] == ["silence"]


def test_a_strict_one_stops_with_status_3_and_says_how_to_go_on(silent, tmp_path) -> None:
    said = silent("tiny.corpus", *SMALL, *OFTEN, "--steps", 12, "--out", "run", "--strict")
    assert said.status == 3
    assert (
        "stopped at step 6, after 24 samples: The generator is silent: 100 % of its phrases have no note." in said.err
    )
    assert "Against silence, in a new run: --set warm_start.share=0.5" in said.err
    assert "ganola train --resume run" in said.err
    assert "Hear it" not in said.out
    assert {CHECKPOINT.name} <= {path.name for path in (tmp_path / "run" / "checkpoint").iterdir()}
    assert {"model.safetensors", "last.safetensors", "curves.png", "log.jsonl"} <= {
        path.name for path in (tmp_path / "run").iterdir()
    }
    on = silent("--resume", "run")
    assert on.status == 0
    assert "12 steps" in on.out


def test_of_a_healthy_training_nothing_is_said(ganola, tmp_path) -> None:
    tiny_corpus(tmp_path)
    said = ganola("train", "tiny.corpus", *SMALL, *OFTEN, "--steps", 10, "--out", "run", "--strict")
    assert said.status == 0, said.err
    assert "doctor" not in said.err.lower()
