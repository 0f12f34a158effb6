"""Orders of numbers, found fast."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.integer[Any]]


def stable_order(key: Whole) -> NDArray[np.intp]:
    """Return the indices that sort `key`, whose numbers are 0 or more; equal ones keep their order.

    NumPy sorts numbers of 16 bits several times faster than larger ones: by radix.
    """
    small = len(key) and key.max() < 2**16
    return np.argsort(key.astype(np.uint16) if small else key, kind="stable")


def order_numbers(numbers: NDArray[np.int64], lower_bits: int) -> NDArray[np.intp]:
    """Return the indices that sort `numbers`, which are 0 or more; equal ones keep their order. See `sort_numbers`."""
    order = stable_order(numbers >> lower_bits)
    return order.take(np.argsort(numbers.take(order), kind="stable"))


def sort_numbers(numbers: NDArray[np.int64], lower_bits: int) -> NDArray[np.int64]:
    """Return `numbers`, which are 0 or more, in order.

    They are first brought in order of what is above their lower bits, by radix. Where that leaves them nearly in order,
    as it does the notes of tracks that are each in order, the last sort is quick.
    """
    numbers = numbers.take(stable_order(numbers >> lower_bits))
    numbers.sort(kind="stable")
    return numbers
