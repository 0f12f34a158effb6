"""Where windows lie, in music drawn as bars: # all is to be made, - a track is kept, . all is kept."""

import numpy as np
import pytest

from ganola.music.grid import Grid
from ganola.playing.sliding import in_rounds, plan_windows, steps_of


def grid_of(bars: int) -> Grid:
    return Grid(lowest=48, pitches=12, steps_per_quarter=1, metre="3/4", bars=bars)


def kept_as(drawing: str) -> np.ndarray:
    by_bar = np.array([[sign in ".-" for sign in drawing], [sign == "." for sign in drawing]])
    return np.repeat(by_bar, 3, axis=1)


@pytest.mark.parametrize(
    ("bars", "drawing", "starts"),
    [
        (4, "########", [0, 2, 4]),
        (4, "....####", [2, 4]),
        (4, "...##...", [2]),
        (4, "....#...", [2]),
        (4, "##......", [0]),
        (4, "...#####.", [1, 3, 5]),
        (4, "........", []),
        (1, "#.#", [0, 2]),
        (3, "######", [0, 2, 3]),
        (4, "----------", [0, 6, 3]),
        (4, "----....----", [0, 8]),
        (4, "-------------", [0, 6, 3, 8, 9]),
    ],
)
def test_windows_lie_where_something_is_to_be_made(bars, drawing, starts) -> None:
    assert plan_windows(kept_as(drawing), grid_of(bars)) == starts


def test_a_bar_is_made_where_a_step_of_a_track_is() -> None:
    kept = np.ones((2, 9), np.bool_)
    kept[1, 4] = False
    assert plan_windows(kept, grid_of(1)) == [1]


def test_windows_that_do_not_overlap_are_made_at_once_and_others_in_their_order() -> None:
    assert in_rounds([0, 6, 3, 9], 4) == [[0, 1], [2, 3]]
    assert in_rounds([0, 2, 4], 4) == [[0], [1], [2]]
    assert in_rounds([], 4) == []


def test_the_steps_of_a_window_are_as_many_as_those_of_a_phrase() -> None:
    assert steps_of(2, grid_of(4)) == slice(6, 18)
