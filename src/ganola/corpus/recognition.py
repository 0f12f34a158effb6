"""Pieces of a corpus, known again by their notes, whatever their files are called."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64, Shaped
from numpy.typing import NDArray

from ganola.corpus.bars import AS_NUMBER, WITHOUT_VELOCITY
from ganola.corpus.phrases import Phrases, phrase_starts
from ganola.corpus.pieces import Piece
from ganola.corpus.store import Corpus


def recognise_pieces(phrases: Phrases, corpus: Corpus) -> dict[int, str]:
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
    return zip(phrases.file.tolist(), _digests(phrases.rows, phrases.counts), strict=True)


def _of_piece(corpus: Corpus, piece: Piece) -> Iterator[bytes]:
    """Return the digests of a piece's phrases that are not silent, cut as those of a file are."""
    bars = corpus.grid.bars
    places = [(piece.shard, piece.first_bar + start) for start in phrase_starts(piece.segments, bars)]
    rows, counts = corpus.shards.read_bars(places, bars)
    return _digests(rows, counts[counts.any(axis=1)])


def _digests(rows: Shaped[np.ndarray, "rows"], counts: Int64[np.ndarray, "phrases bars"]) -> Iterator[bytes]:
    numbers = np.ascontiguousarray(rows).view(AS_NUMBER) & WITHOUT_VELOCITY
    ends = counts.sum(axis=1).cumsum()
    for own, end in zip(counts, ends.tolist(), strict=True):
        yield _digest(numbers[end - own.sum() : end], own)


def _digest(numbers: NDArray[np.int64], counts: Int64[np.ndarray, "bars"]) -> bytes:
    return hashlib.blake2b(numbers.tobytes() + counts.astype(np.int64).tobytes(), digest_size=16).digest()
