"""`ganola infill`, `continue` and `replay`: what they write, and what they say of what cannot be done."""

from pathlib import Path

import numpy as np
import pytest

from ganola.music.io.files import read_provenance, read_score
from ganola.music.io.midi.write import midi_bytes, write_midi
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.model import build_networks
from ganola.networks.model_file import MODEL_FILE, save_model
from tests.corpora import COMMON_TIME, TRACKS, tiny_corpus
from tests.metres import metre_at
from tests.models import record_of
from tests.playing.small import random_answers

KIT = Track(name="Kit", drums=True)


@pytest.fixture
def model(tmp_path, monkeypatch) -> Path:
    """The folder of a run, its model untrained; what it answers is any notes."""
    corpus = tiny_corpus(tmp_path)
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=NetworkConfig(width=16, latent=6))
    path = tmp_path / "runs" / "mine" / MODEL_FILE
    save_model(path, build_networks(spec, np.random.default_rng(0)), record_of(spec))
    monkeypatch.setattr("ganola.playing.answers.infill", random_answers)
    monkeypatch.setattr("ganola.app.replay.infill", random_answers)
    return path.parent


@pytest.fixture
def song(tmp_path) -> Path:
    """Six bars of a melody, a bass and a kit, in odd ticks."""
    rows = [(0, 97 * beat + beat % 5, 97 * beat + 90, 60 + beat * 5 % 12) for beat in range(24)]
    rows += [(1, 388 * bar, 388 * bar + 380, 40 + bar) for bar in range(6)]
    rows += [(2, 97 * beat, 97 * beat + 9, 36) for beat in range(24)]
    score = Score((*TRACKS, KIT), Notes.of(rows), 97, COMMON_TIME, tempo=111.0)
    (tmp_path / "song.mid").write_bytes(midi_bytes(score, keep_ticks=True))
    return tmp_path / "song.mid"


def rows_of(path: Path, track: int) -> list[tuple[int, int, int, int]]:
    return [row for row in read_score(path).notes.rows() if row[0] == track]


def test_answers_are_written_and_say_how_tracks_were_matched(ganola, model, song, tmp_path) -> None:
    said = ganola("infill", song, model, "--redo", "Melody:3-4", "--count", 2, "--seed", 7, "--format", "mid,png")
    assert said.status == 0, said.err
    lines = [line.strip() for line in said.out.splitlines()]
    assert lines[:2] == ["Melody -> Melody (by name)", "Bass -> Bass (by name)"]
    assert "Kit: none of the model's tracks" in lines[2]
    assert lines[-1] == "2 answers: infill-1"
    written = sorted(path.name for path in (tmp_path / "infill-1").iterdir())
    assert written == [f"song-infill-seed7-00{number}.{kind}" for number in (1, 2) for kind in ("mid", "png")]
    answer = tmp_path / "infill-1" / "song-infill-seed7-002.mid"
    for track in (1, 2):
        assert rows_of(answer, track) == rows_of(song, track)
    kept = [row for row in rows_of(song, 0) if not 2 * 388 <= row[1] < 4 * 388]
    assert [row for row in rows_of(answer, 0) if not 2 * 388 <= row[1] < 4 * 388] == kept
    about = read_provenance(answer)
    assert [about[what] for what in ("verb", "source", "seed", "answer")] == ["infill", "song", 7, 2]


