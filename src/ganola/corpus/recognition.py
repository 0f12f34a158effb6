"""Pieces of a corpus, known again by their notes, whatever their files are called."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from ganola.corpus.bars import AS_NUMBER
from ganola.corpus.phrases import Phrases, phrase_starts
from ganola.corpus.store import Corpus, Piece


def recognise(phrases: Phrases, corpus: Corpus) -> dict[int, str]:
    """Return which files are pieces of the corpus, and which: most phrases of the one are those of the other, note for
    note, both ways. A file that quotes a few bars is none.

    The phrases are read by the corpus's plan.
    """
    files_with: defaultdict[bytes, set[int]] = defaultdict(set)
    digests: list[set[bytes]] = [set() for _ in phrases.names]
    for file, digest in _of_files(phrases):
        files_with[digest].add(file)
        digests[file].add(digest)
    found: dict[int, str] = {}
    for piece in corpus.pieces:
        own = set(_of_piece(corpus, piece))
        shared = Counter(file for digest in own for file in files_with.get(digest, ()))
        for file, count in shared.items():
            if 2 * count > len(own) and 2 * count > len(digests[file]):
                found.setdefault(file, piece.name)
    return found


def _of_files(phrases: Phrases) -> Iterator[tuple[int, bytes]]:
    ends = phrases.counts.sum(axis=1).cumsum()
    numbers = np.ascontiguousarray(phrases.rows).view(AS_NUMBER)
    for file, counts, end in zip(phrases.file.tolist(), phrases.counts, ends.tolist(), strict=True):
        yield file, _digest(numbers[end - counts.sum() : end], counts)


def _of_piece(corpus: Corpus, piece: Piece) -> Iterator[bytes]:
    """The digests of a piece's phrases, cut as those of a file are."""
    shard, bars = corpus.shards[piece.shard], corpus.grid.bars
    for start in phrase_starts(piece.sections, bars):
        first = shard.first[piece.first_bar + start : piece.first_bar + start + bars + 1]
        if first[-1] > first[0]:
            yield _digest(shard.numbers[first[0] : first[-1]], np.diff(first))


def _digest(numbers: NDArray[np.int64], counts: Int64[np.ndarray, "bars"]) -> bytes:
    return hashlib.blake2b(numbers.tobytes() + counts.astype(np.int64).tobytes(), digest_size=16).digest()
