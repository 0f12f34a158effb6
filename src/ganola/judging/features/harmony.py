"""What sounds together: chords, clashes, and how voices lead. Drums do not count.

Every measure gives a row a window, one number or several, and none (not a number) where it has nothing to measure.
"""

from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from ganola.judging.analysis import WindowAnalysis, divide_or_nan
from ganola.judging.features.melody import SILENT, sounding_steps

FIFTH, OCTAVE = 7, 12
_TRIADS = ((0, 4, 7), (0, 3, 7), (0, 3, 6))  # major, minor, diminished

One = Float[np.ndarray, "windows"]
Several = Float[np.ndarray, "windows columns"]
Beats = Float[np.ndarray, "windows beats 12"]


def polyphony(analysis: WindowAnalysis) -> One:
    """Return the mean number of notes that sound at once, over the steps where any does."""
    at_once = analysis.chroma.sum(axis=(1, 3))
    return divide_or_nan(at_once.sum(axis=1), (at_once > 0).sum(axis=1))


def semitone_clashes(analysis: WindowAnalysis) -> One:
    """Return pairs of neighbouring pitch classes that sound at once, a step that sounds (C against C# or B)."""
    present = analysis.chroma.sum(axis=1) > 0
    pairs = (present & np.roll(present, 1, axis=2)).sum(axis=(1, 2))
    return divide_or_nan(pairs, present.any(axis=2).sum(axis=1))


def vertical_intervals(analysis: WindowAnalysis) -> Several:
    """Return the share of each interval class, 0 (unison) to 6 (tritone), among pairs of notes that sound at once."""
    chroma = analysis.chroma.sum(axis=1)
    same = (chroma * (chroma - 1)).sum(axis=(1, 2)) / 2
    apart = [(chroma * np.roll(chroma, -semitones, axis=2)).sum(axis=(1, 2)) for semitones in range(1, 7)]
    apart[5] /= 2  # a tritone up is a tritone down: each pair was met twice
    counts = np.stack([same, *apart], axis=1)
    return divide_or_nan(counts, counts.sum(axis=1, keepdims=True))


def chord_tones(analysis: WindowAnalysis) -> One:
    """Return the share of the sounding time, beat by beat, in the triad that holds most of that beat."""
    beats = _beats(analysis).sum(axis=1)
    return divide_or_nan(_in_triads(beats).max(axis=2).sum(axis=1), beats.sum(axis=(1, 2)))


def harmonic_rhythm(analysis: WindowAnalysis) -> One:
    """Return the changes of chord a bar: beats that another triad fits better than the one so far."""
    held = _in_triads(_beats(analysis).sum(axis=1))
    best = held.max(axis=2)
    chord = np.full(analysis.windows, -1)
    changes = np.zeros(analysis.windows)
    windows = np.arange(analysis.windows)
    for beat in range(held.shape[1]):
        sounds = best[:, beat] > 0
        moved = sounds & ((chord < 0) | (held[windows, beat, chord] < best[:, beat]))
        changes += moved & (chord >= 0)
        chord = np.where(moved, held[:, beat].argmax(axis=1), chord)
    return np.where(chord >= 0, changes / analysis.grid.bars, np.nan)


def tonal_distance(analysis: WindowAnalysis) -> One:
    """Return the mean distance in tonal space between each two pitched tracks, over the beats in which both sound.

    Harte, Sandler and Gasser 2006, Detecting harmonic change in musical audio, eq. 1: circles of fifths and minor
    thirds (radius 1) and of major thirds (radius 1/2), each track's pitch classes as shares of its own beat.
    """
    centroids = tonal_centroids(_beats(analysis)[:, ~analysis.drums])
    total, count = np.zeros(analysis.windows), np.zeros(analysis.windows)
    for one, other in combinations(range(centroids.shape[1]), 2):
        distance = np.linalg.norm(centroids[:, one] - centroids[:, other], axis=2)
        total += np.nansum(distance, axis=1)
        count += np.isfinite(distance).sum(axis=1)
    return divide_or_nan(total, count)


