"""Self-similarity of windows, bar by bar: how like each earlier bar each bar is.

A self-similarity matrix shows the form of music (Foote 1999, Visualizing music and audio using self-similarity): what
comes back k bars later is a stripe along its k-th diagonal. Here its cells are Jaccard indices of what begins.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

Column = Int[np.ndarray, "notes"]
Matrices = Float[np.ndarray, "windows bars bars"]
Counts = Int[np.ndarray, "all_bars"]


@dataclass(frozen=True, slots=True)
class SelfSimilarity:
    """How like bar j bar i is, at [:, i, j] for j < i: 0 where they share nothing, 1 where they are the same.

    NaN where both are silent, and where j is not before i.
    """

    rhythm: Matrices  # when each track's notes begin
    notes: Matrices  # when, and on which pitch
    in_any_key: Matrices  # the same, one of them transposed to where it fits best; drums stay
    plays: Bool[np.ndarray, "windows bars"]  # whether any note begins


@dataclass(frozen=True, slots=True)
class BarNotes:
    """Notes as columns: the bar that each begins in, counted through all windows, and its place in it.

    Equal places are the same step of the same track. `place` is below `places`, `row` below `rows`: the pitch.
    """

    bar: Column
    place: Column
    row: Column
    drums: Bool[np.ndarray, "notes"]
    places: int
    rows: int


def compare_bars(notes: BarNotes, windows: int, bars: int) -> SelfSimilarity:
    """Return how like each earlier bar of its window each bar is."""
    key = notes.bar * notes.places + notes.place
    order = np.argsort(key, kind="stable")
    ordered = BarNotes(
        notes.bar[order], notes.place[order], notes.row[order], notes.drums[order], notes.places, notes.rows
    )
    rhythm, same, in_any_key = (np.full((windows, bars, bars), np.nan) for _ in range(3))
    for apart in range(1, bars):
        later = np.arange(apart, bars)
        found = _compare_apart(ordered, windows * bars, bars, apart)
        for matrix, likeness in zip((rhythm, same, in_any_key), found, strict=True):
            matrix[:, later, later - apart] = likeness.reshape(windows, bars)[:, apart:]
    counts = np.bincount(notes.bar, minlength=windows * bars)
    return SelfSimilarity(rhythm, same, in_any_key, counts.reshape(windows, bars) > 0)


def _compare_apart(
    notes: BarNotes, all_bars: int, bars: int, apart: int
) -> tuple[Float[np.ndarray, "all_bars"], Float[np.ndarray, "all_bars"], Float[np.ndarray, "all_bars"]]:
    """Return how like the bar `apart` bars before it each bar is: in rhythm, in notes, and in notes in any key."""
    key = notes.bar * notes.places + notes.place
    begins = np.ones(len(key), dtype=bool)  # of several notes at one place, the first
    begins[1:] = key[1:] != key[:-1]
    has_earlier = notes.bar % bars >= apart
    first, last = (np.searchsorted(key, key - apart * notes.places, side=side) for side in ("left", "right"))
    matches = np.where(has_earlier, last - first, 0)

    places = np.bincount(notes.bar[begins], minlength=all_bars)
    met = np.bincount(notes.bar[begins & (matches > 0)], minlength=all_bars)
    later = np.repeat(np.arange(len(key)), matches)
    earlier = np.arange(len(later)) - np.repeat(np.cumsum(matches) - matches - first, matches)
    shared, shared_in_any_key = _shared(notes, later, earlier, all_bars)
    counts = np.bincount(notes.bar, minlength=all_bars)
    return (
        _jaccard(met, places, apart),
        _jaccard(shared, counts, apart),
        _jaccard(shared_in_any_key, counts, apart),
    )


def _shared(
    notes: BarNotes, later: Int[np.ndarray, "pairs"], earlier: Int[np.ndarray, "pairs"], all_bars: int
) -> tuple[Counts, Counts]:
    """Return how many notes each later bar shares, from the pairs of notes at equal places; and in which key most."""
    bar, drums = notes.bar[later], notes.drums[later]
    interval = notes.row[later] - notes.row[earlier]
    strokes = np.bincount(bar[drums & (interval == 0)], minlength=all_bars)
    intervals = 2 * notes.rows - 1
    column = bar[~drums] * intervals + interval[~drums] + notes.rows - 1
    of_interval = np.bincount(column, minlength=all_bars * intervals).reshape(all_bars, intervals)
    return of_interval[:, notes.rows - 1] + strokes, of_interval.max(axis=1) + strokes


def _jaccard(shared: Counts, counts: Counts, apart: int) -> Float[np.ndarray, "all_bars"]:
    """Return what each bar shares with the one `apart` before it, of all in either; NaN where that is nothing."""
    either = counts + np.concatenate([np.zeros(apart, dtype=np.int64), counts[:-apart]]) - shared
    return np.divide(shared, either, out=np.full(len(shared), np.nan), where=either > 0)
