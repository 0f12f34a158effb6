"""Convolutions over (bar, step, pitch) whose kernel is their stride, as matrix products, for all tracks at once.

Each place turns into a block of places (`Unfold`) or each block into a place (`Fold`): the same numbers as 3-D
convolutions give (but a bias for each place of a block), several times faster on a processor. Inside, axes are
(tracks, batch, bars, steps, pitches, channels); a shared layer has one track, and its output serves every track of
the next.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import layer_norm, pad

from ganola.networks.choices import Normalisation

Places = Float[Tensor, "_tracks batch _bars _steps _pitches _channels"]  # a layer changes all but the batch
Kernel = tuple[int, int, int]  # over bars, steps and pitches


class PlaceLinear(nn.Module):
    """A dense layer on the last axis, with weights of its own for each track."""

    def __init__(self, tracks: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(tracks, inputs, outputs))
        self.bias = nn.Parameter(torch.empty(tracks, 1, outputs))

    def forward(self, values: Float[Tensor, "_tracks *places inputs"]) -> Float[Tensor, "tracks *places outputs"]:
        weight = self.weight  # asked for once: it may be normalised on the way
        tracks, inputs, outputs = weight.shape
        flat = values.reshape(len(values), -1, inputs).expand(tracks, -1, -1)
        return torch.baddbmm(self.bias, flat, weight).reshape(tracks, *values.shape[1:-1], outputs)


class Position(nn.Module):
    """Adds to each place of (batch, channels, places) numbers of its own, zero at first, so that places can differ."""

    def __init__(self, channels: int, places: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, places))

    def reset_parameters(self) -> None:
        """Begin as no difference."""
        nn.init.zeros_(self.weight)

    def forward(self, values: Float[Tensor, "batch channels places"]) -> Float[Tensor, "batch channels places"]:
        return values + self.weight


class PlaceNorm(nn.Module):
    """Normalisation of channels-last places: over batch and places (`batch`), or places and channels of each
    sample (`layer`); each track on its own."""

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
        """Begin as the identity, with statistics of a standard normal distribution."""
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)
        if self.kind == "batch":
            self.running_mean.zero_()
            self.running_variance.fill_(1.0)

    def forward(self, values: Places) -> Places:
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


class Unfold(nn.Module):
    """Each place becomes a block of `kernel` places: a transposed convolution whose kernel is its stride."""

    def __init__(self, tracks: int, inputs: int, outputs: int, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel
        self.linear = PlaceLinear(tracks, inputs, outputs * math.prod(kernel))

    def forward(self, values: Places) -> Places:
        blocks = self.linear(values).unflatten(-1, (*self.kernel, -1))
        batch, bars, steps, pitches = values.shape[1:-1]
        by_axis = blocks.permute(0, 1, 2, 5, 3, 6, 4, 7, 8)
        sizes = (bars * self.kernel[0], steps * self.kernel[1], pitches * self.kernel[2])
        return by_axis.reshape(len(blocks), batch, *sizes, -1)


class Fold(nn.Module):
    """Each block of `kernel` places becomes one place: a convolution whose kernel is its stride."""

    def __init__(self, tracks: int, inputs: int, outputs: int, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel
        self.linear = PlaceLinear(tracks, inputs * math.prod(kernel), outputs)

    def forward(self, values: Places) -> Places:
        (bar, step, pitch), (tracks, batch, bars, steps, pitches, channels) = self.kernel, values.shape
        blocks = values.reshape(tracks, batch, bars // bar, bar, steps // step, step, pitches // pitch, pitch, channels)
        return self.linear(blocks.permute(0, 1, 2, 4, 6, 3, 5, 7, 8).flatten(start_dim=5))


class Slide(nn.Module):
    """A convolution of stride 1 along one axis (2 bars, 4 pitches); `widen` makes it the transposed one, which
    lengthens the axis by `kernel - 1` where the other shortens it."""

    def __init__(self, axis: int, inputs: int, outputs: int, kernel: int, *, widen: bool = False) -> None:
        super().__init__()
        self.axis, self.size = axis, kernel
        self.margin = kernel - 1 if widen else 0
        self.linear = PlaceLinear(1, inputs * kernel, outputs)

    def forward(self, values: Places) -> Places:
        untouched = (0, 0) * (5 - self.axis)
        margins = pad(values, (*untouched, self.margin, self.margin))
        return self.linear(margins.unfold(self.axis, self.size, 1).flatten(start_dim=5))
