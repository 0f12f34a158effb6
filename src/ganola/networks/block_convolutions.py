"""Convolutions over (bar, step, pitch) as matrix products, for all tracks at once, as MuseGAN needs them.

They give the same numbers as 3-D convolutions (but a bias for each position of a block), several times faster on a
processor. Axes are (tracks, batch, bars, steps, pitches, channels). A layer that all tracks share has one track, and
its output serves every track of the next.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import layer_norm, pad

from ganola.networks.config import CriticNormalisation, Normalisation

Volume = Float[Tensor, "_tracks batch _bars _steps _pitches _channels"]  # a layer changes all but the batch
Kernel = tuple[int, int, int]  # over bars, steps and pitches


class PerTrackLinear(nn.Module):
    """A dense layer on the last axis, with weights of its own for each track."""

    def __init__(self, tracks: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(tracks, inputs, outputs))
        self.bias = nn.Parameter(torch.empty(tracks, 1, outputs))

    def forward(self, values: Float[Tensor, "_tracks *space inputs"]) -> Float[Tensor, "tracks *space outputs"]:
        weight = self.weight  # read once: a parametrisation may compute it
        tracks, inputs, outputs = weight.shape
        flat = values.reshape(len(values), -1, inputs).expand(tracks, -1, -1)
        return torch.baddbmm(self.bias, flat, weight).reshape(tracks, *values.shape[1:-1], outputs)


class PerTrackNorm(nn.Module):
    """Normalisation of channels-last volumes, each track on its own.

    `batch` takes mean and variance over batch and space, `layer` over space and channels of each sample.
    """

    def __init__(self, kind: Normalisation, tracks: int, channels: int) -> None:
        super().__init__()
        self.kind = kind
        shape = (tracks, 1, 1, 1, 1, channels)
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.empty(shape))
        if kind == "batch":
            self.register_buffer("running_mean", torch.empty(shape))
            self.register_buffer("running_variance", torch.empty(shape))
        self.running_mean: Tensor
        self.running_variance: Tensor

    def reset_parameters(self) -> None:
        """Set it to the identity, with the statistics of N(0, 1)."""
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)
        if self.kind == "batch":
            self.running_mean.zero_()
            self.running_variance.fill_(1.0)

    def forward(self, values: Volume) -> Volume:
        if self.kind == "layer":
            return layer_norm(values, values.shape[2:]) * self.weight + self.bias
        if self.training:
            variance, mean = torch.var_mean(values, dim=(1, 2, 3, 4), keepdim=True, correction=0)
            count = values[0, ..., 0].numel()
            with torch.no_grad():
                self.running_mean.lerp_(mean, 0.1)
                self.running_variance.lerp_(variance * (count / max(count - 1, 1)), 0.1)  # unbiased, as torch's
        else:
            mean, variance = self.running_mean, self.running_variance
        scale = self.weight * (variance + 1e-5).rsqrt()
        return torch.addcmul(self.bias - mean * scale, values, scale)


class BlockTransposedConv(nn.Module):
    """A transposed convolution whose stride is its kernel: each position becomes a block of `kernel` positions."""

    def __init__(self, tracks: int, inputs: int, outputs: int, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel
        self.linear = PerTrackLinear(tracks, inputs, outputs * math.prod(kernel))

    def forward(self, values: Volume) -> Volume:
        blocks = self.linear(values).unflatten(-1, (*self.kernel, -1))
        batch, bars, steps, pitches = values.shape[1:-1]
        by_axis = blocks.permute(0, 1, 2, 5, 3, 6, 4, 7, 8)
        sizes = (bars * self.kernel[0], steps * self.kernel[1], pitches * self.kernel[2])
        return by_axis.reshape(len(blocks), batch, *sizes, -1)


class BlockConv(nn.Module):
    """A convolution whose stride is its kernel: each block of `kernel` positions becomes one position."""

    def __init__(self, tracks: int, inputs: int, outputs: int, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel
        self.linear = PerTrackLinear(tracks, inputs * math.prod(kernel), outputs)

    def forward(self, values: Volume) -> Volume:
        (bar, step, pitch), (tracks, batch, bars, steps, pitches, channels) = self.kernel, values.shape
        blocks = values.reshape(tracks, batch, bars // bar, bar, steps // step, step, pitches // pitch, pitch, channels)
        return self.linear(blocks.permute(0, 1, 2, 4, 6, 3, 5, 7, 8).flatten(start_dim=5))


class SlidingConv(nn.Module):
    """A convolution of stride 1 along one axis (2: bars, 4: pitches).

    `transposed` makes it the transposed one, which lengthens the axis by `kernel - 1` where the other shortens it.
    """

    def __init__(self, axis: int, inputs: int, outputs: int, kernel: int, *, transposed: bool = False) -> None:
        super().__init__()
        self.axis, self.size = axis, kernel
        self.padding = kernel - 1 if transposed else 0
        self.linear = PerTrackLinear(1, inputs * kernel, outputs)

    def forward(self, values: Volume) -> Volume:
        other_axes = (0, 0) * (5 - self.axis)
        padded = pad(values, (*other_axes, self.padding, self.padding))
        return self.linear(padded.unfold(self.axis, self.size, 1).flatten(start_dim=5))


def volume_layer(
    convolution: nn.Module, norm: CriticNormalisation, tracks: int, channels: int, activation: nn.Module
) -> nn.Sequential:
    """Return a layer on volumes, its normalisation and its activation."""
    normalised = nn.Identity() if norm == "none" or norm == "spectral" else PerTrackNorm(norm, tracks, channels)
    return nn.Sequential(convolution, normalised, activation)
