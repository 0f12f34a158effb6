"""Rhythm and silence: when notes begin, how long they last, who plays.

Every measure gives a row a window, one number or several, and none (not a number) where it has nothing to measure.
"""

import numpy as np
from jaxtyping import Float

from ganola.judging.analysis import WindowAnalysis, count_table, divide_or_nan
from ganola.music.grid import Grid

LENGTHS = (1 / 4, 1 / 2, 1, 2, 4)  # beats: the upper bounds of the classes of note lengths, beyond them one more
MOST_POSITIONS = 48  # in a bar that differ
EIGHTHS = 2  # in a beat

One = Float[np.ndarray, "windows"]
Several = Float[np.ndarray, "windows columns"]


def notes_per_bar(analysis: WindowAnalysis) -> One:
    """Return notes that begin, a bar."""
    return np.bincount(analysis.notes.window, minlength=analysis.windows) / analysis.grid.bars


def note_length(analysis: WindowAnalysis) -> One:
    """Return the mean length of a note in beats."""
    notes = analysis.notes
    beats = np.bincount(notes.window, notes.length / analysis.grid.steps_per_quarter, analysis.windows)
    return divide_or_nan(beats, np.bincount(notes.window, minlength=analysis.windows))


def note_lengths(analysis: WindowAnalysis) -> Several:
    """Return the share of the notes in each class of LENGTHS."""
    notes = analysis.notes
    bounds = np.array(LENGTHS) * analysis.grid.steps_per_quarter
    counts = count_table(notes.window, np.searchsorted(bounds, notes.length), (analysis.windows, len(LENGTHS) + 1))
    return divide_or_nan(counts, counts.sum(axis=1, keepdims=True))


def off_beats(analysis: WindowAnalysis) -> One:
    """Return the share of the notes that begin between beats: the beats of the metre, from each bar line on."""
    notes = analysis.notes
    between = notes.start % analysis.grid.steps_per_bar % analysis.grid.steps_per_pulse != 0
    return divide_or_nan(
        np.bincount(notes.window, between, analysis.windows), np.bincount(notes.window, minlength=analysis.windows)
    )


def positions(grid: Grid) -> int:
    """Return how many positions of a bar differ: its steps, or the largest divisor of them up to MOST_POSITIONS."""
    steps = grid.steps_per_bar
    return next(count for count in range(min(steps, MOST_POSITIONS), 0, -1) if steps % count == 0)


def onset_positions(analysis: WindowAnalysis) -> Several:
    """Return the share of the notes that begin at each position of a bar."""
    notes, count = analysis.notes, positions(analysis.grid)
    position = notes.start % analysis.grid.steps_per_bar * count // analysis.grid.steps_per_bar
    counts = count_table(notes.window, position, (analysis.windows, count))
    return divide_or_nan(counts, counts.sum(axis=1, keepdims=True))


def rests(analysis: WindowAnalysis) -> One:
    """Return the share of the steps at which nothing sounds."""
    return 1 - analysis.sounding.any(axis=1).mean(axis=1)


def activity(analysis: WindowAnalysis) -> Several:
    """Return the share of the steps at which each track sounds, of those at which any does."""
    anything = analysis.sounding.any(axis=1).sum(axis=1)
    return divide_or_nan(analysis.sounding.sum(axis=2), anything[:, None])


def drum_pattern(analysis: WindowAnalysis) -> One:
    """Return the share of the drum strokes that fall on eighth notes."""
    strokes = analysis.notes.where(analysis.drums[analysis.notes.track])
    on_eighths = strokes.start * EIGHTHS % analysis.grid.steps_per_quarter == 0
    return divide_or_nan(
        np.bincount(strokes.window, on_eighths, analysis.windows),
        np.bincount(strokes.window, minlength=analysis.windows),
    )
