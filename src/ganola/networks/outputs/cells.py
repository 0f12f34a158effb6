"""Outputs in which each cell is on its own: a probability, a threshold, or a draw."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from ganola.networks.outputs.discretiser import Annealed, Discretiser, Uniform
from ganola.networks.outputs.inverse_cdf import to_logistic
from ganola.networks.outputs.logits import Logits, Roll
from ganola.networks.outputs.straight_through import straight_through
from ganola.networks.sustain import Frame


class Sigmoid(Discretiser):
    """Each cell on its own, grey in training: the critic sees probabilities, listeners get a threshold at a half."""

    is_binary = False

    def forward(self, logits: Logits, noise: Logits | None = None, before: Frame | None = None) -> Roll:  # noqa: ARG002
        return self.scale((logits + noise).float().pitch).sigmoid()

    def step_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
        return binary_losses(self.scale(logits.float().pitch), roll)

    def scale(self, pitch: Roll) -> Roll:
        """Return the logits whose sigmoids are the probabilities of cells."""
        return pitch


class StraightThrough(Sigmoid):
    """Each cell on its own: zeros and ones by a threshold, the gradient that of their probabilities."""

    is_binary = True

    def forward(self, logits: Logits, noise: Logits | None = None, before: Frame | None = None) -> Roll:  # noqa: ARG002
        pitch = logits.float().pitch
        hard = ((logits + noise).pitch > 0).to(pitch.dtype)
        return straight_through(hard, self.scale(pitch).sigmoid()) if torch.is_grad_enabled() else hard


class Bernoulli(StraightThrough):
    """Each cell drawn with its own probability, the gradient that of the probability (Bengio et al. 2013, arXiv
    1308.3432): the stochastic binary neurons of Dong and Yang 2018 (arXiv 1804.09399).

    A logit plus logistic noise is above zero with the probability that is the logit's sigmoid.
    """

    def noise_numbers(self, pitches: int) -> int:
        return self.planes * pitches

    def noise(self, uniform: Uniform) -> Logits:
        return Logits(to_logistic(uniform).unflatten(3, (self.planes, -1)).transpose(2, 3))


class SlopeAnnealing(Annealed, Bernoulli):
    """The same with a sigmoid whose slope grows as training goes on (Chung et al. 2016, arXiv 1609.01704).

    At first cells are left to chance and gradients are wide; in the end nearly all cells are decided, and the gradient
    is that of nearly a step.
    """

    def noise(self, uniform: Uniform) -> Logits:
        return Logits(super().noise(uniform).pitch / self.slope)

    def scale(self, pitch: Roll) -> Roll:
        return self.slope * pitch


def binary_losses(logits: Roll, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
    """Return -log p of each cell, on or off, summed over a step of each track."""
    return binary_cross_entropy_with_logits(logits, roll, reduction="none").sum(dim=(2, 4))
