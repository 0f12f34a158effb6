import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music import key as keys
from ganola.music.key import PITCH_CLASSES, Key, find_key, parse_tonic, pitch_class_weights, pitch_name
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

# Pitches and their lengths. The scale lingers on C; the minor piece is the opening of a lament in A.
C_MAJOR = [(60, 4), (62, 1), (64, 2), (65, 1), (67, 3), (69, 1), (71, 1), (72, 4)]
A_MINOR = [(69, 4), (72, 2), (76, 3), (71, 1), (68, 1), (69, 3), (65, 1), (64, 2), (62, 1), (57, 4)]


def play(melody: list[tuple[int, int]], track: Track | None = None) -> Score:
    rows, step = [], 0
    for pitch, length in melody:
        rows.append((0, step, step + length, pitch))
        step += length
    return Score((track or Track(name="Piano"),), Notes.of(rows), 4)


def key_of(score: Score) -> Key | None:
    return find_key(pitch_class_weights(score))


def test_pitch_classes_weigh_as_long_as_they_sound():
    weights = pitch_class_weights(play(C_MAJOR))
    assert weights.tolist() == [8, 0, 1, 0, 2, 1, 0, 3, 0, 1, 0, 1]


@pytest.mark.parametrize(("melody", "name"), [(C_MAJOR, "C major"), (A_MINOR, "A minor")])
def test_the_key_of_a_melody_is_found(melody: list[tuple[int, int]], name: str):
    assert str(key_of(play(melody))) == name


@pytest.mark.parametrize("melody", [C_MAJOR, A_MINOR])
@pytest.mark.parametrize("semitones", range(-5, 7))
def test_a_transposed_melody_has_the_transposed_key(melody: list[tuple[int, int]], semitones: int):
    key, moved = key_of(play(melody)), key_of(play(melody).transpose(semitones))
    assert moved == Key((key.tonic + semitones) % 12, key.minor)


def test_silence_has_no_key():
    assert key_of(play([])) is None


def test_drums_alone_have_no_key_and_do_not_count():
    drums = Track(name="Kit", drums=True)
    assert key_of(play(C_MAJOR, drums)) is None
    both = Score((Track(name="Piano"), drums), Notes.of([*play(A_MINOR).notes.rows(), (1, 0, 99, 42)]), 4)
    assert str(key_of(both)) == "A minor"


@pytest.mark.parametrize("weight", [0.0, 7.0, 0.1])
def test_twelve_equal_pitch_classes_have_no_key(weight: float):
    assert find_key(np.full(12, weight)) is None


def test_finding_the_key_leaves_the_weights_alone():
    weights = pitch_class_weights(play(C_MAJOR))
    before = weights.copy()
    find_key(weights)
    assert np.array_equal(weights, before)


@pytest.mark.parametrize(("tonic", "semitones"), [(0, 0), (2, -2), (5, -5), (6, -6), (7, 5), (11, 1)])
def test_the_way_to_c_is_the_shortest(tonic: int, semitones: int):
    assert Key(tonic, minor=False).semitones_to_c == semitones


@pytest.mark.parametrize("tonic", range(12))
def test_every_key_comes_to_c(tonic: int):
    semitones = Key(tonic, minor=True).semitones_to_c
    assert (tonic + semitones) % 12 == 0
    assert -6 <= semitones <= 5


@pytest.mark.parametrize(
    ("name", "tonic"), [("C", 0), ("d", 2), ("Bb", 10), ("f#", 6), (" Eb ", 3), ("Cb", 11), ("B#", 0)]
)
def test_a_tonic_is_read_as_musicians_write_it(name: str, tonic: int):
    assert parse_tonic(name) == tonic


@pytest.mark.parametrize("tonic", range(12))
def test_every_name_that_ganola_writes_it_reads(tonic: int):
    assert parse_tonic(PITCH_CLASSES[tonic]) == tonic


@pytest.mark.parametrize("name", ["", " ", "H", "C##", "Cmaj", "1", "#", "BB"])
def test_what_is_no_tonic_is_refused_by_name(name: str):
    with pytest.raises(InputError, match="is not a key") as caught:
        parse_tonic(name)
    assert repr(name) in caught.value.problem


@pytest.mark.parametrize(("pitch", "name"), [(60, "C4"), (59, "B3"), (63, "Eb4"), (21, "A0"), (0, "C-1"), (127, "G9")])
def test_pitches_have_their_octave(pitch: int, name: str):
    assert pitch_name(pitch) == name


def test_of_a_given_tonic_the_mode_is_found():
    assert keys.key_of(play(C_MAJOR)) == keys.key_of(play(C_MAJOR), tonic=0) == Key(0, minor=False)
    assert keys.key_of(play(A_MINOR)) == keys.key_of(play(A_MINOR), tonic=9) == Key(9, minor=True)
    in_c = [(pitch + 3, length) for pitch, length in A_MINOR]
    assert keys.key_of(play(in_c), tonic=0) == Key(0, minor=True)
    # The scale of C major heard from D: its third is F.
    assert keys.key_of(play(C_MAJOR), tonic=2) == Key(2, minor=True)


def test_drums_and_silence_have_no_key_whatever_the_tonic():
    drums = play(C_MAJOR, Track(name="Kit", drums=True))
    assert [keys.key_of(drums, tonic) for tonic in (None, 0, 5)] == [None] * 3
