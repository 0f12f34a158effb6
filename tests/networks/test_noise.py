import pytest
import torch

from ganola.music.grid import Grid
from ganola.networks.noise import choice_noise, uniform_noise
from tests.networks.support import normal

LATENT, MANY = 6, 4000


def gumbel_noise(r, spec):
    return choice_noise(r, spec, spec.discretiser)


@pytest.fixture
def spec(make_spec):
    return make_spec("residual", temperature=1.0)  # a voice, chords, a voice


def test_numbers_are_uniform_and_each_its_own(spec) -> None:
    numbers = uniform_noise(normal(MANY, LATENT), spec, 3).flatten(1)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    deciles = torch.histc(numbers, 10, 0, 1) / numbers.numel()
    assert torch.allclose(deciles, torch.full((10,), 0.1), atol=0.002)
    beat = numbers[:, :24]
    assert (torch.corrcoef(beat.T) - torch.eye(24)).abs().max() < 0.2


def test_latents_that_are_alike_have_noise_that_is_alike(spec) -> None:
    r = normal(MANY, LATENT)
    here, near, far = (uniform_noise(at, spec, 3) for at in (r, r + 0.01 * normal(MANY, LATENT, seed=1), -r))
    assert torch.equal(here, uniform_noise(r.clone(), spec, 3))
    assert ((here - near).abs() < 0.05).float().mean() > 0.95
    assert ((here - far).abs() < 0.05).float().mean() < 0.2
    here, near, far = (
        gumbel_noise(at, spec).pitch for at in (r[:500], (r + 0.01 * normal(MANY, LATENT, seed=1))[:500], -r[:500])
    )
    assert ((here - near).abs() < 0.3).float().mean() > 0.9
    assert ((here - far).abs() < 0.3).float().mean() < 0.3


def test_a_voice_chooses_with_the_probabilities_of_its_softmax(spec) -> None:
    noise = gumbel_noise(normal(MANY, LATENT), spec)
    logits = torch.tensor([1.0, 0.0, 2.0, -1.0])  # of rest, hold and two pitches
    noisy = logits + torch.cat([noise.rest_hold[:, 0].transpose(1, 2), noise.pitch[:, 0, 0, :, :2]], dim=2)
    chosen = torch.nn.functional.one_hot(noisy.argmax(dim=2), 4).float().mean(dim=(0, 1))
    assert torch.allclose(chosen, logits.softmax(0), atol=0.02)


def test_a_cell_of_chords_is_off_an_onset_or_held_with_the_probabilities_of_its_softmax(spec) -> None:
    noise = gumbel_noise(normal(MANY, LATENT), spec).pitch[:, 1]
    onset, held = 0.5 + noise[:, 0], -0.5 + noise[:, 1]
    expected = torch.tensor([0.0, 0.5, -0.5]).softmax(0)
    found = torch.stack([((onset <= 0) & (held <= 0)), (onset > 0) & (onset >= held), (held > 0) & (held > onset)])
    assert torch.allclose(found.float().mean(dim=(1, 2, 3)), expected, atol=0.02)


def test_in_fewer_bits_the_noise_is_the_same(spec) -> None:
    r = normal(3, LATENT)
    with torch.autocast("cpu", torch.bfloat16):
        rough = gumbel_noise(r, spec).pitch
    assert torch.equal(rough, gumbel_noise(r, spec).pitch)


def test_half_the_temperature_is_half_the_noise(spec, make_spec) -> None:
    r, cool = normal(3, LATENT), make_spec("residual", temperature=0.5)
    assert torch.allclose(gumbel_noise(r, cool).pitch, gumbel_noise(r, spec).pitch / 2)


@pytest.mark.parametrize(
    ("temperature", "monophonic", "meant"),
    [("auto", (True, True), 0.0), ("auto", (True, False), 0.75), (0.4, (True, False), 0.4), (0.4, (True, True), 0.4)],
)
def test_bands_draw_their_choices_and_voices_take_the_likeliest(make_spec, temperature, monophonic, meant) -> None:
    assert make_spec("residual", temperature=temperature, monophonic=monophonic).temperature == meant


def test_the_beats_of_a_long_phrase_each_have_noise_of_their_own(make_spec) -> None:
    grid = Grid(lowest=60, pitches=2, steps_per_quarter=1, bars=64)
    spec = make_spec("residual", temperature=1.0, grid=grid, latent=2048, monophonic=(True,))
    numbers = uniform_noise(normal(400, spec.latent), spec, 2)[:, 0, :, 0]  # one a step
    assert numbers.shape == (400, 256)
    assert (torch.corrcoef(numbers.T) - torch.eye(256)).abs().max() < 0.35  # by chance some 0.05 either way
