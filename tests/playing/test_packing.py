"""Numbers as text, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.playing.packing import pack_numbers, unpack_numbers


@given(st.lists(st.integers(0, 65535)))
def test_numbers_come_back(numbers: list[int]) -> None:
    assert unpack_numbers(pack_numbers(np.array(numbers, dtype=np.int64))).tolist() == numbers


@pytest.mark.parametrize("text", ["", "no text", "AAAA", pack_numbers(np.array([3, 900]))[:-4]])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a text|a damaged text"):
        unpack_numbers(text)
