"""Which phrases are copies: more like the training music than held-out music of the same collection is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from ganola.corpus.store import Corpus
from ganola.judging.copying import Nearest, Training, index, nearest, threshold
from ganola.judging.hearing import Cells
from ganola.judging.material import Music
from ganola.judging.reference import sections


@dataclass(frozen=True)
class Originality:
    """The training music of a corpus, and how like it a phrase may be."""

    training: Training
    threshold: float  # see `copying.threshold`
    held_out: Nearest

    def copied(self, cells: Cells) -> Bool[np.ndarray, "phrases"]:
        """Whether each phrase is more like some training music than the threshold."""
        return nearest(cells, self.training).similarity > self.threshold


def originality(corpus: Corpus, held_out: Music, progress: Callable[[int, int], None] = lambda *_: None) -> Originality:
    """The threshold that held-out music sets, and the training music that phrases are compared with."""
    training = index(sections(corpus, "train"), corpus.grid, corpus.tracks)
    near = nearest(held_out.cells, training, progress)
    return Originality(training, threshold(near), near)
