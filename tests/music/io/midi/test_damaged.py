"""Files that are no music: each is refused with its name and the reason, or read as what is left of it."""

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music.io.files import read_score
from ganola.music.io.midi.read import read_midi
from ganola.music.key import find_key, pitch_class_weights
from ganola.music.score import Score, quantise
from tests import midi

LONGEST_DELTA = 0x0FFFFFFF
LONGEST_SILENCE = bytes.fromhex("ffffff7f ff0100")  # and then an empty text

REFUSED = {
    "empty": (b"", "empty"),
    "text": (b"This is not music.\n", "not a MIDI file"),
    "zip": (b"PK\x03\x04" + bytes(40), "damaged zip"),
    "header-cut": (midi.SMALL_SONG[:9], "damaged"),
    "header-only": (midi.midi_file(), "no notes"),
    "no-notes": (midi.midi_file(midi.meta(0x03, b"Silence")), "no notes"),
    "only-a-note-off": (midi.midi_file(bytes.fromhex("00 804354")), "no notes"),
    "only-unreadable": (midi.midi_file(bytes.fromhex("00 7f7f7f")), "none of its notes can be read"),
    "only-pitches-over-127": (midi.midi_file(bytes.fromhex("00 90c354 30 80c300")), "none of its notes can be read"),
    "zero-ticks": (midi.midi_file(midi.note(67, 48), division=0), "zero ticks"),
    "film-frames": (midi.midi_file(midi.note(67, 48), division=-25 * 256 + 40), "film frames"),
    "long-note": (midi.midi_file(midi.note(67, LONGEST_DELTA)), "lasts 5,592,405 beats"),
    "late-note": (midi.midi_file(midi.note(67, 48, wait=LONGEST_DELTA)), "lasts 5,592,406 beats"),
    "late-beyond-32-bits": (midi.midi_file(midi.note(67, 48, wait=LONGEST_DELTA) * 40), "beats"),
    "back-beyond-32-bits": (midi.midi_file(LONGEST_SILENCE * 9 + midi.note(67, 48)), "beats"),
    "long-beyond-32-bits": (midi.midi_file(midi.note(67, LONGEST_DELTA) * 40), "beats"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_music_is_refused_with_its_name_and_the_reason(tmp_path: Path, name: str):
    data, reason = REFUSED[name]
    path = tmp_path / f"{name}.mid"
    path.write_bytes(data)
    with pytest.raises(InputError, match=reason) as caught:
        read_score(path)
    assert str(path) in caught.value.problem
    assert caught.value.remedy


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=re.escape(f"{tmp_path / 'song.mid'} does not exist")):
        read_score(tmp_path / "song.mid")


def test_a_folder_by_the_name_of_a_midi_file_is_refused(tmp_path: Path):
    (tmp_path / "song.mid").mkdir()
    with pytest.raises(InputError, match=re.escape(f"{tmp_path / 'song.mid'} is a folder")):
        read_score(tmp_path / "song.mid")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_one_may_not_read_is_refused(tmp_path: Path):
    (tmp_path / "song.mid").write_bytes(midi.SMALL_SONG)
    (tmp_path / "song.mid").chmod(0)
    with pytest.raises(InputError, match="no permission"):
        read_score(tmp_path / "song.mid")


@pytest.mark.parametrize("signature", ["00021808", "03081808", "03ff1808", "00ff0000"])
def test_a_time_signature_without_beats_or_unit_says_nothing(tmp_path: Path, signature: str):
    path = tmp_path / "song.mid"
    path.write_bytes(midi.midi_file(midi.meta(0x58, bytes.fromhex(signature)) + midi.note(67, 48)))
    score = read_score(path)
    assert score.metres == ()


def test_a_tempo_of_no_time_at_all_says_nothing(tmp_path: Path):
    (tmp_path / "song.mid").write_bytes(midi.midi_file(midi.meta(0x51, bytes(3)) + midi.note(67, 48)))
    assert read_score(tmp_path / "song.mid").tempo == 120.0


def test_more_notes_than_music_has_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganola.music.io.limits.MAX_NOTES", 5)
    with pytest.raises(InputError, match="it has 6 notes"):
        read_midi(midi.SMALL_SONG)


def test_a_file_too_large_for_midi_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganola.music.io.midi.read.MAX_MIDI_BYTES", len(midi.SMALL_SONG) - 1)
    with pytest.raises(InputError, match="no piece of music needs"):
        read_midi(midi.SMALL_SONG)


def use(data: bytes) -> Score | None:
    """The music in a file's bytes, quantised and given a key; None where the file is refused."""
    try:
        score = read_midi(data)
    except InputError:
        return None
    find_key(pitch_class_weights(quantise(score, 3)))
    return score


def sane(score: Score) -> bool:
    notes = score.notes
    return bool(
        len(notes)
        and (notes.pitch >= 0).all()
        and (notes.pitch <= 127).all()
        and (notes.start >= 0).all()
        and (notes.end >= notes.start).all()
        and (notes.track < len(score.tracks)).all()
        and score.ticks_per_quarter > 0
        and 0 < score.tempo < np.inf
    )


def test_a_file_cut_off_anywhere_is_read_or_refused():
    for length in range(len(midi.SMALL_SONG)):
        score = use(midi.SMALL_SONG[:length])
        assert score is None or sane(score), f"cut off at byte {length}"


def mutants(count: int, seed: int) -> Iterator[bytes]:
    """The small song with one or two bytes flipped, replaced, inserted or taken out."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(count):
        song = bytearray(midi.SMALL_SONG)
        for _ in range(chance.randint(1, 2)):
            place, byte = chance.randrange(len(song)), chance.randrange(256)
            match chance.choice(("flip", "replace", "insert", "remove")):
                case "flip":
                    song[place] ^= 1 << byte % 8
                case "replace":
                    song[place] = byte
                case "insert":
                    song.insert(place, byte)
                case "remove":
                    del song[place]
        yield bytes(song)


def test_a_damaged_file_is_read_or_refused():
    read = 0
    for mutant in mutants(2000, seed=5):
        score = use(mutant)
        assert score is None or sane(score), mutant.hex()
        read += score is not None
    assert 1500 < read < 2000  # or the damage is too great, or too small, to show anything
