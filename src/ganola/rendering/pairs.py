"""Pictures of a phrase and of the training music that it is most like; what both share in colour."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from ganola.judging.results import CopyPair
from ganola.music.grid import Grid
from ganola.music.roll import OFF, find_onsets
from ganola.rendering.palette import NEUTRAL, track_colour
from ganola.rendering.picture import CellSize, paint

_WIDTH = 448  # pixels of a picture, at least


def pair_pictures(pair: CopyPair, grid: Grid) -> tuple[Image.Image, Image.Image]:
    """Return the phrase and the training music; notes that begin in both have their colours, others are grey."""
    low, high = _sounding_range((pair.cells, pair.training_cells))
    shown = grid.model_copy(update={"lowest": grid.lowest + low, "pitches": high - low})
    sides = [cells[:, :, low:high] for cells in (pair.cells, pair.training_cells)]
    shared = find_onsets(sides[0]) & find_onsets(sides[1])
    size = CellSize(max(_WIDTH // grid.steps, 3), 6)
    one, other = (
        Image.fromarray(paint(cells, shown, size, _coloured(cells, notes_from(cells, shared)))) for cells in sides
    )
    return one, other


def _sounding_range(sides: Sequence[UInt8[np.ndarray, "tracks steps pitches"]]) -> tuple[int, int]:
    """Return the rows from the lowest that sounds to the highest, and a little around them; all where none does."""
    rows = np.flatnonzero(np.any([(cells != OFF).any(axis=(0, 1)) for cells in sides], axis=0))
    pitches = sides[0].shape[2]
    return (max(int(rows[0]) - 2, 0), min(int(rows[-1]) + 3, pitches)) if len(rows) else (0, pitches)


def notes_from(
    cells: UInt8[np.ndarray, "tracks steps pitches"], begun: Bool[np.ndarray, "tracks steps pitches"]
) -> Bool[np.ndarray, "tracks steps pitches"]:
    """Return the cells of the notes that begin where `begun` says so."""
    struck, sounds = find_onsets(cells), cells != OFF
    belongs = np.zeros_like(begun)
    before = np.zeros_like(begun[:, 0])
    for step in range(cells.shape[1]):
        before = np.where(struck[:, step], begun[:, step], before & sounds[:, step])
        belongs[:, step] = before
    return belongs


def _coloured(
    cells: UInt8[np.ndarray, "tracks steps pitches"], shared: Bool[np.ndarray, "tracks steps pitches"]
) -> UInt8[np.ndarray, "tracks steps pitches 3"]:
    own = np.array([track_colour(index) for index in range(len(cells))], dtype=np.uint8).reshape(-1, 1, 1, 3)
    return np.where(shared[..., None], own, np.array(NEUTRAL, dtype=np.uint8))
