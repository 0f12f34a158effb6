import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from ganola.music.grid import Grid
from ganola.music.roll import (
    OFF,
    ONSET,
    SUSTAIN,
    decode,
    encode,
    fit_notes,
    from_planes,
    from_sounding,
    sounding,
    to_planes,
    to_score,
)
from ganola.music.score import Notes
from ganola.music.tracks import Track
from tests import strategies
from tests.metres import metre_at
from tests.strategies import Fixture, Row

ODD = Grid(lowest=41, pitches=31, steps_per_quarter=3, metre="5/4", bars=2)
MANY, ONE = Track(name="Piano"), Track(name="Flute", monophonic=True)


def codec(notes: Notes, tracks: int, steps: int, grid: Grid) -> list[Row]:
    return decode(encode(notes, tracks, steps, grid), grid).rows()


# Encoding and decoding


def test_notes_become_onsets_and_sustains():
    cells = encode(Notes.of([(0, 1, 4, 43), (1, 2, 3, 71)]), 2, 6, ODD)
    assert cells[0, :, 2].tolist() == [OFF, ONSET, SUSTAIN, SUSTAIN, OFF, OFF]
    assert cells[1, :, 30].tolist() == [OFF, OFF, ONSET, OFF, OFF, OFF]
    assert np.count_nonzero(cells) == 4


def test_a_repeated_note_is_not_a_held_one():
    rows = [(0, 0, 2, 50), (0, 2, 3, 50), (0, 3, 7, 50)]
    assert codec(Notes.of(rows), 1, 8, ODD) == rows


def test_a_note_is_held_over_the_bar_line():
    rows = [(0, 13, 17, 50), (0, 28, 30, 44)]
    assert codec(Notes.of(rows), 1, 30, ODD) == rows


def test_the_edges_of_the_grid_hold_notes():
    rows = [(0, 0, 1, 41), (0, 0, 30, 71), (1, 29, 30, 41), (1, 29, 30, 71)]
    assert codec(Notes.of(rows), 2, 30, ODD) == rows


def test_no_notes_are_an_empty_roll_and_back():
    cells = encode(Notes.of([]), 2, 7, ODD)
    assert cells.shape == (2, 7, 31)
    assert not cells.any()
    assert decode(cells, ODD).rows() == []


def test_a_sustain_that_continues_nothing_begins_a_note():
    cells = np.zeros((1, 6, 31), dtype=np.uint8)
    cells[0, :, 4] = [SUSTAIN, SUSTAIN, OFF, SUSTAIN, ONSET, SUSTAIN]
    assert decode(cells, ODD).rows() == [(0, 0, 2, 45), (0, 3, 4, 45), (0, 4, 6, 45)]


@given(strategies.fitted())
def test_decoding_undoes_encoding(music: Fixture):
    assert codec(music.notes, len(music.tracks), music.steps, music.grid) == music.notes.rows()


@given(strategies.fitted())
def test_a_cell_sounds_just_where_a_note_does(music: Fixture):
    cells = encode(music.notes, len(music.tracks), music.steps, music.grid)
    expected = np.zeros_like(cells)
    for track, start, end, pitch in music.notes.rows():
        expected[track, start:end, pitch - music.grid.lowest] = SUSTAIN
        expected[track, start, pitch - music.grid.lowest] = ONSET
    assert np.array_equal(cells, expected)


def test_a_score_of_cells_is_in_steps():
    rows = [(0, 13, 17, 50), (0, 17, 20, 50)]
    score = to_score(encode(Notes.of(rows), 1, 30, ODD), ODD, (ONE,), 97.0)
    assert score.notes.rows() == rows
    assert (score.ticks_per_quarter, score.metres, score.tempo, score.tracks) == (
        3,
        (metre_at(0, "5/4"),),
        97.0,
        (ONE,),
    )


# Fitting


def fitted(rows: list[Row], *tracks: Track) -> tuple[list[Row], int, int, int]:
    found = fit_notes(Notes.of(rows), tracks, ODD)
    return found.notes.rows(), found.out_of_range, found.merged, found.shortened


def test_notes_beyond_the_grid_are_left_out_and_counted():
    assert fitted([(0, 0, 2, 40), (0, 0, 2, 41), (0, 3, 4, 72), (0, 5, 6, 90)], MANY) == (
        [(0, 0, 2, 41)],
        3,
        0,
        0,
    )


def test_of_notes_begun_together_on_a_pitch_the_longest_stays():
    assert fitted([(0, 2, 3, 50), (0, 2, 7, 50), (0, 2, 5, 50)], MANY) == ([(0, 2, 7, 50)], 0, 2, 0)


def test_a_note_ends_where_the_next_of_its_pitch_begins():
    assert fitted([(0, 0, 9, 50), (0, 4, 6, 50)], MANY) == ([(0, 0, 4, 50), (0, 4, 6, 50)], 0, 0, 1)


def test_of_notes_begun_together_the_velocity_is_that_of_the_one_that_stays():
    rows = [(0, 4, 5, 50), (0, 0, 3, 50), (0, 0, 9, 50), (0, 0, 2, 90)]
    notes = replace(Notes.of(rows), velocity=np.array([10, 20, 30, 40], dtype=np.int32))
    found = fit_notes(notes, (MANY,), ODD).notes
    assert (found.rows(), found.velocity.tolist()) == ([(0, 0, 4, 50), (0, 4, 5, 50)], [30, 10])


def test_other_pitches_and_other_tracks_do_not_disturb_a_note():
    rows = [(0, 0, 9, 50), (0, 4, 6, 51), (1, 2, 5, 50)]
    assert fitted(rows, MANY, MANY) == (rows, 0, 0, 0)


