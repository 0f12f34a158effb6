"""The longest melodic run that a phrase shares with training music, in any key."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from jaxtyping import Bool, Int
from numpy.typing import NDArray

from ganola.judging.analysis import Cells, WindowNotes, analyse
from ganola.judging.copying.training_index import TrainingIndex

Phrases = Int[np.ndarray, "phrases"]


def longest_shared_runs(cells: Cells, training: TrainingIndex) -> Phrases:
    """Return how many notes the longest melodic run has that each phrase shares with training music; 0 if none.

    A run is successive notes of one track's melody (`WindowAnalysis.top`), compared by the semitones and steps from
    each to the next, so in any key; it may lie in any pitched track. One that only repeats its pitch does not count. A
    note held over the phrase's beginning counts as beginning there.
    """
    own = _moves(analyse(cells, training.grid, training.tracks).top, len(training.tracks))
    others = _moves(training.melodies, len(training.tracks))
    phrase = np.concatenate([own.window, np.full(len(others.window), -1)])
    line = np.concatenate([own.line, others.line + own.line.max(initial=0) + 1])
    interval = np.concatenate([own.interval, others.interval])
    move = _number_pairs(interval, np.concatenate([own.steps, others.steps]))
    return _longest(len(cells), phrase, line, move, interval != 0)


@dataclass(frozen=True, slots=True)
class _Moves:
    """From each note of some melodies to the next: semitones and steps. A line is the melody of one track."""

    window: Int[np.ndarray, "moves"]
    line: Int[np.ndarray, "moves"]
    interval: Int[np.ndarray, "moves"]
    steps: Int[np.ndarray, "moves"]


def _moves(melodies: WindowNotes, tracks: int) -> _Moves:
    line = melodies.window * tracks + melodies.track
    on = np.flatnonzero(line[1:] == line[:-1])
    return _Moves(melodies.window[on], line[on], np.diff(melodies.pitch)[on], np.diff(melodies.start)[on])


def _longest(
    phrases: int,
    phrase: Int[np.ndarray, "moves"],
    line: Int[np.ndarray, "moves"],
    move: Int[np.ndarray, "moves"],
    changes: Bool[np.ndarray, "moves"],
) -> Phrases:
    """Return the notes of each phrase's longest run that is in training music, whose moves are of phrase -1.

    Runs grow a move at a time, all at once; those that are not on both sides are dropped. Equal runs have one number.
    """
    longest = np.zeros(phrases, dtype=np.int64)
    at, run, changed = np.arange(len(move)), move, changes
    for length in count(1):
        both = _on_both_sides(run, phrase[at] >= 0)
        at, run, changed = at[both], run[both], changed[both]
        longest[phrase[at[changed & (phrase[at] >= 0)]]] = length + 1
        on = np.flatnonzero(at + length < len(move))
        on = on[line[at[on] + length] == line[at[on]]]
        at, run, changed = at[on], run[on], changed[on]
        if not len(at):
            break
        run, changed = _number_pairs(run, move[at + length]), changed | changes[at + length]
    return longest


def _on_both_sides(run: Int[np.ndarray, "runs"], own: Bool[np.ndarray, "runs"]) -> Bool[np.ndarray, "runs"]:
    sides = np.zeros((2, int(run.max(initial=0)) + 1), dtype=bool)
    sides[0, run[own]] = True
    sides[1, run[~own]] = True
    return sides[0, run] & sides[1, run]


def _number_pairs(one: Int[np.ndarray, "runs"], other: Int[np.ndarray, "runs"]) -> Int[np.ndarray, "runs"]:
    """Return a number for each pair, the same for the same pair."""
    low = int(other.min(initial=0))
    pair = one.astype(np.int64) * (int(other.max(initial=0)) - low + 1) + other - low
    numbers: NDArray[Any] = np.unique(pair, return_inverse=True)[1]
    return numbers.reshape(-1)
