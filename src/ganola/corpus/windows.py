"""Windows of a corpus: phrases of the grid's length, one beginning at every bar; and batches of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Int32, UInt8

from ganola.corpus.bars import bars_to_planes, bars_to_velocity
from ganola.corpus.store import Corpus
from ganola.errors import InputError

NO_LABEL = -1


@dataclass(frozen=True, slots=True)
class Batch:
    """Some windows, and all that a network may be given of them."""

    planes: Bool[np.ndarray, "batch tracks 2 steps pitches"]  # onset and sustain
    labels: Int32[np.ndarray, "batch"]  # indices of the corpus's labels; NO_LABEL for none
    velocity: UInt8[np.ndarray, "batch tracks steps pitches"]  # MIDI's, 1 to 127, where a note is struck; else 0


@dataclass(frozen=True)
class Windows:
    """The windows of one split, in the order of its pieces, read from disk as they are asked for."""

    corpus: Corpus
    split: str
    piece: Int32[np.ndarray, "windows"]  # index into corpus.of_split(split)
    tune: Int32[np.ndarray, "windows"]  # the same for pieces of one family
    label: Int32[np.ndarray, "windows"]  # index of the corpus's labels; NO_LABEL for none
    shard: Int32[np.ndarray, "windows"]
    first_bar: Int32[np.ndarray, "windows"]  # row of the shard

    def __len__(self) -> int:
        return len(self.piece)

    def rolls(self, chosen: Int[np.ndarray, "chosen"]) -> Bool[np.ndarray, "chosen tracks 2 steps pitches"]:
        """Return the onset and sustain planes of the chosen windows; a note held from before a window is struck
        again."""
        return self.corpus.planes(self._places(chosen), self.corpus.grid.bars)

    def batch(self, indices: Int[np.ndarray, "batch"]) -> Batch:
        """Return the windows of these indices, in their order. Their planes are those of `rolls`."""
        grid, tracks = self.corpus.grid, len(self.corpus.tracks)
        rows, counts = self.corpus.shards.read_bars(self._places(indices), grid.bars)
        return Batch(
            planes=bars_to_planes(rows, counts, grid, tracks),
            labels=self.label[indices],
            velocity=bars_to_velocity(rows, counts, grid, tracks),
        )

    def _places(self, chosen: Int[np.ndarray, "chosen"]) -> list[tuple[int, int]]:
        return list(zip(self.shard[chosen].tolist(), self.first_bar[chosen].tolist(), strict=True))


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
    label = {name: index for index, name in enumerate(corpus.manifest.labels)}
    labels = np.array([label.get(piece.label, NO_LABEL) for piece in pieces], dtype=np.int32)
    _, tune = np.unique([piece.family for piece in pieces], return_inverse=True)
    return Windows(
        corpus=corpus,
        split=split,
        piece=np.arange(len(pieces), dtype=np.int32).repeat(counts),
        tune=tune.astype(np.int32).repeat(counts),
        label=labels.repeat(counts),
        shard=np.array([piece.shard for piece in pieces], dtype=np.int32).repeat(counts),
        first_bar=np.concatenate(rows),
    )