def tonal_centroids(chroma: Float[np.ndarray, "*shape 12"]) -> Float[np.ndarray, "*shape 6"]:
    """Return where pitch classes, weighted, lie in tonal space; nowhere (not a number) where there are none."""
    pitch_class = np.arange(OCTAVE) * np.pi
    circles = [
        radius * wave(turn * pitch_class)
        for radius, turn in ((1.0, 7 / 6), (1.0, 3 / 2), (0.5, 2 / 3))
        for wave in (np.sin, np.cos)
    ]
    return divide_or_nan(chroma, chroma.sum(axis=-1, keepdims=True)) @ np.stack(circles, axis=1)


def crossings(analysis: WindowAnalysis) -> One:
    """Return the share of the steps at which two neighbouring voices sound at which the lower one is the higher.

    Voices are the pitched tracks of one note at a time, in the order of the tracks, the highest first.
    """
    line = voice_lines(analysis)
    both = (line[:, 1:] != SILENT) & (line[:, :-1] != SILENT)
    crossed = both & (line[:, 1:] > line[:, :-1])
    return divide_or_nan(crossed.sum(axis=(1, 2)), both.sum(axis=(1, 2)))


def parallel_fifths(analysis: WindowAnalysis) -> One:
    """Return the share of the steps at which two voices move that go from a fifth to a fifth in one direction."""
    return _parallels(analysis, FIFTH)


def parallel_octaves(analysis: WindowAnalysis) -> One:
    """Return the same for octaves and unisons."""
    return _parallels(analysis, 0)


def voice_lines(analysis: WindowAnalysis) -> Int[np.ndarray, "windows voices steps"]:
    """Return the pitch of each voice at each step, or SILENT; the highest where several sound in it after all."""
    voices = [index for index, track in enumerate(analysis.tracks) if track.monophonic and not track.drums]
    steps, notes = analysis.grid.steps, analysis.pitched
    lines = np.full((analysis.windows, len(voices), steps), SILENT)
    for place, index in enumerate(voices):
        own = notes.where(notes.track == index)
        own = own.where(np.argsort(own.pitch, kind="stable"))
        cell, note = sounding_steps(own, steps)
        line = np.full(analysis.windows * steps, SILENT)
        line[cell] = own.pitch[note]  # the highest is written last
        lines[:, place] = line.reshape(-1, steps)
    return lines


def _parallels(analysis: WindowAnalysis, interval: int) -> One:
    line = voice_lines(analysis)
    found, moves = np.zeros(analysis.windows), np.zeros(analysis.windows)
    sounds = line != SILENT
    move = np.where(sounds[:, :, 1:] & sounds[:, :, :-1], np.sign(np.diff(line, axis=2)), 0)
    for one, other in combinations(range(line.shape[1]), 2):
        apart = np.abs(line[:, one] - line[:, other]) % OCTAVE == interval
        together = (move[:, one] != 0) & (move[:, other] != 0)
        alike = together & (move[:, one] == move[:, other])
        found += (alike & apart[:, 1:] & apart[:, :-1]).sum(axis=1)
        moves += together.sum(axis=1)
    return divide_or_nan(found, moves)


def _beats(analysis: WindowAnalysis) -> Float[np.ndarray, "windows tracks beats 12"]:
    """Return steps for which each pitch class sounds in each track, beat by beat (of the metre)."""
    windows, tracks = analysis.chroma.shape[:2]
    return analysis.chroma.reshape(windows, tracks, -1, analysis.grid.steps_per_pulse, OCTAVE).sum(axis=3)


def _in_triads(beats: Beats) -> Float[np.ndarray, "windows beats triads"]:
    """Return of each beat's sounding time, how much is in each triad."""
    members = np.zeros((OCTAVE, len(_TRIADS) * OCTAVE))
    for kind, triad in enumerate(_TRIADS):
        for root in range(OCTAVE):
            members[[(root + tone) % OCTAVE for tone in triad], kind * OCTAVE + root] = 1
    return beats @ members
