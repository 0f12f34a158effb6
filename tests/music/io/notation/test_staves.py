"""Clefs and staves by range and instrument."""

import pytest

from ganola.music.io.notation.staves import ALTO, BASS, BASS_8, PERCUSSION, TREBLE, TREBLE_8, Clef, staves_of
from ganola.music.tracks import Track


@pytest.mark.parametrize(
    ("program", "lowest", "highest", "clef"),
    [
        (52, 60, 79, TREBLE),  # soprano
        (52, 55, 72, TREBLE),  # alto
        (52, 48, 67, TREBLE_8),  # tenor
        (52, 40, 60, BASS),  # bass
        (73, 60, 90, TREBLE),  # flute
        (41, 48, 70, ALTO),  # viola
        (42, 36, 57, BASS),  # cello
        (32, 28, 45, BASS_8),  # bass
        (25, 40, 76, TREBLE_8),  # guitar
        (0, 60, 80, TREBLE),
        (0, 36, 55, BASS),
    ],
)
def test_a_clef_suits_the_range_and_who_plays(program: int, lowest: int, highest: int, clef: Clef):
    notes = [(step, step + 1, pitch) for step, pitch in enumerate(range(lowest, highest + 1))]
    assert staves_of(Track(name="x", program=program), notes) == [(clef, notes)]


def test_singers_read_their_own_clef_however_high_they_sing():
    high = [(0, 4, 66), (4, 8, 69)]
    clefs = [staves_of(Track(name=name, program=52), high)[0][0] for name in ("Alto", "Tenor", "Bass", "Basso")]
    assert clefs == [TREBLE, TREBLE_8, BASS, BASS]
    assert staves_of(Track(name="Bass", program=33), [(0, 4, 30)])[0][0] == BASS_8  # a bass guitar is no singer


def test_a_keyboard_with_notes_far_apart_has_two_staves_that_divide_at_middle_c():
    notes = [(0, 2, 41), (0, 2, 59), (0, 2, 60), (0, 2, 72)]
    assert staves_of(Track(name="Piano"), notes) == [(TREBLE, notes[2:]), (BASS, notes[:2])]
    assert len(staves_of(Track(name="Strings", program=48), notes)) == 1
    assert len(staves_of(Track(name="Tune", monophonic=True), notes)) == 1


def test_drums_have_a_clef_of_their_own_and_silence_the_usual_one():
    assert staves_of(Track(name="Kit", drums=True), [(0, 1, 36)]) == [(PERCUSSION, [(0, 1, 36)])]
    assert staves_of(Track(name="Nobody"), []) == [(TREBLE, [])]
