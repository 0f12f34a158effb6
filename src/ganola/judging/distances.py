"""Distances between collections of windows by their features, each for the music as it is and for resamples.

All take tables of windows by columns, in standard deviations (see `FeatureScaler`), and weights (see `bootstrap`), of
which the first row is the estimate.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ganola.judging.analysis import divide_or_nan
from ganola.judging.bootstrap import Values, Weights
from ganola.judging.features.catalogue import Catalogue

NEIGHBOURS = 5  # the k of density and coverage
BINS = 24  # of the histograms whose overlap is measured

Table = Float[np.ndarray, "_ columns"]  # windows, each with its own count
Square = Float[np.ndarray, "_ _"]
Groups = Int[np.ndarray, "_"]


@dataclass(frozen=True)
class FeatureScaler:
    """Standardises features by the mean and the spread of training music."""

    mean: Float[np.ndarray, "columns"]
    spread: Float[np.ndarray, "columns"]  # the standard deviation, or, where that is less, the least that counts
    weight: Float[np.ndarray, "columns"]  # a feature of k columns weighs as much as one of a single one

    def fill_missing(self, table: Table) -> Table:
        """Return `table` with the mean in place of NaN."""
        return np.where(np.isnan(table), self.mean, table)

    def transform(self, table: Table) -> Table:
        """Return `table` in standard deviations, each feature of the same weight."""
        return (self.fill_missing(table) - self.mean) / self.spread * self.weight


def fit_scaler(training: Table, catalogue: Catalogue) -> FeatureScaler:
    """Return the scaler of training windows; a column of NaN alone has the mean 0 and the feature's least spread."""
    known = ~np.isnan(training)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, training, 0).sum(axis=0) / count
    deviation = np.sqrt((np.where(known, training - mean, 0) ** 2).sum(axis=0) / count)
    least = np.array([feature.least for feature, labels, _ in catalogue.columns() for _ in labels])
    weight = np.array([len(labels) ** -0.5 for _, labels, _ in catalogue.columns() for _ in labels])
    return FeatureScaler(mean, np.maximum(deviation, least), weight)


def frechet_distances(one: Table, one_weights: Weights, other: Table, other_weights: Weights) -> Values:
    """Return the squared Fréchet distances of the normal distributions with the tables' means and covariances.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) (Dowson and Landau 1982).
    """
    return np.array(
        [
            _frechet_distance(*_moments(one, own), *_moments(other, their))
            for own, their in zip(one_weights, other_weights, strict=True)
        ]
    )


def squared_mmds(
    one: Table,
    one_group: Groups,
    one_weights: Weights,
    other: Table,
    other_group: Groups,
    other_weights: Weights,
    width: float,
) -> Values:
    """Return unbiased squared maximum mean discrepancies with a Gaussian kernel (Gretton et al. 2012, eq. 3).

    Unbiased for windows of pieces too: two windows of one piece are never compared with each other. Of equal
    distributions it is as often below zero as above. `width` is the kernel's standard deviation.
    """
    within = _mean_kernel(_kernel(one, one, width), one_weights, one_weights, _of_other_groups(one_group))
    within += _mean_kernel(_kernel(other, other, width), other_weights, other_weights, _of_other_groups(other_group))
    everywhere = np.ones((len(one), len(other)), dtype=bool)
    return within - 2 * _mean_kernel(_kernel(one, other, width), one_weights, other_weights, everywhere)


def kernel_width(table: Table) -> float:
    """Return the median distance between windows, the usual width of a kernel (Gretton et al. 2012, section 8)."""
    distances = np.sqrt(squared_distances(table, table))[np.triu_indices(len(table), 1)]
    return float(np.median(distances)) or 1.0 if len(distances) else 1.0


@dataclass(frozen=True, slots=True)
class DensityCoverage:
    """Density and coverage (Naeem et al. 2020, arXiv 2002.09797), each for the music as it is and for resamples."""

    density: Values  # generated windows within reach of real ones: 1 where they lie as real music does, more if closer
    coverage: Values  # share of real windows that have a generated one within reach


