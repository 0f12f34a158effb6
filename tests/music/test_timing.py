from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.music.timing import (
    PHASES,
    RESOLUTIONS,
    GridFit,
    Histogram,
    choose_resolution,
    find_grid_offset,
    is_on_grid,
    measure_grid_fit,
    phases,
    shift_phases,
)

TICKS = 480
SEMIQUAVERS = {Fraction(step, 4): 25 for step in range(4)}
SWING = {Fraction(0): 60, Fraction(2, 3): 40}


def placements(histogram: Histogram) -> list[GridFit]:
    """How well each resolution holds the onsets."""
    return [measure_grid_fit(histogram, steps) for steps in RESOLUTIONS]


def beats(counts: dict[Fraction, int], late_ticks: int = 0, ticks_per_quarter: int = TICKS) -> Histogram:
    """The phases of so many notes at these places of a beat, all of them late."""
    tick = [round(place * ticks_per_quarter) + late_ticks for place, count in counts.items() for _ in range(count)]
    bars_apart = np.arange(len(tick), dtype=np.int32) * 4 * ticks_per_quarter
    return phases(np.array(tick, dtype=np.int32) + bars_apart, ticks_per_quarter)


def on_grid(steps: int, *counts: int) -> dict[Fraction, int]:
    return {Fraction(step, steps): count for step, count in enumerate(counts)}


def together(*parts: dict[Fraction, int]) -> dict[Fraction, int]:
    return {place: sum(part.get(place, 0) for part in parts) for place in set().union(*parts)}


def jittered(steps: int, spread: float) -> Histogram:
    """Notes on a grid, played with a normally distributed error of `spread` beats."""
    random = np.random.default_rng(5)
    beat = random.integers(0, steps * 200, 900) / steps + random.normal(0, spread, 900)
    return phases(np.round((beat + 1) * TICKS).astype(np.int32), TICKS)


def test_a_phase_is_the_nearest_192nd_of_the_beat_and_the_end_of_a_beat_belongs_to_the_next():
    start = np.array([0, 479, 481, 240, 3 * 480 + 250, 9600 * 480], dtype=np.int32)
    expected = np.zeros(PHASES, dtype=np.int64)
    expected[[0, 96, 100]] = 4, 1, 1
    np.testing.assert_array_equal(phases(start, 480), expected)


@pytest.mark.parametrize("ticks_per_quarter", [1, 24, 96, 120, 384, 480, 960, 25_600])
def test_every_note_has_one_phase_in_any_ticks(ticks_per_quarter: int):
    start = np.arange(3 * ticks_per_quarter, dtype=np.int32)
    histogram = phases(start, ticks_per_quarter)
    assert (histogram.shape, histogram.sum()) == ((PHASES,), len(start))
    assert histogram[0] >= 3  # the three beats themselves


@given(st.sampled_from(RESOLUTIONS), st.lists(st.integers(0, 9), min_size=24, max_size=24))
def test_music_exactly_on_a_grid_is_not_moved(steps: int, counts: list[int]):
    assert find_grid_offset(beats(on_grid(steps, *counts[:steps]))) == 0.0


@given(st.sampled_from(RESOLUTIONS), st.sampled_from([-7, 7]))
def test_an_offset_of_a_whole_piece_is_found_whatever_its_grid(steps: int, late_ticks: int):
    counts = on_grid(steps, *[7, 1, 4, 2][: min(steps, 4)], *range(1, steps - 3))
    late = find_grid_offset(beats(counts, late_ticks))
    assert late == pytest.approx(late_ticks / TICKS, abs=0.5 / PHASES)


@pytest.mark.parametrize("late_ticks", [-57, -30, 8, 41, 57])
def test_semiquavers_may_be_off_by_nearly_half_a_semiquaver(late_ticks: int):
    assert find_grid_offset(beats(SEMIQUAVERS, late_ticks)) == pytest.approx(late_ticks / TICKS, abs=0.5 / PHASES)


def test_a_few_triplets_do_not_hide_by_how_many_of_their_steps_semiquavers_are_late():
    triplets = {Fraction(1, 3): 5, Fraction(2, 3): 5}
    mixed = together(SEMIQUAVERS, triplets)
    assert find_grid_offset(beats(mixed, late_ticks=48)) == pytest.approx(0.1, abs=0.5 / PHASES)


def test_a_few_triplets_that_come_late_do_not_make_semiquavers_later():
    mixed = together(SEMIQUAVERS, {Fraction(2, 3): 20})
    assert find_grid_offset(beats(mixed, late_ticks=15)) == pytest.approx(15 / TICKS, abs=0.5 / PHASES)


@pytest.mark.parametrize("late_ticks", [0, -15, 15])
def test_swung_quavers_are_not_pulled_towards_a_straight_grid(late_ticks: int):
    assert find_grid_offset(beats(SWING, late_ticks)) == pytest.approx(late_ticks / TICKS, abs=1e-3)


@pytest.mark.parametrize("places", [[Fraction(1, 2)], [Fraction(1, 4), Fraction(3, 4)]])
def test_music_syncopated_all_along_stays_so(places: list[Fraction]):
    assert find_grid_offset(beats(dict.fromkeys(places, 50))) == 0.0


@pytest.mark.parametrize("late_ticks", range(-56, 57, 8))
def test_quavers_which_also_lie_on_a_grid_of_six_are_late_by_less_than_half_a_sixteenth(late_ticks: int):
    late = beats(on_grid(2, 60, 40), late_ticks=late_ticks + 120)
    expected = 0.0 if abs(late_ticks) < 5 else late_ticks / TICKS
    assert find_grid_offset(late) == pytest.approx(expected, abs=0.5 / PHASES)


