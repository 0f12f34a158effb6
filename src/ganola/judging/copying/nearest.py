"""The training window that is most like each phrase, under transposition.

Alike is what begins in the same track at the same step on the same pitch: the Jaccard index of such triples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8, UInt16

from ganola.judging.analysis import Cells, in_chunks
from ganola.judging.copying.training_index import SEMITONES, Chunk, TrainingIndex
from ganola.music.roll import find_onsets

RANK = np.array([2 * abs(semitones) - (semitones < 0) for semitones in SEMITONES])  # 0, -1, 1, -2 ...: of equals, first

_MAX_BYTE = 255  # votes that a byte can count

Phrases = Int[np.ndarray, "phrases"]


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each phrase the training window most like it: how much, where, and how moved."""

    similarity: Float[np.ndarray, "phrases"]  # |A and B| / |A or B| of what begins (Jaccard), 0 to 1
    section: Phrases
    start: Phrases  # steps from the beginning of the section
    semitones: Phrases  # by which the training window has to be moved to lie on the phrase


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The notes of a phrase: in which row, and how many places on, those of a training window have to be."""

    row: Int[np.ndarray, "notes"]
    later: Int[np.ndarray, "notes"]
    drums: Bool[np.ndarray, "notes"]

    def __len__(self) -> int:
        return len(self.row)


def find_nearest(
    cells: Cells, training: TrainingIndex, progress: Callable[[int, int], None] = lambda *_: None
) -> Nearest:
    """Return the nearest training window of each phrase, at all places, under all transpositions of `SEMITONES`.

    Drums are not transposed.
    Of windows equally alike it is the one moved least, down before up, then the first. A silent phrase has the
    similarity 0. `progress` is called with how many places have been compared, and of how many. Nothing is changed.
    """
    phrases = _phrases(cells, training)
    similarity = np.zeros(len(phrases))
    rank = np.zeros(len(phrases), dtype=np.int64)
    place = np.full(len(phrases), training.whole.argmax())
    for chunk in training.chunks():
        for number, phrase in enumerate(phrases):
            alike, moved, at = _nearest_in(chunk, phrase)
            if (alike, -moved) > (similarity[number], -rank[number]):
                similarity[number], rank[number], place[number] = alike, moved, at
        progress(chunk.begin + len(chunk.whole), len(training.whole))
    section = training.first.searchsorted(place, side="right") - 1
    start = (place - training.first[section]) * training.stride
    return Nearest(similarity, section, start, np.array(SEMITONES)[np.argsort(RANK)][rank])


def _phrases(cells: Cells, training: TrainingIndex) -> list[_Phrase]:
    window, track, step, pitch = _find_all_onsets(cells)
    later, late = np.divmod(step, training.stride)
    row = training.row(track, np.where(step == 0, 0, 1 + late), pitch + training.grid.lowest)
    drums = np.array([track.drums for track in training.tracks], dtype=bool)[track]
    ends = window.searchsorted(np.arange(len(cells) + 1)).tolist()
    return [_Phrase(row[begin:end], later[begin:end], drums[begin:end]) for begin, end in pairwise(ends)]


def _find_all_onsets(cells: Cells) -> tuple[Int[np.ndarray, "notes"], ...]:
    """Return the window, track, step and pitch of all notes that begin, in that order."""
    parts, before = [np.zeros((4, 0), dtype=np.int64)], 0
    for part in in_chunks(cells):
        parts.append(np.stack(np.nonzero(find_onsets(part))))
        parts[-1][0] += before
        before += len(part)
    return tuple(np.concatenate(parts, axis=1))


def _nearest_in(chunk: Chunk, phrase: _Phrase) -> tuple[float, int, int]:
    """Return the greatest similarity in a chunk, the rank of the least move that reaches it, and the first place."""
    if not len(phrase):
        return 0.0, 0, 0
    shared = _shared(chunk, phrase)
    most = shared.max(axis=0).astype(np.int64)
    similarity = most / (len(phrase) + chunk.sizes - most) * chunk.whole
    highest = similarity.max()
    best = np.flatnonzero(similarity == highest)
    rank = np.where(shared[:, best] == most[best], RANK[:, None], len(RANK)).min(axis=0)
    least = int(rank.argmin())
    return float(highest), int(rank[least]), chunk.begin + int(best[least])


def _shared(chunk: Chunk, phrase: _Phrase) -> UInt16[np.ndarray, "semitones places"]:
    """Return how many notes of the phrase the window at each place shares, moved by each of `SEMITONES`."""
    moves, width, places = len(SEMITONES), chunk.width, len(chunk.whole)
    first = phrase.row * width + phrase.later
    unmoved = first[phrase.drums] + SEMITONES.index(0) * width
    moved = _votes(chunk.table, first[~phrase.drums], moves * width).reshape(moves, width)[:, :places]
    return moved + _votes(chunk.table, unmoved, places) if len(unmoved) else moved


def _votes(
    table: UInt8[np.ndarray, "cells"], first: Int[np.ndarray, "notes"], length: int
) -> UInt16[np.ndarray, "length"]:
    """Return the sum of the slices of the table that begin at `first`, all of one length.

    Neighbouring places lie side by side, and so do the pitches to which a note is moved: a note is one addition.
    """
    total = np.zeros(length, dtype=np.uint16)
    for begin in range(0, len(first), _MAX_BYTE):
        sums = np.zeros(length, dtype=np.uint8)
        for cell in first[begin : begin + _MAX_BYTE].tolist():
            np.add(sums, table[cell : cell + length], out=sums)
        total += sums
    return total
