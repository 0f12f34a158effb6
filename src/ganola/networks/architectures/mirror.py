"""The mirror architecture: convolutions over time, the generator the mirror image of the critic (N8).

All pitches of all tracks are the channels of a step, so that one layer knows which notes make a chord. In two
dimensions, as in `dcgan`, a filter reaches a few neighbouring pitches only (docs/decisions/0022).
"""

import math

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganola.networks.config import CriticNormalisation, ModelSpec, Normalisation
from ganola.networks.generator import Architecture, Generator, Latents, Roll
from ganola.networks.layers import LEAK, ROWS, round_up, row_normalisation
from ganola.networks.outputs.logits import Logits
from ganola.networks.time_convolutions import DoublingConvolution, HalvingConvolution

DOUBLINGS = 3  # of the steps in the generator, and halvings in the critic
SHORTENED = 2**DOUBLINGS


class MirrorGenerator(Generator):
    """Transposed convolutions that double the steps, from 4 times `width` channels to twice `width`, then to cells."""

    most_rows = 64

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, config, output = spec.grid, spec.networks, spec.discretiser
        places = round_up(grid.steps, SHORTENED) // SHORTENED
        # Its products have ROWS rows at least: after the first doubling a phrase has two for each place, and its noise
        # one for each beat. Before that, `decode` adds what lacks.
        self.fewest_rows = -(-ROWS // min(2 * places, grid.pulses))
        self.steps = grid.steps
        self.pitch_shape = (output.logit_planes, grid.pitches)
        self.choices = (len(spec.tracks), math.prod(self.pitch_shape) + 2 * output.has_rest_hold)
        self.places = (places, 4 * config.width)
        self.input_layer = nn.Linear(spec.latent, math.prod(self.places))
        norm, width, outputs = config.generator_normalisation, config.width, math.prod(self.choices)
        self.first_layers, self.body = self.build_layers(norm, width, outputs)

    def build_layers(self, norm: Normalisation, width: int, outputs: int) -> tuple[nn.Sequential, nn.Sequential]:
        """Return the layers up to the first doubling, and all others, the last of which has `outputs` channels."""
        return nn.Sequential(_activation(norm, 4 * width), DoublingConvolution(4 * width, 4 * width)), nn.Sequential(
            _activation(norm, 4 * width),
            DoublingConvolution(4 * width, 2 * width),
            _activation(norm, 2 * width),
            DoublingConvolution(2 * width, outputs),
        )

    def decode(self, latent: Latents) -> Logits:
        count = len(latent)
        places = self.input_layer(_filled_up(latent, ROWS))[:count].unflatten(1, self.places)
        pairs = self.first_layers(_filled_up(places, -(-ROWS // self.places[0])))[:count]
        choices = self.body(pairs)[:, : self.steps].unflatten(2, self.choices).transpose(1, 2)
        cells = math.prod(self.pitch_shape)
        pitch = choices[..., :cells].unflatten(3, self.pitch_shape).transpose(2, 3)
        return Logits(pitch, choices[..., cells:].transpose(2, 3) if self.discretiser.has_rest_hold else None)


class MirrorCritic(nn.Module):
    """Convolutions that halve the steps, from twice `width` channels to 4 times `width`."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        norm, width = spec.networks.critic_normalisation, spec.networks.width
        steps = round_up(spec.grid.steps, SHORTENED)
        self.padding = (0, 0, 0, steps - spec.grid.steps)
        self.body = nn.Sequential(
            _halving(len(spec.tracks) * spec.planes * spec.grid.pitches, 2 * width, norm),
            _halving(2 * width, 4 * width, norm),
            _halving(4 * width, 4 * width, norm),
            nn.Flatten(),
            nn.Linear(4 * width * steps // SHORTENED, 1),
        )

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        """Return D of each roll."""
        by_step = roll.permute(0, 3, 1, 2, 4).flatten(start_dim=2)
        return self.body(pad(by_step, self.padding)).squeeze(1)


ARCHITECTURE = Architecture(MirrorGenerator, MirrorCritic)


def _activation(norm: Normalisation, channels: int) -> nn.Sequential:
    return nn.Sequential(row_normalisation(norm, channels), nn.ReLU())


def _halving(inputs: int, outputs: int, norm: CriticNormalisation) -> nn.Sequential:
    return nn.Sequential(HalvingConvolution(inputs, outputs), row_normalisation(norm, outputs), nn.LeakyReLU(LEAK))


def _filled_up(values: Float[Tensor, "batch *shape"], count: int) -> Float[Tensor, "rows *shape"]:
    """Return the values of a batch, with zeros after it where it is smaller than `count`.

    Where a product has fewer than ROWS rows, each of them depends on how many there are.
    """
    lacking = max(0, count - len(values))
    return pad(values, (0, 0) * (values.ndim - 1) + (0, lacking)) if lacking else values
