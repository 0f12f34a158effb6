"""Where windows lie that make music anew, each as long as a model's phrases, and in which order they do."""

import numpy as np
from jaxtyping import Bool

from ganola.music.grid import Grid

Bars = Bool[np.ndarray, "bars"]


def plan_windows(kept: Bool[np.ndarray, "tracks steps"], grid: Grid) -> list[int]:
    """Return the bars at which windows begin, in the order in which they make what is not kept.

    Each makes all in it that is not there yet. Before that lies half a window of music, where there is so much; a gap
    that is no longer than half a window lies in the middle of one. Of bars in which a part is kept, every window and a
    half the first window can be made at once, for what is kept holds them together; then the gaps between.
    """
    by_bar = kept.reshape(len(kept), -1, grid.steps_per_bar)
    missing, held = np.asarray(~by_bar.all(axis=(0, 2))), np.asarray(by_bar.any(axis=(0, 2)))
    starts = _place_apart(missing & held, grid.bars)
    for start in starts:
        missing[start : start + grid.bars] = False
    return starts + _place_in_turn(missing, grid.bars)


def in_rounds(starts: list[int], bars: int) -> list[list[int]]:
    """Return the windows (as indices of `starts`) in rounds: in the first that follows all earlier ones they overlap.

    Those of a round can be made at once.
    """
    round_of: list[int] = []
    for index, start in enumerate(starts):
        before = [round_of[other] for other in range(index) if abs(starts[other] - start) < bars]
        round_of.append(max(before, default=-1) + 1)
    return [[index for index, own in enumerate(round_of) if own == number] for number in sorted(set(round_of))]


def steps_of(bar: int, grid: Grid) -> slice:
    """Return the steps of the window that begins at this bar."""
    first = bar * grid.steps_per_bar
    return slice(first, first + grid.steps)


def _place_apart(free: Bars, bars: int) -> list[int]:
    """Return windows that lie in runs of `free` bars, half a window or more from one another."""
    starts, bar = [], 0
    while bar + bars <= len(free):
        if free[bar : bar + bars].all():
            starts.append(bar)
            bar += bars + bars // 2
        else:
            bar += 1
    return starts


def _place_in_turn(missing: Bars, bars: int) -> list[int]:
    """Return windows that make what is missing, from the first bar on. `missing` is changed."""
    starts = []
    while missing.any():
        first = int(missing.argmax())
        length = int(np.append(missing[first:], False).argmin())
        before = bars // 2 if length > bars // 2 else (bars - length + 1) // 2
        starts.append(max(0, min(first - before, len(missing) - bars)))
        missing[starts[-1] : starts[-1] + bars] = False
    return starts
