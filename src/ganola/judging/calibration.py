"""From the critic's raw number D to J in [0, 1], the probability that music is real, and how reliable J is.

What D is worth is fitted on phrases of which one knows whether they are real, and that neither network has trained on.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ganola.networks.record import Calibration

CONSTANT = Calibration(slope=0.0, offset=0.0)


def calibrate(real_logits: Float[np.ndarray, "real"], fake_logits: Float[np.ndarray, "fake"]) -> Calibration:
    """Fit J = logistic(slope * D + offset) to D of real and of generated phrases, as if both were equally frequent.

    D is standardised first, so that its unit does not matter, and the slope has a normal prior, so that it is finite
    where D separates the two. Returns CONSTANT where D is constant, or lower of real phrases than of generated ones.
    Raises ValueError where one of them has none, or a number is not finite.
    """
    from sklearn.linear_model import LogisticRegression  # here, for it takes a second to import

    if not len(real_logits) or not len(fake_logits):
        raise ValueError("calibration needs real and generated phrases")
    logits = np.concatenate([real_logits, fake_logits]).astype(np.float64)
    if not np.isfinite(logits).all():
        raise ValueError("a number D is not finite")
    middle, spread = float(logits.mean()), float(logits.std())
    if spread <= 1e-12 * abs(middle):
        return CONSTANT
    is_real = np.arange(len(logits)) < len(real_logits)
    fitted = LogisticRegression(class_weight="balanced", tol=1e-8, max_iter=1000)
    fitted.fit(((logits - middle) / spread)[:, None], is_real)
    slope, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope <= 0:
        return CONSTANT
    return Calibration(slope=slope / spread, offset=offset - slope * middle / spread)


def probability_real(calibration: Calibration, logits: Float[np.ndarray, "phrases"]) -> Float[np.ndarray, "phrases"]:
    """Return J of phrases from their D."""
    from scipy.special import expit

    return expit(calibration.slope * logits.astype(np.float64) + calibration.offset)


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often phrases with some J are real, in bins of J that are not empty (a reliability diagram)."""

    predicted: Float[np.ndarray, "bins"]  # the mean J
    observed: Float[np.ndarray, "bins"]  # the share that is real
    count: Int[np.ndarray, "bins"]
    expected_error: float  # mean distance of the two (Naeini et al. 2015); 0 is perfect
    brier: float  # mean square of J - is_real (Brier 1950); 0.25 for saying a half of everything


def measure_reliability(
    probabilities: Float[np.ndarray, "phrases"], is_real: Bool[np.ndarray, "phrases"], bins: int = 10
) -> Reliability:
    """Compare J with how often phrases are real, in bins of equal width.

    Raises ValueError where there are no phrases.
    """
    if not len(probabilities):
        raise ValueError("there are no judgements")
    place = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    filled = count > 0
    count = count[filled]
    predicted = np.bincount(place, probabilities, minlength=bins)[filled] / count
    observed = np.bincount(place, is_real, minlength=bins)[filled] / count
    return Reliability(
        predicted=predicted,
        observed=observed,
        count=count,
        expected_error=float(np.abs(predicted - observed) @ count / count.sum()),
        brier=float(np.mean((probabilities - is_real) ** 2)),
    )
