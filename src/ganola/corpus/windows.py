"""Windows of a corpus: phrases of the grid's length, one beginning at every bar."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from ganola.corpus.store import Corpus, unpack_bars
from ganola.errors import InputError


@dataclass(frozen=True)
class Windows:
    """The windows of one split, in the order of its pieces, read from disk as they are asked for."""

    corpus: Corpus
    split: str
    piece: Int[np.ndarray, "windows"]  # index into corpus.of_split(split)
    shard: Int[np.ndarray, "windows"]
    first_bar: Int[np.ndarray, "windows"]  # row of the shard

    def __len__(self) -> int:
        return len(self.piece)

    def rolls(self, chosen: Int[np.ndarray, "chosen"]) -> Bool[np.ndarray, "chosen tracks 2 steps pitches"]:
        """The onset and sustain planes of the chosen windows; a note held from before a window is struck again."""
        grid = self.corpus.grid
        packed = np.empty((len(chosen), grid.bars, self.corpus.shards[0].shape[1]), dtype=np.uint8)
        shard_of, bar_of = self.shard[chosen], self.first_bar[chosen]
        for shard in np.unique(shard_of):
            here = shard_of == shard
            packed[here] = self.corpus.shards[shard][bar_of[here, None] + np.arange(grid.bars)]
        planes = unpack_bars(packed, grid, len(self.corpus.tracks))
        onset, sustain = planes[:, :, 0, 0], planes[:, :, 1, 0]
        onset |= sustain
        sustain[...] = False
        return planes


def windows_of(corpus: Corpus, split: str) -> Windows:
    """All windows of one split. Raises InputError where it has none."""
    pieces = corpus.of_split(split)
    starts = [piece.window_starts(corpus.grid.bars) for piece in pieces]
    if not any(starts):
        raise InputError(
            f"the {split} split of the corpus {corpus.folder} has no windows",
            "Build a corpus from more music.",
        )
    counts = [len(own) for own in starts]
    bars = [piece.first_bar + start for piece, own in zip(pieces, starts, strict=True) for start in own]
    return Windows(
        corpus=corpus,
        split=split,
        piece=np.repeat(np.arange(len(pieces)), counts),
        shard=np.repeat(np.array([piece.shard for piece in pieces]), counts),
        first_bar=np.array(bars),
    )
