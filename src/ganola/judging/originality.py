"""Which phrases are copies: more like the training music than held-out music of the same collection is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.judging.copying import Nearest, Training, index, nearest, threshold
from ganola.judging.hearing import Cells
from ganola.judging.material import Music
from ganola.judging.reference import HELD_OUT, sections, some_windows


@dataclass(frozen=True)
class Originality:
    """The training music of a corpus, and how like it a phrase may be."""

    training: Training
    threshold: float  # see `copying.threshold`
    held_out: Nearest

    def copied(self, cells: Cells) -> Bool[np.ndarray, "phrases"]:
        """Whether each phrase is a copy of some training music."""
        return self.copies(nearest(cells, self.training))

    def copies(self, near: Nearest) -> Bool[np.ndarray, "phrases"]:
        """Whether each phrase is more like training music than the threshold, or just the same."""
        return (near.similarity > self.threshold) | (near.similarity == 1)


def originality(corpus: Corpus, progress: Callable[[int, int], None] = lambda *_: None) -> Originality:
    """The threshold that held-out music of a corpus sets, and the training music that phrases are compared with.

    Of one corpus it is always the same. Raises InputError where no music was held out, and where there is none to
    train on.
    """
    held_out = _held_out(corpus)
    training = index(sections(corpus, "train"), corpus.grid, corpus.tracks)
    near = nearest(held_out.cells, training, progress)
    return Originality(training, threshold(near), near)


def _held_out(corpus: Corpus) -> Music:
    """Test music or, where there is none, validation music."""
    for split in ("test", "validation"):
        if any(piece.windows for piece in corpus.of_split(split)):
            return some_windows(corpus, split, HELD_OUT, seed=0)
    raise InputError(
        f"the corpus {corpus.folder} has neither test nor validation music, so nothing says what a copy is",
        "Build a corpus from more music.",
    )
