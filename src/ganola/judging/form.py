"""Repetition and form of all music that is compared, beside the one number and no part of it.

The distance over all features has few that say what returns, and in a phrase of 16 bars much of what a listener calls
its form is there. So the measures of `features.catalogue.FORM` are given of candidates, real music and controls alike.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ganola.judging.analysis import divide_or_nan
from ganola.judging.bootstrap import Estimate, Weights, estimate
from ganola.judging.collection_scorer import Collection, CollectionScorer
from ganola.judging.features.catalogue import FORM, FORM_VERSION, Catalogue
from ganola.judging.results import Form, FormColumn, FormScores
from ganola.judging.sufficiency import MIN_TUNES

WITHOUT_FORM = ("shuffled bars", "noise")  # the controls in which nothing returns as it does in real music


class FormComparison:
    """Compares what returns in music with what returns in a scorer's held-out music.

    On phrases of one bar there is nothing to compare, and no columns.
    """

    def __init__(self, scorer: CollectionScorer) -> None:
        corpus = scorer.reference.corpus
        self._scorer, self._catalogue = scorer, Catalogue.of(corpus.grid, corpus.tracks, FORM)
        self._held_out = self.scores(scorer.held_out)

    def scores(self, one: Collection) -> FormScores:
        """Return the mean of every measure of form in some music, each with its interval.

        None where it has nothing to measure; all None of fewer than MIN_TUNES tunes, which say nothing of others.
        """
        table = self._catalogue.measure(one.music.cells, workers=self._scorer.workers)
        few = min(len(np.unique(one.music.group)), self._scorer.baseline.held_out_tunes) < MIN_TUNES
        values = [None if few else _mean(column, one.weights, self._scorer.deviations) for column in table.T]
        return FormScores(one.music.name, one.kind, tuple(values))

    def beside(self, others: Sequence[FormScores]) -> Form:
        """Return the measures, and held-out music by them, beside other real music and controls."""
        columns = [(feature, label) for feature, own, _ in self._catalogue.columns() for label in own]
        return Form(
            version=FORM_VERSION,
            columns=tuple(
                FormColumn(feature.name, label, feature.meaning, self._is_trusted(index, others))
                for index, (feature, label) in enumerate(columns)
            ),
            held_out=self._held_out,
            others=tuple(others),
        )

    def _is_trusted(self, index: int, others: Sequence[FormScores]) -> bool:
        real = self._held_out.values[index]
        return all(are_apart(real, one.values[index]) for one in others if one.name in WITHOUT_FORM)


def are_apart(one: Estimate | None, other: Estimate | None) -> bool:
    """Return whether two intervals do not meet; False where either is not known."""
    return one is not None and other is not None and (one.low > other.high or other.low > one.high)


def _mean(values: Float[np.ndarray, "windows"], weights: Weights, deviations: float) -> Estimate | None:
    """Return the mean of the windows that have something to measure; None where none has."""
    known = ~np.isnan(values)
    if not known.any():
        return None
    return estimate(divide_or_nan(weights[:, known] @ values[known], weights[:, known].sum(axis=1)), deviations)
