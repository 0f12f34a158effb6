"""Music whose place is known beforehand, for measures to be measured by.

A training-set copier, noise of the right density, real bars in a new order, and real music with wrong notes: a measure
that cannot tell these from real music tells nothing of generated music either.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from ganola.judging.hearing import cells_of, notes_of
from ganola.judging.material import Music, alone
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, find_onsets, from_sounding
from ganola.music.tracks import Track

WRONG_NOTES = 0.05  # share of the notes that are moved by a semitone

Cells = UInt8[np.ndarray, "windows tracks steps pitches"]


def copier(training: Music, count: int, randomness: np.random.Generator) -> Music:
    """Windows of the training music, note for note."""
    chosen = np.sort(randomness.integers(len(training), size=count))
    return replace(training.some(chosen), name="copies of training music")


def noise(training: Music, count: int, randomness: np.random.Generator) -> Music:
    """Cells that sound by chance, each on its own, as often as those of their track do in training music."""
    density = (training.cells != OFF).mean(axis=(0, 2, 3), dtype=np.float64)
    shape = (count, *training.cells.shape[1:])
    sounding = randomness.random(shape, dtype=np.float32) < density[:, None, None]
    return alone("noise", from_sounding(sounding))


def shuffled(real: Music, grid: Grid, randomness: np.random.Generator) -> Music:
    """Bars of real music, each where it was in its window, beside bars of other windows."""
    cells = np.empty_like(real.cells)
    for bar in range(grid.bars):
        own = slice(bar * grid.steps_per_bar, (bar + 1) * grid.steps_per_bar)
        part = real.cells[randomness.permutation(len(real))][:, :, own]
        struck = find_onsets(part)  # what was held from the bar before has nothing to hold on from
        cells[:, :, own] = np.where(struck, np.uint8(ONSET), part)
    return alone("shuffled bars", cells)


def mistuned(real: Music, grid: Grid, tracks: tuple[Track, ...], randomness: np.random.Generator) -> Music:
    """Real music with WRONG_NOTES of its notes a semitone too high or too low; drums are left alone."""
    notes = notes_of(real.cells, grid)
    drums = np.array([track.drums for track in tracks], dtype=bool)
    wrong = (randomness.random(len(notes)) < WRONG_NOTES) & ~drums[notes.track]
    up = randomness.random(len(notes)) < 0.5
    moved = np.where(wrong, _within(notes.pitch + np.where(up, 1, -1), grid), notes.pitch)
    order = np.argsort(wrong, kind="stable")  # a wrong note lies over a right one, not under it
    return replace(
        real,
        name="5% wrong notes",
        cells=cells_of(replace(notes, pitch=moved).where(order), len(real), len(tracks), grid),
    )


def _within(pitch: np.ndarray, grid: Grid) -> np.ndarray:
    """What lies beyond the grid's edge, as far inside."""
    pitch = np.where(pitch > grid.highest, 2 * grid.highest - pitch, pitch)
    pitch = np.where(pitch < grid.lowest, 2 * grid.lowest - pitch, pitch)
    return np.minimum(pitch, grid.highest)  # a grid of one pitch has no room
