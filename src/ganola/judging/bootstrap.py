"""Confidence intervals by the bootstrap over pieces, for windows of one piece are not independent.

Every measure is computed from weights a window: all ones for the music as it is, and, for each resample, how often the
window's piece was drawn (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 8).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

RESAMPLES = 100
DEVIATIONS = 1.96  # of a normal distribution, that leave 5% outside

Weights = Float[np.ndarray, "resamples _"]  # windows
Values = Float[np.ndarray, "resamples"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and the interval that holds 95 of 100 such numbers, from other music of the same kind."""

    value: float
    low: float
    high: float


def bootstrap_weights(
    group: Int[np.ndarray, "windows"], randomness: np.random.Generator, count: int | None = None
) -> Weights:
    """Return weights of the windows: a row of ones, and `count` (RESAMPLES) rows, each of a resample of groups."""
    count = RESAMPLES if count is None else count
    _, member = np.unique(group, return_inverse=True)
    groups = int(member.max(initial=-1)) + 1
    drawn = randomness.multinomial(groups, np.full(groups, 1 / groups), count) if groups else np.zeros((0, 0))
    return np.concatenate([np.ones((1, len(group))), drawn[:, member].astype(np.float64)])


def student_deviations(freedom: int) -> float:
    """Return how many standard deviations leave 5% outside where the deviation itself is known from few values: the
    quantile of Student's t with `freedom` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def bootstrap_deviations(groups: int) -> float:
    """Return the same for resamples of few groups, which vary less than such groups do by the root of (n - 1) / n."""
    return student_deviations(groups - 1) * (groups / (groups - 1)) ** 0.5


def estimate(values: Values, deviations: float = DEVIATIONS) -> Estimate:
    """Return the first value, with an interval as wide as the others vary; NaNs among those are left out.

    Not their own percentiles: a resample has fewer different pieces than the music, so that distances from it are
    larger throughout.
    """
    known = values[1:][~np.isnan(values[1:])]
    reach = deviations * float(known.std(ddof=1)) if len(known) > 1 else 0.0
    return Estimate(float(values[0]), float(values[0]) - reach, float(values[0]) + reach)


def estimate_of_ratio(values: Values, deviations: float = DEVIATIONS) -> Estimate:
    """Return the same for positive values that vary by factors: the interval is computed of the logarithm."""
    logarithms = estimate(np.log(np.maximum(values, np.finfo(np.float64).tiny)), deviations)
    low, high = np.exp(np.clip([logarithms.low, logarithms.high], -700, 700))
    return Estimate(float(values[0]), float(low), float(high))