def density_and_coverage(
    generated: Table, generated_weights: Weights, real: Table, group: Groups, real_weights: Weights
) -> DensityCoverage:
    """Return how generated windows lie among real ones, whose reach is the distance to their fifth neighbour.

    Windows of one piece overlap, so that neighbours are sought among those of other pieces. A window that has too few
    of those does not count.
    """
    apart = np.where(_of_other_groups(group), squared_distances(real, real), np.inf)
    nearest = min(NEIGHBOURS, len(real)) - 1
    reach = np.partition(apart, nearest, axis=1)[:, nearest]
    reaches = np.isfinite(reach)
    real, reach, apart, real_weights = real[reaches], reach[reaches], apart[reaches], real_weights[:, reaches]
    within = squared_distances(real, generated) <= reach[:, None]
    # The expected share of other real windows within reach is k of as many as are not of the same piece.
    others = np.maximum(np.isfinite(apart).sum(axis=1), 1)
    hits = (within @ generated_weights.T).T / generated_weights.sum(axis=1, keepdims=True)
    density = _weighted_mean(hits * (others / (nearest + 1)), real_weights)
    covered = (within.astype(np.float32) @ generated_weights.astype(np.float32).T).T > 0
    return DensityCoverage(density, _weighted_mean(covered.astype(np.float64), real_weights))


def wasserstein_distances(
    one: Table, one_weights: Weights, other: Table, other_weights: Weights
) -> Float[np.ndarray, "resamples columns"]:
    """Return the Wasserstein distance W1 of each column."""
    return np.stack(
        [
            wasserstein_1d(one[:, column], one_weights, other[:, column], other_weights)
            for column in range(one.shape[1])
        ],
        axis=1,
    )


def overlaps(one: Table, other: Table) -> Float[np.ndarray, "columns"]:
    """Return the area that two histograms of each column over the same BINS share: 1 if they are equal."""
    return np.array([_overlap(one[:, column], other[:, column]) for column in range(one.shape[1])])


def squared_distances(one: Table, other: Table) -> Square:
    """Return the squared distance of each window from each other one."""
    across = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.maximum(across, 0)


def _moments(table: Table, weights: Float[np.ndarray, "windows"]) -> tuple[np.ndarray, np.ndarray]:
    mean = weights @ table / weights.sum()
    centred = table - mean
    return mean, (centred * weights[:, None]).T @ centred / max(weights.sum() - 1, 1)


def _frechet_distance(
    mean_one: np.ndarray, cov_one: np.ndarray, mean_other: np.ndarray, cov_other: np.ndarray
) -> float:
    difference = mean_one - mean_other
    # C1 C2 has the eigenvalues of C1^(1/2) C2 C1^(1/2), which is symmetric, so they stay real where it is singular.
    values, vectors = np.linalg.eigh(cov_one)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    eigenvalues = np.linalg.eigvalsh(root @ cov_other @ root)
    cross = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    return float(max(difference @ difference + np.trace(cov_one) + np.trace(cov_other) - 2 * cross, 0.0))


def _kernel(one: Table, other: Table, width: float) -> Square:
    return np.exp(squared_distances(one, other) / (-2 * width**2))


def _of_other_groups(group: Groups) -> Bool[np.ndarray, "windows windows"]:
    return group[:, None] != group


def _mean_kernel(kernel: Square, one: Weights, other: Weights, counted: Bool[np.ndarray, "one other"]) -> Values:
    total = ((one @ (kernel * counted)) * other).sum(axis=1)
    pairs = ((one @ counted) * other).sum(axis=1)
    return divide_or_nan(total, pairs)  # none where a resample has one piece only


def _weighted_mean(values: Float[np.ndarray, "resamples _"], weights: Weights) -> Values:
    return divide_or_nan((values * weights).sum(axis=1), weights.sum(axis=1))


def wasserstein_1d(one: np.ndarray, one_weights: Weights, other: np.ndarray, other_weights: Weights) -> Values:
    """Return W1 of two weighted samples of numbers: the area between their distribution functions."""
    values = np.concatenate([one, other])
    order = np.argsort(values, kind="stable")
    shares = np.concatenate(
        [
            one_weights / one_weights.sum(axis=1, keepdims=True),
            -other_weights / other_weights.sum(axis=1, keepdims=True),
        ],
        axis=1,
    )
    difference = np.abs(np.cumsum(shares[:, order], axis=1)[:, :-1])
    return difference @ np.diff(values[order])


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    values = np.concatenate([one, other])
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high, BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    shares = [np.histogram(own, edges)[0] / max(len(own), 1) for own in (one, other)]
    return float(np.minimum(*shares).sum())
