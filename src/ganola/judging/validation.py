"""The short form of an evaluation, for while a training runs: one number, from phrases and validation music."""

from dataclasses import dataclass

import numpy as np

from ganola.corpus.store import Corpus
from ganola.judging.analysis import Cells
from ganola.judging.bootstrap import Estimate, bootstrap_weights
from ganola.judging.distances import Table
from ganola.judging.energy import EnergyBaseline
from ganola.judging.features.catalogue import Catalogue
from ganola.judging.lead import ENERGY, FRECHET, UNKNOWN, Baseline, Lead, Measure, find_lead
from ganola.judging.real_baseline import FLOOR_DRAWS, DistanceToReal, RealBaseline
from ganola.judging.reference import sample_windows
from ganola.judging.windows import WindowSet
from ganola.randomness import Purpose, stream

WINDOWS = 400  # of validation music, at most
PHRASES = 256  # generated ones that are compared each time
_SEED = 0  # of which windows they are: the same in every training, so that recipes can be compared


@dataclass(frozen=True)
class ValidationSet:
    """Validation music, and the baseline by which phrases are compared with it."""

    baseline: RealBaseline
    scale: Baseline  # of the distance that leads on this corpus
    lead: Lead
    floor: float
    phrases: int  # that are compared: of more, the first

    @property
    def measure(self) -> Measure:
        """Return which distance it is: the one that leads; where none does, models are chosen by the first."""
        return self.lead.measure or FRECHET

    @property
    def music(self) -> WindowSet:
        """Return validation music."""
        return self.baseline.held_out

    def score(self, cells: Cells) -> DistanceToReal:
        """Return how far these phrases are from validation music, by the distance that leads."""
        return DistanceToReal(self.scale.distance(self._features(cells)), self.floor)

    def estimate(self, cells: Cells) -> Estimate:
        """Return the ratio with its interval."""
        table = self._features(cells)
        weights = bootstrap_weights(np.arange(len(table)), stream(_SEED, Purpose.RESAMPLES, 100))
        return self.scale.estimate(self.scale.ratios(table, weights, self.phrases, self.phrases))

    def _features(self, cells: Cells) -> Table:
        return self.baseline.scaler.transform(self.baseline.catalogue.measure(cells[: self.phrases]))


def has_validation(corpus: Corpus) -> bool:
    """Return whether a corpus has enough validation music: two windows."""
    return sum(piece.windows for piece in corpus.of_split("validation")) >= 2


def load_validation(corpus: Corpus, phrases: int = PHRASES) -> ValidationSet | None:
    """Return the validation music of a corpus, for so many phrases; None where it has fewer than two windows.

    The distance is greater, the fewer the phrases, so the floor is that of as many windows of training music. Which
    distance it is (see `lead`) does not depend on `phrases`.
    """
    if not has_validation(corpus):
        return None
    baseline = _baseline(corpus, phrases)
    lead = find_lead(baseline if phrases == PHRASES else _baseline(corpus, PHRASES), PHRASES, _SEED)
    scale: Baseline = EnergyBaseline(baseline) if lead.measure == ENERGY else baseline
    phrases = min(phrases, len(baseline.training))
    return ValidationSet(baseline, scale, lead, scale.floor(phrases, phrases), phrases)


def lead_of(corpus: Corpus) -> Lead:
    """Return which distance leads on a corpus, as a training on it has it."""
    return find_lead(_baseline(corpus, PHRASES), PHRASES, _SEED) if has_validation(corpus) else UNKNOWN


def _baseline(corpus: Corpus, phrases: int) -> RealBaseline:
    return RealBaseline(
        sample_windows(corpus, "validation", WINDOWS, _SEED),
        sample_windows(corpus, "train", FLOOR_DRAWS * phrases, _SEED),
        Catalogue.of(corpus.grid, corpus.tracks),
        _SEED,
        drawn_for=Purpose.VALIDATION,
    )
