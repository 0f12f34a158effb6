"""Spectral normalisation: every layer's matrix divided by its largest singular value (Miyato et al. 2018).

torch's own begins from torch's global random numbers and takes the tracks of a `PerTrackLinear` for one matrix; this
one begins from a given stream, and each track has a norm of its own (docs/decisions/0019).
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils import parametrize

from ganola.networks.block_convolutions import PerTrackLinear

FIRST_ITERATIONS = 15  # steps of power iteration before the first use


class SpectralNorm(nn.Module):
    """The parametrisation W / sigma(W) (Miyato et al. 2018, arXiv 1802.05957, eq. 8).

    sigma is u^T W v. In training mode each use updates u and v by one step of power iteration (algorithm 1); in
    evaluation mode they stay. A convolution's matrix is its output channels by all else.
    """

    def __init__(self, weight: Float[Tensor, "*shape"], *, per_track: bool) -> None:
        super().__init__()
        self.per_track = per_track  # whether the first axis is one of matrices
        matrices, rows, columns = self.matrices(weight).shape
        self.register_buffer("u", torch.empty(matrices, rows))
        self.register_buffer("v", torch.empty(matrices, columns))
        self.u: Tensor
        self.v: Tensor

    def matrices(self, weight: Float[Tensor, "*shape"]) -> Float[Tensor, "matrices rows columns"]:
        """Return the matrix of a weight, or those of its tracks."""
        return weight if self.per_track else weight.flatten(start_dim=1).unsqueeze(0)

    def forward(self, weight: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        matrices = self.matrices(weight)
        if self.training:
            self._iterate(matrices)
        # Copies, for the next iteration changes in place what this one's gradient needs.
        u, v = self.u.clone(), self.v.clone()
        sigma = u.unsqueeze(1) @ matrices @ v.unsqueeze(2)
        return (matrices / sigma).reshape(weight.shape)

    @torch.no_grad()
    def reset(self, weight: Float[Tensor, "*shape"], randomness: np.random.Generator) -> None:
        """Start the power iteration from a vector drawn from `randomness`."""
        drawn = randomness.standard_normal(self.u.shape, dtype=np.float32)
        self.u.copy_(normalize(torch.from_numpy(drawn), dim=1))
        for _ in range(FIRST_ITERATIONS):
            self._iterate(self.matrices(weight))

    @torch.no_grad()
    def _iterate(self, matrices: Float[Tensor, "matrices rows columns"]) -> None:
        self.v.copy_(normalize((self.u.unsqueeze(1) @ matrices).squeeze(1), dim=1))
        self.u.copy_(normalize((matrices @ self.v.unsqueeze(2)).squeeze(2), dim=1))


def add_spectral_norm(network: nn.Module) -> nn.Module:
    """Give every layer of a network the parametrisation W / sigma(W), and return the network."""
    for layer in list(network.modules()):
        if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd | PerTrackLinear):
            spectral = SpectralNorm(layer.weight, per_track=isinstance(layer, PerTrackLinear))
            parametrize.register_parametrization(layer, "weight", spectral)
    return network


def stored_weight(layer: nn.Module) -> tuple[Tensor, SpectralNorm | None]:
    """Return the weight that a layer learns, and its spectral norm, if it has one."""
    if not parametrize.is_parametrized(layer, "weight"):
        return layer.get_parameter("weight"), None
    spectral = layer.get_submodule("parametrizations.weight.0")
    assert isinstance(spectral, SpectralNorm)  # noqa: S101 - nothing else is registered
    return layer.get_parameter("parametrizations.weight.original"), spectral
