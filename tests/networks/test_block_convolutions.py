"""Matrix products on blocks give what 3-D convolutions give."""

import numpy as np
import pytest
import torch
from torch.nn.functional import conv3d, conv_transpose3d

from ganola.networks.block_convolutions import BlockConv, BlockTransposedConv, PerTrackNorm, SlidingConv
from ganola.networks.initialise import initialise


def filled(module):
    initialise(module, "normal-1", np.random.default_rng(0))
    return module


def volume(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def channels_first(values: torch.Tensor, track: int = 0) -> torch.Tensor:
    return values[track].permute(0, 4, 1, 2, 3)


@pytest.mark.parametrize("kernel", [(3, 1, 1), (1, 2, 1), (1, 1, 5), (2, 3, 4)])
def test_block_transposed_conv_is_a_transposed_convolution_whose_kernel_is_its_stride(kernel) -> None:
    module, values = filled(BlockTransposedConv(2, 5, 7, kernel)), volume(2, 3, 2, 4, 3, 5)
    for track in range(2):
        weight = module.linear.weight[track].unflatten(1, (*kernel, 7)).permute(0, 4, 1, 2, 3)
        expected = conv_transpose3d(channels_first(values, track), weight, module.linear.bias[track, 0, :7], kernel)
        assert torch.allclose(channels_first(module(values), track), expected, atol=1e-5)


@pytest.mark.parametrize("kernel", [(3, 1, 1), (1, 2, 1), (1, 1, 5), (3, 2, 5)])
def test_block_conv_is_a_convolution_whose_kernel_is_its_stride(kernel) -> None:
    module, values = filled(BlockConv(2, 4, 7, kernel)), volume(2, 3, 6, 4, 5, 4)
    for track in range(2):
        weight = module.linear.weight[track].unflatten(0, (*kernel, 4)).permute(4, 3, 0, 1, 2)
        expected = conv3d(channels_first(values, track), weight, stride=kernel)
        assert torch.allclose(channels_first(module(values), track), expected, atol=1e-4)


@pytest.mark.parametrize("axis", [2, 4])
def test_sliding_conv_is_a_convolution_of_stride_one_or_the_transposed_one(axis) -> None:
    values = volume(1, 2, 4, 3, 5, 6)
    kernel = [1, 1, 1]
    kernel[axis - 2] = 3
    narrow = filled(SlidingConv(axis, 6, 7, 3))
    weight = narrow.linear.weight[0].unflatten(0, (6, 3)).permute(2, 0, 1)
    expected = conv3d(channels_first(values), weight.reshape(7, 6, *kernel))
    assert torch.allclose(channels_first(narrow(values)), expected, atol=1e-4)
    wide = filled(SlidingConv(axis, 6, 7, 3, transposed=True))
    weight = wide.linear.weight[0].unflatten(0, (6, 3)).permute(0, 2, 1).flip(2)
    expected = conv_transpose3d(channels_first(values), weight.reshape(6, 7, *kernel))
    assert torch.allclose(channels_first(wide(values)), expected, atol=1e-4)


def test_batch_normalisation_is_torchs_for_each_track() -> None:
    module, values = filled(PerTrackNorm("batch", 2, 5)), 3 + 2 * volume(2, 3, 2, 4, 3, 5)
    references = [torch.nn.BatchNorm3d(5) for _ in range(2)]
    for mode in (True, True, False):
        module.train(mode)
        normalised = module(values)
        for track, reference in enumerate(references):
            expected = reference.train(mode)(channels_first(values, track))
            assert torch.allclose(channels_first(normalised, track), expected, atol=1e-4)


def test_layer_normalisation_is_torchs_for_each_track() -> None:
    module, values = filled(PerTrackNorm("layer", 2, 5)), 3 + 2 * volume(2, 3, 2, 4, 3, 5)
    for track in range(2):
        expected = torch.nn.GroupNorm(1, 5)(channels_first(values, track))
        assert torch.allclose(channels_first(module(values), track), expected, atol=1e-4)
