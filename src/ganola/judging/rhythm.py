"""Rhythm and silence: when notes begin, how long they last, who plays.

Every measure gives a row a window, one number or several, and none (not a number) where it has nothing to measure.
"""

import numpy as np
from jaxtyping import Float

from ganola.judging.hearing import Heard, share, tally
from ganola.music.grid import Grid

LENGTHS = (1 / 4, 1 / 2, 1, 2, 4)  # beats: the upper bounds of the classes of note lengths, beyond them one more
MOST_POSITIONS = 48  # in a bar that are told apart
EIGHTHS = 2  # in a beat

One = Float[np.ndarray, "windows"]
Several = Float[np.ndarray, "windows columns"]


def notes_per_bar(heard: Heard) -> One:
    """Notes that begin, a bar."""
    return np.bincount(heard.notes.window, minlength=heard.windows) / heard.grid.bars


def note_length(heard: Heard) -> One:
    """Mean length of a note in beats."""
    notes = heard.notes
    beats = np.bincount(notes.window, notes.length / heard.grid.steps_per_quarter, heard.windows)
    return share(beats, np.bincount(notes.window, minlength=heard.windows))


def note_lengths(heard: Heard) -> Several:
    """Share of the notes in each class of LENGTHS."""
    notes = heard.notes
    bounds = np.array(LENGTHS) * heard.grid.steps_per_quarter
    counts = tally(notes.window, np.searchsorted(bounds, notes.length), (heard.windows, len(LENGTHS) + 1))
    return share(counts, counts.sum(axis=1, keepdims=True))


def off_beats(heard: Heard) -> One:
    """Share of the notes that begin between beats: those that a listener counts, from each bar line on."""
    notes = heard.notes
    between = notes.start % heard.grid.steps_per_bar % heard.grid.steps_per_pulse != 0
    return share(np.bincount(notes.window, between, heard.windows), np.bincount(notes.window, minlength=heard.windows))


def positions(grid: Grid) -> int:
    """Positions in a bar that are told apart: all of its steps, or as many of them together as divide them evenly."""
    steps = grid.steps_per_bar
    return next(count for count in range(min(steps, MOST_POSITIONS), 0, -1) if steps % count == 0)


def onset_positions(heard: Heard) -> Several:
    """Share of the notes that begin at each position of a bar."""
    notes, count = heard.notes, positions(heard.grid)
    position = notes.start % heard.grid.steps_per_bar * count // heard.grid.steps_per_bar
    counts = tally(notes.window, position, (heard.windows, count))
    return share(counts, counts.sum(axis=1, keepdims=True))


def rests(heard: Heard) -> One:
    """Share of the steps at which nothing sounds."""
    return 1 - heard.sounding.any(axis=1).mean(axis=1)


def activity(heard: Heard) -> Several:
    """Share of the steps at which each track sounds, of those at which any does."""
    anything = heard.sounding.any(axis=1).sum(axis=1)
    return share(heard.sounding.sum(axis=2), anything[:, None])


def drum_pattern(heard: Heard) -> One:
    """Share of the drum strokes that fall on eighth notes."""
    strokes = heard.notes.where(heard.drums[heard.notes.track])
    on_eighths = strokes.start * EIGHTHS % heard.grid.steps_per_quarter == 0
    return share(
        np.bincount(strokes.window, on_eighths, heard.windows), np.bincount(strokes.window, minlength=heard.windows)
    )
