"""Whether music keeps to the beats of its file: on a grid, loosely as a person plays to a click, or not at all.

A file always counts in beats. Where it was recorded without a click, or transcribed from sound, its beats are seconds
by another name: the music drifts past them, and bars counted in them would be noise.
"""

from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Complex128, Int32

from ganola.music.timing import Histogram, is_on_grid

Timing = Literal["grid", "loose", "none"]

_MOST_SEGMENTS = 12
_FEWEST_NOTES = 12  # in a segment, for its mean direction to say something
_FEWEST_SEGMENTS = 4  # for several of them to agree not by chance
_SAME_DIRECTION = 0.8
_CONCENTRATED = 0.1


def find_timing(onsets: Int32[np.ndarray, "notes"], ticks_per_quarter: int, histogram: Histogram) -> Timing:
    """Return how onsets, in ticks, keep to the beat; `histogram` is of their phases, a constant offset removed."""
    if is_on_grid(histogram):
        return "grid"
    return "loose" if follows_beat(onsets, ticks_per_quarter) else "none"


def follows_beat(onsets: Int32[np.ndarray, "notes"], ticks_per_quarter: int) -> bool:
    """Return whether onsets, in ticks, lie in the same places of the beat from the beginning of a piece to its end.

    The piece is cut into segments of as many notes each. On circles of a beat and of its parts, each segment's onsets
    have a mean direction (Fisher 1993, Statistical Analysis of Circular Data, chapter 2). Where the tempo is another
    than the file says, those directions turn; where it is the file's, they agree however loosely people play, which
    is judged by their mean resultant length, as in Rayleigh's test, over segments and not over notes: neighbouring
    notes agree in any music. Of too few notes to tell, the file is believed.
    """
    segments = min(len(onsets) // _FEWEST_NOTES, _MOST_SEGMENTS)
    if segments < _FEWEST_SEGMENTS:
        return True
    bounds = np.arange(segments + 1) * len(onsets) // segments
    first, lengths = bounds[:-1], bounds[1:] - bounds[:-1]
    means = np.add.reduceat(_to_circles(np.sort(onsets, kind="stable"), ticks_per_quarter), first, axis=1) / lengths
    directions = means / np.maximum(np.abs(means), np.finfo(np.float64).tiny)
    same = np.abs(directions.mean(axis=1)) >= _SAME_DIRECTION
    return bool((same & (np.abs(means.mean(axis=1)) >= _CONCENTRATED)).any())


def _to_circles(onsets: Int32[np.ndarray, "notes"], ticks_per_quarter: int) -> Complex128[np.ndarray, "circles notes"]:
    """Return where onsets lie on circles of a beat, and of its halves, thirds, quarters and sixths, as unit vectors."""
    beat = _unit_circle(ticks_per_quarter).take(onsets % ticks_per_quarter)
    half = beat * beat
    third = half * beat
    return np.stack([beat, half, third, half * half, third * third])


@lru_cache(maxsize=8)
def _unit_circle(ticks: int) -> Complex128[np.ndarray, "ticks"]:
    """Return unit vectors to so many points, evenly over the circle."""
    return np.exp(2j * np.pi * np.arange(ticks) / ticks)
