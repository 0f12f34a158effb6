"""Penalties on how steep a critic may be. The only part of the loss that needs `torch.autograd.grad` (N17)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Critic = Callable[[Float[Tensor, "batch *roll"]], Float[Tensor, "batch"]]


def mixed(
    real: Float[Tensor, "batch *roll"], fake: Float[Tensor, "batch *roll"], eps: Float[Tensor, "batch"]
) -> Float[Tensor, "batch *roll"]:
    """x~ = eps * real + (1 - eps) * fake, one eps in [0, 1] a sample (N12)."""
    per_sample = eps.reshape(-1, *(1 for _ in real.shape[1:]))
    return per_sample * real + (1 - per_sample) * fake


def gradient_norms(critic: Critic, rolls: Float[Tensor, "batch *roll"]) -> Float[Tensor, "batch"]:
    """||grad_x D(x)||_2 of each sample on its own (N16), differentiable with respect to the critic's weights.

    The sum over the batch has each sample's own gradient as its gradient, as long as no sample's output depends on
    another sample; batch normalisation in the critic breaks that.
    """
    rolls = rolls.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(rolls).sum(), rolls, create_graph=True)
    return gradient.flatten(start_dim=1).norm(dim=1)


def gradient_penalty(
    critic: Critic,
    real: Float[Tensor, "batch *roll"],
    fake: Float[Tensor, "batch *roll"],
    eps: Float[Tensor, "batch"],
) -> Float[Tensor, ""]:
    """mean((||grad_x~ D(x~)||_2 - 1)^2) over mixes x~ of real and fake (Gulrajani et al. 2017, arXiv 1704.00028)."""
    return (gradient_norms(critic, mixed(real, fake, eps)) - 1).square().mean()
