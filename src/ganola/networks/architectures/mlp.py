"""The mlp architecture: dense layers on the flat roll (the baseline of N10)."""

import math

from jaxtyping import Float
from torch import Tensor, nn

from ganola.networks.config import ModelSpec
from ganola.networks.generator import Architecture, Generator, Latents, Roll
from ganola.networks.layers import LEAK, dense_layer
from ganola.networks.outputs.logits import Logits


class MlpGenerator(Generator):
    """Two dense layers of `width` units, then all logits at once."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, config, output = spec.grid, spec.networks, spec.discretiser
        norm, width = config.generator_normalisation, config.width
        self.pitch_shape = (len(spec.tracks), output.logit_planes, grid.steps, grid.pitches)
        self.rest_hold_shape = (len(spec.tracks), 2, grid.steps)
        self.body = nn.Sequential(
            dense_layer(spec.latent, width, norm, nn.ReLU()), dense_layer(width, width, norm, nn.ReLU())
        )
        self.pitch_head = nn.Linear(width, math.prod(self.pitch_shape))
        self.rest_hold_head = nn.Linear(width, math.prod(self.rest_hold_shape)) if output.has_rest_hold else None

    def decode(self, latent: Latents) -> Logits:
        features = self.body(latent)
        pitch = self.pitch_head(features).unflatten(1, self.pitch_shape)
        if self.rest_hold_head is None:
            return Logits(pitch)
        return Logits(pitch, self.rest_hold_head(features).unflatten(1, self.rest_hold_shape))


class MlpCritic(nn.Module):
    """Two dense layers of `width` units."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        norm, width = spec.networks.critic_normalisation, spec.networks.width
        cells = len(spec.tracks) * spec.planes * spec.grid.steps * spec.grid.pitches
        self.body = nn.Sequential(
            dense_layer(cells, width, norm, nn.LeakyReLU(LEAK)),
            dense_layer(width, width, norm, nn.LeakyReLU(LEAK)),
            nn.Linear(width, 1),
        )

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        """Return D of each roll."""
        return self.body(roll.flatten(start_dim=1)).squeeze(1)


ARCHITECTURE = Architecture(MlpGenerator, MlpCritic)
