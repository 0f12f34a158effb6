"""`ganola vary`, `interpolate` and `attributes`: what they write, and what they say of what cannot be done."""

from pathlib import Path

import numpy as np
import pytest

from ganola.app.phrase_source import find_phrase
from ganola.music.io.files import read_provenance, read_score
from ganola.music.io.midi.write import write_midi
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, load_model, save_model
from tests.corpora import TRACKS, tiny_corpus
from tests.metres import metre_at
from tests.models import record_of


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with the run of an untrained model that has an encoder, `bare` without one, and tunes."""
    folder = tmp_path_factory.mktemp("made")
    corpus = tiny_corpus(folder)
    networks = NetworkConfig(architecture="mlp", width=16, latent=6, encoder_width=8)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=networks)
    for name, encoder in (("mine", True), ("bare", False)):
        save_model(
            folder / name / MODEL_FILE, build_networks(spec, np.random.default_rng(0), encoder=encoder), record_of(spec)
        )
    return folder


@pytest.fixture
def model(made, tmp_path) -> Path:
    """The run, with its model, in this test's own folder, and beside it music that fits and music that does not."""
    for name in ("mine", "bare"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / MODEL_FILE).write_bytes((made / name / MODEL_FILE).read_bytes())
    for number in (0, 1):
        (tmp_path / f"tune-{number}.mid").write_bytes((made / "tunes" / f"tune-0{number}.mid").read_bytes())
    (tmp_path / "words.mid").write_text("no music")
    waltz = Score(TRACKS, Notes.of([(0, 3 * beat, 3 * beat + 3, 60) for beat in range(9)]), 3, (metre_at(0, "3/4"),))
    write_midi(waltz, tmp_path / "waltz.mid")
    line = Score(
        (Track(name="Kazoo"),), Notes.of([(0, beat, beat + 1, 60) for beat in range(32)]), 1, (metre_at(0, "4/4"),)
    )
    write_midi(line, tmp_path / "line.mid")
    return tmp_path / "runs" / "mine"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def cells_of(path: Path, model: Path) -> np.ndarray:
    return find_phrase(str(path), load_model(model / MODEL_FILE)).cells


def test_variations_are_written_and_make_themselves_again(ganola, model, tmp_path) -> None:
    said = ganola("vary", "tune-0.mid", model, "--count", 2, "--seed", 7, "--bar", 3, "--format", "mid,png")
    assert said.status == 0, said.err
    assert said.out.startswith("2 variations: vary-1; ")
    assert names_in(tmp_path / "vary-1") == [
        f"tune-0-vary-seed7-00{number}.{kind}" for number in (1, 2) for kind in ("mid", "png")
    ]
    written = tmp_path / "vary-1" / "tune-0-vary-seed7-002.mid"
    about = read_provenance(written)
    assert (about["verb"], about["variation"]["number"], about["variation"]["amount"]) == ("vary", 2, 0.3)
    for name in ("tune-0.mid", "tune-1.mid"):
        (tmp_path / name).unlink()
    assert ganola("replay", written).out == "The same, byte for byte: tune-0-vary-seed7-002-again.mid\n"


