"""The tests run with shapes and types checked; these show that the checks are awake."""

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from ganola.corpus.bars import BAR_NOTE, bars_to_planes
from ganola.music.grid import Grid
from ganola.music.roll import decode
from ganola.music.score import Notes


def test_a_roll_with_too_few_axes_is_refused():
    with pytest.raises(TypeCheckError):
        decode(np.zeros((7, 5), dtype=np.uint8), Grid(pitches=5))


def test_cells_of_another_type_are_refused():
    with pytest.raises(TypeCheckError):
        decode(np.zeros((1, 7, 5), dtype=np.int64), Grid(pitches=5))


def test_bars_without_a_window_axis_are_refused():
    with pytest.raises(TypeCheckError):
        bars_to_planes(np.zeros(0, dtype=BAR_NOTE), np.zeros(4, dtype=np.int64), Grid(), 1)


def test_records_are_checked_too():
    column = np.zeros(2, dtype=np.int64)
    with pytest.raises(TypeCheckError):
        Notes(column, column, column, column, column)
