"""The timeline architecture: convolutions over time alone, all at once, and no step waits for the one before.

Its critic is that of `mirror`; its generator has residual blocks, and is no mirror image (docs/decisions/0022).
"""

import math

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganola.networks.config import ModelSpec, Normalisation
from ganola.networks.generator import Architecture, Generator, Latents
from ganola.networks.layers import ROWS, ResidualBlock, round_up, row_normalisation
from ganola.networks.outputs import Logits
from ganola.networks.step_convolutions import SHORTENED, DoublingConvolution, StepChoices, StepCritic


class TimelineGenerator(Generator):
    """Transposed convolutions that double the steps, from 4 times `width` channels to twice `width`.

    After each, and before the first, comes a residual block: with them its voices learn longer to agree
    (docs/decisions/0022).
    """

    most_rows = 64

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, config = spec.grid, spec.networks
        norm, width, places = config.generator_normalisation, config.width, round_up(grid.steps, SHORTENED) // SHORTENED
        # Its products have ROWS rows at least: after the first doubling a phrase has two for each place, and its noise
        # one for each beat. Before that, `decode` adds what lacks.
        self.fewest_rows = -(-ROWS // min(2 * places, grid.pulses))
        self.choices = StepChoices(spec)
        self.places = (places, 4 * width)
        self.input_layer = nn.Linear(spec.latent, math.prod(self.places))
        self.first_layers = nn.Sequential(_residual(4 * width, norm), DoublingConvolution(4 * width, 4 * width))
        self.body = nn.Sequential(
            _residual(4 * width, norm),
            DoublingConvolution(4 * width, 2 * width),
            _residual(2 * width, norm),
            DoublingConvolution(2 * width, 2 * width),
            _residual(2 * width, norm),
            nn.Linear(2 * width, self.choices.channels),
        )

    def decode(self, latent: Latents) -> Logits:
        count = len(latent)
        places = self.input_layer(_filled_up(latent, ROWS))[:count].unflatten(1, self.places)
        pairs = self.first_layers(_filled_up(places, -(-ROWS // self.places[0])))[:count]
        return self.choices.logits(self.body(pairs))


ARCHITECTURE = Architecture(TimelineGenerator, StepCritic)


def _filled_up(values: Float[Tensor, "batch *shape"], count: int) -> Float[Tensor, "rows *shape"]:
    """Return the values of a batch, with zeros after it where it is smaller than `count`.

    Where a product has fewer than ROWS rows, each of them depends on how many there are.
    """
    lacking = max(0, count - len(values))
    return pad(values, (0, 0) * (values.ndim - 1) + (0, lacking)) if lacking else values


def _residual(channels: int, norm: Normalisation) -> nn.Sequential:
    return nn.Sequential(ResidualBlock(channels, norm), row_normalisation(norm, channels), nn.ReLU())
