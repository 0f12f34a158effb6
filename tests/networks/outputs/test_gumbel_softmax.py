import pytest
import torch

from ganola.networks.outputs.choices import HOLD, REST, GumbelSoftmax, Softmax
from ganola.networks.outputs.logits import Logits
from tests.networks.support import normal, uniform

STEPS, PITCHES = 3, 4


def steep(slope: float, planes: int, *monophonic: bool, **settings: object) -> GumbelSoftmax:
    discretiser = GumbelSoftmax(planes, monophonic, **settings)
    discretiser.raise_slope(slope)
    return discretiser


def logits_of(discretiser: GumbelSoftmax, tracks: int, seed: int = 0) -> Logits:
    pitch = normal(2, tracks, discretiser.logit_planes, STEPS, PITCHES, seed=seed)
    return Logits(pitch, normal(2, tracks, 2, STEPS, seed=seed + 1) if discretiser.has_rest_hold else None)


def noise_of(discretiser: GumbelSoftmax, tracks: int) -> Logits:
    return discretiser.noise(uniform(2, tracks, STEPS, discretiser.noise_numbers(PITCHES)))


def test_a_voice_sounds_by_its_shares_in_the_steeper_softmax_of_noisy_logits() -> None:
    discretiser, slope = steep(2.5, 2, True), 2.5
    logits, noise = logits_of(discretiser, 1), noise_of(discretiser, 1)
    onset, sustain = discretiser(logits, noise)[:, 0].unbind(1)
    noisy = logits + noise
    choices = torch.cat([noisy.rest_hold[:, 0].transpose(1, 2), noisy.pitch[:, 0, 0]], dim=2)
    choices[:, 0, HOLD] = -torch.inf
    shares = (slope * choices).softmax(dim=2)
    assert torch.allclose(onset, shares[..., 2:])
    assert torch.allclose(sustain[:, 0], torch.zeros(()))
    assert torch.allclose(sustain[:, 1], shares[:, 1, HOLD, None] * onset[:, 0])
    assert torch.allclose(sustain[:, 2], shares[:, 2, HOLD, None] * (onset[:, 1] + sustain[:, 1]))


def test_the_gradient_is_that_of_the_shares() -> None:
    discretiser, slope = steep(3.0, 1, True), 3.0
    rest_hold, pitch = torch.zeros(1, 1, 2, 1), torch.tensor([0.3, -0.2, 0.1]).reshape(1, 1, 1, 1, 3).requires_grad_()
    roll = discretiser(Logits(pitch, rest_hold))
    roll[0, 0, 0, 0, 0].backward()
    p = (slope * torch.cat([torch.zeros(1), pitch.detach().flatten()])).softmax(dim=0)[1:]  # of rest and the pitches
    expected = slope * torch.stack([p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2]])
    assert torch.allclose(pitch.grad.flatten(), expected)


def test_cells_of_chords_have_shares_of_off_onset_and_sustain() -> None:
    discretiser, slope = steep(2.0, 2, False), 2.0
    logits, noise = logits_of(discretiser, 1), noise_of(discretiser, 1)
    onset, sustain = discretiser(logits, noise)[:, 0].unbind(1)
    noisy = (logits + noise).pitch[:, 0]
    shares = (slope * torch.cat([torch.zeros_like(noisy[:, :1]), noisy], dim=1)).softmax(dim=1)
    assert torch.allclose(onset, shares[:, 1])
    assert torch.allclose(sustain[:, 1], shares[:, 2, 1] * onset[:, 0])


def test_on_one_plane_a_cell_is_a_binary_concrete_number() -> None:
    discretiser, slope = steep(2.0, 1, False), 2.0
    logits, noise = logits_of(discretiser, 1), noise_of(discretiser, 1)
    assert torch.allclose(discretiser(logits, noise), (slope * (logits.pitch + noise.pitch)).sigmoid())


@pytest.mark.parametrize("planes", [1, 2])
def test_listeners_get_the_choices_that_softmax_draws_and_in_the_end_training_too(planes) -> None:
    monophonic = (True, False, True)
    discretiser = steep(1.0, planes, *monophonic)
    logits, noise = logits_of(discretiser, 3), noise_of(discretiser, 3)
    seen, played = discretiser(logits, noise), discretiser.hard(logits, noise)
    assert torch.equal(played, Softmax(planes, monophonic, temperature=1.0).hard(logits, noise))
    assert ((seen > 0) & (seen < 1)).any()
    discretiser.raise_slope(1e6)
    assert torch.allclose(discretiser(logits, noise), played.float(), atol=1e-6)
    assert torch.equal(discretiser.hard(logits, noise), played)


def test_rests_can_be_left_as_they_are() -> None:
    for rest_gradient in (True, False):
        discretiser = steep(2.0, 1, True, rest_gradient=rest_gradient)
        logits = logits_of(discretiser, 1)
        logits.rest_hold.requires_grad_()
        whole = discretiser(logits)
        whole[..., 0].sum().backward()
        assert logits.rest_hold.grad[:, :, REST].any() == rest_gradient
        assert logits.rest_hold.grad[:, :, HOLD].any()
