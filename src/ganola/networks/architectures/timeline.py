"""The timeline architecture: convolutions over time alone, all at once, and no step waits for the one before.

All pitches of all tracks are the channels of a step, so that one layer knows which notes make a chord. In two
dimensions, as in `mirror`, a filter reaches a few neighbouring pitches only (docs/decisions/0022).
"""

import math

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, pad

from ganola.networks.config import CriticNormalisation, ModelSpec, Normalisation
from ganola.networks.generator import Architecture, Generator, Latents, Roll
from ganola.networks.layers import LEAK, ROWS, ResidualBlock, round_up, row_normalisation
from ganola.networks.outputs.logits import Logits

DOUBLINGS = 3  # of the steps in the generator, and halvings in the critic
SHORTENED = 2**DOUBLINGS


class TimelineGenerator(Generator):
    """Transposed convolutions that double the steps, from 4 times `width` channels to twice `width`.

    After each, and before the first, comes a residual block: with them its voices learn longer to agree
    (docs/decisions/0022).
    """

    most_rows = 64

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, config, output = spec.grid, spec.networks, spec.discretiser
        norm, width, places = config.generator_normalisation, config.width, round_up(grid.steps, SHORTENED) // SHORTENED
        # Its products have ROWS rows at least: after the first doubling a phrase has two for each place, and its noise
        # one for each beat. Before that, `decode` adds what lacks.
        self.fewest_rows = -(-ROWS // min(2 * places, grid.pulses))
        self.steps = grid.steps
        self.pitch_shape = (output.logit_planes, grid.pitches)
        self.choices = (len(spec.tracks), math.prod(self.pitch_shape) + 2 * output.has_rest_hold)
        self.places = (places, 4 * width)
        self.input_layer = nn.Linear(spec.latent, math.prod(self.places))
        self.first_layers = nn.Sequential(_residual(4 * width, norm), DoublingConvolution(4 * width, 4 * width))
        self.body = nn.Sequential(
            _residual(4 * width, norm),
            DoublingConvolution(4 * width, 2 * width),
            _residual(2 * width, norm),
            DoublingConvolution(2 * width, 2 * width),
            _residual(2 * width, norm),
            nn.Linear(2 * width, math.prod(self.choices)),
        )

    def decode(self, latent: Latents) -> Logits:
        count = len(latent)
        places = self.input_layer(_filled_up(latent, ROWS))[:count].unflatten(1, self.places)
        pairs = self.first_layers(_filled_up(places, -(-ROWS // self.places[0])))[:count]
        choices = self.body(pairs)[:, : self.steps].unflatten(2, self.choices).transpose(1, 2)
        cells = math.prod(self.pitch_shape)
        pitch = choices[..., :cells].unflatten(3, self.pitch_shape).transpose(2, 3)
        return Logits(pitch, choices[..., cells:].transpose(2, 3) if self.discretiser.has_rest_hold else None)


class TimelineCritic(nn.Module):
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


class HalvingConvolution(nn.Linear):
    """A convolution over (batch, steps, channels): four steps, from each even one on, become one.

    It is one matrix product of all pairs of steps, each of which serves two outputs: faster than torch's own.
    """

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(4 * channels, out_channels)

    def forward(self, values: Float[Tensor, "batch steps channels"]) -> Float[Tensor, "batch half out"]:
        pairs = values.unflatten(1, (-1, 2)).flatten(start_dim=2)
        first, second = linear(pairs, _one_below_the_other(self.weight)).chunk(2, dim=2)
        return first + pad(second[:, 1:], (0, 0, 0, 1)) + self.bias


class DoublingConvolution(nn.Linear):
    """A transposed convolution over (batch, steps, channels): a step and the one before it become two steps."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(2 * channels, 2 * out_channels)

    def forward(self, values: Float[Tensor, "batch steps channels"]) -> Float[Tensor, "batch double out"]:
        own, before = linear(values, _one_below_the_other(self.weight)).chunk(2, dim=2)
        pairs = own + pad(before[:, :-1], (0, 0, 1, 0)) + self.bias
        return pairs.unflatten(2, (2, -1)).flatten(1, 2)


ARCHITECTURE = Architecture(TimelineGenerator, TimelineCritic)


def _one_below_the_other(weight: Float[Tensor, "out twice_in"]) -> Float[Tensor, "twice_out in"]:
    """Return the two halves of a weight's columns as rows, so that one product serves both."""
    return weight.unflatten(1, (2, -1)).transpose(0, 1).flatten(0, 1)


def _filled_up(values: Float[Tensor, "batch *shape"], count: int) -> Float[Tensor, "rows *shape"]:
    """Return the values of a batch, with zeros after it where it is smaller than `count`.

    Where a product has fewer than ROWS rows, each of them depends on how many there are.
    """
    lacking = max(0, count - len(values))
    return pad(values, (0, 0) * (values.ndim - 1) + (0, lacking)) if lacking else values


def _residual(channels: int, norm: Normalisation) -> nn.Sequential:
    return nn.Sequential(ResidualBlock(channels, norm), row_normalisation(norm, channels), nn.ReLU())


def _halving(inputs: int, outputs: int, norm: CriticNormalisation) -> nn.Sequential:
    return nn.Sequential(HalvingConvolution(inputs, outputs), row_normalisation(norm, outputs), nn.LeakyReLU(LEAK))
