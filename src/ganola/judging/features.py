"""Musical features of windows, a number each, from cells alone.

All take cells with the axes (windows, tracks, steps, pitches), every track counts (drums too), and none changes them.
Where a feature has nothing to measure (a silent window) it is zero.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

from ganola.music.grid import Grid
from ganola.music.roll import OFF, begins

Feature = Float[np.ndarray, "windows"]

_DIATONIC = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))
LEAP = 5  # semitones: a melodic interval of a fourth or more


@dataclass(frozen=True, slots=True)
class Heard:
    """Windows taken apart once, for every feature to use."""

    grid: Grid
    sounding: Bool[np.ndarray, "windows tracks steps pitches"]
    onset: Bool[np.ndarray, "windows tracks steps pitches"]
    together: Bool[np.ndarray, "windows steps pitches"]  # what sounds in any track
    chroma: Float[np.ndarray, "windows 12"]  # tracks-and-steps that each pitch class sounds


def hear(cells: UInt8[np.ndarray, "windows tracks steps pitches"], grid: Grid) -> Heard:
    """Windows taken apart: what sounds, and what begins (a sustain that continues nothing begins too)."""
    sounding = cells != OFF
    by_pitch = sounding.sum(axis=(1, 2)).astype(np.float64)
    chroma = by_pitch @ _pitch_classes(grid)
    return Heard(grid, sounding, begins(cells), sounding.any(axis=1), chroma)


def notes_per_bar(heard: Heard) -> Feature:
    """Notes that begin, a bar."""
    return heard.onset.sum(axis=(1, 2, 3)) / heard.grid.bars


def note_length(heard: Heard) -> Feature:
    """Mean length of a note in beats."""
    cells = heard.sounding.sum(axis=(1, 2, 3)) / heard.grid.steps_per_beat
    return _ratio(cells, heard.onset.sum(axis=(1, 2, 3)))


def polyphony(heard: Heard) -> Feature:
    """Mean number of notes that sound at once, over the steps where any does."""
    per_step = heard.sounding.sum(axis=(1, 3))
    return _ratio(per_step.sum(axis=1), (per_step > 0).sum(axis=1))


def rests(heard: Heard) -> Feature:
    """Share of the steps of all tracks at which the track is silent."""
    return 1 - heard.sounding.any(axis=3).mean(axis=(1, 2))


def off_beats(heard: Heard) -> Feature:
    """Share of the notes that begin between beats."""
    per_step = heard.onset.sum(axis=(1, 3))
    between = np.arange(heard.grid.steps) % heard.grid.steps_per_beat != 0
    return _ratio(per_step[:, between].sum(axis=1), per_step.sum(axis=1))


def mean_pitch(heard: Heard) -> Feature:
    """Mean MIDI pitch of the notes that begin."""
    per_pitch = heard.onset.sum(axis=(1, 2))
    pitch = heard.grid.lowest + np.arange(heard.grid.pitches)
    return _ratio(per_pitch @ pitch, per_pitch.sum(axis=1))


def pitch_range(heard: Heard) -> Feature:
    """Semitones from the lowest to the highest note."""
    used = np.asarray(heard.together.any(axis=1), dtype=bool)
    highest = heard.grid.pitches - 1 - used[:, ::-1].argmax(axis=1)
    return np.where(used.any(axis=1), highest - used.argmax(axis=1), 0).astype(np.float64)


def pitch_class_entropy(heard: Heard) -> Feature:
    """Entropy in bits of how long each pitch class sounds; at most log2(12)."""
    share = heard.chroma / np.maximum(heard.chroma.sum(axis=1, keepdims=True), 1)
    return -(share * np.log2(np.where(share > 0, share, 1))).sum(axis=1)


def in_scale(heard: Heard) -> Feature:
    """Share of the sounding time in the major scale that holds most of it."""
    scales = np.stack([np.roll(_DIATONIC, tonic) for tonic in range(12)], axis=1)
    return _ratio((heard.chroma @ scales).max(axis=1), heard.chroma.sum(axis=1))


def semitone_clashes(heard: Heard) -> Feature:
    """Pairs of neighbouring pitch classes that sound at once, a step that sounds (C against C# or B)."""
    chroma = (heard.together @ _pitch_classes(heard.grid)) > 0
    pairs = (chroma & np.roll(chroma, 1, axis=2)).sum(axis=(1, 2))
    return _ratio(pairs, heard.together.any(axis=2).sum(axis=1))


def leaps(heard: Heard) -> Feature:
    """Share of a track's steps from one highest note to the next that are a fourth or more."""
    top = np.where(heard.onset, np.arange(1, heard.grid.pitches + 1, dtype=np.int16), 0).max(axis=3)
    window, track, step = np.nonzero(top)
    pitch = top[window, track, step].astype(np.int64)
    follows = (window[1:] == window[:-1]) & (track[1:] == track[:-1])
    windows = len(top)
    wide = follows & (np.abs(np.diff(pitch)) >= LEAP)
    return _ratio(np.bincount(window[1:][wide], minlength=windows), np.bincount(window[1:][follows], minlength=windows))


FEATURES: dict[str, Callable[[Heard], Feature]] = {
    "notes a bar": notes_per_bar,
    "note length (beats)": note_length,
    "notes at once": polyphony,
    "rests": rests,
    "off-beat notes": off_beats,
    "mean pitch": mean_pitch,
    "pitch range": pitch_range,
    "pitch-class entropy (bits)": pitch_class_entropy,
    "in one scale": in_scale,
    "semitone clashes a step": semitone_clashes,
    "leaps": leaps,
}


def features(
    cells: UInt8[np.ndarray, "windows tracks steps pitches"], grid: Grid
) -> Float[np.ndarray, "windows features"]:
    """Every feature of every window, in the order of FEATURES."""
    heard = hear(cells, grid)
    return np.stack([measure(heard) for measure in FEATURES.values()], axis=1)


def _pitch_classes(grid: Grid) -> Float[np.ndarray, "pitches 12"]:
    return np.eye(12)[(grid.lowest + np.arange(grid.pitches)) % 12]


def _ratio(part: np.ndarray, whole: np.ndarray) -> Feature:
    return np.where(whole > 0, part / np.maximum(whole, 1e-12), 0.0)
