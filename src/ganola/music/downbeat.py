"""Where bars begin, and how long they are, estimated from the notes alone, for files that do not say.

Four profiles of the bar (which steps of it hold long notes and fresh harmony) and the piece's first and last onsets
are weighed by how strong a place in the bar is, in the manner of Lerdahl and Jackendoff's preference rules
(A Generative Theory of Tonal Music 1983, chapter 4).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray

from ganola.music.grid import Grid
from ganola.music.metre import COMMON_TIME, TimeSignature
from ganola.music.score import Notes
from ganola.music.sorting import stable_order

# Log odds, fitted on half of 1,200 tunes, chorales, quartet movements and songs whose bars are known, that a bar
# begins here for the share of each profile that then falls on
#     the downbeat, the half bar, other pulses, halves of pulses (thirds where the metre is compound); 0 elsewhere.
_WEIGHTS = {
    "longer than the mean note": (4.0, 2.9, 0.5, -0.3),
    "a beat and a half or longer": (3.4, 0.1, -1.5, 0.0),
    "a pitch class not heard for long": (4.5, 0.2, 0.0, -0.8),
    "the same, and held": (5.5, 0.4, -0.2, -0.8),
    "the first onset": (1.5, -0.5, 1.0, 0.8),
    "the last onset": (0.2, 1.9, 1.9, 0.4),
}
_DOWNBEAT, _HALF_BAR, _PULSE, _HALF_PULSE, _ELSEWHERE = range(5)
_SILENT_BEATS = 4  # a pitch class is as fresh after so many beats as it gets
_HELD_BEATS = 2
_LONG_BEATS = 1.5
# Added to what each profile sums to, so that a profile of a note or two counts for less.
_UNSEEN = np.array([2.0, 2.0, 2.0, 2.0, 0.0, 0.0])

# Log odds against 4/4 before a note is heard: most music that does not say its metre is in 4/4.
_BARS = {TimeSignature(4, 4): 0.0, TimeSignature(3, 4): -2.5, TimeSignature(6, 8): -2.0}
_BAR_EVIDENCE = 1.3
_BAR_REPETITION = 2.5


@dataclass(frozen=True, slots=True)
class Downbeat:
    """A bar begins at `step`, counted from 0 and less than a bar.

    `confidence` is 0 where another pulse of the bar might as well be the first, and 1 where none could: of judgements
    of the same confidence about (1 + confidence) / 2 are right.
    """

    step: int
    confidence: float


@dataclass(frozen=True, slots=True)
class EstimatedBars:
    """A metre, and the step at which its bars begin.

    `downbeat` is counted from 0 and less than a bar; `confidence`, from 0 to 1, is that of the metre.
    """

    metre: TimeSignature
    confidence: float
    downbeat: int


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar in steps: its length, that of a pulse and of its half (of the whole bar, where pulses are odd), and what
    each step of each profile speaks for each downbeat."""

    steps: int
    pulse: int
    half: int
    templates: Float64[np.ndarray, "profiles_steps downbeats"]


def score_downbeats(notes: Notes, grid: Grid) -> Float64[np.ndarray, "downbeats"]:
    """Return the log odds, up to a constant, that bars of `grid` begin at each step of a bar.

    Leave drums out.
    """
    return _score_bar(notes, grid.steps_per_quarter, _bar(grid.metre, grid.steps_per_quarter))


def estimate_downbeat(notes: Notes, grid: Grid) -> Downbeat:
    """Return where the bars of `grid` begin in `notes`, in its steps.

    Leave drums out: their pitches are no harmony.
    """
    if not len(notes):
        return Downbeat(0, 0.0)
    bar = _bar(grid.metre, grid.steps_per_quarter)
    scores = score_downbeats(notes, grid)
    best = int(scores.argmax())
    return Downbeat(best, _margin(scores, best, bar))


def estimate_bars(notes: Notes, steps_per_quarter: int) -> EstimatedBars:
    """Return the likeliest metre of `notes`, which are in steps, and where its bars begin.

    It is 4/4, 3/4 or 6/8; 2/4 and 2/2 count as 4/4.

    Bars of the right length tell strong places from weak ones, and music repeats its rhythm a bar later. 4/4 needs
    the least evidence.
    """
    if not len(notes):
        return EstimatedBars(COMMON_TIME, 0.0, 0)
    weights = _note_weights(notes, steps_per_quarter)
    bars = {metre: _bar(metre, steps_per_quarter) for metre in _BARS}
    folded = _fold(notes, weights, math.lcm(*(bar.steps for bar in bars.values())))
    accents = _accents(notes, weights)
    scores = {metre: _score(folded, bar) for metre, bar in bars.items()}
    odds = {metre: _BARS[metre] + _evidence(scores[metre], accents, bar) for metre, bar in bars.items()}
    best, second = sorted(odds.values(), reverse=True)[:2]
    metre = max(odds, key=odds.__getitem__)
    return EstimatedBars(metre, math.tanh((best - second) / 2), int(scores[metre].argmax()))


def _score_bar(notes: Notes, steps_per_quarter: int, bar: _Bar) -> Float64[np.ndarray, "downbeats"]:
    return _score(_fold(notes, _note_weights(notes, steps_per_quarter), bar.steps), bar)


