"""Spectral normalisation: every layer's matrix divided by its largest singular value, so that no layer stretches.

torch's own begins from torch's global randomness and takes the tracks of a `PlaceLinear` for one matrix; this one
begins from a given generator, and each track has a norm of its own.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils import parametrize

from ganola.networks.places import PlaceLinear

BEGINNING = 15  # steps of power iteration before the first use


class Spectral(nn.Module):
    """What becomes of a weight: W / sigma(W) (Miyato et al. 2018, arXiv 1802.05957, eq. 8).

    sigma is u^T W v, with u and v followed by one step of power iteration each time that a training critic is asked
    (algorithm 1), and held where it only judges. A convolution's matrix is its output channels by all else.
    """

    def __init__(self, weight: Float[Tensor, "*shape"], *, apart: bool) -> None:
        super().__init__()
        self.apart = apart  # whether the first axis counts matrices
        matrices, rows, columns = self.matrices(weight).shape
        self.register_buffer("left", torch.empty(matrices, rows))
        self.register_buffer("right", torch.empty(matrices, columns))
        self.left: Tensor
        self.right: Tensor

    def matrices(self, weight: Float[Tensor, "*shape"]) -> Float[Tensor, "matrices rows columns"]:
        """The matrix of a weight, or those of its tracks."""
        return weight if self.apart else weight.flatten(start_dim=1).unsqueeze(0)

    def forward(self, weight: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        matrices = self.matrices(weight)
        if self.training:
            self._iterate(matrices)
        # Copies, for the next step of iteration changes what this one's gradient needs.
        left, right = self.left.clone(), self.right.clone()
        norms = left.unsqueeze(1) @ matrices @ right.unsqueeze(2)
        return (matrices / norms).reshape(weight.shape)

    @torch.no_grad()
    def begin(self, weight: Float[Tensor, "*shape"], randomness: np.random.Generator) -> None:
        """Begin anew from a direction drawn from `randomness`."""
        drawn = randomness.standard_normal(self.left.shape, dtype=np.float32)
        self.left.copy_(normalize(torch.from_numpy(drawn), dim=1))
        for _ in range(BEGINNING):
            self._iterate(self.matrices(weight))

    @torch.no_grad()
    def _iterate(self, matrices: Float[Tensor, "matrices rows columns"]) -> None:
        self.right.copy_(normalize((self.left.unsqueeze(1) @ matrices).squeeze(1), dim=1))
        self.left.copy_(normalize((matrices @ self.right.unsqueeze(2)).squeeze(2), dim=1))


def spectrally_normalised(network: nn.Module) -> nn.Module:
    """The network itself, every one of its layers from now on used with W / sigma(W)."""
    for layer in list(network.modules()):
        if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd | PlaceLinear):
            spectral = Spectral(layer.weight, apart=isinstance(layer, PlaceLinear))
            parametrize.register_parametrization(layer, "weight", spectral)
    return network


def own_weight(layer: nn.Module) -> tuple[Tensor, Spectral | None]:
    """The weight that a layer learns, and what it is normalised by, if by anything."""
    if not parametrize.is_parametrized(layer, "weight"):
        return layer.get_parameter("weight"), None
    spectral = layer.get_submodule("parametrizations.weight.0")
    assert isinstance(spectral, Spectral)  # noqa: S101 - nothing else is registered
    return layer.get_parameter("parametrizations.weight.original"), spectral