def test_music_is_continued(ganola, model, song, tmp_path) -> None:
    said = ganola("continue", song, model, "--bars", 3, "--count", 1, "--format", "mid,musicxml", "--out", "more")
    assert said.status == 0, said.err
    answer = tmp_path / "more" / "song-continue-seed0-001.mid"
    before, after = read_score(song).notes.rows(), read_score(answer).notes.rows()
    assert set(before) < set(after)
    assert {(row[1] - 6 * 388) // 388 for row in set(after) - set(before)} <= {0, 1, 2}


@pytest.mark.parametrize(
    "words",
    [
        ("infill", "song.mid", "runs/mine", "--redo", "Melody:1,6", "--redo", "Bass:2"),
        ("infill", "song.mid", "runs/mine", "--keep", "Bass"),
        ("continue", "song.mid", "runs/mine", "--bars", 2),
        ("generate", "runs/mine", "--seed", 3, "--key", "Bb", "--tempo", 77),
    ],
)
def test_a_file_makes_itself_again(ganola, model, song, tmp_path, words) -> None:
    said = ganola(*words, "--count", 2, "--format", "mid", "--out", "some")
    assert said.status == 0, said.err
    song.unlink()  # the answer holds all that was kept
    for path in sorted((tmp_path / "some").iterdir()):
        said = ganola("replay", path)
        assert (said.status, said.out) == (0, f"The same, byte for byte: {path.stem}-again.mid\n"), said.err
        assert (tmp_path / f"{path.stem}-again.mid").read_bytes() == path.read_bytes()


def test_an_answer_is_replayed_after_it_was_made_anew_once_more(ganola, model, song, tmp_path) -> None:
    ganola("infill", song, model, "--redo", "Bass", "--count", 1, "--format", "mid", "--out", "one")
    said = ganola(
        "infill", "one/song-infill-seed0-001.mid", model, "--redo", "Melody:2", "--format", "mid", "--out", "two"
    )
    assert said.status == 0, said.err
    answer = next(path for path in (tmp_path / "two").iterdir() if path.stem.endswith("003"))
    assert "The same, byte for byte" in ganola("replay", answer).out


@pytest.mark.parametrize(
    ("words", "problem", "remedy"),
    [
        (("infill", "song.mid"), "nothing says what to make anew", "--redo"),
        (("infill", "song.mid", "--redo", "9"), "song.mid: there is no bar 9", "bars 1 to 6"),
        (("infill", "song.mid", "--redo", "Melodie"), "there is no track Melodie", "Did you mean Melody"),
        (("infill", "song.mid", "--redo", "Kit"), "Kit is none of the model's tracks", "Melody, Bass"),
        (("infill", "none.mid", "--redo", "1"), "none.mid does not exist", "Check the name"),
        (("infill", "song.txt", "--redo", "1"), "not a kind of file that ganola reads", "Name another"),
        (("infill", "waltz.mid", "--redo", "1"), "waltz.mid: in 3/4; this model plays 4/4", "4/4"),
        (("continue", "waltz.mid"), "waltz.mid: in 3/4", "4/4"),
        (("continue", "song.mid", "--corpus", "tiny.corpus"), "--corpus says what must not be copied", "--no-copies"),
        (("replay", "song.mid"), "song.mid does not say that ganola made it", "generate, infill, continue"),
        (("replay", "none.mid"), "there is no file none.mid", "Check the name"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    ganola, model, song, tmp_path, words, problem, remedy
) -> None:
    (tmp_path / "song.txt").write_text("no music")
    waltz = Score(TRACKS, Notes.of([(0, 3 * beat, 3 * beat + 3, 60) for beat in range(9)]), 3, (metre_at(0, "3/4"),))
    write_midi(waltz, tmp_path / "waltz.mid")
    before = sorted(path.name for path in tmp_path.iterdir())
    said = ganola(*words[:2], *([model] if words[0] != "replay" else []), *words[2:])
    assert said.status == 2
    assert problem in said.err
    assert remedy in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_replay_needs_the_very_model_and_the_very_file(ganola, model, song, tmp_path) -> None:
    ganola("infill", song, model, "--redo", "Melody:2", "--count", 1, "--format", "mid,musicxml", "--out", "some")
    answer = tmp_path / "some" / "song-infill-seed0-001.mid"
    said = ganola("replay", answer, "chorales")
    assert (said.status, "was made by the model" in said.err, "and chorales is" in said.err) == (2, True, True)
    said = ganola("replay", answer.with_suffix(".musicxml"))
    assert (said.status, "is no MIDI file" in said.err) == (2, True)
    score = read_score(answer)
    fewer = Score(score.tracks, score.notes.where(slice(1, None)), 97, COMMON_TIME)
    write_midi(fewer, tmp_path / "fewer.mid", read_provenance(answer))
    said = ganola("replay", "fewer.mid")
    assert (said.status, "not as ganola wrote it" in said.err) == (2, True)
    (model / MODEL_FILE).unlink()
    said = ganola("replay", answer)
    assert (said.status, "which is neither in runs/ nor comes with" in said.err) == (2, True)
    assert not list(tmp_path.glob("*-again.mid"))


def test_nothing_is_left_where_it_is_stopped(ganola, model, song, tmp_path, monkeypatch) -> None:
    def stop(*_: object, **__: object) -> list[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr("ganola.playing.answers.infill", stop)
    said = ganola("infill", song, model, "--redo", "Melody:2", "--format", "mid", "--out", "none")
    assert (said.status, "No answers were kept" in said.err, (tmp_path / "none").exists()) == (130, True, False)