def test_an_offset_that_nobody_hears_is_left():
    assert find_grid_offset(beats(SEMIQUAVERS, late_ticks=4)) == 0.0
    assert find_grid_offset(beats(SEMIQUAVERS, late_ticks=-4)) == 0.0


def test_humanised_music_has_an_offset_and_live_music_has_none():
    human = np.roll(jittered(4, spread=0.02), 12)
    assert find_grid_offset(human) == pytest.approx(12 / PHASES, abs=0.005)
    assert find_grid_offset(np.roll(jittered(4, spread=0.2), 12)) == 0.0


def test_no_notes_have_no_offset():
    assert find_grid_offset(np.zeros(PHASES, dtype=np.int64)) == 0.0


def test_a_shift_takes_an_offset_away_and_its_opposite_puts_it_back():
    late = beats(SWING, late_ticks=25)
    np.testing.assert_array_equal(shift_phases(late, 25 / TICKS), beats(SWING))
    np.testing.assert_array_equal(shift_phases(beats(SWING), -25 / TICKS), late)
    np.testing.assert_array_equal(shift_phases(late, 0.0), late)


def test_a_grid_of_semiquavers_moves_triplets_by_a_twelfth_of_a_beat():
    four, six, eight, twelve, fine = placements(beats(on_grid(3, 10, 4, 6)))
    assert (four.steps_per_quarter, four.moved) == (4, 0.5)
    assert four.distance == pytest.approx(1 / 12)
    assert (eight.moved, eight.distance) == (0.5, pytest.approx(1 / 24))
    assert [(grid.moved, grid.distance) for grid in (six, twelve, fine)] == [(0.0, 0.0)] * 3


def test_a_grid_does_not_move_what_lies_within_a_96th_of_its_steps():
    histogram = np.zeros(PHASES, dtype=np.int64)
    histogram[[2, PHASES - 2, 3, PHASES - 3]] = 10, 10, 3, 2
    four = placements(histogram)[0]
    assert (four.moved, four.distance) == (pytest.approx(5 / 25), pytest.approx(3 / PHASES))


def test_no_notes_are_not_moved():
    assert {(grid.moved, grid.distance) for grid in placements(np.zeros(PHASES, dtype=np.int64))} == {(0.0, 0.0)}


@pytest.mark.parametrize(
    ("music", "steps"),
    [
        ({}, 4),
        (on_grid(1, 9), 4),
        (on_grid(4, 40, 10, 30, 12), 4),
        (on_grid(3, 30, 20, 25), 6),
        (SWING, 6),
        (on_grid(6, 9, 1, 8, 2, 7, 3), 6),
        (on_grid(8, 40, 6, 20, 6, 30, 6, 20, 6), 8),
        (together(SEMIQUAVERS, {Fraction(2, 3): 11}), 12),  # a tenth of the onsets, for three times the cost
        (together(SEMIQUAVERS, {Fraction(2, 3): 9}), 4),
        (together(on_grid(2, 60, 40), {Fraction(2, 3): 3}), 6),  # a fortieth, for half as much again
        (together(on_grid(2, 60, 40), {Fraction(2, 3): 2}), 4),
        (together(SEMIQUAVERS, {Fraction(2, 3): 3}), 4),
        (together(SEMIQUAVERS, {Fraction(1, 8): 3}), 4),
        (together(on_grid(8, *[10] * 8), on_grid(3, 10, 10, 10)), 24),
    ],
)
def test_the_coarsest_grid_that_nearly_all_notes_lie_on_is_the_best(music: dict[Fraction, int], steps: int):
    assert choose_resolution(beats(music)) == steps


@pytest.mark.parametrize("steps", [4, 6])
def test_a_human_touch_does_not_make_the_grid_finer(steps: int):
    assert choose_resolution(jittered(steps, spread=0.015)) == steps


def test_live_music_gets_the_coarsest_grid():
    assert choose_resolution(jittered(4, spread=0.3)) == RESOLUTIONS[0]
    hardly_finer = np.full(PHASES, 3)
    hardly_finer[:: PHASES // 24] += 6
    assert choose_resolution(hardly_finer) == RESOLUTIONS[0]


@pytest.mark.parametrize(
    ("histogram", "lies"),
    [
        (beats(SEMIQUAVERS), True),
        (beats(on_grid(24, *[3] * 24)), True),
        (beats(on_grid(4, 1, 1, 1)), True),
        (jittered(4, spread=0.005), True),
        (jittered(4, spread=0.05), False),
        (np.ones(PHASES, dtype=np.int64), False),
        (np.zeros(PHASES, dtype=np.int64), False),
    ],
)
def test_onsets_lie_on_a_grid_or_on_none(histogram: Histogram, lies: bool):
    assert is_on_grid(histogram) == lies


def test_few_notes_do_not_lie_on_a_fine_grid_by_chance():
    random = np.random.default_rng(0)
    for notes in (5, 20, 50, 150):
        drawn = [np.bincount(random.integers(0, PHASES, notes), minlength=PHASES) for _ in range(400)]
        assert sum(map(is_on_grid, drawn)) <= 4


@pytest.mark.parametrize("judge", [find_grid_offset, placements, choose_resolution, lambda own: shift_phases(own, 0.1)])
def test_judging_phases_leaves_them_as_they_are(judge):
    histogram = beats(SWING, late_ticks=20)
    before = histogram.copy()
    judge(histogram)
    np.testing.assert_array_equal(histogram, before)
