"""Penalties on how steep a critic may be. The only part of the loss that needs `torch.autograd.grad` (N17).

Beside them one on how far from zero its judgements may drift.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import relu

Critic = Callable[[Float[Tensor, "batch *roll"]], Float[Tensor, "batch"]]


def interpolate(
    real: Float[Tensor, "batch *roll"], fake: Float[Tensor, "batch *roll"], eps: Float[Tensor, "batch"]
) -> Float[Tensor, "batch *roll"]:
    """Return x~ = eps * real + (1 - eps) * fake, one eps in [0, 1] a sample (N12)."""
    per_sample = eps.reshape(-1, *(1 for _ in real.shape[1:]))
    return per_sample * real + (1 - per_sample) * fake


def gradient_norms(critic: Critic, rolls: Float[Tensor, "batch *roll"]) -> Float[Tensor, "batch"]:
    """Return ||grad_x D(x)||_2 of each sample (N16), differentiable with respect to the critic's weights.

    The sum over the batch has each sample's own gradient as its gradient, as long as no sample's output depends on
    another sample; batch normalisation in the critic breaks that.
    """
    rolls = rolls.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(rolls).sum(), rolls, create_graph=True)
    return gradient.flatten(start_dim=1).norm(dim=1)


Rolls = Float[Tensor, "batch *roll"]
Eps = Float[Tensor, "batch"]
Judgements = Float[Tensor, "batch"]

STEP = 0.01  # e of finite differences


def gradient_penalty(critic: Critic, real: Rolls, fake: Rolls, eps: Eps) -> Float[Tensor, ""]:
    """Return mean((||grad_x~ D(x~)||_2 - 1)^2), x~ between real and fake (Gulrajani et al. 2017, arXiv 1704.00028)."""
    return (gradient_norms(critic, interpolate(real, fake, eps)) - 1).square().mean()


def one_sided_penalty(critic: Critic, real: Rolls, fake: Rolls, eps: Eps) -> Float[Tensor, ""]:
    """Return the same where the norm exceeds 1 only (the same paper, section 4)."""
    return relu(gradient_norms(critic, interpolate(real, fake, eps)) - 1).square().mean()


def r1_penalty(critic: Critic, real: Rolls, fake: Rolls, eps: Eps) -> Float[Tensor, ""]:  # noqa: ARG001 - as the others
    """Return mean(||grad_x D(x)||_2^2) / 2 over real rolls (Mescheder et al. 2018, arXiv 1801.04406, eq. 9)."""
    return gradient_norms(critic, real).square().mean() / 2


def r2_penalty(critic: Critic, real: Rolls, fake: Rolls, eps: Eps) -> Float[Tensor, ""]:  # noqa: ARG001
    """Return the same over generated rolls (the same paper)."""
    return gradient_norms(critic, fake).square().mean() / 2


def r1_r2_penalty(critic: Critic, real: Rolls, fake: Rolls, eps: Eps) -> Float[Tensor, ""]:  # noqa: ARG001
    """Return the sum of both (Huang et al. 2024, arXiv 2501.05441), from one pass of the critic over all rolls."""
    return gradient_norms(critic, torch.cat([real, fake])).square().sum() / (2 * len(real))


def finite_difference_penalty(critic: Critic, real: Rolls, fake: Rolls, n: Rolls) -> Float[Tensor, ""]:
    """Return `r1_r2_penalty` by finite differences: mean(((D(x + e n) - D(x)) / e)^2) / 2 over real rolls, and the same
    over generated ones, n ~ N(0, I) (Lin et al. 2025, arXiv 2511.22475).

    The mean over n tends to the squared norm of the gradient as e goes to zero. No gradient of a gradient is needed.
    One n serves a real roll and the generated one beside it.
    """
    rolls = torch.cat([real, fake])
    # One pass of the critic, for spectral normalisation changes it a little in each.
    there, here = critic(torch.cat([rolls + STEP * n.repeat(2, *(1 for _ in n.shape[1:])), rolls])).chunk(2)
    return ((there - here) / STEP).square().sum() / (2 * len(real))


@dataclass(frozen=True, slots=True)
class Penalty:
    """A penalty: a function of a critic, as many real as generated rolls, and random numbers.

    These are one from U[0, 1) for each pair of rolls or, where `per_cell`, one from N(0, 1) for each cell of them.
    """

    compute: Callable[[Critic, Rolls, Rolls, Tensor], Float[Tensor, ""]]
    per_cell: bool = False


PENALTIES = {
    "gradient": Penalty(gradient_penalty),
    "one-sided": Penalty(one_sided_penalty),
    "r1": Penalty(r1_penalty),
    "r2": Penalty(r2_penalty),
    "r1-r2": Penalty(r1_r2_penalty),
    "finite-difference": Penalty(finite_difference_penalty, per_cell=True),
}


def centring_penalty(real: Judgements, fake: Judgements) -> Float[Tensor, ""]:
    """Return mean((D(x) + D(G(r)))^2) over pairs of a real and a generated roll (Lin et al. 2025, arXiv 2511.22475).

    It keeps judgements about zero, where a loss sees nothing but their difference and lets them drift.
    """
    return (real + fake).square().mean()
