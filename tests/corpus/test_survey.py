import numpy as np
import pytest

from ganola.corpus.piece_stats import PieceStats
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.tracks import Track
from tests.corpus.surveyed import BASS, FLUTE, KIT, free_timing, piece, surveyed
from tests.metres import metre_at

PIANO = Track(name="Piano")


def duet(tracks: tuple[Track, ...] = (FLUTE, BASS), label: str = "") -> PieceStats:
    """Three notes of the first track, one of the second, in quavers."""
    return piece((0, 0, 2, 60), (0, 2, 4, 64), (0, 6, 8, 67), (1, 0, 9, 48), tracks=tracks, label=label)


def test_pieces_and_their_notes_are_counted():
    survey = surveyed(duet(label="reels"), duet(label="jigs"), duet(label="reels"))
    assert (survey.pieces, survey.notes) == (3, 12)
    assert survey.labels == {"reels": 2, "jigs": 1}
    assert survey.tracks == {2: 3}
    assert survey.keys == {"C major": 3}


def test_nothing_is_counted_of_no_pieces():
    survey = surveyed()
    assert (survey.pieces, survey.notes, survey.timings.total(), survey.voices.sum()) == (0, 0, 0, 0)
    assert survey.share_of_notes(["flute"]) == 0
    assert not survey.families


def test_two_surveys_have_nothing_in_common():
    surveyed(duet(), free_timing())
    other = surveyed(duet())
    assert (other.phases.sum(), other.voices.sum(), other.names["flute"]) == (4, 0, 1)


# Tracks


def test_capital_letters_make_no_other_track_and_the_first_spelling_is_kept():
    survey = surveyed(duet(), duet((Track(name="FLUTE", program=73), Track(name="bass", program=32))))
    assert survey.names == {"flute": 2, "bass": 2}
    assert survey.notes_of_name == {"flute": 6, "bass": 2}
    assert survey.spelling == {"flute": "Flute", "bass": "Bass"}


def test_two_tracks_of_one_name_are_two_and_the_first_of_them_is_a_lone_one():
    survey = surveyed(duet((FLUTE, Track(name="flute", program=75))), duet())
    assert survey.names == {"flute": 2, "flute 2": 1, "bass": 1}
    assert survey.notes_of_name == {"flute": 6, "flute 2": 1, "bass": 1}
    assert survey.spelling == {"flute": "Flute", "flute 2": "Flute 2", "bass": "Bass"}
    assert survey.numbered == {"flute"}
    assert survey.programs_of_name == {("flute", 73, False): 2, ("flute 2", 75, False): 1, ("bass", 32, False): 1}
    assert survey.families == {"other": 2, "bass": 1}
    assert survey.notes_of_family == {"other": 7, "bass": 1}


def test_where_a_piece_has_both_a_name_and_its_first_they_are_two():
    survey = surveyed(duet((Track(name="Horn"), Track(name="Horn 1"))), duet((Track(name="Horn 1"), BASS)))
    assert survey.names == {"horn": 2, "horn 1": 1, "bass": 1}


def test_two_tracks_of_one_kit_are_counted_once():
    survey = surveyed(duet((KIT, KIT)))
    assert (survey.names, survey.notes_of_name) == ({"kit": 1}, {"kit": 4})
    assert survey.programs_of_name == {("kit", 0, True): 1}


def test_drums_are_a_family_of_their_own_whatever_their_program():
    survey = surveyed(duet((PIANO, KIT)), duet((KIT, PIANO)), duet((PIANO, FLUTE)))
    assert survey.families == {"keys": 3, "drums": 2, "other": 1}
    assert survey.instrumentations == {frozenset({"keys", "drums"}): 2, frozenset({"keys", "other"}): 1}
    assert survey.notes_of_family == {"keys": 7, "drums": 4, "other": 1}
    assert survey.programs_of_name[("kit", 0, True)] == 2


def test_the_pitches_of_a_family_are_summed():
    assert surveyed(duet(), duet()).pitches_of_family == {"other": 2 * (60 + 64 + 67), "bass": 2 * 48}


