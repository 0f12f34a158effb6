"""Numbers and cells as text, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.playing.packing import pack_cells, pack_numbers, unpack_cells, unpack_numbers
from tests import strategies


@given(st.lists(st.integers(0, 65535)))
def test_numbers_come_back(numbers: list[int]) -> None:
    assert unpack_numbers(pack_numbers(np.array(numbers, dtype=np.int64))).tolist() == numbers


@given(strategies.cells().filter(lambda cells: cells.ndim == 3))
def test_cells_come_back(cells: np.ndarray) -> None:
    tracks, _, pitches = cells.shape
    assert np.array_equal(unpack_cells(pack_cells(cells), tracks, pitches), cells)


@pytest.mark.parametrize("text", ["", "no text", "AAAA", pack_numbers(np.array([3, 900]))])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a text|a damaged text|reshape"):
        unpack_cells(text, 3, 5)
