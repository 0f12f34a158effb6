"""The critic's judgement as a listener can read it: J in [0, 1], the probability that music is real, and what of the
music speaks against it.

A critic says one raw number D of a phrase; what that is worth is learned from phrases of which one knows whether they
are real, and that neither player has trained on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, nn

from ganola.music.grid import Grid
from ganola.music.roll import find_onsets, sounding
from ganola.music.score import Notes
from ganola.networks.record import Calibration

BATCH = 64  # phrases that pass the critic at once


BLIND = Calibration(slope=0.0, offset=0.0)


def calibrate(real_logits: Float[np.ndarray, "real"], fake_logits: Float[np.ndarray, "fake"]) -> Calibration:
    """From D of real and of generated phrases to J, as if both were equally frequent.

    D is measured in its own standard deviations, so that its unit does not matter, and the slope is held back a little
    (by a normal prior), so that it is finite where D separates the two. BLIND where D is constant, or judges real
    phrases below generated ones. Raises ValueError where one of them has none, or a number is not finite.
    """
    from sklearn.linear_model import LogisticRegression  # here, for it takes a second to import

    if not len(real_logits) or not len(fake_logits):
        raise ValueError("calibration needs real and generated phrases")
    logits = np.concatenate([real_logits, fake_logits]).astype(np.float64)
    if not np.isfinite(logits).all():
        raise ValueError("a judgement is not finite")
    middle, spread = float(logits.mean()), float(logits.std())
    if spread <= 1e-12 * abs(middle):
        return BLIND
    is_real = np.arange(len(logits)) < len(real_logits)
    fitted = LogisticRegression(class_weight="balanced", tol=1e-8, max_iter=1000)
    fitted.fit(((logits - middle) / spread)[:, None], is_real)
    slope, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope <= 0:
        return BLIND
    return Calibration(slope=slope / spread, offset=offset - slope * middle / spread)


def probability(calibration: Calibration, logits: Float[np.ndarray, "phrases"]) -> Float[np.ndarray, "phrases"]:
    """J of phrases of which the critic says `logits`."""
    from scipy.special import expit

    return expit(calibration.slope * logits.astype(np.float64) + calibration.offset)


def as_rolls(
    cells: UInt8[np.ndarray, "phrases tracks steps pitches"], planes: int
) -> Bool[Tensor, "phrases tracks planes steps pitches"]:
    """Phrases as they are heard, on two planes (onset, sustain) or one (what sounds), the way a critic sees them.

    A generator may sustain what it never struck. One hears a note begin there, and so it is here, for what is written
    to a file and read again must be judged alike.
    """
    sounds, onset = sounding(cells), find_onsets(cells)
    return torch.from_numpy(np.stack([onset, sounds & ~onset], axis=2) if planes == 2 else sounds[:, :, None])


@torch.inference_mode()
def judgements(
    critic: nn.Module, rolls: Bool[Tensor, "phrases tracks planes steps pitches"]
) -> Float[np.ndarray, "phrases"]:
    """D of each phrase, the raw number. The phrases lie where the critic does."""
    with _judging(critic):
        said = [critic(part.to(torch.float32)).cpu() for part in rolls.split(BATCH)]
    return torch.cat([torch.zeros(0), *said]).numpy()


def blame(
    critic: nn.Module, rolls: Bool[Tensor, "phrases tracks planes steps pitches"]
) -> Float[np.ndarray, "phrases tracks steps pitches"]:
    """What each cell adds to D, to first order: x times the gradient of D at x, summed over planes.

    Were the cell silent, D would be less by about as much; what is negative makes the phrase sound less real. (Simonyan
    et al. 2013, arXiv 1312.6034, and Shrikumar et al. 2016, arXiv 1605.01713.)
    """
    parts = [np.zeros((0, *rolls.shape[1:2], *rolls.shape[3:]), dtype=np.float32)]
    with _judging(critic), torch.enable_grad():
        for part in rolls.split(BATCH):
            roll = part.to(torch.float32).requires_grad_()
            # Each D depends on its own phrase alone, so the sum's gradient is that of each.
            (gradient,) = torch.autograd.grad(critic(roll).sum(), roll)
            parts.append((gradient * roll).sum(dim=2).detach().numpy())
    return np.concatenate(parts)


def blame_of_notes(
    blamed: Float[np.ndarray, "tracks steps pitches"], notes: Notes, grid: Grid
) -> Float[np.ndarray, "notes"]:
    """What each note of a phrase adds to D: the sum over its cells. Its notes are in steps from its beginning."""
    step, length = notes.steps()
    of_cells = blamed[notes.track.repeat(length), step, notes.pitch.repeat(length) - grid.lowest]
    return np.bincount(np.arange(len(notes)).repeat(length), of_cells, minlength=len(notes))


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often what was called real with some probability is real, in bins of that probability that are not empty."""

    predicted: Float[np.ndarray, "bins"]  # the mean J
    observed: Float[np.ndarray, "bins"]  # the share that is real
    count: Int[np.ndarray, "bins"]
    expected_error: float  # mean distance of the two (Naeini et al. 2015); 0 is perfect
    brier: float  # mean square of J - is_real (Brier 1950); 0.25 for saying a half of everything


def reliability(
    probabilities: Float[np.ndarray, "phrases"], is_real: Bool[np.ndarray, "phrases"], bins: int = 10
) -> Reliability:
    """How far probabilities can be relied on, in bins of equal width. Raises ValueError where there are none."""
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


@contextmanager
def _judging(critic: nn.Module) -> Iterator[None]:
    """The critic as it judges: what it has learned of batches, not the batch at hand."""
    training = critic.training
    critic.eval()
    try:
        yield
    finally:
        critic.train(training)
