"""The dcgan architecture: a roll as a picture, and convolutions over both of its axes (N10).

As in DCGAN (Radford et al. 2015, arXiv 1511.06434). A filter reaches a few neighbouring pitches only, so that no early
layer sees a chord (docs/decisions/0022).
"""

import math

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganola.networks.config import CriticNormalisation, ModelSpec
from ganola.networks.generator import Architecture, Generator, Latents, Roll
from ganola.networks.layers import LEAK, normalisation, round_up
from ganola.networks.outputs.logits import Logits


class DcganGenerator(Generator):
    """Transposed convolutions that double steps and pitches three times.

    `width` is the channels of the last hidden layer, of half the resolution; each layer before has twice as many.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, config, output = spec.grid, spec.networks, spec.discretiser
        norm, width, tracks = config.generator_normalisation, config.width, len(spec.tracks)
        self.shape = (tracks, output.logit_planes, grid.steps, grid.pitches)
        self.input_shape = (4 * width, round_up(grid.steps, 8) // 8, round_up(grid.pitches, 8) // 8)
        self.input_layer = nn.Linear(spec.latent, math.prod(self.input_shape))
        self.body = nn.Sequential(
            normalisation(norm, 4 * width, 2),
            nn.ReLU(),
            _doubling(4 * width, 2 * width),
            normalisation(norm, 2 * width, 2),
            nn.ReLU(),
            _doubling(2 * width, width),
            normalisation(norm, width, 2),
            nn.ReLU(),
        )
        self.pitch_head = _doubling(width, tracks * output.logit_planes)
        self.rest_hold_head = nn.ConvTranspose1d(width, tracks * 2, 4, 2, 1) if output.has_rest_hold else None

    def decode(self, latent: Latents) -> Logits:
        tracks, planes, steps, pitches = self.shape
        features = self.body(self.input_layer(latent).unflatten(1, self.input_shape))
        pitch = self.pitch_head(features)[:, :, :steps, :pitches].unflatten(1, (tracks, planes))
        if self.rest_hold_head is None:
            return Logits(pitch)
        rest_hold = self.rest_hold_head(features.mean(dim=3))[:, :, :steps].unflatten(1, (tracks, 2))
        return Logits(pitch, rest_hold)


class DcganCritic(nn.Module):
    """Convolutions that halve steps and pitches three times, from `width` channels to four times as many."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        norm, width = spec.networks.critic_normalisation, spec.networks.width
        steps, pitches = round_up(spec.grid.steps, 8), round_up(spec.grid.pitches, 8)
        self.padding = (0, pitches - spec.grid.pitches, 0, steps - spec.grid.steps)
        self.body = nn.Sequential(
            _halving(len(spec.tracks) * spec.planes, width, norm),
            _halving(width, 2 * width, norm),
            _halving(2 * width, 4 * width, norm),
            nn.Flatten(),
            nn.Linear(4 * width * (steps // 8) * (pitches // 8), 1),
        )

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        """Return D of each roll."""
        picture = pad(roll.flatten(start_dim=1, end_dim=2), self.padding)
        return self.body(picture).squeeze(1)


ARCHITECTURE = Architecture(DcganGenerator, DcganCritic)


def _doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1)


def _halving(inputs: int, outputs: int, norm: CriticNormalisation) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=4, stride=2, padding=1),
        normalisation(norm, outputs, 2),
        nn.LeakyReLU(LEAK),
    )
