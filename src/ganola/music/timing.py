"""Where in a quarter note notes begin: a constant offset from the grid, and the grid that is worth its steps.

Every judgement is of a histogram of phases, made once a file; a phase is the part of a quarter note since its beat.
"""

from cmath import phase
from dataclasses import dataclass
from math import pi

import numpy as np
from jaxtyping import Complex128, Float64, Int32, Int64

PHASES = 192  # bins of a quarter note: a bin for every step of the grids below, and 7 between them on the finest
RESOLUTIONS = (4, 6, 8, 12, 24)  # steps a beat, the coarsest first

# A 96th of a beat is 5 ms at 120 beats a minute: nobody hears it, and no grid below is so fine.
_TOLERANCE_BINS = PHASES // 96
_CLEAR_GRID = 0.7  # mean resultant length; swung quavers reach 0.6 on a grid of semiquavers, which is the wrong one
_NO_GRID = 0.3
_BY_CHANCE = 4.0  # standard errors: a few notes lie on a fine grid easily
_PRICE = 0.05  # the share of onsets that as many steps again as the coarsest grid has must rescue

Histogram = Int64[np.ndarray, "192"]


@dataclass(frozen=True, slots=True)
class GridFit:
    """How well a grid holds onsets.

    `moved` is the share of them that it moves by more than a 96th of a quarter note, `distance` by how much it moves
    those on average, in quarter notes.
    """

    steps_per_quarter: int
    moved: float
    distance: float


def phases(start: Int32[np.ndarray, "notes"], ticks_per_quarter: int) -> Histogram:
    """Return how many notes begin in each 192nd of their quarter note; the first bin is centred on its beginning."""
    tick = start.astype(np.int64) % ticks_per_quarter
    nearest = (2 * PHASES * tick + ticks_per_quarter) // (2 * ticks_per_quarter)  # PHASES: just before the next one
    counts = np.bincount(nearest, minlength=PHASES + 1)
    counts[0] += counts[PHASES]
    return counts[:PHASES]


def find_grid_offset(histogram: Histogram) -> float:
    """Return the quarter notes by which the notes lie after the grid (before it: negative).

    It is 0.0 where they lie on the grid, or on none.

    The k-th Fourier coefficient of the phases is the mean direction of the onsets on a circle of a k-th of a beat, its
    length how closely they agree (Fisher 1993, Statistical Analysis of Circular Data, chapter 2). The coarsest circle
    on which they clearly agree says which grid position is meant, the one of its parts on which they agree best where
    it lies. No circle is wider than a semiquaver: what is syncopated all along must stay so.
    """
    notes = int(histogram.sum())
    if not notes:
        return 0.0
    coefficients = (_FOURIER @ histogram).tolist()  # so few of them that plain Python is the faster
    agreement = {steps: abs(own) / notes for steps, own in zip(RESOLUTIONS, coefficients, strict=True)}
    after = {steps: -phase(own) / (2 * pi * steps) for steps, own in zip(RESOLUTIONS, coefficients, strict=True)}
    coarse = next((steps for steps, agreed in agreement.items() if agreed >= _CLEAR_GRID), None)
    if coarse is None:
        return 0.0
    best = max((steps for steps in RESOLUTIONS if steps % coarse == 0), key=agreement.__getitem__)
    exact = after[best] + round((after[coarse] - after[best]) * best) / best
    return exact if round(abs(exact) * PHASES) > _TOLERANCE_BINS else 0.0


def shift_phases(histogram: Histogram, offset: float) -> Histogram:
    """Return the histogram of the same notes, each `offset` quarter notes earlier, to the nearest bin."""
    bins = round(offset * PHASES) % PHASES
    return np.concatenate([histogram[bins:], histogram[:bins]])


def choose_resolution(histogram: Histogram) -> int:
    """Return the one of `RESOLUTIONS` that loses the least: onsets beside its steps, and a price for each step.

    Everything later, from memory to training, costs in proportion to the steps. A finer grid has more room near its
    steps, so that what lies beside them is weighed against chance (Cohen 1960).
    """
    beside = _FAR @ histogram / (max(int(histogram.sum()), 1) * _FAR_BY_CHANCE)
    return RESOLUTIONS[int((beside + _PRICE * _STEPS / RESOLUTIONS[0]).argmin())]


def is_on_grid(histogram: Histogram) -> bool:
    """Return whether the onsets lie on any of the `RESOLUTIONS`, more than by chance and than so few notes might."""
    notes = max(int(histogram.sum()), 1)
    agreement = 1 - _FAR @ histogram / (notes * _FAR_BY_CHANCE)
    error = np.sqrt((1 - _FAR_BY_CHANCE) / (notes * _FAR_BY_CHANCE))
    return bool(((agreement >= _NO_GRID) & (agreement >= _BY_CHANCE * error)).any())


def measure_grid_fit(histogram: Histogram, steps_per_quarter: int) -> GridFit:
    """Return how well a grid of any number of steps a quarter note holds the onsets."""
    period = PHASES / steps_per_quarter
    since = np.arange(PHASES) % period
    away = np.minimum(since, period - since)
    far = histogram * (away > _TOLERANCE_BINS)
    moved = int(far.sum())
    distance = float((far * away).sum() / PHASES / moved) if moved else 0.0
    return GridFit(steps_per_quarter, moved / max(int(histogram.sum()), 1), distance)


def _fourier() -> Complex128[np.ndarray, "resolutions 192"]:
    return np.exp(-2j * np.pi * np.outer(RESOLUTIONS, np.arange(PHASES)) / PHASES)


def _distances() -> Float64[np.ndarray, "resolutions 192"]:
    """Return how far each bin is from the nearest step of each grid, in quarter notes."""
    period = PHASES / _STEPS[:, None]
    since = np.arange(PHASES) % period
    return np.minimum(since, period - since) / PHASES


_STEPS = np.array(RESOLUTIONS, dtype=np.float64)
_FOURIER = _fourier()
_FAR = (_distances() * PHASES > _TOLERANCE_BINS).astype(np.float64)
_FAR_BY_CHANCE = _FAR.mean(axis=1)
