from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.corpus.segments import Segment, cut_to_segments, explain_no_segment, find_segments
from ganola.music.grid import Grid
from ganola.music.metre import MetreChange
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.metres import metre_at
from tests.strategies import Row

PIANO = (Track(name="Piano"),)
GRID = Grid(bars=2)  # a bar of 4/4 is 16 steps


def score(*metres: MetreChange, start: int = 0, end: int, first_bar: int = 0) -> Score:
    """Music from `start` to `end`, in steps, under these metres."""
    return Score(PIANO, Notes.of([(0, start, start + 1, 60), (0, end - 1, end, 62)]), 4, metres, first_bar)


def metres(*changes: tuple[int, str]) -> tuple[MetreChange, ...]:
    return tuple(metre_at(tick, metre) for tick, metre in changes)


# The segments of a piece that are in the metre of the corpus


@pytest.mark.parametrize(("end", "bars"), [(33, 3), (48, 3), (49, 4), (32, 2)])
def test_the_bar_in_which_the_music_ends_counts_whole(end: int, bars: int):
    assert find_segments(score(metre_at(0, "4/4"), end=end), GRID) == [Segment(0, bars)]


@pytest.mark.parametrize(
    ("start", "first_bar", "expected"),
    [
        (0, 0, Segment(0, 4)),
        (3, 0, Segment(0, 4)),
        (4, 4, Segment(4, 4)),
        (3, 4, Segment(-12, 5)),
        (0, 4, Segment(-12, 5)),
        (0, 20, Segment(-12, 5)),
        (31, 0, Segment(16, 3)),
        (32, 0, Segment(32, 2)),
        (21, 4, Segment(20, 3)),
    ],
)
def test_a_pickup_has_a_bar_of_its_own_and_silence_before_the_first_note_has_none(
    start: int, first_bar: int, expected: Segment
):
    metre = metre_at(first_bar if start >= first_bar else 0, "4/4")
    assert find_segments(score(metre, start=start, end=64, first_bar=first_bar), GRID) == [expected]


def found(*changes: tuple[int, str], start: int = 0, end: int, grid: Grid = GRID) -> list[tuple[int, int]]:
    return [(one.start, one.bars) for one in find_segments(score(*metres(*changes), start=start, end=end), grid)]


def test_a_bar_of_half_the_length_cuts_a_piece_in_two():
    assert found((0, "4/4"), (48, "2/4"), (56, "4/4"), end=90) == [(0, 3), (56, 3)]


def test_a_bar_of_another_metre_cuts_a_piece_in_two():
    assert found((0, "4/4"), (48, "3/4"), (60, "4/4"), end=100) == [(0, 3), (60, 3)]
    assert found((0, "3/4"), (24, "4/4"), (60, "3/4"), end=100, grid=Grid(bars=1)) == [(24, 2)]
    # Four bars of 3/4 are as long as three of 4/4.
    assert found((0, "4/4"), (48, "3/4"), (96, "4/4"), end=140) == [(0, 3), (96, 3)]


def test_shorter_bars_join_the_longer_ones_that_follow_where_they_make_whole_bars():
    assert found((0, "2/4"), (32, "4/4"), end=64) == [(0, 4)]
    assert found((0, "4/4"), (32, "2/4"), (64, "2/2"), end=81) == [(0, 6)]


def test_shorter_bars_that_make_no_whole_bars_do_not_join():
    assert found((0, "2/4"), (40, "4/4"), end=80) == [(0, 2), (40, 3)]


def test_joined_segments_go_on_from_where_the_first_began():
    # A bar and a half of 2/4, after which 4/4 begins a segment of its own, to which the next metre joins.
    assert found((0, "2/4"), (24, "4/4"), (56, "2/2"), end=88) == [(24, 4)]


def test_the_last_bar_counts_at_the_end_of_the_music_but_not_before_another_metre():
    assert found((0, "4/4"), (40, "3/4"), (52, "3/4"), end=64) == [(0, 2)]
    assert found((0, "4/4"), (40, "3/4"), end=40) == [(0, 3)]
    assert found((0, "3/4"), (12, "4/4"), end=50) == [(12, 3)]


