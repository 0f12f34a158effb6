"""`ganola generate --no-copies` and the corpus that it needs: what can go wrong before a phrase is played."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from ganola.networks.choices import ModelSpec, NetworkChoices
from ganola.networks.model import MODEL_FILE, build_networks, save_model
from ganola.training.run import RUN
from tests.corpora import tiny_corpus


@pytest.fixture
def run(tmp_path):
    """The folder of a run, its model untrained, on the corpus `tiny.corpus` beside it."""
    corpus = tiny_corpus(tmp_path)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=NetworkChoices(width=16, latent=6))
    networks = build_networks(spec, np.random.default_rng(0))
    save_model(tmp_path / "run" / MODEL_FILE, networks, {"common_tonic": True, "tempo": 97.0})
    (tmp_path / "run" / RUN).write_text(json.dumps({"corpus": "../tiny.corpus"}))
    return tmp_path / "run"


def test_a_folder_in_use_is_refused_before_anything_is_compared(ganola, run, monkeypatch) -> None:
    def too_late(*_: object) -> None:
        pytest.fail("compared first")

    monkeypatch.setattr("ganola.judging.originality.originality", too_late)
    said = ganola("generate", run, "--no-copies", "--out", run)
    assert (said.status, "already exists" in said.err) == (2, True)


def test_comparing_is_told_and_ctrl_c_ends_it(ganola, run, monkeypatch, tmp_path) -> None:
    told: list[tuple[str, int, int]] = []

    @contextmanager
    def told_by(unit: str, *, if_stopped: str) -> Iterator[object]:
        yield lambda *far: told.append(far)

    with monkeypatch.context() as patched:
        patched.setattr("ganola.cli.generate.counting", told_by)
        assert ganola("generate", run, "--count", 1, "--no-copies", "--format", "mid", "--out", "some").status == 0
    stage, done, total = told[0]
    assert (stage, done) == ("comparing", total)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ganola.judging.originality.nearest", interrupt)
    said = ganola("generate", run, "--no-copies", "--out", "none")
    assert (said.status, "Nothing was played." in said.err) == (130, True)
    assert not (tmp_path / "none").exists()


def test_a_run_whose_corpus_is_gone_asks_for_it(ganola, run, tmp_path) -> None:
    (tmp_path / "tiny.corpus").rename(tmp_path / "moved.corpus")
    for words in (("generate", run, "--no-copies"), ("evaluate", run)):
        said = ganola(*words)
        assert said.status == 2
        assert "tiny.corpus is not a finished corpus" in said.err
        assert "Name the corpus that the model was trained on, wherever it is now: --corpus DIR." in said.err
    said = ganola("generate", run, "--count", 1, "--no-copies", "--corpus", "moved.corpus", "--out", "some")
    assert said.status == 0, said.err


def test_music_that_does_not_exist_is_told_before_its_corpus_is_asked_for(ganola, run) -> None:
    for words in (("nowhere",), (run, "nowhere"), ("nowhere", "--corpus", "nowhere-either")):
        said = ganola("evaluate", *words)
        assert said.status == 2
        assert "ganola: nowhere does not exist" in said.err
