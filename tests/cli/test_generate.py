"""`ganola generate`: its files, and --no-copies with the corpus that it needs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import mido
import numpy as np
import pytest

from ganola.app.projects import model_name
from ganola.music.io.provenance import find_provenance
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, save_model
from ganola.playing.long_pieces import generate_piece
from ganola.records import record_text
from ganola.training.budget import Budget
from ganola.training.run import RUN, RunRecord
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


def test_pieces_have_their_form_their_length_and_all_that_makes_them_again(ganola, run, tmp_path) -> None:
    words = (
        "generate",
        run,
        "--bars",
        6,
        "--form",
        "aba",
        "--loop",
        "--variation",
        0.5,
        "--format",
        "mid,png,musicxml",
    )
    said = ganola(*words, "--count", 2, "--seed", 7, "--key", "D", "--out", "some")
    assert (said.status, "2 pieces: some" in said.out) == (0, True), said.err
    names = sorted(path.name for path in (tmp_path / "some").iterdir())
    assert names == [f"run-seed7-6bars-00{number}.{name}" for number in (1, 2) for name in ("mid", "musicxml", "png")]
    file = tmp_path / "some" / "run-seed7-6bars-002.mid"
    about = find_provenance(file.read_bytes())
    assert about is not None
    assert about["form"] == {"bars": 6, "sections": "ABA", "loop": True, "variation": 0.5}
    assert (about["seed"], about["phrase"]) == (7, 2)
    midi = mido.MidiFile(file)
    assert sum(message.time for message in midi.tracks[0]) == 6 * 4 * midi.ticks_per_beat
    assert ganola(*words, "--count", 2, "--seed", 7, "--key", "D", "--out", "again").status == 0
    assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--bars", 0), "a piece of 0 bars"),
        (("--bars", 300), "a piece of 300 bars"),
        (("--bars", 1), "a piece would have 1 bar"),
        (("--bars", 8, "--form", "A!"), "'A!' is not a form"),
        (("--bars", 8, "--form", "AAB"), "cannot be divided"),
        (("--bars", 4, "--form", "ABAA"), "a section of ABAA would have 1 bar"),
        (("--bars", 8, "--variation", 0.5), "no section returns"),
        (("--bars", 8, "--form", "AA", "--variation", 2), "2 is not a share"),
        (("--form", "AA"), "--form is for music longer than a phrase"),
        (("--loop",), "--loop is for music longer than a phrase"),
        (("--variation", 0.5), "--variation is for music longer than a phrase"),
    ],
)
def test_a_form_that_cannot_be_is_refused_and_nothing_is_written(ganola, run, tmp_path, words, problem) -> None:
    said = ganola("generate", run, *words, "--out", "some")
    assert (said.status, said.err.count("ganola: ")) == (2, 1)
    assert problem in said.err
    assert not (tmp_path / "some").exists()


def test_ctrl_c_keeps_the_pieces_that_are_whole(ganola, run, tmp_path, monkeypatch) -> None:
    words = ("generate", run, "--bars", 6, "--count", 3, "--format", "mid")

    def stopped_at(number: int) -> Callable[..., object]:
        def play(*given: object, **named: object) -> object:
            if given[3] == number:
                raise KeyboardInterrupt
            return generate_piece(*given, **named)  # type: ignore[arg-type]

        return play

    monkeypatch.setattr("ganola.playing.long_pieces.generate_piece", stopped_at(2))
    said = ganola(*words, "--out", "some")
    assert (said.status, "1 of 3 pieces were kept: some" in said.err) == (130, True)
    assert [path.name for path in (tmp_path / "some").iterdir()] == ["run-seed0-6bars-001.mid"]
    monkeypatch.setattr("ganola.playing.long_pieces.generate_piece", stopped_at(1))
    said = ganola(*words, "--out", "none")
    assert (said.status, "No pieces were kept." in said.err) == (130, True)
    assert not (tmp_path / "none").exists()


def test_a_piece_is_a_copy_where_one_of_its_phrases_is(ganola, run, tmp_path, monkeypatch) -> None:
    answers = iter([[False, False, False], [False, False, True]])
    asked = []

    def is_copy(_: object, cells: np.ndarray) -> list[bool]:
        asked.append(cells.shape)
        return next(answers, [False])

    monkeypatch.setattr("ganola.judging.copying.detector.CopyDetector.is_copy", is_copy)
    said = ganola("generate", run, "--bars", 5, "--count", 2, "--no-copies", "--format", "mid", "--out", "some")
    assert said.status == 0, said.err
    assert "1 other was left out" in said.out
    assert sorted(path.name for path in (tmp_path / "some").iterdir()) == [
        f"run-seed0-5bars-00{number}.mid" for number in (1, 3)
    ]
    assert {shape[0] for shape in asked} == {3}  # bars 1 to 2, 3 to 4, and the last two


def test_the_bars_of_pieces_move_the_progress(ganola, run, monkeypatch) -> None:
    seen = []

    @contextmanager
    def counting(unit: str, *, if_stopped: str) -> Iterator[object]:
        yield lambda *progress: seen.append((unit, *progress))

    monkeypatch.setattr("ganola.cli.watching.counting", counting)
    assert ganola("generate", run, "--bars", 4, "--count", 2, "--format", "mid", "--out", "some").status == 0
    assert seen == [("bars", "playing", done, 8) for done in (2, 3, 4, 6, 7, 8)]


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
