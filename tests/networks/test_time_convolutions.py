import pytest
import torch
from torch.nn.functional import conv1d, conv_transpose1d, pad

from ganola.music.grid import Grid
from ganola.networks.model import build_networks
from ganola.networks.time_convolutions import DoublingConvolution, HalvingConvolution
from tests.networks.support import SMALL_GRID, normal, seeded


def given_weights(layer):
    for number, parameter in enumerate(layer.parameters()):
        parameter.data = normal(*parameter.shape, seed=number)
    return layer


def test_halving_is_a_convolution_of_four_steps_that_moves_by_two() -> None:
    layer, values = given_weights(HalvingConvolution(3, 5)), normal(2, 14, 3, seed=7)
    kernel = layer.weight.unflatten(1, (4, 3)).transpose(1, 2)
    expected = conv1d(pad(values.transpose(1, 2), (0, 2)), kernel, layer.bias, stride=2).transpose(1, 2)
    assert torch.allclose(layer(values), expected, atol=1e-5)


def test_doubling_is_a_transposed_convolution_of_four_steps_that_moves_by_two() -> None:
    layer, values = given_weights(DoublingConvolution(3, 5)), normal(2, 7, 3, seed=7)
    own, before = layer.weight.unflatten(0, (2, 5)).chunk(2, dim=2)  # each: which of two steps, out, in
    kernel = torch.cat([own, before]).permute(2, 1, 0)
    expected = conv_transpose1d(values.transpose(1, 2), kernel, stride=2).transpose(1, 2)[:, :14]
    assert torch.allclose(layer(values), expected + layer.bias.unflatten(0, (2, 5)).repeat(7, 1), atol=1e-5)


def test_a_note_reaches_steps_near_it_only_but_on_every_pitch(make_spec) -> None:
    """Which notes sound together, one layer knows: pitches are channels."""
    layer = build_networks(make_spec("timeline"), seeded()).critic.body[0]
    rolls = torch.zeros(2, SMALL_GRID.steps, 3 * 2 * SMALL_GRID.pitches)
    rolls[1, 4, 5] = 1
    changed = (layer(rolls)[0] != layer(rolls)[1]).any(dim=1)
    assert changed.tolist() == [place in (1, 2) for place in range(SMALL_GRID.steps // 2)]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_phrase_is_the_same_bits_among_few_as_among_many(make_spec, count) -> None:
    spec = make_spec("timeline", generator_normalisation="batch", grid=Grid(lowest=36, pitches=48))
    generator = build_networks(spec, seeded()).generator.eval()
    r = normal(generator.most_rows, 6)
    few = max(count, generator.fewest_rows)
    one, other = generator(r[:few]), generator(r)
    assert torch.equal(one.pitch, other.pitch[:few])
    assert torch.equal(one.rest_hold, other.rest_hold[:few])
