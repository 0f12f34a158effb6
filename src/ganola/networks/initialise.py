"""How networks get their first weights: all from one given stream of random numbers, none from torch's global one."""

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ganola.networks.block_convolutions import PerTrackLinear, PerTrackNorm
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.layers import LEAK, PositionEmbedding
from ganola.networks.spectral import stored_weight

Network = TypeVar("Network", bound=nn.Module)

_STANDARD_DEVIATIONS = {"normal-0.02": 0.02, "normal-1": 1.0}  # of all weights; others by He's rule


@torch.no_grad()
def initialise(network: nn.Module, kind: str, randomness: np.random.Generator) -> None:
    """Draw all weights from `randomness`: by He et al. 2015 (arXiv 1502.01852, section 2.2), or N(0, 0.02) or N(0, 1).

    The standard deviations are 0.02 and 1. Biases begin at zero, normalisation as the identity. A layer's `gain` (zero
    in a branch that begins at zero) counts by He's rule only: the others are of all weights, as the notes have it.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd | PerTrackLinear):
            weight, spectral = stored_weight(layer)
            gain = 1.0 if spectral else getattr(layer, "gain", 1.0)  # a matrix of zeros has no singular vectors
            std = _STANDARD_DEVIATIONS.get(kind) or _he_std(layer, weight) * gain
            drawn = randomness.standard_normal(weight.shape, dtype=np.float32)
            weight.copy_(torch.from_numpy(drawn) * std)
            if spectral:
                spectral.reset(weight, randomness)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(
            layer, nn.modules.batchnorm._BatchNorm | nn.GroupNorm | PerTrackNorm | PositionEmbedding | LatentFlow
        ):
            layer.reset_parameters()


def build(
    network: Callable[..., Network], *arguments: object, kind: str, randomness: np.random.Generator | None
) -> Network:
    """Return `network(*arguments)` with weights from `randomness` alone (None: memory that is not initialised)."""
    made = build_on_meta(network, *arguments)
    allocate(made)
    if randomness is not None:
        initialise(made, kind, randomness)
    return made


def build_on_meta(network: Callable[..., Network], *arguments: object) -> Network:
    """Return `network(*arguments)`, its weights on torch's "meta" device: they have shapes and take no memory yet."""
    with torch.device("meta"):
        return network(*arguments)


def allocate(network: nn.Module) -> None:
    """Let the weights on "meta" take memory; they have yet to be given values."""
    # As `to_empty` does it; but that asks torch for a tensor like one on "meta", for which torch imports sympy.
    network._apply(
        lambda tensor: torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu") if tensor.is_meta else tensor
    )


def _he_std(layer: nn.Linear | nn.modules.conv._ConvNd | PerTrackLinear, weight: Tensor) -> float:
    """Return the square root of 2 / ((1 + LEAK^2) fan_in)."""
    if isinstance(layer, nn.Linear):
        fan_in = float(layer.in_features)
    elif isinstance(layer, PerTrackLinear):
        fan_in = float(weight.shape[1])
    else:
        fan_in = layer.in_channels * math.prod(layer.kernel_size) / layer.groups
        if layer.transposed:  # each output cell is reached by a kernel's share of one stride
            fan_in /= math.prod(layer.stride)
    return math.sqrt(2.0 / ((1 + LEAK**2) * fan_in))
