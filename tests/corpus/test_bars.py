from dataclasses import replace
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.corpus.bars import AS_NUMBER, BAR_NOTE, bars_to_planes, bars_to_velocity, split_into_bars, window_starts
from ganola.music.grid import Grid
from ganola.music.roll import encode, to_planes
from ganola.music.score import Notes
from tests import strategies
from tests.corpus.by_hand import cut


def table(rows: np.ndarray) -> list[tuple[int, int, int, int, bool]]:
    """Records as (start, length, track, pitch, held)."""
    columns = ("start", "length", "track", "pitch", "held")
    return list(zip(*(rows[column].tolist() for column in columns), strict=True))


# Sixteen steps a bar: over two bar lines; two on one step; up to a bar line; over one after a rest.
SONG = [(0, 5, 40, 60), (1, 3, 4, 36), (0, 3, 6, 72), (0, 6, 16, 64), (1, 20, 22, 36), (0, 60, 80, 67), (1, 79, 80, 43)]


def test_notes_are_cut_at_bar_lines_in_order_of_start_track_and_pitch():
    rows, first = split_into_bars(Notes.of(SONG), 5, 16)
    assert first.tolist() == [0, 4, 6, 7, 8, 10]
    assert table(rows) == [
        (3, 3, 0, 72, False),
        (3, 1, 1, 36, False),
        (5, 11, 0, 60, False),
        (6, 10, 0, 64, False),
        (0, 16, 0, 60, True),
        (4, 2, 1, 36, False),
        (0, 8, 0, 60, True),
        (12, 4, 0, 67, False),
        (0, 16, 0, 67, True),
        (15, 1, 1, 43, False),
    ]


def test_the_order_of_the_notes_makes_no_difference():
    rows, first = split_into_bars(Notes.of(SONG), 5, 16)
    again, first_again = split_into_bars(Notes.of(SONG[::-1]), 5, 16)
    assert rows.tobytes() == again.tobytes()
    assert first.tolist() == first_again.tolist()


def test_a_chord_lies_from_low_to_high_and_track_by_track():
    chord = [(track, 2, 3, pitch) for pitch in (67, 60, 127, 0) for track in (200, 3)]
    rows, _ = split_into_bars(Notes.of(chord), 1, 4)
    expected = [(track, pitch) for track in (3, 200) for pitch in (0, 60, 67, 127)]
    assert list(zip(rows["track"].tolist(), rows["pitch"].tolist(), strict=True)) == expected


def test_a_record_is_eight_bytes_and_nothing_of_the_piece_is_left_in_them():
    rows, _ = split_into_bars(Notes.of([(1, 3 * 1000 + 7, 3 * 1000 + 9, 61)]), 4, 1000)
    assert BAR_NOTE.itemsize == 8
    assert rows.tobytes() == bytes([2, 0, 0, 61, 1, 7, 0, 84])
    assert rows.view(AS_NUMBER).tolist() == [84 << 56 | 7 << 40 | 1 << 32 | 61 << 24 | 2]


def test_bars_of_the_most_steps_and_pieces_of_the_most_bars_are_held():
    steps = Grid(steps_per_quarter=48, metre="99/1").steps_per_bar
    bars = (2**23 - 1) // steps
    last = bars * steps
    rows, first = split_into_bars(Notes.of([(0, 1, last, 60), (255, last - 1, last, 127)]), bars, steps)
    assert rows["length"].tolist() == [steps - 1, *[steps] * (bars - 1), 1]
    assert (rows["start"][0], rows["start"][-1]) == (1, steps - 1)
    assert rows["held"].tolist() == [False, *[True] * (bars - 1), False]
    assert np.diff(first).tolist() == [*[1] * (bars - 1), 2]
    assert (rows["velocity"] == 84).all()


def test_no_notes_are_bars_of_silence():
    rows, first = split_into_bars(Notes.of([]), 3, 16)
    assert (len(rows), first.tolist()) == (0, [0, 0, 0, 0])


def test_a_bar_says_what_is_held_and_its_window_strikes_it_again():
    grid = Grid(lowest=60, pitches=13)
    rows, first = split_into_bars(Notes.of([row for row in SONG if row[0] == 0]), 5, 16)
    roll = bars_to_planes(rows[first[1] : first[3]], np.diff(first)[None, 1:3], grid, 1)
    assert roll.shape == (1, 1, 2, 32, 13)
    onset, sustain = roll[0, 0, :, :, 0]
    assert np.flatnonzero(onset).tolist() == [0]
    assert np.flatnonzero(sustain).tolist() == list(range(1, 24))


