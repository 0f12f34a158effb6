"""How far one collection of windows is from another, by their musical features."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import wasserstein_distance

from ganola.judging.features import FEATURES

Table = Float[np.ndarray, "windows features"]


def frechet_distance(one: Table, other: Table) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of the means and covariances (Dowson and Landau 1982)."""
    difference = one.mean(axis=0) - other.mean(axis=0)
    covariance_one, covariance_other = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    # C1 C2 has the eigenvalues of C1^(1/2) C2 C1^(1/2), which is symmetric, so they stay real where it is singular.
    values, vectors = np.linalg.eigh(covariance_one)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    eigenvalues = np.linalg.eigvalsh(root @ covariance_other @ root)
    cross = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    return float(difference @ difference + np.trace(covariance_one) + np.trace(covariance_other) - 2 * cross)


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One feature: means, and Wasserstein distances to held-out music in standard deviations of training windows."""

    name: str
    generated: float
    held_out: float
    training: float
    distance: float  # generated to held-out
    floor: float  # training to held-out


@dataclass(frozen=True, slots=True)
class Comparison:
    """Generated music against held-out music, and training music against the same, as the floor."""

    rows: tuple[FeatureRow, ...]
    distance: float  # Frechet distance over all features, generated to held-out
    floor: float  # the same, training to held-out

    @property
    def ratio(self) -> float:
        """distance / floor; 1 is as close to held-out music as other real music of the collection is."""
        return self.distance / self.floor


def compare(generated: Table, held_out: Table, training: Table) -> Comparison:
    """The distances of generated and of training windows from held-out ones.

    Features are measured in standard deviations of the training windows, so that each weighs alike. Each table needs
    at least two windows.
    """
    scale = training.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    rows = tuple(
        FeatureRow(
            name=name,
            generated=float(generated[:, index].mean()),
            held_out=float(held_out[:, index].mean()),
            training=float(training[:, index].mean()),
            distance=float(wasserstein_distance(generated[:, index], held_out[:, index]) / scale[index]),
            floor=float(wasserstein_distance(training[:, index], held_out[:, index]) / scale[index]),
        )
        for index, name in enumerate(FEATURES)
    )
    return Comparison(
        rows=rows,
        distance=frechet_distance(generated / scale, held_out / scale),
        floor=frechet_distance(training / scale, held_out / scale),
    )
