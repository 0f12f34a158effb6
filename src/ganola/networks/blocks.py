"""What the architectures share: normalisation, initial weights, and padding to a shape that halves evenly."""

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.networks.choices import CriticNormalisation
from ganola.networks.places import PlaceLinear, PlaceNorm, Position
from ganola.networks.prior import Prior
from ganola.networks.spectral import own_weight

Network = TypeVar("Network", bound=nn.Module)

LEAK = 0.2  # slope of a critic's leaky ReLU for negative inputs


def normalisation(kind: CriticNormalisation, channels: int, dimensions: int) -> nn.Module:
    """A normalisation layer for (batch, channels, and `dimensions` axes of space).

    `layer` takes mean and variance over channels and space of each sample, `batch` over the batch and space.
    `spectral` is of weights, not of signals, and no layer of its own (see `spectral`).
    """
    if kind == "batch":
        return {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d}[dimensions](channels)
    if kind == "layer":
        return nn.GroupNorm(1, channels)
    return nn.Identity()


@torch.no_grad()
def initialise(network: nn.Module, kind: str, randomness: np.random.Generator) -> None:
    """Set all weights from `randomness` alone: He et al. 2015 (arXiv 1502.01852, section 2.2), N(0, 0.02) or N(0, 1).

    The standard deviations are 0.02 and 1; biases begin at zero, normalisation as the identity. What begins at nothing
    (a layer's `gain`) does so by He's rule only: the others are of all weights, as the notes have it.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd | PlaceLinear):
            weight, spectral = own_weight(layer)
            gain = 1.0 if spectral else getattr(layer, "gain", 1.0)  # a matrix of zeros has no direction to follow
            std = {"normal-0.02": 0.02, "normal-1": 1.0}.get(kind) or _he_std(layer, weight) * gain
            drawn = randomness.standard_normal(weight.shape, dtype=np.float32)
            weight.copy_(torch.from_numpy(drawn) * std)
            if spectral:
                spectral.begin(weight, randomness)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.modules.batchnorm._BatchNorm | nn.GroupNorm | PlaceNorm | Position | Prior):
            layer.reset_parameters()


class Residual(nn.Module):
    """x + branch(x), two convolutions over time; with He's rule the branch begins at zero (Zhang et al. 2019, Fixup,
    arXiv 1901.09321), so that a deep network begins as a shallow one."""

    def __init__(self, channels: int, norm: CriticNormalisation) -> None:
        super().__init__()
        first, second = (nn.Conv1d(channels, channels, 3, padding=1) for _ in range(2))
        second.gain = 0.0  # type: ignore[assignment]
        self.branch = nn.Sequential(
            normalisation(norm, channels, 1),
            nn.LeakyReLU(LEAK),
            first,
            normalisation(norm, channels, 1),
            nn.LeakyReLU(LEAK),
            second,
        )

    def forward(self, values: Float[Tensor, "batch channels time"]) -> Float[Tensor, "batch channels time"]:
        return values + self.branch(values)


def planned(network: Callable[..., Network], *arguments: object) -> Network:
    """A network whose weights have shapes and take no memory yet; torch's global state is not touched."""
    with torch.device("meta"):
        return network(*arguments)


def allocate(network: nn.Module) -> None:
    """Let the weights of a planned network take memory; they have yet to be given values."""
    # As `to_empty` does it; but that asks torch for a tensor like one on "meta", for which torch imports sympy.
    network._apply(
        lambda tensor: torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu") if tensor.is_meta else tensor
    )


def built(
    network: Callable[..., Network], *arguments: object, kind: str, randomness: np.random.Generator | None
) -> Network:
    """A network with weights drawn from `randomness` alone (none: not drawn); torch's global state is not touched."""
    made = planned(network, *arguments)
    allocate(made)
    if randomness is not None:
        initialise(made, kind, randomness)
    return made


def up_to(size: int, multiple: int) -> int:
    """The least multiple of `multiple` that is not below `size`."""
    return -(-size // multiple) * multiple


def hidden_layer(inputs: int, outputs: int, norm: CriticNormalisation, activation: nn.Module) -> nn.Sequential:
    """A dense layer, its normalisation and its activation."""
    return nn.Sequential(nn.Linear(inputs, outputs), normalisation(norm, outputs, 0), activation)


def place_layer(
    places: nn.Module, norm: CriticNormalisation, tracks: int, channels: int, activation: nn.Module
) -> nn.Sequential:
    """A layer on places, its normalisation and its activation."""
    normalised = nn.Identity() if norm == "none" or norm == "spectral" else PlaceNorm(norm, tracks, channels)
    return nn.Sequential(places, normalised, activation)


def _he_std(layer: nn.Linear | nn.modules.conv._ConvNd | PlaceLinear, weight: Tensor) -> float:
    if isinstance(layer, nn.Linear):
        fan_in = float(layer.in_features)
    elif isinstance(layer, PlaceLinear):
        fan_in = float(weight.shape[1])
    else:
        fan_in = layer.in_channels * math.prod(layer.kernel_size) / layer.groups
        if layer.transposed:  # each output cell is reached by a kernel's share of one stride
            fan_in /= math.prod(layer.stride)
    return math.sqrt(2.0 / ((1 + LEAK**2) * fan_in))
