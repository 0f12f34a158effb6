"""Layers that the architectures share."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.networks.config import CriticNormalisation

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
    """x + branch(x), two convolutions over time.

    With He's rule the branch begins at zero, so that a deep network begins as a shallow one (Zhang et al. 2019, Fixup,
    arXiv 1901.09321).
    """

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


class PositionEmbedding(nn.Module):
    """Adds to each position of (batch, channels, positions) learned numbers of its own, zero at first."""

    def __init__(self, channels: int, positions: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, positions))

    def reset_parameters(self) -> None:
        """Set all of it to zero, so that positions do not differ."""
        nn.init.zeros_(self.weight)

    def forward(self, values: Float[Tensor, "batch channels positions"]) -> Float[Tensor, "batch channels positions"]:
        return values + self.weight


def dense_layer(inputs: int, outputs: int, norm: CriticNormalisation, activation: nn.Module) -> nn.Sequential:
    """Return a dense layer, its normalisation and its activation."""
    return nn.Sequential(nn.Linear(inputs, outputs), normalisation(norm, outputs, 0), activation)


def round_up(size: int, multiple: int) -> int:
    """Return the least multiple of `multiple` that is not below `size`."""
    return -(-size // multiple) * multiple