@pytest.mark.parametrize(("names", "share"), [([], 0), (["flute"], 0.75), (["flute", "bass"], 1), (["oboe"], 0)])
def test_tracks_hold_a_share_of_the_notes(names: list[str], share: float):
    assert surveyed(duet()).share_of_notes(names) == share


# Metre


def test_metres_are_those_of_most_of_each_piece():
    waltz = piece((0, 0, 40, 60), metres=(metre_at(0, "3/4"), metre_at(36, "2/4")))
    march = piece((0, 0, 40, 60), metres=(metre_at(0, "3/4"), metre_at(12, "2/4")))
    survey = surveyed(waltz, march, waltz)
    assert survey.metres == {TimeSignature(3, 4): 2, TimeSignature(2, 4): 1}
    assert (survey.estimated_metres.total(), survey.bars_unstated) == (0, 0)


# A crotchet and a quaver again and again, in different pitches: what nobody would count in four.
LILT = [
    row
    for bar in range(16)
    for row in (
        (0, 12 * bar, 12 * bar + 4, (60, 67, 65, 62)[bar % 4]),
        (0, 12 * bar + 4, 12 * bar + 8, 72),
        (0, 12 * bar + 8, 12 * bar + 12, 76),
        (1, 12 * bar, 12 * bar + 12, (48, 43, 41, 38)[bar % 4]),
    )
]


@pytest.mark.parametrize("metres", [(), (metre_at(0, "1/4"),)])
def test_a_metre_that_a_file_does_not_say_is_heard(metres: tuple[MetreChange, ...]):
    survey = surveyed(piece(*LILT, metres=metres))
    assert survey.metres.total() == 0
    assert survey.estimated_metres == {TimeSignature(3, 4): 1}
    assert survey.bars_unstated == 1


def test_where_notes_lie_beside_the_grid_its_bar_lines_say_nothing_but_its_metre_does():
    late = [(track, 5 + 24 * start, 24 * end, pitch) for track, start, end, pitch in LILT]
    survey = surveyed(
        piece(*late, beat=96, metres=(metre_at(0, "3/4"),)),
        piece(*LILT, metres=(metre_at(0, "3/4"),)),
    )
    assert (survey.shifted, survey.bars_unstated, survey.timings) == (1, 1, {"grid": 2})
    assert survey.metres == {TimeSignature(3, 4): 2}
    assert survey.phases[0] == survey.notes


# Rhythm


def test_where_in_their_beat_notes_begin_is_counted():
    survey = surveyed(duet(), duet())
    expected = np.zeros(192)
    expected[[0, 96]] = 4  # of each piece two on a beat, two half a beat later
    assert np.array_equal(survey.phases, expected)


def test_how_pieces_keep_to_the_beat_is_counted():
    survey = surveyed(duet(), free_timing(), free_timing())
    assert survey.timings == {"grid": 1, "none": 2}
    assert (survey.pieces, survey.notes, survey.phases.sum()) == (3, 4 + 2 * 384, 4 + 2 * 384)


def test_the_steps_that_each_piece_alone_would_have_are_counted():
    triplets = piece(*((0, 4 * third, 4 * third + 4, 60) for third in range(24)), beat=12)
    assert surveyed(duet(), triplets, triplets).resolutions == {4: 1, 6: 2}


# Voices


def test_how_many_notes_sound_together_is_counted_in_pieces_of_one_pitched_track():
    chorale = [(0, 0, 8, 48), (0, 0, 8, 55), (0, 0, 6, 64), (0, 8, 12, 50), (1, 0, 99, 36)]
    survey = surveyed(piece(*chorale, tracks=(PIANO, KIT)), piece(*chorale))
    assert survey.voices.tolist() == [0, 4, 2, 6, 0, 0, 0, 0, 0]


def test_eight_voices_are_as_many_as_more():
    survey = surveyed(piece(*((0, 0, 5, 40 + voice) for voice in range(11)), tracks=(PIANO,)))
    assert survey.voices.tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 5]
