"""Windows of a corpus: phrases of the grid's length, one beginning at every bar."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Int32

from ganola.corpus.store import Corpus
from ganola.errors import InputError


@dataclass(frozen=True)
class Windows:
    """The windows of one split, in the order of its pieces, read from disk as they are asked for."""

    corpus: Corpus
    split: str
    piece: Int32[np.ndarray, "windows"]  # index into corpus.of_split(split)
    tune: Int32[np.ndarray, "windows"]  # the same for pieces of one family
    shard: Int32[np.ndarray, "windows"]
    first_bar: Int32[np.ndarray, "windows"]  # row of the shard

    def __len__(self) -> int:
        return len(self.piece)

    def rolls(self, chosen: Int[np.ndarray, "chosen"]) -> Bool[np.ndarray, "chosen tracks 2 steps pitches"]:
        """Return the onset and sustain planes of the chosen windows; a note held from before a window is struck
        again."""
        places = zip(self.shard[chosen].tolist(), self.first_bar[chosen].tolist(), strict=True)
        return self.corpus.planes(list(places), self.corpus.grid.bars)


def windows_of(corpus: Corpus, split: str) -> Windows:
    """Return all windows of one split. Raises InputError where it has none."""
    pieces = [piece for piece in corpus.iter_pieces() if piece.split == split]
    rows = [(piece.first_bar + corpus.window_starts(piece)).astype(np.int32) for piece in pieces]
    counts = [len(own) for own in rows]
    if not sum(counts):
        raise InputError(
            f"the {split} split of the corpus {corpus.folder} has no windows",
            "Build a corpus from more music.",
        )
    _, tune = np.unique([piece.family for piece in pieces], return_inverse=True)
    return Windows(
        corpus=corpus,
        split=split,
        piece=np.arange(len(pieces), dtype=np.int32).repeat(counts),
        tune=tune.astype(np.int32).repeat(counts),
        shard=np.array([piece.shard for piece in pieces], dtype=np.int32).repeat(counts),
        first_bar=np.concatenate(rows),
    )
