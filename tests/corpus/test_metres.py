from dataclasses import replace

import pytest

from ganola.corpus.metres import ONE_BEAT, Bar, fits, main_metre, metre_spans, set_bars
from ganola.corpus.segments import Segment, find_segments
from ganola.music.grid import Grid
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track

PIANO = (Track(name="Piano"),)


def score(*metres: Metre, start: int = 0, end: int, first_bar: int = 0) -> Score:
    """Music from `start` to `end`, in steps, under these metres."""
    return Score(PIANO, Notes.of([(0, start, start + 1, 60), (0, end - 1, end, 62)]), 4, metres, first_bar)


def metres(*changes: tuple[int, str]) -> tuple[Metre, ...]:
    return tuple(Metre(tick, Bar.of(metre).numerator, Bar.of(metre).denominator) for tick, metre in changes)


# Bars


@pytest.mark.parametrize(
    ("metre", "quarters"), [("4/4", 4), ("2/2", 4), ("3/4", 3), ("6/8", 3), ("7/8", 3.5), ("12/8", 6), ("5/16", 1.25)]
)
def test_a_bar_has_a_length_in_quarter_notes(metre: str, quarters: float):
    assert Bar.of(metre).quarters == quarters


KINDS = ["4/4", "2/4", "2/2", "3/2", "1/4", "8/4", "3/4", "6/4", "3/8", "6/8", "9/8", "12/8", "12/16", "5/4", "7/8"]
FITTING = {
    "1/4": {"4/4", "2/4", "2/2", "3/2", "8/4", "3/4", "6/4", "5/4"},
    "2/4": {"4/4", "2/2", "3/2", "8/4", "6/4"},
    "4/4": {"2/2", "8/4"},
    "2/2": {"4/4", "8/4"},
    "3/4": {"3/2", "6/4"},
    "3/2": {"6/4"},
    "6/4": {"3/2"},
    "3/8": {"6/8", "9/8", "12/8", "12/16"},
    "6/8": {"12/8", "12/16"},
    "12/16": {"6/8", "12/8"},
}


@pytest.mark.parametrize("metre", KINDS)
def test_bars_fit_in_bars_that_they_fill_in_whole_numbers_with_beats_of_their_kind(metre: str):
    larger = {other for other in KINDS if fits(Bar.of(metre), Bar.of(other))}
    assert larger == FITTING.get(metre, set()) | {metre}


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
    assert main_metre(score(*metres(*changes), end=end)) == expected


def test_a_metre_gives_way_to_the_next_or_to_the_end():
    first, second, third = changes = metres((0, "3/4"), (12, "2/4"), (20, "5/4"))
    assert metre_spans(changes, 33) == [(first, 12), (second, 20), (third, 33)]
    assert metre_spans(changes, 20) == [(first, 12), (second, 20)]
    assert metre_spans(changes, 15) == [(first, 12), (second, 15)]


def test_bars_may_be_given_to_music_that_has_none():
    bare = Score(PIANO, Notes.of([(0, 3, 90, 60)]), 4)
    given_bars = set_bars(bare, "6/8", 7)
    assert given_bars == replace(bare, metres=(Metre(7, 6, 8),), first_bar=7)
    assert find_segments(given_bars, Grid(metre="6/8", bars=2)) == [Segment(-5, 8)]
