"""The tests run with shapes and types checked; these show that the checks are awake."""

import jaxtyping
import numpy as np
import pytest
import torch
from beartype import beartype
from jaxtyping import Float, TypeCheckError
from torch import Tensor

from ganola.corpus.bars import BAR_NOTE, bars_to_planes
from ganola.music.grid import Grid
from ganola.music.roll import decode
from ganola.music.score import Notes
from ganola.objectives.penalties import interpolate


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


def test_an_axis_has_one_length_in_a_call():
    rolls = torch.zeros(2, 5, 8)
    assert interpolate(rolls, rolls, torch.zeros(2)).shape == rolls.shape
    for fake, eps in ((torch.zeros(2, 5, 7), torch.zeros(2)), (rolls, torch.zeros(3))):
        with pytest.raises(TypeCheckError):
            interpolate(rolls, fake, eps)


def test_a_result_is_checked_with_its_arguments():
    @jaxtyping.jaxtyped(typechecker=beartype)  # as everything in ganola is decorated
    def leave_out_first(values: Float[Tensor, "batch"]) -> Float[Tensor, "batch"]:
        return values[1:]

    with pytest.raises(TypeCheckError):
        leave_out_first(torch.zeros(3))