def test_of_a_chord_in_a_monophonic_track_the_highest_stays():
    assert fitted([(0, 0, 4, 50), (0, 0, 2, 57), (0, 0, 3, 54)], ONE) == ([(0, 0, 2, 57)], 0, 2, 0)


def test_in_a_monophonic_track_any_next_note_ends_the_one_before():
    rows = [(0, 0, 9, 50), (0, 4, 9, 44), (1, 0, 9, 50), (1, 4, 9, 44)]
    kept = [(0, 0, 4, 50), (0, 4, 9, 44), (1, 0, 9, 50), (1, 4, 9, 44)]
    assert fitted(rows, ONE, MANY) == (kept, 0, 0, 1)


def test_notes_that_only_touch_are_not_shortened():
    rows = [(0, 0, 4, 50), (0, 4, 6, 50), (0, 6, 7, 58)]
    assert fitted(rows, ONE) == (rows, 0, 0, 0)


def test_music_is_fitted_up_to_the_last_step_that_can_be_told():
    last = 2**20 - 1
    rows = [(0, last - 3, last, 50), (0, 0, last, 50), (0, 4, 7, 50), (0, 4, 6, 50), (1, 0, last, 50)]
    kept = [(0, 0, 4, 50), (0, 4, 7, 50), (0, last - 3, last, 50), (1, 0, last, 50)]
    assert fitted(rows, MANY, ONE) == (kept, 0, 1, 1)
    with pytest.raises(ValueError, match="1,048,575 steps"):
        fitted([*rows, (1, last, last + 1, 50)], MANY, ONE)


def test_music_that_begins_before_the_first_step_is_fitted_there():
    rows = [(0, -9, -4, 50), (0, -5, -2, 50), (1, -3, 5, 60)]
    assert fitted(rows, MANY, ONE) == ([(0, -9, -5, 50), (0, -5, -2, 50), (1, -3, 5, 60)], 0, 0, 1)


def test_fitting_nothing_gives_nothing():
    assert fitted([], MANY, ONE) == ([], 0, 0, 0)


@given(strategies.unfitted())
def test_every_note_stays_or_is_counted(music: Fixture):
    found = fit_notes(music.notes, music.tracks, music.grid)
    assert len(found.notes) + found.out_of_range + found.merged == len(music.notes)
    whole = set(music.notes.rows())
    assert sum(row not in whole for row in found.notes.rows()) <= found.shortened


@given(strategies.unfitted())
def test_what_was_fitted_fits(music: Fixture):
    once = fit_notes(music.notes, music.tracks, music.grid)
    twice = fit_notes(once.notes, music.tracks, music.grid)
    assert twice.notes.rows() == once.notes.rows()
    assert (twice.out_of_range, twice.merged, twice.shortened) == (0, 0, 0)
    assert codec(once.notes, len(music.tracks), music.steps, music.grid) == once.notes.rows()


@given(strategies.fitted())
def test_notes_that_fit_are_left_as_they_are(music: Fixture):
    found = fit_notes(music.notes, music.tracks, music.grid)
    assert found.notes.rows() == music.notes.rows()
    assert (found.out_of_range, found.merged, found.shortened) == (0, 0, 0)


@given(strategies.unfitted())
def test_fitting_leaves_its_input_alone(music: Fixture):
    before = copy.deepcopy(music.notes)
    fit_notes(music.notes, music.tracks, music.grid)
    assert all(np.array_equal(getattr(music.notes, name), getattr(before, name)) for name in Notes.__slots__)


@given(strategies.unfitted())
def test_a_monophonic_track_never_sounds_two_notes(music: Fixture):
    found = fit_notes(music.notes, music.tracks, music.grid)
    cells = encode(found.notes, len(music.tracks), music.steps, music.grid)
    at_once = sounding(cells).sum(axis=-1).max(axis=-1)
    assert all(count <= 1 for count, track in zip(at_once, music.tracks, strict=True) if track.monophonic)


# Planes


@given(strategies.cells())
def test_planes_hold_all_that_cells_do(cells: np.ndarray):
    planes = to_planes(cells)
    assert planes.shape == (*cells.shape[:-2], 2, *cells.shape[-2:])
    assert np.array_equal(from_planes(planes), cells)


def test_an_onset_outweighs_a_sustain():
    planes = np.zeros((1, 2, 3, 1), dtype=bool)
    planes[0, :, :, 0] = [[True, True, False], [True, False, True]]
    assert from_planes(planes)[0, :, 0].tolist() == [ONSET, ONSET, SUSTAIN]


def test_a_run_of_sounding_steps_is_one_note():
    plane = np.array([[[True], [True], [False], [True], [True], [True]]])
    assert from_sounding(plane)[0, :, 0].tolist() == [ONSET, SUSTAIN, OFF, ONSET, SUSTAIN, SUSTAIN]


@given(arrays.arrays(bool, arrays.array_shapes(min_dims=3, max_dims=4, max_side=6)))
def test_the_sounding_plane_comes_back(plane: np.ndarray):
    assert np.array_equal(sounding(from_sounding(plane)), plane)


@given(strategies.cells())
def test_a_roll_of_one_plane_is_what_sounds(cells: np.ndarray):
    plane = sounding(cells)
    assert np.array_equal(from_planes(plane[..., None, :, :]), from_sounding(plane))


@given(strategies.cells())
def test_planes_leave_their_input_alone(cells: np.ndarray):
    before = cells.copy()
    planes = to_planes(cells)
    as_given = planes.copy()
    from_planes(planes)
    sounding(cells)
    assert np.array_equal(cells, before)
    assert np.array_equal(planes, as_given)
