"""Which pieces are the same tune: sketches of melodies that no transposition and no tempo changes."""

from bisect import bisect_right
from collections import Counter
from itertools import chain, combinations

import numpy as np

from ganola.music.score import Score

SHINGLE = 6  # intervals in a row that make one fragment of a melody
SKETCH_SIZE = 128
SAME_TUNE = 0.3  # share of the shorter melody's fragments that the other must have too
FEWEST_SHARED = 5
COMMONPLACE = 40  # a fragment in more tunes than this tells nothing

_POWERS = np.array([257**power for power in range(SHINGLE)], dtype=np.uint64)  # a fragment as a number to base 257
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: near numbers become far ones


def sketch(score: Score) -> tuple[int, ...]:
    """The melody's fragments as hashes, the smallest SKETCH_SIZE of them (bottom-k MinHash, Broder 1997).

    The melody is the highest note that sounds; a fragment is SHINGLE successive intervals, repetitions left out.
    """
    intervals = np.diff(melody(score))
    if len(intervals) < SHINGLE:
        return ()
    mixed = np.correlate((intervals + 128).astype(np.uint64), _POWERS) * _SPREAD
    mixed ^= mixed >> np.uint64(29)
    mixed.sort()
    return tuple(_without_repetition(mixed)[:SKETCH_SIZE].tolist())


def melody(score: Score) -> np.ndarray:
    """Pitches of the highest sounding note over time, repetitions and drums left out."""
    notes = score.pitched
    if not len(notes):
        return np.zeros(0, dtype=np.int32)
    origin = notes.start.min()
    top = np.full(int(notes.end.max() - origin), -1, dtype=np.int32)
    steps, length = notes.steps()
    np.maximum.at(top, steps - origin, np.repeat(notes.pitch, length))
    return _without_repetition(top[top >= 0])


def same_tunes(sketches: list[tuple[int, ...]]) -> list[int]:
    """For each piece the index of the first piece of its family: pieces linked by shared melody."""
    family = list(range(len(sketches)))

    def head(piece: int) -> int:
        while family[piece] != piece:
            family[piece] = family[family[piece]]
            piece = family[piece]
        return piece

    def join(one: int, other: int) -> None:
        first, second = sorted((head(one), head(other)))
        family[second] = first

    # Equal melodies first, each once from here on: many copies of one tune must not make its fragments commonplace.
    first_with: dict[tuple[int, ...], int] = {}
    for piece, fragments in enumerate(sketches):
        if fragments:
            join(first_with.setdefault(fragments, piece), piece)
    for (one, other), count in _shared_fragments(sketches, list(first_with.values())).items():
        if count >= FEWEST_SHARED and count >= SAME_TUNE * _comparable(sketches[one], sketches[other]):
            join(one, other)
    return [head(piece) for piece in range(len(sketches))]


def _without_repetition(values: np.ndarray) -> np.ndarray:
    """`values`, each run of equal ones once."""
    changes = np.ones(len(values), dtype=bool)
    changes[1:] = values[1:] != values[:-1]
    return values[changes]


def _shared_fragments(sketches: list[tuple[int, ...]], pieces: list[int]) -> Counter[tuple[int, int]]:
    """For each two of `pieces` that share fragments, how many."""
    fragments = np.array(list(chain.from_iterable(sketches[piece] for piece in pieces)), dtype=np.uint64)
    order = np.argsort(fragments, kind="stable")
    holders = np.repeat(pieces, [len(sketches[piece]) for piece in pieces])[order]
    _, first, count = np.unique(fragments[order], return_index=True, return_counts=True)
    telling = (count >= 2) & (count <= COMMONPLACE)
    shared: Counter[tuple[int, int]] = Counter()
    for begin, end in zip(first[telling], (first + count)[telling], strict=True):
        shared.update(combinations(holders[begin:end].tolist(), 2))
    return shared


def _comparable(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many fragments two sketches could share: those of the smaller, up to where a full sketch leaves off."""
    full_to = min((sketch[-1] for sketch in (one, other) if len(sketch) == SKETCH_SIZE), default=2**64)
    return min(bisect_right(one, full_to), bisect_right(other, full_to))
