"""The energy distance in whitened features: it hears what is wrong in music however many styles a corpus has.

The Fréchet distance weighs a direction of the features by how far music goes in it. Where a corpus has many styles,
these go far, and what a few wrong notes change is lost beside them. Whitened, every direction counts alike, so that
what is rare in all styles at once stands out. `docs/decisions/0024-a-number-for-every-folder.md` has the comparison.
"""

from functools import cached_property

import numpy as np
from jaxtyping import Float

from ganola.judging.bootstrap import Estimate, Values, Weights
from ganola.judging.distances import FeatureScaler, Square, Table, squared_distances
from ganola.judging.real_baseline import FLOOR_DRAWS, LEAST_FLOOR, RealBaseline, Resplit

ROWS = 512  # windows whose distances from all others are in memory at once


class EnergyBaseline:
    """Held-out music and training music as `RealBaseline` has them, compared by the energy distance.

    It has the same splits, draws and floors, so that its ratio is read alike: 1 is as close as other real music.
    """

    def __init__(self, real: RealBaseline) -> None:
        self.real = real
        training = real.scaler.transform(real.training_table)
        self.whitening = fit_whitening(training, least_differences(real))
        self._floors: dict[tuple[int, int], Values] = {}

    @cached_property
    def _table(self) -> Table:
        return self.real.table @ self.whitening

    def distance(self, table: Table) -> float:
        """Return the distance of music from held-out music, of a table in standard deviations."""
        split = self.real.own_split
        weights = np.ones((1, len(table)))
        return float(
            energy_distances(
                table @ self.whitening, weights, self._table[split.held_out], split.held_out_weights[None]
            )[0]
        )

    def distances(self, table: Table, weights: Weights) -> Values:
        """Return the distances of music and of each of its resamples from held-out music, a split each."""
        held_out, held_out_weights = self.real.held_out_resamples
        return energy_distances(table @ self.whitening, weights, held_out @ self.whitening, held_out_weights)

    def floor(self, windows: int, tunes: int) -> float:
        """Return the mean distance of draws of so many windows of so many tunes of training music."""
        return float(np.mean(self._drawn_distances(windows, tunes, (self.real.own_split,))))

    def floors(self, windows: int, tunes: int) -> Values:
        """Return the same for each split; the first is the mean of several draws."""
        if (windows, tunes) not in self._floors:
            drawn = self._drawn_distances(windows, tunes, self.real.resplits)
            first = float(np.mean(drawn[:FLOOR_DRAWS]))
            self._floors[windows, tunes] = np.maximum([first, *drawn[FLOOR_DRAWS:]], LEAST_FLOOR)
        return self._floors[windows, tunes]

    def ratios(self, table: Table, weights: Weights, windows: int, tunes: int) -> Values:
        """Return distance / floor, for music and each of its resamples."""
        return self.distances(table, weights) / self.floors(windows, tunes)

    def estimate(self, values: Values) -> Estimate:
        """Return the value and interval of what was computed for each split."""
        return self.real.estimate(values)

    def _drawn_distances(self, windows: int, tunes: int, resplits: tuple[Resplit, ...]) -> Values:
        draws = list(self.real.draws(windows, tunes, resplits))
        training, held_out = (np.zeros((len(draws), len(self._table))) for _ in range(2))
        for number, one in enumerate(draws):
            training[number, one.training] = one.training_weights
            held_out[number, one.held_out] = one.held_out_weights
        drawn, compared = training.any(axis=0), held_out.any(axis=0)
        return energy_distances(self._table[drawn], training[:, drawn], self._table[compared], held_out[:, compared])


def least_differences(real: RealBaseline) -> Float[np.ndarray, "columns"]:
    """Return what counts as a difference in each column (see `Feature.least`), in its scaled units."""
    least = np.array([feature.least for feature, labels, _ in real.catalogue.columns() for _ in labels])
    scaler: FeatureScaler = real.scaler
    return least / scaler.spread * scaler.weight


def fit_whitening(training: Table, least: Float[np.ndarray, "columns"]) -> Square:
    """Return the matrix by which a table is multiplied so that training music varies alike in all directions.

    The whitening is that of the covariance plus `least` squared on its diagonal: what differs by less than a listener
    would notice counts as noise, so that no direction in which music hardly varies weighs without limit.
    """
    centred = training - training.mean(axis=0)
    covariance = centred.T @ centred / max(len(training) - 1, 1) + np.diag(least**2)
    values, vectors = np.linalg.eigh(covariance)
    return vectors / np.sqrt(values)


def energy_distances(one: Table, one_weights: Weights, other: Table, other_weights: Weights) -> Values:
    """Return 2 E|x - y| - E|x - x'| - E|y - y'|, a resample each (Székely and Rizzo 2013, eq. 5).

    Means are over all pairs of windows, a window with itself among them, so that it is zero of equal collections and
    positive otherwise, and greater the fewer the windows: it is to be read in multiples of a floor of as many.
    """
    own, their = (weights / weights.sum(axis=1, keepdims=True) for weights in (one_weights, other_weights))
    within = _mean_distances(one, own, one, own) + _mean_distances(other, their, other, their)
    return np.maximum(2 * _mean_distances(one, own, other, their) - within, 0.0)


def _mean_distances(one: Table, one_shares: Weights, other: Table, other_shares: Weights) -> Values:
    total = np.zeros(len(one_shares))
    for begin in range(0, len(one), ROWS):
        part = slice(begin, begin + ROWS)
        apart = np.sqrt(squared_distances(one[part], other))
        total += ((one_shares[:, part] @ apart) * other_shares).sum(axis=1)
    return total