def test_an_amount_of_zero_is_the_phrase_in_its_key_and_at_its_tempo(ganola, model, tmp_path) -> None:
    said = ganola("vary", "tune-1.mid", model, "--amount", 0, "--count", 1, "--format", "mid", "--out", "same")
    assert said.out == "1 variation: same; 0% of what begins differs, on average\n"
    same = tmp_path / "same" / "tune-1-vary-seed0-001.mid"
    one, other = read_score(tmp_path / "tune-1.mid"), read_score(same)
    assert other.tempo == pytest.approx(one.tempo, abs=0.01)
    phrase = [(track, start * other.ticks_per_quarter // one.ticks_per_quarter, pitch)
              for track, start, _, pitch in one.notes.rows() if start < 8 * one.ticks_per_quarter]  # fmt: skip
    assert [(track, start, pitch) for track, start, _, pitch in other.notes.rows()] == phrase


def test_an_interpolation_ends_at_both_files_and_makes_itself_again(ganola, model, tmp_path) -> None:
    said = ganola("interpolate", "tune-0.mid", "runs/mine:3:2", model, "--steps", 3, "--format", "mid")
    assert said.status == 0, said.err
    assert said.out.splitlines()[-1] == "3 phrases: interpolate-1"
    written = [tmp_path / "interpolate-1" / f"tune-0-to-mine-seed3-002-00{number}.mid" for number in (1, 2, 3)]
    assert names_in(tmp_path / "interpolate-1") == [path.name for path in written]
    assert np.array_equal(cells_of(written[0], model), cells_of(tmp_path / "tune-0.mid", model))
    assert ganola("replay", written[1]).out == f"The same, byte for byte: {written[1].stem}-again.mid\n"


def test_attributes_are_shown_in_a_terminal_of_80_columns(ganola, model, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("ganola.playing.directions.PHRASES", 32)  # enough to fill a table
    monkeypatch.setattr("ganola.playing.attribute_report.PHRASES", 2)
    said = ganola("attributes", model)
    assert said.status == 0, said.err
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= 80
    for name in ("density", "register", "rhythm", "mode"):
        assert sum(name in line for line in lines) >= 3
        assert any(f"{name}=+1" in line for line in lines)


@pytest.mark.parametrize(
    ("words", "problem", "remedy"),
    [
        (("vary", "none.mid", "runs/mine"), "none.mid does not exist", "MODEL:seed:number"),
        (("vary", "words.mid", "runs/mine"), "words.mid: not a MIDI file", "repair it"),
        (("vary", "runs", "runs/mine"), "runs is no file of music", "Name one file"),
        (("vary", "waltz.mid", "runs/mine"), "waltz.mid: ", "2 bars of 4/4 for Melody, Bass"),
        (("vary", "line.mid", "runs/mine"), "line.mid: no notes in the tracks", "ganola infill"),
        (("vary", "tune-0.mid", "runs/mine", "--bar", 2), "no phrase of tune-0.mid begins at bar 2", "at bars 1, 3, 5"),
        (("vary", "tune-0.mid", "runs/mine", "--amount", 2), "--amount is 2", "ganola vary --help"),
        (("vary", "tune-0.mid", "runs/mine", "--key", "H"), "'H' is not a key", "Name a tonic"),
        (("vary", "tune-0.mid", "runs/mine", "--out", "runs"), "runs already exists", "Name another one"),
        (("vary", "tune-0.mid", "runs/mine", "--more", "tempo=1"), "no attribute 'tempo'", "density"),
        (("vary", "tune-0.mid", "runs/mine", "--more", "mode=7"), "mode=7 is no number from -3 to 3", "mode=+1"),
        (("vary", "tune-0.mid", "nowhere"), "there is no file nowhere", "chorales"),
        (("vary", "runs/mine:1:0", "runs/mine"), "names no phrase", "number 1"),
        (("vary", "chorales:1:1", "runs/mine"), "another grid or other tracks", "a model like this"),
        (("interpolate", "tune-0.mid", "none.mid", "runs/mine"), "none.mid does not exist", "MODEL:seed:number"),
        (("interpolate", "tune-0.mid", "tune-1.mid", "runs/mine", "--steps", 2), "--steps is 2", "from 3 to 32"),
        (("interpolate", "tune-0.mid", "tune-1.mid", "runs/mine", "--format", "x"), "unknown format x", "mid, wav"),
        (("attributes", "nowhere"), "there is no file nowhere", "chorales"),
        (("attributes", "tune-0.mid"), "tune-0.mid is not a model", "ganola train"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_written(ganola, model, tmp_path, words, problem, remedy) -> None:
    before = names_in(tmp_path)
    said = ganola(*words)
    assert said.status == 2, said.out
    assert problem in said.err
    assert remedy in said.err
    assert names_in(tmp_path) == before


def test_a_model_without_an_encoder_searches_the_phrase(ganola, model, tmp_path) -> None:
    bare = tmp_path / "runs" / "bare"
    said = ganola("vary", "tune-0.mid", bare, "--amount", 0, "--count", 1, "--format", "mid", "--out", "same")
    assert said.status == 0, said.err
    said = ganola("interpolate", "tune-0.mid", "tune-1.mid", bare, "--steps", 3, "--format", "mid", "--out", "way")
    assert said.status == 0, said.err
    ends = [cells_of(tmp_path / f"tune-{number}.mid", bare) for number in (0, 1)]
    same, (first, middle, last) = *(tmp_path / "same").iterdir(), sorted((tmp_path / "way").iterdir())
    assert np.array_equal(cells_of(same, bare), ends[0])
    assert [np.array_equal(cells_of(path, bare), end) for path, end in zip((first, last), ends, strict=True)] == [
        True
    ] * 2
    assert not any(np.array_equal(cells_of(middle, bare), end) for end in ends)


def test_nothing_is_left_where_it_is_stopped(ganola, model, tmp_path, monkeypatch) -> None:
    def stop(*_: object, **__: object) -> list[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr("ganola.app.vary.vary", stop)
    before = names_in(tmp_path)
    said = ganola("vary", "tune-0.mid", model)
    assert (said.status, said.err) == (130, "Stopped. Nothing was written.\n")
    assert names_in(tmp_path) == before
