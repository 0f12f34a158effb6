"""How far some windows are from others, by their features: each measure for the music as it is and for resamples.

All take tables of windows by columns, in standard deviations (see `standard`), and weights (see `resampling`), of
which the first row is the estimate.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ganola.judging.features import Catalogue
from ganola.judging.hearing import share
from ganola.judging.resampling import Values, Weights

NEIGHBOURS = 5  # the k of density and coverage
BINS = 24  # of the histograms whose overlap is measured

Table = Float[np.ndarray, "_ columns"]  # windows, each with its own count
Square = Float[np.ndarray, "_ _"]
Groups = Int[np.ndarray, "_"]


@dataclass(frozen=True)
class Standard:
    """What features are measured against: mean and spread of training music."""

    mean: Float[np.ndarray, "columns"]
    spread: Float[np.ndarray, "columns"]  # the standard deviation, or, where that is less, the least that counts
    weight: Float[np.ndarray, "columns"]  # a feature of k columns weighs as much as one of a single one

    def filled(self, table: Table) -> Table:
        """`table` with the mean where there was nothing to measure."""
        return np.where(np.isnan(table), self.mean, table)

    def scaled(self, table: Table) -> Table:
        """`table` in standard deviations, each feature of the same weight."""
        return (self.filled(table) - self.mean) / self.spread * self.weight


def standard(training: Table, catalogue: Catalogue) -> Standard:
    """The mean and the spread of training windows; of a column that none of them has anything for, nothing and one."""
    known = ~np.isnan(training)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, training, 0).sum(axis=0) / count
    deviation = np.sqrt((np.where(known, training - mean, 0) ** 2).sum(axis=0) / count)
    least = np.array([feature.least for feature, labels, _ in catalogue.columns() for _ in labels])
    weight = np.array([len(labels) ** -0.5 for _, labels, _ in catalogue.columns() for _ in labels])
    return Standard(mean, np.maximum(deviation, least), weight)


def frechet_distances(one: Table, one_weights: Weights, other: Table, other_weights: Weights) -> Values:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of the means and covariances (Dowson and Landau 1982)."""
    return np.array(
        [
            _frechet(*_moments(one, own), *_moments(other, their))
            for own, their in zip(one_weights, other_weights, strict=True)
        ]
    )


def squared_discrepancies(
    one: Table,
    one_group: Groups,
    one_weights: Weights,
    other: Table,
    other_group: Groups,
    other_weights: Weights,
    width: float,
) -> Values:
    """The unbiased square of the maximum mean discrepancy, with a Gaussian kernel (Gretton et al. 2012, eq. 3).

    Unbiased for windows of pieces too: two windows of one piece are never compared with each other. At no distance it
    is as often below zero as above. `width` is the kernel's standard deviation.
    """
    within = _mean_kernel(_kernel(one, one, width), one_weights, one_weights, _apart(one_group))
    within += _mean_kernel(_kernel(other, other, width), other_weights, other_weights, _apart(other_group))
    everywhere = np.ones((len(one), len(other)), dtype=bool)
    return within - 2 * _mean_kernel(_kernel(one, other, width), one_weights, other_weights, everywhere)


def kernel_width(table: Table) -> float:
    """The median distance between windows, the usual width of a kernel (Gretton et al. 2012, section 8)."""
    distances = np.sqrt(squared_distances(table, table))[np.triu_indices(len(table), 1)]
    return float(np.median(distances)) or 1.0 if len(distances) else 1.0


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """Density and coverage (Naeem et al. 2020, arXiv 2002.09797), each for the music as it is and for resamples."""

    density: Values  # generated windows within reach of real ones: 1 where they lie as real music does, more if closer
    coverage: Values  # share of real windows that have a generated one within reach


def neighbourhoods(
    generated: Table, generated_weights: Weights, real: Table, group: Groups, real_weights: Weights
) -> Neighbourhoods:
    """How generated windows lie among real ones, whose reach is the distance to their fifth neighbour.

    Windows of one piece overlap, so that neighbours are sought among those of other pieces. A window that has too few
    of those does not count.
    """
    apart = np.where(_apart(group), squared_distances(real, real), np.inf)
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
    return Neighbourhoods(density, _weighted_mean(covered.astype(np.float64), real_weights))


def wasserstein_distances(
    one: Table, one_weights: Weights, other: Table, other_weights: Weights
) -> Float[np.ndarray, "resamples columns"]:
    """Column by column the mean way that values of the one have to move to become those of the other (W1)."""
    return np.stack(
        [_way(one[:, column], one_weights, other[:, column], other_weights) for column in range(one.shape[1])],
        axis=1,
    )


def overlaps(one: Table, other: Table) -> Float[np.ndarray, "columns"]:
    """Column by column the area that two histograms over the same BINS have in common: 1 if alike, 0 if apart."""
    return np.array([_overlap(one[:, column], other[:, column]) for column in range(one.shape[1])])


def squared_distances(one: Table, other: Table) -> Square:
    """The square of each window's distance from each other one."""
    across = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.maximum(across, 0)


def _moments(table: Table, weights: Float[np.ndarray, "windows"]) -> tuple[np.ndarray, np.ndarray]:
    mean = weights @ table / weights.sum()
    centred = table - mean
    return mean, (centred * weights[:, None]).T @ centred / max(weights.sum() - 1, 1)


def _frechet(mean_one: np.ndarray, cov_one: np.ndarray, mean_other: np.ndarray, cov_other: np.ndarray) -> float:
    difference = mean_one - mean_other
    # C1 C2 has the eigenvalues of C1^(1/2) C2 C1^(1/2), which is symmetric, so they stay real where it is singular.
    values, vectors = np.linalg.eigh(cov_one)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    eigenvalues = np.linalg.eigvalsh(root @ cov_other @ root)
    cross = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    return float(max(difference @ difference + np.trace(cov_one) + np.trace(cov_other) - 2 * cross, 0.0))


def _kernel(one: Table, other: Table, width: float) -> Square:
    return np.exp(squared_distances(one, other) / (-2 * width**2))


def _apart(group: Groups) -> Bool[np.ndarray, "windows windows"]:
    return group[:, None] != group


def _mean_kernel(kernel: Square, one: Weights, other: Weights, counted: Bool[np.ndarray, "one other"]) -> Values:
    total = ((one @ (kernel * counted)) * other).sum(axis=1)
    pairs = ((one @ counted) * other).sum(axis=1)
    return share(total, pairs)  # none where a resample has one piece only


def _weighted_mean(values: Float[np.ndarray, "resamples _"], weights: Weights) -> Values:
    return share((values * weights).sum(axis=1), weights.sum(axis=1))


def _way(one: np.ndarray, one_weights: Weights, other: np.ndarray, other_weights: Weights) -> Values:
    values = np.concatenate([one, other])
    order = np.argsort(values, kind="stable")
    shares = np.concatenate(
        [
            one_weights / one_weights.sum(axis=1, keepdims=True),
            -other_weights / other_weights.sum(axis=1, keepdims=True),
        ],
        axis=1,
    )
    ahead = np.abs(np.cumsum(shares[:, order], axis=1)[:, :-1])
    return ahead @ np.diff(values[order])


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    values = np.concatenate([one, other])
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high, BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    shares = [np.histogram(own, edges)[0] / max(len(own), 1) for own in (one, other)]
    return float(np.minimum(*shares).sum())
