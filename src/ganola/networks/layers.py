"""Layers that the architectures share."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import layer_norm, linear, pad

from ganola.networks.config import CriticNormalisation

ROWS = 16  # from which on a row of torch's products is the same, bit by bit, whatever the other rows are
LEAK = 0.2  # slope of a critic's leaky ReLU for negative inputs


def normalisation(kind: CriticNormalisation, channels: int, dimensions: int) -> nn.Module:
    """Return a normalisation layer for (batch, channels, and `dimensions` axes of space).

    `layer` takes mean and variance over channels and space of each sample, `batch` over the batch and space.
    `spectral` is of weights, not of signals, and no layer of its own (see `spectral`).
    """
    if kind == "batch":
        return {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d}[dimensions](channels)
    if kind == "layer":
        return nn.GroupNorm(1, channels)
    return nn.Identity()


class ResidualBlock(nn.Module):
    """x + branch(x), two convolutions over time, of values whose channels come last.

    With He's rule the branch begins at zero, so that a deep network begins as a shallow one (Zhang et al. 2019, Fixup,
    arXiv 1901.09321).
    """

    def __init__(self, channels: int, norm: CriticNormalisation) -> None:
        super().__init__()
        first, second = (RowConvolution(channels, channels, 3) for _ in range(2))
        second.gain = 0.0  # type: ignore[assignment]
        first_norm, second_norm = (row_normalisation(norm, channels) for _ in range(2))
        self.branch = nn.Sequential(first_norm, nn.LeakyReLU(LEAK), first, second_norm, nn.LeakyReLU(LEAK), second)

    def forward(self, values: Float[Tensor, "batch time channels"]) -> Float[Tensor, "batch time channels"]:
        return values + self.branch(values)


class RowConvolution(nn.Linear):
    """A convolution of stride 1 over time, of values whose channels come last: a product whose rows are positions.

    Its weights are (out, size x channels); the `size` positions that it sees are `dilation` apart. With ROWS rows or
    more, a sample does not depend on the others; in torch's own convolutions it can, and on a processor they take up to
    four times as long.
    """

    def __init__(self, channels: int, out_channels: int, size: int, dilation: int = 1) -> None:
        super().__init__(size * channels, out_channels)
        self.size, self.dilation = size, dilation

    def forward(self, values: Float[Tensor, "batch time channels"]) -> Float[Tensor, "batch time out"]:
        if self.size > 1:
            before, after = (self.dilation * reach for reach in (self.size // 2, (self.size - 1) // 2))
            padded, length = pad(values, (0, 0, before, after)), values.shape[1]
            offsets = range(0, self.dilation * self.size, self.dilation)
            values = join([padded[:, offset : offset + length] for offset in offsets])
        return linear(values, self.weight, self.bias)


def join_steps(values: Float[Tensor, "batch steps channels"], count: int) -> Float[Tensor, "batch beats joined"]:
    """Return the channels of each beat's `count` steps, one step after another."""
    return values.unflatten(1, (-1, count)).flatten(start_dim=2)


def join(parts: Sequence[Float[Tensor, "batch time _"]]) -> Float[Tensor, "batch time channels"]:
    """Return values whose channels come last, with the channels of all parts.

    As torch.cat, whose second derivative makes as many copies of the whole as there are parts.
    """
    if not torch.is_grad_enabled():
        return torch.cat(list(parts), dim=2)
    joined: Tensor = _Join.apply(*parts)
    return joined


class _Join(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *parts: Tensor) -> Tensor:
        ctx.sizes = [part.shape[2] for part in parts]
        return torch.cat(parts, dim=2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        return gradient.split(ctx.sizes, dim=2)


class SampleNorm(nn.GroupNorm):
    """Layer normalisation over time and channels, of values whose channels come last."""

    def __init__(self, channels: int) -> None:
        super().__init__(1, channels)

    def forward(self, values: Float[Tensor, "batch time channels"]) -> Float[Tensor, "batch time channels"]:
        return torch.addcmul(self.bias, layer_norm(values, values.shape[1:], eps=self.eps), self.weight)


class BatchRowNorm(nn.BatchNorm1d):
    """Batch normalisation over the batch and time, of values whose channels come last."""

    def forward(self, values: Float[Tensor, "batch time channels"]) -> Float[Tensor, "batch time channels"]:
        return super().forward(values.flatten(0, 1)).unflatten(0, values.shape[:2])


def row_normalisation(kind: CriticNormalisation, channels: int) -> nn.Module:
    """Return a normalisation layer for values whose channels come last, (batch, time, channels)."""
    return {"batch": BatchRowNorm, "layer": SampleNorm}.get(kind, lambda _: nn.Identity())(channels)


class PositionEmbedding(nn.Module):
    """Adds to each position of (batch, channels, positions) learned numbers of its own, zero at first.

    With `channels_last` the values are (batch, positions, channels).
    """

    def __init__(self, channels: int, positions: int, *, channels_last: bool = False) -> None:
        super().__init__()
        self.channels_last = channels_last
        self.weight = nn.Parameter(torch.empty(channels, positions))

    def reset_parameters(self) -> None:
        """Set all of it to zero, so that positions do not differ."""
        nn.init.zeros_(self.weight)

    def forward(self, values: Float[Tensor, "batch _ _"]) -> Float[Tensor, "batch _ _"]:
        return values + (self.weight.t() if self.channels_last else self.weight)


def dense_layer(inputs: int, outputs: int, norm: CriticNormalisation, activation: nn.Module) -> nn.Sequential:
    """Return a dense layer, its normalisation and its activation."""
    return nn.Sequential(nn.Linear(inputs, outputs), normalisation(norm, outputs, 0), activation)


def round_up(size: int, multiple: int) -> int:
    """Return the least multiple of `multiple` that is not below `size`."""
    return -(-size // multiple) * multiple


def in_float32(device: torch.device) -> AbstractContextManager[object]:
    """Turn autocast off in the block."""
    if not torch.amp.is_autocast_available(device.type):
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