@given(strategies.fitted())
def test_all_bars_of_a_piece_are_its_roll(music: strategies.Fixture):
    grid = music.grid
    bars = -(-music.steps // grid.steps_per_bar)
    rows, first = split_into_bars(music.notes, bars, grid.steps_per_bar)
    roll = bars_to_planes(rows, np.diff(first)[None], grid, len(music.tracks))
    expected = encode(music.notes, len(music.tracks), bars * grid.steps_per_bar, grid)
    assert np.array_equal(roll[0], to_planes(expected))


@given(strategies.fitted(), st.integers(1, 3), st.randoms(use_true_random=False))
def test_windows_in_any_order_are_the_piece_cut_by_hand(music: strategies.Fixture, length: int, random: Random):
    grid = music.grid
    bar, tracks = grid.steps_per_bar, len(music.tracks)
    bars = max(length, -(-music.steps // bar))
    rows, first = split_into_bars(music.notes, bars, bar)
    starts = list(range(bars - length + 1)) * 2
    random.shuffle(starts)
    chosen = np.concatenate([rows[first[start] : first[start + length]] for start in starts])
    counts = np.array([np.diff(first[start : start + length + 1]) for start in starts])
    rolls = bars_to_planes(chosen, counts, grid, tracks)
    for start, roll in zip(starts, rolls, strict=True):
        notes = cut(music.rows, start * bar, (start + length) * bar)
        assert np.array_equal(roll, to_planes(encode(notes, tracks, length * bar, grid)))


def test_no_windows_are_an_empty_roll():
    grid = Grid(pitches=12)
    none = np.zeros(0, dtype=BAR_NOTE)
    assert bars_to_planes(none, np.zeros((0, 4), dtype=np.int64), grid, 2).shape == (0, 2, 2, 64, 12)


def lines(counts: list[int]) -> np.ndarray:
    return np.cumsum([0, *counts])


@pytest.mark.parametrize(
    ("counts", "segments", "starts"),
    [
        ([4, 1, 2, 3, 1], (5,), [0, 1, 2]),
        ([4, 1, 2], (3,), [0]),
        ([4, 1], (2,), []),
        ([4], (1,), []),
        ([], (), []),
        ([1, 0, 0, 1, 1, 1, 1], (7,), [0, 1, 2, 3, 4]),
        ([1, 0, 0, 0, 1, 1, 1], (7,), [0, 2, 3, 4]),
        ([0, 0, 0, 0, 1, 1, 1], (7,), [2, 3, 4]),
        ([1] * 8, (3, 5), [0, 3, 4, 5]),
        ([1] * 8, (2, 1, 1, 4), [4, 5]),
        ([0, 0, 0, 0, 1, 1, 0], (3, 4), [3, 4]),
    ],
)
def test_windows_of_three_bars_lie_within_a_section_and_sound(
    counts: list[int], segments: tuple[int, ...], starts: list[int]
):
    assert window_starts(lines(counts), segments, 3).tolist() == starts


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=5), max_size=4), st.integers(1, 4), st.integers(0, 9))
def test_windows_begin_as_counted_one_by_one(segments: list[list[int]], bars: int, before: int):
    """Offsets of a piece in the middle of a shard serve as well as its own."""
    counts = [count for section in segments for count in section]
    edges = list(pairwise(lines([len(section) for section in segments]).tolist()))
    expected = [
        start
        for start in range(len(counts))
        if any(low <= start and start + bars <= high for low, high in edges) and sum(counts[start : start + bars])
    ]
    found = window_starts(lines(counts) + before, tuple(len(section) for section in segments), bars)
    assert found.tolist() == expected


# How loud notes are


def test_each_part_of_a_note_has_the_velocity_of_the_whole():
    notes = replace(Notes.of(SONG), velocity=np.array([1, 127, 40, 64, 90, 33, 2], dtype=np.int32))
    rows, _ = split_into_bars(notes, 5, 16)
    assert table(rows) == table(split_into_bars(Notes.of(SONG), 5, 16)[0])
    assert rows["velocity"].tolist() == [40, 127, 1, 64, 1, 90, 1, 33, 33, 2]


def test_velocities_stand_where_notes_are_struck_and_nowhere_else():
    notes = replace(Notes.of(SONG), velocity=np.array([1, 127, 40, 64, 90, 33, 2], dtype=np.int32))
    rows, first = split_into_bars(notes, 5, 16)
    grid = Grid(lowest=36, pitches=48, bars=2)
    chosen, counts = rows[first[1] : first[5]], np.diff(first)[1:5].reshape(2, 2)  # bars 1 and 2, and bars 3 and 4
    velocity = bars_to_velocity(chosen, counts, grid, 2)
    struck = {(0, 0, 0, 60): 1, (0, 1, 4, 36): 90, (1, 0, 12, 67): 33, (1, 1, 31, 43): 2}
    assert {
        (window, track, step, pitch + 36): int(velocity[window, track, step, pitch])
        for window, track, step, pitch in np.argwhere(velocity).tolist()
    } == struck
    onsets = bars_to_planes(chosen, counts, grid, 2)[:, :, 0]
    assert np.array_equal(velocity > 0, onsets)
