"""Compares each feature of music with that of held-out and training music."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ganola.judging.bootstrap import Weights, estimate
from ganola.judging.collection_scorer import Collection, CollectionScorer, Table
from ganola.judging.distances import overlaps, wasserstein_distances
from ganola.judging.results import FeatureRow

BINS = 30  # of the histograms that are drawn


class FeatureComparison:
    """Compares features with those of a scorer's held-out music; the floor is the distance of its training music."""

    def __init__(self, scorer: CollectionScorer) -> None:
        self._scorer = scorer
        training, baseline = scorer.training, scorer.baseline
        self._floor_overlaps = overlaps(training.scaled, scorer.held_out.scaled)
        resamples = (training.scaled, training.weights)
        if baseline.cross_validated:
            resamples = baseline.training_resamples(scorer.drawn)
        self._floors = self._distances(*resamples)

    def rows(self, one: Collection) -> tuple[FeatureRow, ...]:
        """Return a row a feature of some music."""
        held_out, training, baseline = self._scorer.held_out, self._scorer.training, self._scorer.baseline
        distances = self._distances(one.scaled, one.weights)
        shared = overlaps(one.scaled, held_out.scaled)
        return tuple(
            FeatureRow(
                name=feature.name,
                meaning=feature.meaning,
                unit=feature.unit,
                labels=labels,
                generated=_means(one.table[:, own]),
                held_out=_means(held_out.table[:, own]),
                training=_means(training.table[:, own]),
                distance=estimate(distances[:, own].mean(axis=1), baseline.deviations),
                floor=estimate(self._floors[:, own].mean(axis=1), baseline.deviations),
                overlap=float(shared[own].mean()),
                overlap_floor=float(self._floor_overlaps[own].mean()),
                **_histograms([music.table[:, own] for music in (one, held_out, training)]),
            )
            for feature, labels, own in self._scorer.reference.catalogue.columns()
        )

    def _distances(self, table: Table, weights: Weights) -> Float[np.ndarray, "resamples columns"]:
        """Return Wasserstein distances from held-out music in spreads, not weighted by the columns of a feature."""
        baseline = self._scorer.baseline
        return wasserstein_distances(table, weights, *baseline.held_out_resamples) / baseline.scaler.weight


def _means(table: Table) -> tuple[float | None, ...]:
    known = ~np.isnan(table)
    sums = np.where(known, table, 0).sum(axis=0)
    return tuple(float(total / count) if count else None for total, count in zip(sums, known.sum(axis=0), strict=True))


def _histograms(tables: Sequence[Table]) -> dict[str, tuple[float, ...]]:
    """Return the histograms of a feature of one column on common edges; of any other feature, empty ones."""
    names = ("generated_shares", "held_out_shares", "training_shares")
    known = [table[~np.isnan(table)] for table in tables]
    if tables[0].shape[1] > 1 or not sum(map(len, known)):
        return dict.fromkeys(("edges", *names), ())
    low, high = (float(bound(np.concatenate(known))) for bound in (np.min, np.max))
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    shares = [np.histogram(own, edges)[0] / max(len(own), 1) for own in known]
    return {"edges": tuple(edges.tolist())} | {
        name: tuple(own.tolist()) for name, own in zip(names, shares, strict=True)
    }
