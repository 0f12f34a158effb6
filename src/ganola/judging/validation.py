"""The short form of judging, for while a training runs: one number, from phrases and validation music."""

from dataclasses import dataclass

import numpy as np

from ganola.corpus.store import Corpus
from ganola.judging.baseline import FLOOR_DRAWS, RealBaseline
from ganola.judging.distances import Table
from ganola.judging.features import Catalogue
from ganola.judging.hearing import Cells
from ganola.judging.material import Music
from ganola.judging.reference import some_windows
from ganola.judging.resampling import Estimate, resampled
from ganola.randomness import Purpose, stream

WINDOWS = 400  # of validation music, at most
PHRASES = 256  # generated ones that are judged each time
_SEED = 0  # of which windows they are: the same in every training, so that recipes can be compared


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far phrases are from validation music, and how far training music is."""

    distance: float
    floor: float

    @property
    def ratio(self) -> float:
        """distance / floor: 1 is as close as other real music of the collection."""
        return self.distance / max(self.floor, 1e-12)


@dataclass(frozen=True)
class Validation:
    """Validation music, and what phrases are measured against it by."""

    baseline: RealBaseline
    floor: float
    phrases: int  # that it judges: of more, the first

    @property
    def music(self) -> Music:
        """Validation music."""
        return self.baseline.held_out

    def verdict(self, cells: Cells) -> Verdict:
        """How far these phrases are from validation music."""
        return Verdict(self.baseline.distance(self._measured(cells)), self.floor)

    def estimate(self, cells: Cells) -> Estimate:
        """Return the ratio of the verdict with its interval."""
        table = self._measured(cells)
        weights = resampled(np.arange(len(table)), stream(_SEED, Purpose.RESAMPLES, 100))
        floors = self.baseline.floors(self.phrases, self.phrases)
        return self.baseline.ratio(self.baseline.distances(table, weights) / floors)

    def _measured(self, cells: Cells) -> Table:
        return self.baseline.standard.scaled(self.baseline.catalogue.measure(cells[: self.phrases]))


def can_be_judged(corpus: Corpus) -> bool:
    """Whether a corpus has validation music enough: two windows."""
    return sum(piece.windows for piece in corpus.of_split("validation")) >= 2


def validation(corpus: Corpus, phrases: int = PHRASES) -> Validation | None:
    """The validation music of a corpus, to judge so many phrases by; None where it has fewer than two windows.

    The fewer the phrases, the further off they seem, so that the floor is that of as many windows of training music.
    """
    if not can_be_judged(corpus):
        return None
    baseline = RealBaseline(
        some_windows(corpus, "validation", WINDOWS, _SEED),
        some_windows(corpus, "train", FLOOR_DRAWS * phrases, _SEED),
        Catalogue.of(corpus.grid, corpus.tracks),
        _SEED,
        drawn_for=Purpose.VALIDATION,
    )
    phrases = min(phrases, len(baseline.training))
    return Validation(baseline, baseline.floor(phrases, phrases), phrases)
