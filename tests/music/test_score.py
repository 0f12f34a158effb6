from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ganola.music.score import DEFAULT_VELOCITY, Notes, Score, quantise
from ganola.music.tracks import Track
from tests.metres import metre_at
from tests.strategies import Row

PIANO, DRUMS = Track(name="Piano"), Track(name="Kit", drums=True)


def score(*rows: Row, ticks_per_quarter: int = 96, **more: object) -> Score:
    return Score((PIANO, DRUMS), Notes.of(list(rows)), ticks_per_quarter, **more)


rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 2000), st.integers(0, 300), st.integers(30, 90)).map(
        lambda note: (note[0], note[1], note[1] + note[2], note[3])
    ),
    max_size=12,
)
resolutions = st.sampled_from([7, 24, 96, 480])
grids = st.sampled_from([1, 3, 4, 5, 6, 8, 12, 24])


def test_rows_come_back_in_order_of_track_start_pitch_and_end():
    rows = [(1, 0, 5, 60), (0, 7, 9, 61), (0, 2, 9, 70), (0, 2, 9, 64), (0, 2, 4, 64)]
    assert Notes.of(rows).rows() == [
        (0, 2, 4, 64),
        (0, 2, 9, 64),
        (0, 2, 9, 70),
        (0, 7, 9, 61),
        (1, 0, 5, 60),
    ]


def test_no_notes_are_notes_too():
    assert Notes.of([]).rows() == []
    assert len(quantise(score(), 4).notes) == 0


def test_shifting_moves_starts_ends_and_pitches():
    assert Notes.of([(0, 2, 5, 64)]).shift(ticks=3, semitones=-7).rows() == [(0, 5, 8, 57)]


def loud(rows: list[Row], velocity: list[int]) -> Notes:
    return replace(Notes.of(rows), velocity=np.array(velocity, dtype=np.int32))


def test_a_velocity_stays_with_its_note():
    notes = loud([(1, 0, 5, 60), (0, 7, 9, 61), (0, 2, 9, 70)], [11, 22, 33])
    assert notes.sort().velocity.tolist() == [33, 22, 11]
    assert notes.where(notes.pitch > 60).velocity.tolist() == [22, 33]
    assert notes.shift(ticks=3, semitones=1).velocity.tolist() == [11, 22, 33]
    assert quantise(Score((PIANO, DRUMS), notes, 96), 4).notes.velocity.tolist() == [11, 22, 33]


def test_parts_are_joined_one_after_the_other():
    parts = [loud([(1, 0, 5, 60)], [11]), Notes.of([]), loud([(0, 7, 9, 61)], [22])]
    both = Notes.join(parts)
    assert (both.pitch.tolist(), both.velocity.tolist()) == ([60, 61], [11, 22])


def test_notes_that_say_nothing_of_it_have_one_velocity():
    assert Notes.of([(0, 0, 1, 60), (0, 2, 3, 61)]).velocity.tolist() == [DEFAULT_VELOCITY] * 2


def test_start_and_end_are_rounded_each_on_its_own():
    # A step is 24 ticks. Tick 10 rounds to step 0, tick 38 to step 2; the length, 28 ticks, would round to 1.
    assert quantise(score((0, 10, 38, 60)), 4).notes.rows() == [(0, 0, 2, 60)]


def test_half_a_step_rounds_up_on_odd_and_even_steps():
    assert quantise(score((0, 12, 60, 60), (0, 36, 84, 61)), 4).notes.rows() == [
        (0, 1, 3, 60),
        (0, 2, 4, 61),
    ]


def test_a_note_that_would_vanish_lasts_a_step():
    assert quantise(score((0, 25, 27, 60), (0, 48, 48, 61)), 4).notes.rows() == [
        (0, 1, 2, 60),
        (0, 2, 3, 61),
    ]


def test_the_pickup_and_the_metres_move_to_the_grid():
    metres = (metre_at(0, "3/4"), metre_at(290, "2/4"))
    found = quantise(score((0, 0, 96, 60), metres=metres, first_bar=97), 4)
    assert (found.ticks_per_quarter, found.first_bar) == (4, 4)
    assert found.metres == (metre_at(0, "3/4"), metre_at(12, "2/4"))


@given(rows, resolutions, grids)
def test_what_is_on_the_grid_stays_there(rows: list[Row], ticks_per_quarter: int, steps_per_quarter: int):
    once = quantise(score(*rows, ticks_per_quarter=ticks_per_quarter), steps_per_quarter)
    twice = quantise(once, steps_per_quarter)
    assert (twice.notes.rows(), twice.metres, twice.first_bar) == (
        once.notes.rows(),
        once.metres,
        once.first_bar,
    )


@given(rows, resolutions, grids)
def test_no_note_moves_further_than_half_a_step(rows: list[Row], ticks_per_quarter: int, steps_per_quarter: int):
    music = score(*rows, ticks_per_quarter=ticks_per_quarter)
    found = quantise(music, steps_per_quarter)
    moved = np.abs(found.notes.start / steps_per_quarter - music.notes.start / music.ticks_per_quarter)
    assert (moved <= 0.5 / steps_per_quarter + 1e-9).all()
    assert (found.notes.end > found.notes.start).all()


@given(st.integers(0, 300), st.integers(1, 300), st.integers(1, 300), grids)
def test_notes_that_touch_still_touch_unless_one_would_vanish(
    start: int, first: int, second: int, steps_per_quarter: int
):
    middle = start + first
    music = score((0, start, middle, 60), (0, middle, middle + second, 60))
    notes = quantise(music, steps_per_quarter).notes
    assert notes.end[0] == max(notes.start[1], notes.start[0] + 1)


@given(rows, st.integers(-20, 20))
def test_transposing_up_and_down_again_changes_nothing(rows: list[Row], semitones: int):
    music = score(*rows)
    back = music.transpose(semitones).transpose(-semitones)
    assert back.notes.rows() == music.notes.rows()


def test_transposition_leaves_drums_alone():
    music = score((0, 0, 96, 60), (1, 0, 96, 36), (0, 96, 192, 62))
    assert music.transpose(5).notes.rows() == [(0, 0, 96, 65), (0, 96, 192, 67), (1, 0, 96, 36)]
    assert music.notes.rows()[0] == (0, 0, 96, 60)
