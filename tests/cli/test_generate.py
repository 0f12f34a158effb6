"""`ganola generate`: its files, and --no-copies with the corpus that it needs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mido
import numpy as np
import pytest

from ganola.app.projects import model_name
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, save_model
from ganola.records import record_text
from ganola.training.run import RUN, Budget, RunRecord
from tests.corpora import tiny_corpus
from tests.models import record_of


@pytest.fixture
def run(tmp_path):
    """The folder of a run, its model untrained, on the corpus `tiny.corpus` beside it."""
    corpus = tiny_corpus(tmp_path)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=NetworkConfig(width=16, latent=6))
    networks = build_networks(spec, np.random.default_rng(0))
    save_model(tmp_path / "run" / MODEL_FILE, networks, record_of(spec))
    about = RunRecord(corpus="../tiny.corpus", corpus_fingerprint="", budget=Budget(steps=1))
    (tmp_path / "run" / RUN).write_text(record_text(about))
    return tmp_path / "run"


def test_phrases_are_written_as_midi_sound_and_pictures(ganola, run, tmp_path) -> None:
    said = ganola("generate", run, "--count", 2, "--seed", 7, "--key", "Bb", "--out", "some")
    assert said.status == 0, said.err
    names = sorted(path.name for path in (tmp_path / "some").iterdir())
    assert names == [f"run-seed7-00{number}.{suffix}" for number in (1, 2) for suffix in ("mid", "png", "wav")]
    conductor, *players = mido.MidiFile(tmp_path / "some" / "run-seed7-002.mid").tracks
    assert conductor.name == "run, seed 7, phrase 2"
    assert next(message.key for message in conductor if message.type == "key_signature") in ("Bb", "Bbm")
    assert [round(mido.tempo2bpm(message.tempo)) for message in conductor if message.type == "set_tempo"] == [97]
    assert len({sum(message.time for message in track) for track in (conductor, *players)}) == 1


def test_without_sound_it_says_so_and_writes_the_rest(ganola, run, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "midirenderer", None)
    said = ganola("generate", run, "--count", 1, "--out", "some")
    assert (said.status, "No sound files: midirenderer" in said.err) == (0, True)
    assert sorted(path.suffix for path in (tmp_path / "some").iterdir()) == [".mid", ".png"]
    said = ganola("generate", run, "--count", 1, "--format", "wav", "--out", "sounds")  # they asked for it
    assert (said.status, "sound cannot be made" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"runs/default-2/{MODEL_FILE}", "default-2"),
        ("models/chorales.safetensors", "chorales"),
        ("Meine Lieder: Fünf/Sechs.safetensors", "Sechs"),
        (f"Meine Lieder: (Fünf)/{MODEL_FILE}", "Meine-Lieder-Fünf"),
        (f".../{MODEL_FILE}", "model"),
    ],
)
def test_files_are_called_after_the_model_in_letters_that_every_system_has(path: str, name: str) -> None:
    assert model_name(Path(path)) == name


def test_a_folder_in_use_is_refused_before_anything_is_compared(ganola, run, monkeypatch) -> None:
    def too_late(*_: object) -> None:
        pytest.fail("compared first")

    monkeypatch.setattr("ganola.app.generate.build_copy_detector", too_late)
    said = ganola("generate", run, "--no-copies", "--out", run)
    assert (said.status, "already exists" in said.err) == (2, True)


def test_comparing_is_told_and_ctrl_c_ends_it(ganola, run, monkeypatch, tmp_path) -> None:
    told: list[tuple[str, int, int]] = []

    @contextmanager
    def told_by(unit: str, *, if_stopped: str) -> Iterator[object]:
        yield lambda *far: told.append(far)

    with monkeypatch.context() as patched:
        patched.setattr("ganola.cli.watching.counting", told_by)
        assert ganola("generate", run, "--count", 1, "--no-copies", "--format", "mid", "--out", "some").status == 0
    stage, done, total = told[0]
    assert (stage, done) == ("comparing", total)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ganola.judging.copying.detector.find_nearest", interrupt)
    said = ganola("generate", run, "--no-copies", "--out", "none")
    assert (said.status, "Nothing was played." in said.err) == (130, True)
    assert not (tmp_path / "none").exists()


def test_a_run_whose_corpus_is_gone_asks_for_it(ganola, run, tmp_path) -> None:
    (tmp_path / "tiny.corpus").rename(tmp_path / "moved.corpus")
    for words in (("generate", run, "--no-copies"), ("evaluate", run)):
        said = ganola(*words)
        assert said.status == 2
        assert f"there is no corpus {tmp_path.resolve() / 'tiny.corpus'}" in said.err
        assert "Name the corpus that the model was trained on, wherever it is now: --corpus DIR." in said.err
    said = ganola("generate", run, "--count", 1, "--no-copies", "--corpus", "moved.corpus", "--out", "some")
    assert said.status == 0, said.err


def test_music_that_does_not_exist_is_told_before_its_corpus_is_asked_for(ganola, run) -> None:
    for words in (("nowhere",), (run, "nowhere"), ("nowhere", "--corpus", "nowhere-either")):
        said = ganola("evaluate", *words)
        assert said.status == 2
        assert "ganola: nowhere does not exist" in said.err


def test_what_is_too_dense_for_notation_is_said_and_all_else_is_written(ganola, run, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("ganola.music.io.musicxml.write.MAX_HEADS", 0)
    said = ganola("generate", run, "--count", 2, "--format", "musicxml,mid", "--out", "some")
    assert said.status == 0
    assert [line.split(":")[0] for line in said.err.splitlines() if "not written" in line] == [
        f"run-seed0-00{number}.musicxml was not written" for number in (1, 2)
    ]
    assert sorted(path.name for path in (tmp_path / "some").iterdir()) == ["run-seed0-001.mid", "run-seed0-002.mid"]
    said = ganola("generate", run, "--count", 2, "--format", "musicxml", "--out", "sheets")
    assert (said.status, "too dense to be read" in said.err, "Choose mid" in said.err) == (2, True, True)
    assert not (tmp_path / "sheets").exists()


def test_every_file_moves_the_progress(ganola, run, monkeypatch) -> None:
    seen = []

    @contextmanager
    def counting(unit: str, *, if_stopped: str) -> Iterator[object]:
        yield lambda *progress: seen.append((unit, *progress))

    monkeypatch.setattr("ganola.cli.watching.counting", counting)
    assert ganola("generate", run, "--count", 2, "--format", "mid,musicxml,png", "--out", "some").status == 0
    assert seen == [("files", "playing", done, 6) for done in range(7)]
