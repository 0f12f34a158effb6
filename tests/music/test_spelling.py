"""Keys and the spelling of pitches in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.music.key import Key, parse_tonic
from ganola.music.spelling import key_name, scale_sharps, signature, spell

NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
keys = st.builds(Key, tonic=st.integers(0, 11), minor=st.booleans())


def named(pitches: list[int], key: Key) -> str:
    signs = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}
    spelt = [spell(pitch, key) for pitch in pitches]
    return " ".join(f"{one.letter}{signs[one.sharps]}{one.octave}" for one in spelt)


# The circle of fifths: major keys and their relative minors, by the sharps of the signature they share.
@pytest.mark.parametrize(
    ("sharps", "major", "minor"),
    [
        (-5, "Db", "Bb"), (-4, "Ab", "F"), (-3, "Eb", "C"), (-2, "Bb", "G"), (-1, "F", "D"), (0, "C", "A"),
        (1, "G", "E"), (2, "D", "B"), (3, "A", "F#"), (4, "E", "C#"), (5, "B", "G#"),
    ],
)  # fmt: skip
def test_signatures_are_those_of_the_circle_of_fifths(sharps: int, major: str, minor: str):
    for name, is_minor in ((major, False), (minor, True)):
        key = Key(parse_tonic(name), minor=is_minor)
        assert signature(key) == sharps
        assert key_name(key) == f"{name} {'minor' if is_minor else 'major'}"


def test_of_six_sharps_or_flats_the_usual_names_are_taken():
    assert (signature(Key(6, minor=False)), key_name(Key(6, minor=False))) == (6, "F# major")
    assert (signature(Key(3, minor=True)), key_name(Key(3, minor=True))) == (-6, "Eb minor")


def test_pitches_are_spelt_in_their_key():
    assert named([62, 64, 66, 67, 69, 71, 73, 74], Key(2, minor=False)) == "D4 E4 F#4 G4 A4 B4 C#5 D5"
    assert named([65, 67, 69, 70, 72, 74, 76], Key(5, minor=False)) == "F4 G4 A4 Bb4 C5 D5 E5"
    assert named([60, 66, 70, 56, 63], Key(0, minor=False)) == "C4 F#4 Bb4 G#3 Eb4"
    # A harmonic minor scale with its raised leading note, and a melodic one.
    assert named([69, 71, 72, 74, 76, 77, 80, 81], Key(9, minor=True)) == "A4 B4 C5 D5 E5 F5 G#5 A5"
    assert named([60, 62, 63, 65, 67, 69, 71, 72, 68, 70], Key(0, minor=True)) == "C4 D4 Eb4 F4 G4 A4 B4 C5 Ab4 Bb4"


def test_octaves_are_those_of_the_letter():
    assert named([60, 59, 71], Key(1, minor=False)) == "C4 Cb4 Cb5"  # D flat major
    assert named([60, 65], Key(6, minor=False)) == "B#3 E#4"  # F sharp major


@given(st.integers(0, 127), keys)
def test_a_spelling_sounds_as_its_pitch(pitch: int, key: Key):
    spelt = spell(pitch, key)
    assert 12 * (spelt.octave + 1) + NATURAL[spelt.letter] + spelt.sharps == pitch


@given(keys)
def test_the_scale_of_a_key_needs_no_accidentals(key: Key):
    steps = (0, 2, 3, 5, 7, 8, 10) if key.minor else (0, 2, 4, 5, 7, 9, 11)
    spelt = [spell(60 + key.tonic + step, key) for step in steps]
    assert sorted(one.letter for one in spelt) == list("ABCDEFG")
    assert all(one.sharps == scale_sharps(one.letter, key) for one in spelt)
