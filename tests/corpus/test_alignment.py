import numpy as np
import pytest

from ganola.corpus.alignment import AlignedPiece, align_piece
from ganola.music.metre import MetreChange
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.corpus.marching import TICKS, march
from tests.metres import metre_at
from tests.strategies import Row

PIANO, KIT = Track(name="Piano"), Track(name="Kit", drums=True)
COMMON_TIME = (metre_at(0, "4/4"),)
DENIED = "the bar lines of the file are not believed: its notes speak for others"


def placed(
    rows: list[Row],
    metres: tuple[MetreChange, ...] = COMMON_TIME,
    tracks: tuple[Track, ...] = (PIANO,),
    first_bar: int = 0,
) -> AlignedPiece:
    return align_piece(Score(tracks, Notes.of(rows), TICKS, metres, first_bar))


def first_beat(found: AlignedPiece) -> float:
    """Quarter notes at which the first note, a downbeat, lies now."""
    return int(found.score.notes.start.min()) / TICKS


def test_music_on_its_beat_is_left_as_it_is():
    found = placed(march())
    assert (found.offset, found.bars_stated, found.timing, found.score.remarks) == (0.0, True, "grid", ())
    assert found.score.notes.rows() == Notes.of(march()).rows()


@pytest.mark.parametrize("late", [0.25, 0.5, 0.75, 0.104, 0.354, -0.146])
def test_where_all_notes_lie_beside_the_beat_they_are_brought_to_it_and_bars_are_estimated(late: float):
    found = placed(march(late + 4))
    assert (found.offset - late) % 1 == pytest.approx(0, abs=1 / 192) or (found.offset - late) % 1 > 191 / 192
    assert abs(found.offset) <= 0.5
    assert first_beat(found) == pytest.approx(4 + late - found.offset, abs=1 / 192)
    assert (first_beat(found) - found.downbeat) % 4 == pytest.approx(0, abs=1 / 96)
    assert not found.bars_stated
    assert found.phases[0] + found.phases[96] == len(found.score.notes)
    assert found.phases[0] > found.phases[96]


def test_bar_lines_that_the_notes_deny_are_not_believed_and_that_is_said():
    found = placed(march(late=0.5))
    assert (found.offset, found.bars_stated, str(found.metre), found.metre_stated) == (0.5, False, "4/4", True)
    assert found.score.remarks == (DENIED,)


def test_a_stray_bar_of_one_beat_does_not_save_bar_lines_that_the_notes_deny():
    stray = (
        metre_at(0, "4/4"),
        metre_at(88 * TICKS, "1/4"),
        metre_at(89 * TICKS, "4/4"),
    )
    found = placed(march(late=0.604), stray)
    assert not found.bars_stated
    assert found.offset == pytest.approx(-0.396, abs=1 / 192)
    assert first_beat(found) == pytest.approx(1, abs=1 / 96)


def test_about_a_change_of_metre_notes_come_to_the_beat_and_bar_lines_stay_on_it():
    changes = (
        metre_at(0, "4/4"),
        metre_at(48 * TICKS, "3/4"),
        metre_at(51 * TICKS, "4/4"),
    )
    later = [(track, start + 3 * TICKS, end + 3 * TICKS, pitch) for track, start, end, pitch in march(bars=12)]
    whole = march(bars=12) + [(0, start + 48 * TICKS, end + 48 * TICKS, pitch) for _, start, end, pitch in later]
    late = [(track, start + 40, end + 40, pitch) for track, start, end, pitch in whole]
    found = placed(late, changes)
    assert (found.bars_stated, found.score.metres, found.score.first_bar) == (True, changes, 0)
    assert found.offset == pytest.approx(40 / TICKS, abs=1 / 384)
    assert np.abs(found.score.notes.start - np.array([start for _, start, _, _ in whole])).max() <= 1


def test_a_bar_of_an_odd_length_does_not_hide_an_offset():
    odd = (
        metre_at(0, "4/4"),
        metre_at(48 * TICKS, "1/16"),
        metre_at(48 * TICKS + 60, "4/4"),
    )  # not a sixteenth, but half of one
    shift = 48 * TICKS + 60
    late = [(0, start + 40, end + 40, pitch) for _, start, end, pitch in march(bars=12)]
    late += [(0, start + shift + 40, end + shift + 40, pitch) for _, start, end, pitch in march(bars=12)]
    found = placed(late, odd)
    assert found.offset == pytest.approx(40 / TICKS, abs=1 / 384)
    assert (found.timing, int(found.phases[0] + found.phases[96])) == ("grid", len(late))


def test_beats_are_counted_from_the_first_full_bar():
    upbeat = march(late=0.5)
    found = placed(upbeat, first_bar=TICKS // 2)
    assert (found.offset, found.bars_stated) == (0.0, True)
    assert found.phases[0] > found.phases[96] > 0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_offset_of_a_player_says_nothing_of_the_bar_lines(seed: int):
    shifts = np.random.default_rng(seed).normal(40, 16, len(march())).astype(int).tolist()
    late = [(0, start + by, end + by, pitch) for (_, start, end, pitch), by in zip(march(), shifts, strict=True)]
    found = placed(late)
    assert (found.timing, found.bars_stated) == ("loose", True)
    assert found.offset == pytest.approx(40 / TICKS, abs=0.01)
    assert found.score.remarks == ("played loosely to the beat",)


def test_drums_say_nothing_against_bar_lines():
    found = placed(march(late=0.5, track=0), tracks=(KIT,))
    assert (found.offset, found.bars_stated) == (0.0, True)
    beside = placed(march(late=0.1, track=0), tracks=(KIT,))
    assert beside.bars_stated
    assert beside.offset == pytest.approx(0.1, abs=1 / 192)


@pytest.mark.parametrize(
    "metre",
    [
        metre_at(0, "5/64"),
        metre_at(0, "33/4"),
        metre_at(0, "3/32"),
        metre_at(0, "9/32"),
    ],
)
def test_bars_that_cannot_be_estimated_are_believed(metre: MetreChange):
    found = placed(march(late=0.5), (metre,))
    assert (found.metre, found.bars_stated, found.offset) == (metre.signature, True, 0.0)


def test_music_without_a_beat_is_said_to_have_none():
    slower = [(0, start + start**2 // 200_000, end + start**2 // 200_000, pitch) for _, start, end, pitch in march()]
    found = placed(slower)
    assert (found.timing, found.score.remarks) == ("none", ("keeps to no beat",))
