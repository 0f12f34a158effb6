from dataclasses import replace

import pytest

from ganola.corpus.metres import ONE_BEAT, main_metre, metre_spans, set_bars
from ganola.corpus.segments import Segment, find_segments
from ganola.music.grid import Grid
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.metres import metre_at

PIANO = (Track(name="Piano"),)
GRID = Grid(bars=2)  # a bar of 4/4 is 16 steps


def score(*metres: MetreChange, start: int = 0, end: int, first_bar: int = 0) -> Score:
    """Music from `start` to `end`, in steps, under these metres."""
    return Score(PIANO, Notes.of([(0, start, start + 1, 60), (0, end - 1, end, 62)]), 4, metres, first_bar)


def metres(*changes: tuple[int, str]) -> tuple[MetreChange, ...]:
    return tuple(metre_at(tick, metre) for tick, metre in changes)


# The metre of a piece


@pytest.mark.parametrize(
    ("changes", "end", "expected"),
    [
        ([], 40, ONE_BEAT),
        ([(0, "3/4")], 40, "3/4"),
        ([(0, "3/4"), (24, "2/4")], 40, "3/4"),
        ([(0, "3/4"), (12, "2/4")], 40, "2/4"),
        ([(0, "3/4"), (12, "2/4"), (28, "3/4")], 40, "3/4"),
        ([(0, "3/4"), (0, "2/4")], 40, "2/4"),
        ([(0, "3/4"), (12, "2/4"), (900, "5/4")], 20, "3/4"),  # what comes after the last note is no music
        ([(0, "3/4"), (12, "2/4"), (900, "5/4"), (9000, "4/4")], 30, "2/4"),
        ([(16, "3/4")], 12, "3/4"),
    ],
)
def test_the_metre_of_a_piece_is_that_of_most_of_its_time(changes: list[tuple[int, str]], end: int, expected: str):
    assert str(main_metre(score(*metres(*changes), end=end))) == str(expected)


def test_a_metre_gives_way_to_the_next_or_to_the_end():
    first, second, third = changes = metres((0, "3/4"), (12, "2/4"), (20, "5/4"))
    assert metre_spans(changes, 33) == [(first, 12), (second, 20), (third, 33)]
    assert metre_spans(changes, 20) == [(first, 12), (second, 20)]
    assert metre_spans(changes, 15) == [(first, 12), (second, 15)]


def test_bars_may_be_given_to_music_that_has_none():
    bare = Score(PIANO, Notes.of([(0, 3, 90, 60)]), 4)
    given_bars = set_bars(bare, TimeSignature(6, 8), 7)
    assert given_bars == replace(bare, metres=(metre_at(7, "6/8"),), first_bar=7)
    assert find_segments(given_bars, Grid(metre="6/8", bars=2)) == [Segment(-5, 8)]
