"""Zeros and ones with the gradient of probabilities (Bengio et al. 2013, arXiv 1308.3432)."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad


def straight_through(hard: Float[Tensor, "*shape"], soft: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return the value of `hard` with the gradient of `soft` (Bengio et al. 2013, arXiv 1308.3432)."""
    # The bracket is exactly zero, so the value is exactly `hard`.
    return hard + (soft - soft.detach())


def binary_step(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return one where the sigmoid of a logit exceeds a half, else zero, straight through."""
    hard = (logits > 0).to(logits.dtype)
    return straight_through(hard, logits.sigmoid()) if torch.is_grad_enabled() else hard


def straight_through_argmax(logits: Float[Tensor, "*shape choices"], skip: int = 0) -> Float[Tensor, "*shape choices"]:
    """Return the one-hot argmax of the last axis, straight through the softmax.

    The first `skip` choices get no gradient: the softmax is taken over the others.
    """
    hard = torch.zeros_like(logits).scatter_(-1, logits.argmax(dim=-1, keepdim=True), 1.0)
    if not torch.is_grad_enabled():
        return hard
    return straight_through(hard, pad(logits[..., skip:].softmax(dim=-1), (skip, 0)))


def straight_through_choice(
    logits: Float[Tensor, "batch tracks 2 steps pitches"],
) -> Float[Tensor, "batch tracks 2 steps pitches"]:
    """Return of each cell whether it is an onset, and whether it is held; neither, where both logits are below zero.

    Straight through the softmax of the two and of zero.
    """
    onset, hold = logits.unbind(2)
    chosen = torch.stack([(onset > 0) & (onset >= hold), (hold > 0) & (hold > onset)], dim=2).to(logits.dtype)
    if not torch.is_grad_enabled():
        return chosen
    # The softmax of a few choices is several times faster where they are not the last axis.
    soft = torch.cat([torch.zeros_like(logits[:, :, :1]), logits], dim=2).softmax(dim=2)
    return straight_through(chosen, soft[:, :, 1:])