def _note_weights(notes: Notes, steps_per_quarter: int) -> Float64[np.ndarray, "4 notes"]:
    """Return what each note adds to the four profiles where it begins."""
    beats = (notes.end - notes.start) / steps_per_quarter
    weights = np.empty((4, len(notes)))
    weights[0] = np.minimum(np.maximum(beats / beats.mean() - 1, 0), 3)
    weights[1] = beats >= _LONG_BEATS
    weights[2] = _silences(notes, _SILENT_BEATS * steps_per_quarter) / (_SILENT_BEATS * steps_per_quarter)
    weights[3] = weights[2] * np.minimum(beats, _HELD_BEATS)
    return weights


def _silences(notes: Notes, longest: int) -> NDArray[np.int64]:
    """Return for how many steps no note of its pitch class has sounded when each note begins, at most `longest`."""
    first, last = int(notes.start.min()), int(notes.end.max())
    # Pitch classes laid end to end on one line, so that one sort and one running maximum serve all twelve.
    line = (notes.pitch % 12).astype(np.int64) * (last - first + longest) - first
    start = line + notes.start
    # Of notes that begin together the longest comes first.
    length = notes.end - notes.start
    order = stable_order(length.max() - length)
    order = order.take(stable_order(start.take(order)))
    latest = np.maximum.accumulate((line + notes.end)[order])
    silent = np.full(len(notes), longest, dtype=np.int64)
    silent[order[1:]] = np.minimum(np.maximum(start[order[1:]] - latest[:-1], 0), longest)
    return silent


def _fold(notes: Notes, weights: Float64[np.ndarray, "4 notes"], steps: int) -> Float64[np.ndarray, "profiles steps"]:
    """Return the four weights, and the first and the last onset, summed over all spans of `steps`."""
    place = (notes.start % steps).astype(np.intp)
    folded = np.zeros((len(_WEIGHTS), steps))
    for row, weight in enumerate(weights):
        folded[row] = np.bincount(place, weight, steps)
    folded[4, notes.start.min() % steps] = 1
    folded[5, notes.start.max() % steps] = 1
    return folded


def _score(folded: Float64[np.ndarray, "profiles steps"], bar: _Bar) -> Float64[np.ndarray, "downbeats"]:
    """Return the log odds of each downbeat, up to a constant; `folded` spans one or more bars."""
    profiles = folded.reshape(len(folded), -1, bar.steps).sum(axis=1)
    shares: Float64[np.ndarray, "profiles steps"] = profiles / (profiles.sum(axis=1) + _UNSEEN)[:, None]
    return shares.ravel() @ bar.templates


@lru_cache
def _bar(metre: TimeSignature, steps_per_quarter: int) -> _Bar:
    grid = Grid(metre=metre, steps_per_quarter=steps_per_quarter)
    steps = grid.steps_per_bar
    since = (np.arange(steps)[:, None] - np.arange(steps)) % steps  # from each downbeat to each step
    strength = np.array([(*row, 0.0) for row in _WEIGHTS.values()])
    return _Bar(
        steps=steps,
        pulse=steps // grid.pulses_per_bar,
        half=steps // 2 if grid.pulses_per_bar % 2 == 0 else steps,
        templates=strength[:, _strengths(grid)[since]].reshape(-1, steps),
    )


def _strengths(grid: Grid) -> NDArray[np.int64]:
    """Return how strong each step of a bar is, by its index into the weights."""
    steps, pulse = np.arange(grid.steps_per_bar), grid.steps_per_bar // grid.pulses_per_bar
    parts = 3 if grid.metre.is_compound else 2
    places = np.full(len(steps), _ELSEWHERE)
    places[parts * steps % pulse == 0] = _HALF_PULSE
    places[steps % pulse == 0] = _PULSE
    if grid.pulses_per_bar % 2 == 0:
        places[grid.steps_per_bar // 2] = _HALF_BAR
    places[0] = _DOWNBEAT
    return places


def _margin(scores: Float64[np.ndarray, "downbeats"], best: int, bar: _Bar) -> float:
    """Return by how much the best downbeat leads the same place of other pulses (of one pulse: other steps)."""
    apart = bar.pulse if bar.pulse < bar.steps else 1
    rivals = scores[(best + np.arange(apart, bar.steps, apart)) % bar.steps]
    return math.tanh((scores[best] - rivals.max()) / 2) if len(rivals) else 1.0


def _accents(notes: Notes, weights: Float64[np.ndarray, "4 notes"]) -> Float64[np.ndarray, "time"]:
    """Return how strongly each step from the first onset to the last is marked: by notes, and more by long ones."""
    accents = np.bincount(notes.start - notes.start.min(), weights[0] + 0.25)
    return accents - accents.mean()


def _evidence(scores: Float64[np.ndarray, "downbeats"], accents: Float64[np.ndarray, "time"], bar: _Bar) -> float:
    """Return the log odds of a bar.

    They grow with how far its best downbeat stands out, and how alike the accents are half a bar or a bar later.
    """
    repetition = sum(_autocorrelation(accents, lag) for lag in (bar.pulse, bar.half, bar.steps, 2 * bar.steps))
    return float(_BAR_EVIDENCE * (scores.max() - scores.mean()) + _BAR_REPETITION * repetition)


def _autocorrelation(signal: Float64[np.ndarray, "time"], lag: int) -> float:
    power = float(signal @ signal)
    return float(signal[:-lag] @ signal[lag:]) / power if power and lag < len(signal) else 0.0
