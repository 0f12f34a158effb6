"""Scores collections of windows: every measure of how far they are from held-out music."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from ganola.judging.bootstrap import (
    DEVIATIONS,
    Values,
    Weights,
    bootstrap_deviations,
    bootstrap_weights,
    estimate,
)
from ganola.judging.c2st import accuracies, c2st_network, c2st_trees
from ganola.judging.distances import density_and_coverage, kernel_width, squared_mmds
from ganola.judging.energy import EnergyBaseline
from ganola.judging.lead import ENERGY, UNKNOWN, Lead
from ganola.judging.real_baseline import RealBaseline
from ganola.judging.reference import Reference
from ganola.judging.results import CollectionScores
from ganola.judging.sufficiency import MIN_TUNES, reason_not_scored
from ganola.judging.windows import WindowSet
from ganola.randomness import Purpose, stream

Table = Float[np.ndarray, "_ columns"]


@dataclass(frozen=True)
class Collection:
    """Music with its table of features and the weights of its resamples."""

    music: WindowSet
    kind: str
    table: Table  # as measured
    scaled: Table
    weights: Weights


class CollectionScorer:
    """Compares music with held-out music, beside `count` windows of training music."""

    def __init__(self, reference: Reference, count: int, seed: int, workers: int, lead: Lead = UNKNOWN) -> None:
        self.reference = reference
        self.lead = lead
        self.seed = seed
        self.workers = workers
        self.count = count
        self.baseline = RealBaseline(reference.held_out, reference.training, reference.catalogue, seed, workers=workers)
        self.energy = EnergyBaseline(self.baseline)
        self._ratios: list[Values | None] = []  # the one number of each collection, in the order of their scoring
        table = self.baseline.training_table
        self.drawn = np.sort(stream(seed, Purpose.CONTROLS).permutation(len(table))[:count])
        training = replace(reference.training.select(self.drawn), name="training music")
        self.training = self._collection(training, "real", table[self.drawn], 1)
        held_out = replace(reference.held_out, name="held-out music")
        self.held_out = self._collection(held_out, "real", self.baseline.held_out_table, 2)
        self.width = kernel_width(self.held_out.scaled)

    @property
    def deviations(self) -> float:
        """Return how many standard deviations of resamples of held-out tunes an interval reaches to either side."""
        few = self.baseline.cross_validated
        return bootstrap_deviations(self.baseline.held_out_tunes) if few else DEVIATIONS

    def collect(self, music: WindowSet, kind: str, number: int) -> Collection:
        """Return music with its features; of more than `count` windows, so many from all over it.

        `number` tells its resamples from those of other music.
        """
        if len(music) > self.count:
            music = music.select(np.arange(self.count) * len(music) // self.count)
        return self._collection(
            music, kind, self.reference.catalogue.measure(music.cells, workers=self.workers), number
        )

    def _collection(self, music: WindowSet, kind: str, table: Table, number: int) -> Collection:
        weights = bootstrap_weights(music.group, stream(self.seed, Purpose.RESAMPLES, number))
        return Collection(music, kind, table, self.baseline.scaler.transform(table), weights)

    def score(self, one: Collection) -> CollectionScores:
        """Return every measure of some music, where there is enough of it and of what it is compared with."""
        scores = self.score_distance(one)
        if scores.reason_missing or self.baseline.held_out_tunes < MIN_TUNES:
            return scores
        return self._other_measures(scores, one)

    def score_distance(self, one: Collection) -> CollectionScores:
        """Return the same with distances alone, which are fast."""
        missing = reason_not_scored(one.music, self.reference)
        scores = CollectionScores(one.music.name, one.kind, len(one.music), reason_missing=missing)
        if missing:
            self._ratios.append(None)
            return scores
        size = len(one.music), len(np.unique(one.music.group))
        distances = self.baseline.distances(one.scaled, one.weights)
        ratios = distances / self.baseline.floors(*size)
        energies = self.energy.ratios(one.scaled, one.weights, *size)
        self._ratios.append(energies if self.lead.measure == ENERGY else ratios)
        return replace(
            scores,
            distance=self.baseline.estimate(distances),
            ratio=self.baseline.estimate(ratios),
            energy=self.energy.estimate(energies),
        )

    def compare_to_best(self, scores: Sequence[CollectionScores]) -> list[CollectionScores]:
        """Return the first collections scored, each with its one number in multiples of that of the closest of them.

        They share held-out music, so that this is known better than how far either is from it.
        """
        known = [ratios for ratios in self._ratios[: len(scores)] if ratios is not None]
        best = min(known, key=lambda ratios: float(ratios[0]), default=None)
        return [
            replace(one, to_best=self.baseline.estimate(ratios / best))
            if ratios is not None and best is not None and ratios is not best
            else one
            for one, ratios in zip(scores, self._ratios, strict=False)
        ]

    def _other_measures(self, scores: CollectionScores, one: Collection) -> CollectionScores:
        held_out, weights, reach = self.held_out, self.held_out.weights, self.deviations
        near = density_and_coverage(one.scaled, one.weights, held_out.scaled, held_out.music.group, weights)
        groups = one.music.group, held_out.music.group
        mmds = squared_mmds(one.scaled, groups[0], one.weights, held_out.scaled, groups[1], weights, self.width)
        by_trees = c2st_trees(held_out.scaled, groups[1], one.scaled, groups[0], self.seed, workers=self.workers)
        corpus = self.reference.corpus
        by_network = c2st_network(
            held_out.music, one.music, corpus.grid, corpus.tracks, self.seed, workers=self.workers
        )
        return replace(
            scores,
            mmd=estimate(1000 * mmds, reach),
            density=estimate(near.density, reach),
            coverage=estimate(near.coverage, reach),
            c2st_trees=estimate(accuracies(by_trees, weights, one.weights), reach),
            c2st_network=estimate(accuracies(by_network, weights, one.weights), reach),
        )
