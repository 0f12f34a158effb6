"""Which phrases are copies: more like training music than held-out music of the same collection is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.judging.analysis import Cells
from ganola.judging.copying.nearest import Nearest, find_nearest
from ganola.judging.copying.training_index import TrainingIndex, build_index
from ganola.judging.reference import MAX_HELD_OUT, sample_windows, sections
from ganola.judging.windows import WindowSet

COPY_QUANTILE = 0.99  # of the similarities of held-out phrases to training music
# Share of phrases that may be copies by chance: of 256 phrases as new as held-out music, more are in 1 of 20 cases.
COPIES_ALLOWED = 0.02


@dataclass(frozen=True)
class CopyDetector:
    """The training music of a corpus, and how like it a phrase may be."""

    training: TrainingIndex
    threshold: float  # see `copy_threshold`
    held_out: Nearest

    def is_copy(self, cells: Cells) -> Bool[np.ndarray, "phrases"]:
        """Return whether each phrase is a copy of some training music."""
        return self.is_too_similar(find_nearest(cells, self.training))

    def is_too_similar(self, near: Nearest) -> Bool[np.ndarray, "phrases"]:
        """Return whether each phrase is more like training music than the threshold, or identical with it."""
        return (near.similarity > self.threshold) | (near.similarity == 1)


def build_copy_detector(corpus: Corpus, progress: Callable[[int, int], None] = lambda *_: None) -> CopyDetector:
    """Return the training music of a corpus as an index, and the threshold that its held-out music sets.

    Of one corpus it is always the same. Raises InputError where no music was held out, and where there is none to
    train on.
    """
    return calibrate_copy_detector(corpus, _held_out(corpus), progress)


def calibrate_copy_detector(
    corpus: Corpus, held_out: WindowSet, progress: Callable[[int, int], None] = lambda *_: None
) -> CopyDetector:
    """Return the training music of a corpus as an index, and the threshold that this music sets, which was not trained
    on."""
    training = build_index(sections(corpus, "train"), corpus.grid, corpus.tracks)
    near = find_nearest(held_out.cells, training, progress)
    return CopyDetector(training, copy_threshold(near), near)


def _held_out(corpus: Corpus) -> WindowSet:
    """Return test music or, where there is none, validation music."""
    for split in ("test", "validation"):
        if any(piece.windows for piece in corpus.of_split(split)):
            return sample_windows(corpus, split, MAX_HELD_OUT, seed=0)
    raise InputError(
        f"the corpus {corpus.folder} has neither test nor validation music, so nothing says what a copy is",
        "Build a corpus from more music.",
    )


def copy_threshold(held_out: Nearest) -> float:
    """Return the similarity to training music above which a phrase counts as a copy: its COPY_QUANTILE for held-out
    phrases."""
    return float(np.quantile(held_out.similarity, COPY_QUANTILE))