def test_segments_of_less_than_a_phrase_are_left():
    changes = (0, "4/4"), (32, "3/4"), (44, "4/4"), (60, "3/4"), (72, "4/4")
    assert found(*changes, end=120) == [(0, 2), (72, 3)]
    assert found(*changes, end=120, grid=Grid(bars=1)) == [(0, 2), (44, 1), (72, 3)]
    assert found(*changes, end=120, grid=Grid(bars=3)) == [(72, 3)]
    assert found(*changes, end=120, grid=Grid(bars=4)) == []


def test_a_segment_that_is_over_before_the_first_note_is_left():
    assert found((0, "4/4"), (64, "3/4"), (76, "4/4"), start=70, end=120) == [(76, 3)]


def test_a_metre_after_the_last_note_changes_nothing():
    assert found((0, "4/4"), (57, "2/4"), end=50) == [(0, 4)]
    assert found((0, "4/4"), (2**31 - 1, "4/4"), end=50) == [(0, 4)]
    assert found((0, "4/4"), (57, "4/4"), (2**31 - 1, "3/4"), end=50) == [(0, 4)]


def test_a_pickup_alone_is_a_bar():
    assert find_segments(score(metre_at(4, "4/4"), end=3, first_bar=4), Grid(bars=1)) == [Segment(-12, 1)]


def test_bars_of_three_eighths_are_counted_in_steps_too():
    assert found((0, "3/8"), (18, "6/8"), end=60, grid=Grid(metre="6/8", bars=2)) == [(18, 4)]
    assert found((0, "3/8"), (24, "6/8"), end=60, grid=Grid(metre="6/8", bars=2)) == [(0, 5)]


# Why there is none


@pytest.mark.parametrize(
    ("changes", "end", "reason"),
    [
        ([(0, "3/4")], 90, "in 3/4; this corpus is in 4/4"),
        ([(0, "6/8"), (48, "3/4"), (60, "6/8")], 90, "in 6/8 and 3/4; this corpus is in 4/4"),
        ([(0, "4/4"), (16, "5/4")], 90, "in 5/4; this corpus is in 4/4"),
        ([(0, "4/4"), (16, "5/4")], 16, "shorter than 2 bars of 4/4"),
        ([(0, "4/4"), (24, "2/4"), (32, "4/4")], 45, "changes its metre too often for 2 bars of 4/4 in a row"),
        ([(0, "2/4")], 12, "shorter than 2 bars of 4/4"),
        ([(0, "2/4"), (8, "4/4")], 16, "shorter than 2 bars of 4/4"),
    ],
)
def test_a_piece_without_segments_is_left_out_for_a_reason(changes: list[tuple[int, str]], end: int, reason: str):
    music = score(*metres(*changes), end=end)
    assert find_segments(music, GRID) == []
    assert explain_no_segment(music, GRID) == reason


# The notes of the find_segments


def test_segments_follow_one_another_and_a_note_ends_with_its_own():
    rows = [(0, 2, 9, 60), (1, 30, 40, 48), (0, 33, 35, 72), (0, 50, 70, 64), (1, 80, 99, 50), (0, 90, 91, 51)]
    notes, outside = cut_to_segments(Notes.of(rows), [Segment(0, 2), Segment(48, 1), Segment(80, 1)], 16)
    assert notes.rows() == [(0, 2, 9, 60), (0, 34, 48, 64), (0, 58, 59, 51), (1, 30, 32, 48), (1, 48, 64, 50)]
    assert outside == 1


def test_a_segment_before_step_0_moves_a_pickup_into_the_first_bar():
    notes, outside = cut_to_segments(Notes.of([(0, 1, 3, 60), (0, 3, 19, 67)]), [Segment(-13, 2)], 16)
    assert (notes.rows(), outside) == ([(0, 14, 16, 60), (0, 16, 32, 67)], 0)


def test_one_segment_cuts_what_begins_before_it_and_what_lasts_too_long():
    rows = [(0, 3, 25, 60), (0, 16, 18, 61), (0, 47, 60, 62), (0, 48, 50, 63)]
    notes, outside = cut_to_segments(Notes.of(rows), [Segment(16, 2)], 16)
    assert (notes.rows(), outside) == ([(0, 0, 2, 61), (0, 31, 32, 62)], 2)


