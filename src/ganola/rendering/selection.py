"""Which phrases of some music are shown, and how much of each."""

import numpy as np
from jaxtyping import Int

from ganola.judging.windows import WindowSet
from ganola.music.grid import Grid

LONGEST = 128  # steps of a phrase in a picture of many; what follows its last whole bar is left out


def evenly(music: WindowSet, count: int) -> WindowSet:
    """Return at most so many windows, evenly chosen."""
    return music.select(spread(len(music), count))


def spread(total: int, count: int) -> Int[np.ndarray, "chosen"]:
    """Return at most so many places among `total`, evenly chosen."""
    count = min(count, total)
    return np.arange(count) * total // max(count, 1)


def opening(grid: Grid) -> Grid:
    """Return the grid of the first bars of a phrase: as many as have at most `LONGEST` steps, but at least one."""
    return grid.model_copy(update={"bars": min(grid.bars, max(LONGEST // grid.steps_per_bar, 1))})
