"""What returns: how like one another the bars of a window are.

Every measure gives a number a window, and none (not a number) where it has nothing to measure.
"""

import numpy as np
from jaxtyping import Float, Int

from ganola.judging.analysis import WindowAnalysis, divide_or_nan

_SPREAD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))  # odd numbers without a pattern

One = Float[np.ndarray, "windows"]


def likeness(analysis: WindowAnalysis) -> One:
    """Return the mean similarity of two bars: notes that begin at one place on one pitch in both, of all in either."""
    notes, grid = analysis.notes, analysis.grid
    place = (notes.track * 128 + notes.pitch) * grid.steps_per_bar + notes.start % grid.steps_per_bar
    return _likeness(analysis, place, len(analysis.tracks) * 128 * grid.steps_per_bar)


def likeness_of_rhythm(analysis: WindowAnalysis) -> One:
    """Return the same for when each track's notes begin, whatever their pitch."""
    notes, grid = analysis.notes, analysis.grid
    place = notes.track * grid.steps_per_bar + notes.start % grid.steps_per_bar
    return _likeness(analysis, place, len(analysis.tracks) * grid.steps_per_bar)


def repeated_bars(analysis: WindowAnalysis) -> One:
    """Return the share of the bars after the first, of those with notes, whose notes begin as in an earlier one."""
    notes, grid = analysis.notes, analysis.grid
    place = (notes.track * 128 + notes.pitch) * grid.steps_per_bar + notes.start % grid.steps_per_bar
    sums = np.zeros(analysis.windows * grid.bars, dtype=np.uint64)
    np.add.at(sums, _bar(analysis), _hashed(place))
    content = sums.reshape(-1, grid.bars)
    plays = np.bincount(_bar(analysis), minlength=content.size).reshape(content.shape) > 0
    again = np.zeros(content.shape, dtype=bool)
    for later in range(1, grid.bars):
        again[:, later] = plays[:, later] & (content[:, :later] == content[:, later : later + 1]).any(axis=1)
    return divide_or_nan(again.sum(axis=1), plays[:, 1:].sum(axis=1))


def _likeness(analysis: WindowAnalysis, place: Int[np.ndarray, "notes"], places: int) -> One:
    bars = analysis.grid.bars
    entries = np.unique(_bar(analysis) * places + place)
    bar = entries // places
    counts = np.bincount(bar, minlength=analysis.windows * bars).reshape(-1, bars)
    total, pairs = np.zeros(analysis.windows), np.zeros(analysis.windows)
    for apart in range(1, bars):
        within = bar % bars + apart < bars
        found = _contained(entries[within] + apart * places, entries)
        shared = np.bincount(bar[within], found, minlength=counts.size).reshape(-1, bars)[:, : bars - apart]
        either = counts[:, :-apart] + counts[:, apart:] - shared
        total += np.nansum(divide_or_nan(shared, either), axis=1)
        pairs += (either > 0).sum(axis=1)
    return divide_or_nan(total, pairs)


def _contained(wanted: Int[np.ndarray, "some"], entries: Int[np.ndarray, "entries"]) -> np.ndarray:
    """Return whether each number wanted, in order, is among the entries, in order too."""
    at = np.minimum(np.searchsorted(entries, wanted), len(entries) - 1)
    return entries[at] == wanted


def _bar(analysis: WindowAnalysis) -> Int[np.ndarray, "notes"]:
    return analysis.notes.window * analysis.grid.bars + analysis.notes.start // analysis.grid.steps_per_bar


def _hashed(values: Int[np.ndarray, "values"]) -> np.ndarray:
    """Return the numbers mixed up, so that sums of different ones differ (Steele et al. 2014, SplitMix)."""
    mixed = (values.astype(np.uint64) + np.uint64(1)) * _SPREAD[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _SPREAD[1]
    return mixed ^ (mixed >> np.uint64(27))
