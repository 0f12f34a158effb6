"""Phrases to hear in a report: short, and small enough for a page that holds everything itself."""

import base64

import numpy as np
from jaxtyping import UInt8

from ganola.music.grid import Grid
from ganola.music.roll import to_score
from ganola.music.tracks import Track
from ganola.rendering.sound import compressed_sound, no_sound

LONGEST_HEARD = 16.0  # seconds of a phrase that are played, in whole bars


def sound_uri(
    cells: UInt8[np.ndarray, "tracks steps pitches"],
    grid: Grid,
    tracks: tuple[Track, ...],
    tempo: float,
    longest: float = LONGEST_HEARD,
) -> str | None:
    """Return the first bars of a phrase, `longest` seconds at most, as sound in a data URI, or None where no sound can
    be made."""
    if no_sound() is not None:
        return None
    shown = opening_heard(grid, tempo, longest)
    sound, kind = compressed_sound(to_score(cells[:, : shown.steps], shown, tracks, tempo))
    return f"data:{kind};base64,{base64.b64encode(sound).decode()}"


def opening_heard(grid: Grid, tempo: float, longest: float = LONGEST_HEARD) -> Grid:
    """Return the grid of as many first bars as last `longest` seconds at most, and one at least."""
    seconds = grid.steps_per_bar / grid.steps_per_quarter * 60 / tempo
    return grid.model_copy(update={"bars": min(grid.bars, max(int(longest / seconds), 1))})
