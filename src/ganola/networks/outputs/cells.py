"""Outputs in which each cell is on its own."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from ganola.networks.outputs.discretiser import Discretiser
from ganola.networks.outputs.logits import Logits, Roll
from ganola.networks.outputs.straight_through import binary_step
from ganola.networks.sustain import Frame


class Sigmoid(Discretiser):
    """Each cell on its own: training sees probabilities, listeners a threshold at a half."""

    is_binary = False

    def __call__(self, logits: Logits, before: Frame | None = None) -> Roll:  # noqa: ARG002
        return logits.float().pitch.sigmoid()

    def step_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
        return binary_losses(logits.float().pitch, roll)


class StraightThrough(Sigmoid):
    """Each cell on its own: zeros and ones, the gradient that of their probabilities."""

    is_binary = True

    def __call__(self, logits: Logits, before: Frame | None = None) -> Roll:  # noqa: ARG002
        return binary_step(logits.float().pitch)


def binary_losses(logits: Roll, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
    return binary_cross_entropy_with_logits(logits, roll, reduction="none").sum(dim=(2, 4))
