import torch
from torch.nn.functional import conv1d, conv_transpose1d, pad

from ganola.networks.model import build_networks
from ganola.networks.step_convolutions import DoublingConvolution, HalvingConvolution, StepChoices
from tests.networks.support import ODD_GRID, SMALL_GRID, normal, seeded


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


def test_doubling_is_the_mirror_image_of_halving() -> None:
    """With the same weights it is the adjoint: <H x, y> = <x, D y>."""
    halving = given_weights(HalvingConvolution(3, 5))
    doubling = DoublingConvolution(5, 3)
    first, second = halving.weight.chunk(2, dim=1)
    doubling.weight.data = torch.cat([first.t(), second.t()], dim=1)
    halving.bias.data.zero_()
    doubling.bias.data.zero_()
    longer, shorter = normal(2, 14, 3, seed=7), normal(2, 7, 5, seed=8)
    expected = (halving(longer) * shorter).sum()
    assert torch.allclose((longer * doubling(shorter)).sum(), expected, rtol=1e-4)


def test_each_number_of_a_step_is_one_choice(make_spec) -> None:
    spec = make_spec("mirror", "softmax", "onset-sustain", (True, False, True), ODD_GRID)
    choices = StepChoices(spec)
    values = torch.arange(30 * choices.channels, dtype=torch.float32).reshape(1, 30, -1)
    logits = choices.logits(values)
    of_track = 2 * 31 + 2  # onset and sustain of each pitch, then rest and hold
    assert choices.channels == 3 * of_track
    assert logits.pitch.shape == (1, 3, 2, ODD_GRID.steps, 31)
    assert logits.pitch[0, 1, 1, 4, 7] == 4 * choices.channels + of_track + 31 + 7
    assert logits.rest_hold is not None
    assert logits.rest_hold[0, 2, 1, 4] == 4 * choices.channels + 3 * of_track - 1


def test_a_note_reaches_steps_near_it_only_but_on_every_pitch(make_spec) -> None:
    """Which notes sound together, one layer knows: pitches are channels."""
    layer = build_networks(make_spec("mirror"), seeded()).critic.body[0]
    rolls = torch.zeros(2, SMALL_GRID.steps, 3 * 2 * SMALL_GRID.pitches)
    rolls[1, 4, 5] = 1
    changed = (layer(rolls)[0] != layer(rolls)[1]).any(dim=1)
    assert changed.tolist() == [place in (1, 2) for place in range(SMALL_GRID.steps // 2)]
