"""The mirror architecture: convolutions over time, the generator the mirror image of the critic (N8).

All pitches of all tracks are the channels of a step: the critic's first filters see whole chords, and the generator's
last ones play them. Filters of a few steps by a few pitches learn harmony far more slowly (docs/decisions/0029).
"""

import math

from torch import nn

from ganola.networks.config import ModelSpec
from ganola.networks.generator import Architecture, Generator, Latents
from ganola.networks.layers import round_up, row_normalisation
from ganola.networks.outputs import Logits
from ganola.networks.step_convolutions import SHORTENED, DoublingConvolution, StepChoices, StepCritic


class MirrorGenerator(Generator):
    """Transposed convolutions that double the steps, from 4 times `width` channels to twice `width` and to the cells.

    Each is the mirror image of a layer of its critic, in the opposite order.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        norm, width = spec.networks.generator_normalisation, spec.networks.width
        self.choices = StepChoices(spec)
        self.places = (round_up(spec.grid.steps, SHORTENED) // SHORTENED, 4 * width)
        self.input_layer = nn.Linear(spec.latent, math.prod(self.places))
        self.body = nn.Sequential(
            row_normalisation(norm, 4 * width),
            nn.ReLU(),
            DoublingConvolution(4 * width, 4 * width),
            row_normalisation(norm, 4 * width),
            nn.ReLU(),
            DoublingConvolution(4 * width, 2 * width),
            row_normalisation(norm, 2 * width),
            nn.ReLU(),
            DoublingConvolution(2 * width, self.choices.channels),
        )

    def decode(self, latent: Latents) -> Logits:
        return self.choices.logits(self.body(self.input_layer(latent).unflatten(1, self.places)))


ARCHITECTURE = Architecture(MirrorGenerator, StepCritic)
