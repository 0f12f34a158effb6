import pytest
import torch
from torch.nn.functional import conv1d

from ganola.networks.layers import RowConvolution
from tests.networks.support import normal


@pytest.mark.parametrize("dilation", [1, 2, 9])
def test_a_row_convolution_is_a_convolution_whose_channels_come_last(dilation) -> None:
    layer, values = RowConvolution(3, 5, 3, dilation), normal(2, 7, 3)
    weight = layer.weight.unflatten(1, (3, 3)).transpose(1, 2)
    expected = conv1d(values.transpose(1, 2), weight, layer.bias, padding=dilation, dilation=dilation)
    assert torch.allclose(layer(values), expected.transpose(1, 2), atol=1e-6)
