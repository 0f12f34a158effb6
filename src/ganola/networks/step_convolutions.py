"""Convolutions over time whose channels are all pitches of all tracks at a step, as matrix products.

One layer then knows which notes make a chord; in two dimensions a filter reaches a few neighbouring pitches only
(docs/decisions/0022). The architectures `mirror` and `timeline` are made of them and share their critic.
"""

import math

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, pad

from ganola.networks.config import CriticNormalisation, ModelSpec
from ganola.networks.generator import Roll
from ganola.networks.layers import LEAK, round_up, row_normalisation
from ganola.networks.outputs import Logits

HALVINGS = 3  # of the steps in the critic, and doublings in the generators
SHORTENED = 2**HALVINGS


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


class StepCritic(nn.Module):
    """A critic whose convolutions halve the steps, from twice `width` channels to 4 times `width`."""

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


class StepChoices:
    """What a generator decides of each step: the logits of all its cells, and of rest and hold where it needs them."""

    def __init__(self, spec: ModelSpec) -> None:
        output, grid = spec.discretiser, spec.grid
        self.steps, self.tracks = grid.steps, len(spec.tracks)
        self.pitch_shape = (output.logit_planes, grid.pitches)
        self.has_rest_hold = output.has_rest_hold

    @property
    def of_track(self) -> int:
        """Return how many logits a step of a track has."""
        return math.prod(self.pitch_shape) + 2 * self.has_rest_hold

    @property
    def channels(self) -> int:
        """Return how many logits a step has."""
        return self.tracks * self.of_track

    def logits(self, values: Float[Tensor, "batch places channels"]) -> Logits:
        """Return the channels of the phrase's steps as logits; steps beyond its end are left out."""
        by_track = values[:, : self.steps].unflatten(2, (self.tracks, self.of_track)).transpose(1, 2)
        cells = math.prod(self.pitch_shape)
        pitch = by_track[..., :cells].unflatten(3, self.pitch_shape).transpose(2, 3)
        return Logits(pitch, by_track[..., cells:].transpose(2, 3) if self.has_rest_hold else None)


def _one_below_the_other(weight: Float[Tensor, "out twice_in"]) -> Float[Tensor, "twice_out in"]:
    """Return the two halves of a weight's columns as rows, so that one product serves both."""
    return weight.unflatten(1, (2, -1)).transpose(0, 1).flatten(0, 1)


def _halving(inputs: int, outputs: int, norm: CriticNormalisation) -> nn.Sequential:
    return nn.Sequential(HalvingConvolution(inputs, outputs), row_normalisation(norm, outputs), nn.LeakyReLU(LEAK))
