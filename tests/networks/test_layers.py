"""Layers of values whose channels come last, against torch's own."""

import pytest
import torch
from torch.nn.functional import conv1d

from ganola.networks.layers import RowConvolution, join, join_steps


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dilation", [1, 2, 9])
def test_a_row_convolution_is_a_convolution(dilation) -> None:
    layer = RowConvolution(3, 5, 3, dilation).double()
    values = random(2, 7, 3)
    weight = layer.weight.detach().unflatten(1, (3, 3)).transpose(1, 2)  # (out, channels, size)
    bias, places = layer.bias.detach(), {"padding": dilation, "dilation": dilation}
    expected = conv1d(values.transpose(1, 2), weight, bias, **places)
    torch.testing.assert_close(layer(values).detach(), expected.transpose(1, 2))


def test_a_beat_has_the_channels_of_its_steps_one_after_another() -> None:
    values = torch.arange(12.0).reshape(1, 6, 2)
    assert join_steps(values, 3).tolist() == [[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]]


def test_joined_parts_are_torchs_and_so_are_two_derivatives() -> None:
    parts = [random(2, 3, channels, seed=channels).requires_grad_() for channels in (1, 2, 4)]
    assert torch.equal(join(parts), torch.cat(parts, dim=2))
    factors = random(7)
    assert torch.autograd.gradgradcheck(lambda *given: (join(given).square() * factors).sum(), parts)
