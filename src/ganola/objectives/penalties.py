"""Penalties on how steep a critic may be. The only part of the loss that needs `torch.autograd.grad` (N17)."""

from collections.abc import Callable

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


PENALTIES: dict[str, Callable[[Critic, Rolls, Rolls, Eps], Float[Tensor, ""]]] = {
    "gradient": gradient_penalty,
    "one-sided": one_sided_penalty,
    "r1": r1_penalty,
    "r2": r2_penalty,
    "r1-r2": r1_r2_penalty,
}
