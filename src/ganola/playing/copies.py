"""Leave out generated phrases that are copies of training music."""

from collections.abc import Iterator

import numpy as np

from ganola.corpus.phrases import phrase_starts
from ganola.errors import InputError
from ganola.judging.analysis import Cells
from ganola.judging.copying.detector import CopyDetector
from ganola.music.grid import Grid
from ganola.playing.generate import Phrase

MOST_TRIES = 20  # phrases generated for each that is kept


class CopyFilter:
    """Leaves out phrases on `grid` that are copies: more like training music than held-out music is (see
    `CopyDetector`).

    `rejected` counts them.
    """

    def __init__(self, grid: Grid, detector: CopyDetector) -> None:
        self.grid = grid
        self.threshold = detector.threshold
        self.rejected = 0
        self._detector = detector

    def select(self, phrases: Iterator[Phrase], count: int, noun: str = "phrases") -> Iterator[Phrase]:
        """Yield the first `count` of MOST_TRIES as many phrases, or longer pieces, that are no copies.

        A piece is one where any of its phrases is: those of bars 1 to 4, 5 to 8 and so on, and its last. Raises
        InputError where hardly any are not.
        """
        kept = 0
        for phrase in phrases:
            if any(self._detector.is_copy(self._phrases_of(phrase))):
                self.rejected += 1
                continue
            yield phrase
            kept += 1
            if kept == count:
                return
        raise InputError(
            f"only {kept} of {MOST_TRIES * count} {noun} were no copies of training music",
            "Ask for fewer, or train on more music.",
        )

    def _phrases_of(self, piece: Phrase) -> Cells:
        grid = self.grid
        first = phrase_starts([piece.cells.shape[1] // grid.steps_per_bar], grid.bars)
        return np.stack([piece.cells[:, bar * grid.steps_per_bar :][:, : grid.steps] for bar in first])