def test_no_notes_stay_none():
    notes, outside = cut_to_segments(Notes.of([]), [Segment(0, 2)], 16)
    assert (len(notes), outside) == (0, 0)


@st.composite
def cut_music(draw: st.DrawFn) -> tuple[list[Row], list[Segment], int]:
    """Notes, segments that do not overlap, and the steps of a bar."""
    bar = draw(st.integers(1, 9))
    cuts, step = [], draw(st.integers(-9, 20))
    for gap, bars in draw(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4)), min_size=1, max_size=4)):
        cuts.append(Segment(step + gap, bars))
        step += gap + bars * bar
    note = st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(1, 30), st.integers(0, 127))
    rows = [(track, start, start + length, pitch) for track, start, length, pitch in draw(st.lists(note, max_size=20))]
    return rows, cuts, bar


@given(cut_music())
def test_every_note_is_where_it_belongs_or_counted_as_outside(music: tuple[list[Row], list[Segment], int]):
    rows, cuts, bar = music
    expected, before = [], 0
    for cut in cuts:
        end = cut.start + cut.bars * bar
        for track, start, stop, pitch in rows:
            if cut.start <= start < end:
                moved = before - cut.start
                expected.append((track, start + moved, min(stop, end) + moved, pitch))
        before += cut.bars * bar
    notes, outside = cut_to_segments(Notes.of(rows), cuts, bar)
    assert notes.rows() == Notes.of(expected).rows()
    assert len(notes) + outside == len(rows)


@st.composite
def barred_music(draw: st.DrawFn) -> tuple[list[tuple[int, str]], list[Row]]:
    """Metres, most of which change at a bar line of the one before, and notes."""
    tick, changes = draw(st.sampled_from([0, 0, 0, 7])), []
    for metre in draw(st.lists(st.sampled_from(["4/4", "2/4", "3/4", "2/2", "6/8"]), min_size=1, max_size=5)):
        changes.append((tick, metre))
        tick += {"4/4": 16, "2/4": 8, "2/2": 16}.get(metre, 12) * draw(st.integers(1, 5))
        tick += draw(st.sampled_from([0, 0, 0, 3]))
    note = st.tuples(st.integers(0, 120), st.integers(1, 30), st.integers(0, 127))
    shapes = draw(st.lists(note, min_size=1, max_size=12))
    return changes, [(0, start, start + length, pitch) for start, length, pitch in shapes]


@given(barred_music(), st.integers(1, 3))
def test_segments_follow_one_another_and_lie_in_bars_of_the_metre(
    music: tuple[list[tuple[int, str]], list[Row]], bars: int
):
    changes, rows = music
    piece = Score(PIANO, Notes.of(rows), 4, metres(*changes), changes[0][0])
    first, end = min(row[1] for row in rows), max(row[2] for row in rows)
    cuts = find_segments(piece, Grid(bars=bars))
    for cut, following in pairwise(cuts):
        assert cut.start + 16 * cut.bars <= following.start
    for cut in cuts:
        assert cut.bars >= bars
        steps = range(cut.start, min(cut.start + 16 * cut.bars, end))
        others = [step for step in steps if metre_in_force(step, changes) not in ("4/4", "2/4", "2/2")]
        assert not others
        assert first - 16 < cut.start or cut.start in dict(changes)
        assert cut.start + 16 * (cut.bars - 1) < end


def metre_in_force(step: int, changes: list[tuple[int, str]]) -> str:
    """The metre at a step; before the first, that one."""
    return [metre for tick, metre in changes if tick <= max(step, changes[0][0])][-1]


@given(barred_music(), st.integers(1, 3))
def test_a_reason_is_given_where_and_only_where_no_note_is_taken(
    music: tuple[list[tuple[int, str]], list[Row]], bars: int
):
    changes, rows = music
    piece = Score(PIANO, Notes.of(rows), 4, metres(*changes), changes[0][0])
    if not find_segments(piece, Grid(bars=bars)):
        reason = explain_no_segment(piece, Grid(bars=bars))
        held = [metre for tick, metre in changes if tick < max(row[2] for row in rows)]
        assert reason.startswith("in ") == any(metre in ("3/4", "6/8") for metre in held)
