"""Controls: music of which it is known how far from real music it is, to test measures with.

Copies of training music, noise of the right density, real bars in a new order, and real music with wrong notes: a
measure that cannot tell these from real music says nothing of generated music either.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from ganola.judging.analysis import cells_of, in_chunks, notes_of
from ganola.judging.windows import WindowSet, independent
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, find_onsets, from_sounding
from ganola.music.tracks import Track
from ganola.randomness import Purpose, stream

WRONG_NOTES = 0.05  # share of the notes that are moved by a semitone

Cells = UInt8[np.ndarray, "windows tracks steps pitches"]


def make_controls(
    training: WindowSet, compared: WindowSet, grid: Grid, tracks: tuple[Track, ...], seed: int
) -> Iterator[WindowSet]:
    """Yield the controls that mean something on this music: copies, then those with one thing wrong, then noise.

    Each has as many windows as `compared`, the windows of training music of which those with one thing wrong are made.
    """
    chance = [stream(seed, Purpose.CONTROLS, number) for number in range(2, 6)]
    yield copies_of(training, len(compared), chance[0])
    if not all(track.drums for track in tracks):
        yield add_wrong_notes(compared, grid, tracks, chance[1])
    if grid.bars > 1:
        yield shuffle_bars(compared, grid, chance[2])
    yield noise(training, len(compared), chance[3])


def copies_of(training: WindowSet, count: int, randomness: np.random.Generator) -> WindowSet:
    """Return windows of training music, note for note."""
    chosen = np.sort(randomness.integers(len(training), size=count))
    return replace(training.select(chosen), name="copies of training music")


def noise(training: WindowSet, count: int, randomness: np.random.Generator) -> WindowSet:
    """Return cells that sound by chance, each on its own, as often as those of their track do in training music."""
    tracks, *rest = training.cells.shape[1:]
    counts = sum(np.count_nonzero(part != OFF, axis=(0, 2, 3)) for part in in_chunks(training.cells))
    density = counts / (len(training) * math.prod(rest))
    cells = np.empty((count, tracks, *rest), dtype=np.uint8)
    for part in in_chunks(cells):
        part[:] = from_sounding(randomness.random(part.shape, dtype=np.float32) < density[:, None, None])
    return independent("noise", cells)


def shuffle_bars(real: WindowSet, grid: Grid, randomness: np.random.Generator) -> WindowSet:
    """Return bars of real music, each where it was in its window, beside bars of other windows."""
    cells = np.empty_like(real.cells)
    for bar in range(grid.bars):
        own = slice(bar * grid.steps_per_bar, (bar + 1) * grid.steps_per_bar)
        part = real.cells[randomness.permutation(len(real))][:, :, own]
        struck = find_onsets(part)  # what was held from the bar before has nothing to hold on from
        cells[:, :, own] = np.where(struck, np.uint8(ONSET), part)
    return independent("shuffled bars", cells)


def name_wrong_notes(share: float) -> str:
    """Return what music with such a share of wrong notes is called."""
    return f"{100 * share:g}% wrong notes"


def add_wrong_notes(
    real: WindowSet,
    grid: Grid,
    tracks: tuple[Track, ...],
    randomness: np.random.Generator,
    share: float = WRONG_NOTES,
) -> WindowSet:
    """Return real music with a share of its notes a semitone too high or too low; drums are unchanged."""
    notes = notes_of(real.cells, grid)
    drums = np.array([track.drums for track in tracks], dtype=bool)
    wrong = (randomness.random(len(notes)) < share) & ~drums[notes.track]
    up = randomness.random(len(notes)) < 0.5
    moved = np.where(wrong, _reflect(notes.pitch + np.where(up, 1, -1), grid), notes.pitch)
    order = np.argsort(wrong, kind="stable")  # a wrong note lies over a right one, not under it
    return replace(
        real,
        name=name_wrong_notes(share),
        cells=cells_of(replace(notes, pitch=moved).where(order), len(real), len(tracks), grid),
    )


def _reflect(pitch: np.ndarray, grid: Grid) -> np.ndarray:
    """Return pitches beyond the grid's edges reflected into it."""
    pitch = np.where(pitch > grid.highest, 2 * grid.highest - pitch, pitch)
    pitch = np.where(pitch < grid.lowest, 2 * grid.lowest - pitch, pitch)
    return np.minimum(pitch, grid.highest)  # a grid of one pitch has no room
