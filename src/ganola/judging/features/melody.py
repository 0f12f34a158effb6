"""Pitch as a melody has it: range, register, scale, and the steps from note to note. Drums have none.

Every measure gives a row a window, one number or several, and none (not a number) where it has nothing to measure.
"""

import numpy as np
from jaxtyping import Float, Int

from ganola.judging.analysis import WindowAnalysis, WindowNotes, count_table, divide_or_nan

LEAP = 5  # semitones: a melodic interval of a fourth or more
OCTAVE = 12
SILENT = -1  # where a pitch is asked for, and there is none; 0 is one

_DIATONIC = np.isin(np.arange(OCTAVE), (0, 2, 4, 5, 7, 9, 11))
_SCALES = np.stack([np.roll(_DIATONIC, tonic) for tonic in range(OCTAVE)], axis=1).astype(np.float64)

One = Float[np.ndarray, "windows"]
Several = Float[np.ndarray, "windows columns"]


def register(analysis: WindowAnalysis) -> Several:
    """Return the mean MIDI pitch of the notes of each pitched track."""
    notes = analysis.pitched
    shape = (analysis.windows, len(analysis.tracks))
    total = count_table(notes.window, notes.track, shape, notes.pitch)
    return divide_or_nan(total, count_table(notes.window, notes.track, shape))[:, ~analysis.drums]


def pitch_range(analysis: WindowAnalysis) -> One:
    """Return semitones from the lowest to the highest note."""
    notes = analysis.pitched
    highest, lowest = np.full(analysis.windows, -1), np.full(analysis.windows, 128)
    np.maximum.at(highest, notes.window, notes.pitch)
    np.minimum.at(lowest, notes.window, notes.pitch)
    return np.where(highest >= 0, highest - lowest, np.nan)


def pitch_classes(analysis: WindowAnalysis) -> Several:
    """Return the share of the sounding time of each pitch class."""
    notes = analysis.pitched
    time = count_table(notes.window, notes.pitch % OCTAVE, (analysis.windows, OCTAVE), notes.length)
    return divide_or_nan(time, time.sum(axis=1, keepdims=True))


def pitch_class_entropy(analysis: WindowAnalysis) -> One:
    """Return the entropy in bits of how long each pitch class sounds; at most log2(12)."""
    part = pitch_classes(analysis)
    return -(part * np.log2(np.where(part > 0, part, 1))).sum(axis=1)


def in_scale(analysis: WindowAnalysis) -> One:
    """Return the share of the sounding time in the major scale that holds most of it."""
    return (pitch_classes(analysis) @ _SCALES).max(axis=1)


def leaps(analysis: WindowAnalysis) -> One:
    """Return the share of a track's steps from one highest note to the next that are a fourth or more."""
    top, interval = analysis.melodic_steps
    wide = np.abs(interval) >= LEAP
    return divide_or_nan(
        np.bincount(top.window, wide, analysis.windows), np.bincount(top.window, minlength=analysis.windows)
    )


def melodic_intervals(analysis: WindowAnalysis) -> Several:
    """Return the share of each interval among a track's steps from one highest note to the next.

    From more than an octave down, by semitones, to more than an octave up: 27 columns.
    """
    top, interval = analysis.melodic_steps
    column = np.clip(interval, -OCTAVE - 1, OCTAVE + 1) + OCTAVE + 1
    counts = count_table(top.window, column, (analysis.windows, 2 * OCTAVE + 3))
    return divide_or_nan(counts, counts.sum(axis=1, keepdims=True))


def bass_intervals(analysis: WindowAnalysis) -> Several:
    """Return the share of each interval, from a semitone to beyond an octave, among the moves of the lowest note."""
    notes = analysis.pitched
    steps = analysis.grid.steps
    bass = np.full(analysis.windows * steps, SILENT)
    downwards = notes.where(np.argsort(-notes.pitch, kind="stable"))
    cell, note = sounding_steps(downwards, steps)
    bass[cell] = downwards.pitch[note]  # the lowest is written last
    at = np.flatnonzero(bass != SILENT)
    window, interval = at[1:] // steps, np.diff(bass[at])
    moves = (at[1:] // steps == at[:-1] // steps) & (interval != 0)
    column = np.minimum(np.abs(interval[moves]), OCTAVE + 1) - 1
    counts = count_table(window[moves], column, (analysis.windows, OCTAVE + 1))
    return divide_or_nan(counts, counts.sum(axis=1, keepdims=True))


def sounding_steps(notes: WindowNotes, steps: int) -> tuple[Int[np.ndarray, "sounding"], Int[np.ndarray, "sounding"]]:
    """Return for each step at which each note sounds: window * steps + step, and the note's index; note after note."""
    note = np.repeat(np.arange(len(notes)), notes.length)
    before = np.cumsum(notes.length) - notes.length
    return np.arange(len(note)) - before[note] + (notes.window * steps + notes.start)[note], note
