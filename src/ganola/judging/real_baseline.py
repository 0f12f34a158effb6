"""The real baseline: how far music is from real music, in multiples of how far other real music is.

The ratio is the Fréchet distance of some music from held-out music over the floor, the same distance for as much
training music. Its confidence interval depends on which tunes are held out and which are training music. With FEW_TUNES
held out or more, it comes from the bootstrap (see `bootstrap`). Fewer tunes do not show how much tunes differ; then it
comes from cross-validation: the ratio is computed anew for other splits of all tunes, as many held out each time, and
the interval is as wide as these ratios vary. The ratio itself is always of music that training never saw.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from ganola.judging.bootstrap import (
    DEVIATIONS,
    RESAMPLES,
    Estimate,
    Values,
    Weights,
    bootstrap_weights,
    estimate_of_ratio,
    student_deviations,
)
from ganola.judging.distances import Table, fit_scaler, frechet_distances
from ganola.judging.features.catalogue import Catalogue
from ganola.judging.windows import WindowSet
from ganola.randomness import Purpose, stream

FEW_TUNES = 15  # held out, fewer of which do not say themselves how much tunes differ
FLOOR_DRAWS = 8  # of training music, whose mean distance is the floor
LEAST_FLOOR = 1e-12  # so that a ratio is finite

Rows = Int[np.ndarray, "_"]
Shares = Float[np.ndarray, "_"]


@dataclass(frozen=True, slots=True)
class DistanceToReal:
    """The distance of some music from held-out music, and the floor: that of as much training music."""

    distance: float
    floor: float

    @property
    def ratio(self) -> float:
        """Return distance / floor: 1 is as close as other real music of the collection."""
        return self.distance / max(self.floor, LEAST_FLOOR)


@dataclass(frozen=True, slots=True)
class Resplit:
    """One split of real music: rows of the table of all of it, held out and for training, and their weights."""

    held_out: Rows
    held_out_weights: Shares
    training: Rows
    training_weights: Shares


class RealBaseline:
    """Held-out music and training music, and the distances of music from the one in multiples of the other's.

    `drawn_for` is the purpose of the random numbers that draw training music for the floor.
    """

    def __init__(
        self,
        held_out: WindowSet,
        training: WindowSet,
        catalogue: Catalogue,
        seed: int,
        *,
        drawn_for: Purpose = Purpose.CONTROLS,
        workers: int = 1,
    ) -> None:
        self.held_out, self.training, self.catalogue = held_out, training, catalogue
        self.held_out_table = catalogue.measure(held_out.cells, workers=workers)
        self.training_table = catalogue.measure(training.cells, workers=workers)
        self.scaler = fit_scaler(self.training_table, catalogue)
        self.table: Table = self.scaler.transform(np.concatenate([self.held_out_table, self.training_table]))
        (held_names, held), (names, own) = (np.unique(one.group, return_inverse=True) for one in (held_out, training))
        self.held_out_tunes, self.tunes = len(held_names), len(held_names) + len(names)
        self.tune = np.concatenate([held, own + self.held_out_tunes])  # of each row of the table
        self._seed, self._drawn_for = seed, drawn_for
        self._floors: dict[tuple[int, int], Values] = {}

    @property
    def cross_validated(self) -> bool:
        """Return whether so few tunes are held out that intervals come from cross-validation."""
        return self.held_out_tunes < FEW_TUNES

    @property
    def deviations(self) -> float:
        """Return how many standard deviations of the ratios of all splits a 95% interval reaches to either side."""
        if not self.cross_validated:
            return DEVIATIONS
        # The splits share tunes, as samples without replacement from few tunes do: of all music, those vary more.
        return student_deviations(self.tunes - 1) / math.sqrt(1 - self.held_out_tunes / self.tunes)

    @cached_property
    def resplits(self) -> tuple[Resplit, ...]:
        """Return the split as it is, then RESAMPLES others: bootstrap resamples, or other tunes held out."""
        others = self._other_tunes() if self.cross_validated else self._bootstrap()
        return (self.own_split, *others)

    @cached_property
    def own_split(self) -> Resplit:
        held_out, training = self._rows
        return Resplit(held_out, np.ones(len(held_out)), training, np.ones(len(training)))

    @property
    def _rows(self) -> tuple[Rows, Rows]:
        """Return the rows of held-out music, and those of training music."""
        return np.arange(len(self.held_out)), np.arange(len(self.held_out), len(self.table))

    def _bootstrap(self) -> Iterator[Resplit]:
        held_out, training = self._rows
        weights = [
            bootstrap_weights(self.tune[rows], stream(self._seed, Purpose.RESAMPLES, number))[1:]
            for rows, number in ((held_out, 2), (training, 0))
        ]
        for own, other in zip(*weights, strict=True):
            yield Resplit(held_out, own, training, other)

    def _other_tunes(self) -> Iterator[Resplit]:
        chance = stream(self._seed, Purpose.RESAMPLES, 2)
        for _ in range(RESAMPLES):
            out = np.isin(self.tune, chance.permutation(self.tunes)[: self.held_out_tunes])
            held_out, training = np.flatnonzero(out), np.flatnonzero(~out)
            # Most of the other tunes are the same in all splits: without weights the interval would be too narrow.
            weights = bootstrap_weights(self.tune[training], chance, 1)[1]
            yield Resplit(held_out, np.ones(len(held_out)), training, weights)

    @cached_property
    def held_out_resamples(self) -> tuple[Table, Weights]:
        """Return the rows that are held out in some split, and their weights, a split a row."""
        return self._weighted_rows([(one.held_out, one.held_out_weights) for one in self.resplits])

    def training_resamples(self, drawn: Rows) -> tuple[Table, Weights]:
        """Return the same of training music; `drawn` are the windows that stand for it in the split as it is."""
        rows = self._rows[1][drawn]
        others = [(one.training, one.training_weights) for one in self.resplits[1:]]
        return self._weighted_rows([(rows, np.ones(len(rows))), *others])

    def _weighted_rows(self, chosen: Sequence[tuple[Rows, Shares]]) -> tuple[Table, Weights]:
        spread = np.zeros((len(chosen), len(self.table)))
        for own, (rows, weights) in zip(spread, chosen, strict=True):
            own[rows] = weights
        counts = spread.any(axis=0)
        return self.table[counts], spread[:, counts]

    def distance(self, table: Table) -> float:
        """Return the distance of music from held-out music."""
        return float(self._distance(table, np.ones(len(table)), self.own_split))

    def distances(self, table: Table, weights: Weights) -> Values:
        """Return the distances of music and of each of its resamples from held-out music, a split each."""
        return np.array([self._distance(table, *one) for one in zip(weights, self.resplits, strict=True)])

    def _distance(self, table: Table, weights: Shares, resplit: Resplit) -> float:
        held_out = self.table[resplit.held_out]
        return float(frechet_distances(table, weights[None], held_out, resplit.held_out_weights[None])[0])

    def floor(self, windows: int, tunes: int) -> float:
        """Return the floor of so many windows of so many tunes; see `floors`."""
        return float(np.mean([self._drawn_distance(one) for one in self.draws(windows, tunes, (self.own_split,))]))

    def floors(self, windows: int, tunes: int) -> Values:
        """Return the distance from held-out music of so many windows of training music, a split each.

        The windows are of `tunes` tunes where those are fewer: the distance is greater, the fewer there are of either.
        The first is the mean of several draws, so that it hardly depends on which they are.
        """
        if (windows, tunes) not in self._floors:
            drawn = [self._drawn_distance(one) for one in self.draws(windows, tunes, self.resplits)]
            first = float(np.mean(drawn[:FLOOR_DRAWS]))
            self._floors[windows, tunes] = np.maximum([first, *drawn[FLOOR_DRAWS:]], LEAST_FLOOR)
        return self._floors[windows, tunes]

    def draws(self, windows: int, tunes: int, resplits: tuple[Resplit, ...]) -> Iterator[Resplit]:
        """Yield FLOOR_DRAWS draws of training music of the first split, and one of each other."""
        chance = stream(self._seed, self._drawn_for, 1)
        for resplit in (*[resplits[0]] * FLOOR_DRAWS, *resplits[1:]):
            drawn = _drawn(self.tune[resplit.training], windows, tunes, chance)
            training, weights = resplit.training[drawn], resplit.training_weights[drawn]
            if weights.sum() < 2:  # of few tunes, a resample may have none
                weights = np.ones(len(drawn))
            yield Resplit(resplit.held_out, resplit.held_out_weights, training, weights)

    def _drawn_distance(self, resplit: Resplit) -> float:
        return self._distance(self.table[resplit.training], resplit.training_weights, resplit)

    def ratios(self, table: Table, weights: Weights, windows: int, tunes: int) -> Values:
        """Return distance / floor, for music and each of its resamples; the floor is that of `floors`."""
        return self.distances(table, weights) / self.floors(windows, tunes)

    def estimate(self, values: Values) -> Estimate:
        """Return the value and interval of what was computed for each split, such as distances or ratios."""
        return estimate_of_ratio(values, self.deviations)


def _drawn(tune: Int[np.ndarray, "windows"], windows: int, tunes: int, chance: np.random.Generator) -> Rows:
    """Return so many windows, of so many of the tunes where that is fewer than windows."""
    among = np.arange(len(tune))
    if tunes < windows:
        among = np.flatnonzero(np.isin(tune, chance.permutation(np.unique(tune))[:tunes]))
    return np.sort(chance.permutation(among)[:windows])
