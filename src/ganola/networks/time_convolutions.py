"""Convolutions over time that halve or double the steps, for (batch, steps, channels)."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, pad


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


def _one_below_the_other(weight: Float[Tensor, "out twice_in"]) -> Float[Tensor, "twice_out in"]:
    """Return the two halves of a weight's columns as rows, so that one product serves both."""
    return weight.unflatten(1, (2, -1)).transpose(0, 1).flatten(0, 1)
