"""Repetition and form: what comes back in a window, after how many bars, and whether after something else.

Every measure gives a row a window, one number or several, and none (not a number) where it has nothing to measure. All
follow from the window's self-similarity matrices (`judging.self_similarity`).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ganola.judging.analysis import WindowAnalysis, divide_or_nan
from ganola.judging.self_similarity import Matrices
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.wording import counted

LAGS = (1, 2, 4, 8)  # bars: phrases are mostly of 2, 4 or 8
MOST = 0.5  # of what is in either of two bars: they share most of it
FEWEST_WITH_THEME = 3  # bars: a theme, something else, the theme

One = Float[np.ndarray, "windows"]
Several = Float[np.ndarray, "windows columns"]


def lags(grid: Grid) -> tuple[int, ...]:
    """Return after how many bars music may come back in a phrase: those of LAGS that are shorter than it."""
    return tuple(lag for lag in LAGS if lag < grid.bars)


def lag_names(grid: Grid, tracks: Sequence[Track]) -> Sequence[str]:  # noqa: ARG001 - features call all labels alike
    """Return the names of the lags."""
    return [f"after {counted(lag, 'bar')}" for lag in lags(grid)]


def return_names(grid: Grid, tracks: Sequence[Track]) -> Sequence[str]:  # noqa: ARG001
    """Return the ways in which a bar may come back."""
    return ["note for note", "in any key", "in rhythm"]


def has_theme(grid: Grid, tracks: Sequence[Track]) -> bool:  # noqa: ARG001
    """Return whether a phrase has room for a theme that comes back after something else."""
    return grid.bars >= FEWEST_WITH_THEME


def returning_rhythm(analysis: WindowAnalysis) -> Several:
    """Return how like the rhythm of the bar k bars earlier that of a bar is, the mean over its bars, for each lag k."""
    return _by_lag(analysis.self_similarity.rhythm, analysis.grid)


def returning_notes(analysis: WindowAnalysis) -> Several:
    """Return the same for its notes, transposed to where they fit best."""
    return _by_lag(analysis.self_similarity.in_any_key, analysis.grid)


def returning_bars(analysis: WindowAnalysis) -> Several:
    """Return the share of the bars after the first, of those with notes, that are just as an earlier one.

    In all their notes; in all notes, transposed; in when each track's notes begin.
    """
    found = analysis.self_similarity
    counted_bars = found.plays[:, 1:].sum(axis=1)
    again = [
        (found.plays & (matrix == 1).any(axis=2)).sum(axis=1)
        for matrix in (found.notes, found.in_any_key, found.rhythm)
    ]
    return divide_or_nan(np.stack(again, axis=1), counted_bars[:, None])


def returning_theme(analysis: WindowAnalysis) -> One:
    """Return the share of the bars after the second, of those with notes, that come back after something else.

    Such a bar shares MOST of its notes, in any key, with an earlier bar, and less than that with one between them.
    """
    found = analysis.self_similarity
    like = found.in_any_key >= MOST  # False for what is not before a bar
    again = np.zeros_like(found.plays)
    for bar in range(2, analysis.grid.bars):
        other_since = np.zeros(analysis.windows, dtype=bool)
        for earlier in range(bar - 1, -1, -1):
            again[:, bar] |= like[:, bar, earlier] & other_since
            other_since |= ~like[:, bar, earlier]
    return divide_or_nan((again & found.plays)[:, 2:].sum(axis=1), found.plays[:, 2:].sum(axis=1))


def _by_lag(matrices: Matrices, grid: Grid) -> Several:
    """Return the mean of each lag's diagonal, of the pairs of bars that are not both silent."""
    means = []
    for lag in lags(grid):
        diagonal = np.diagonal(matrices, -lag, axis1=1, axis2=2)
        known = ~np.isnan(diagonal)
        means.append(divide_or_nan(np.where(known, diagonal, 0.0).sum(axis=1), known.sum(axis=1)))
    return np.stack(means, axis=1)
