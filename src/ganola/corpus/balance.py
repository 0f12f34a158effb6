"""How much of a collection one tune may be: no more than all the others together.

A piece of two hours among songs of three minutes would otherwise be nearly all that there is to learn, to hold out or
to measure by. Where no tune is that large, nothing is changed.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int


def cap_largest_tune(sizes: Sequence[int]) -> list[int]:
    """Return the sizes of tunes, the largest no larger than all the others together; of a single tune, its own."""
    total = sum(sizes)
    return [min(size, total - size) if total > size else size for size in sizes]


def thin_largest_tune(order: Int[np.ndarray, "windows"], tune: Int[np.ndarray, "windows"]) -> Int[np.ndarray, "kept"]:
    """Return `order`, an order of windows, without what its largest tune has too many of (see `cap_largest_tune`).

    `tune` is the tune of each window. What stays of a tune is spread evenly over its places in the order.
    """
    sizes = np.bincount(tune)
    kept = cap_largest_tune(sizes.tolist())
    largest = int(sizes.argmax()) if len(sizes) else 0
    if not len(sizes) or kept[largest] == sizes[largest]:
        return order
    stays = np.ones(len(order), dtype=bool)
    places = np.flatnonzero(tune[order] == largest)
    stays[places] = False
    stays[places[np.arange(kept[largest]) * len(places) // kept[largest]]] = True
    return order[stays]
