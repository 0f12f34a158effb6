"""Spectral normalisation against singular values that torch.linalg finds."""

import numpy as np
import pytest
import torch
from torch.nn.utils import parametrize

from ganola.networks.architectures import architecture_names
from ganola.networks.block_convolutions import PerTrackLinear
from ganola.networks.initialise import initialise
from ganola.networks.model import build_networks
from ganola.networks.model_file import load_model, save_model
from ganola.networks.spectral import SpectralNorm, add_spectral_norm, stored_weight
from ganola.objectives.penalties import gradient_penalty
from tests.models import record_of
from tests.networks.support import SMALL_GRID

ARCHITECTURES = architecture_names()


def critic_of(make_spec, architecture: str, seed: int = 0, **choices: object) -> torch.nn.Module:
    spec = make_spec(architecture, critic_normalisation="spectral", **choices)
    return build_networks(spec, np.random.default_rng(seed)).critic


def some_rolls(count: int = 3, seed: int = 0) -> torch.Tensor:
    return torch.rand(
        count, 3, 2, SMALL_GRID.steps, SMALL_GRID.pitches, generator=torch.Generator().manual_seed(seed)
    ).round()


def layers_of(network: torch.nn.Module) -> list[torch.nn.Module]:
    return [layer for layer in network.modules() if parametrize.is_parametrized(layer, "weight")]


def largest_singular_values(layer: torch.nn.Module) -> list[float]:
    """Of each track's matrix where a layer has tracks, else of output channels by all else."""
    weight = layer.weight.detach()
    matrices = weight if isinstance(layer, PerTrackLinear) else weight.flatten(1)[None]
    return torch.linalg.svdvals(matrices)[:, 0].tolist()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_layers_largest_singular_value_becomes_one(make_spec, architecture) -> None:
    critic = critic_of(make_spec, architecture)
    layers = layers_of(critic)
    kinds = torch.nn.Linear | torch.nn.modules.conv._ConvNd | PerTrackLinear
    assert len(layers) == sum(isinstance(layer, kinds) for layer in critic.modules()) >= 3
    for _ in range(300):
        for layer in layers:
            layer.weight  # noqa: B018 - each use is a step of power iteration
    critic.eval()
    values = [value for layer in layers for value in largest_singular_values(layer)]
    assert values == pytest.approx([1.0] * len(values), abs=2e-3)


def test_a_known_matrix_is_divided_by_its_largest_singular_value() -> None:
    weight = torch.diag(torch.tensor([4.0, 1.0, 0.5]))
    spectral = SpectralNorm(weight, per_track=False)
    spectral.reset(weight, np.random.default_rng(0))
    assert torch.allclose(spectral(weight), weight / 4, atol=1e-6)


def test_each_track_of_a_per_track_layer_has_a_norm_of_its_own() -> None:
    tracks = torch.stack([torch.diag(torch.tensor([3.0, 1.0])), torch.diag(torch.tensor([0.1, 0.2]))])
    spectral = SpectralNorm(tracks, per_track=True)
    spectral.reset(tracks, np.random.default_rng(0))
    assert torch.allclose(spectral(tracks), torch.stack([tracks[0] / 3, tracks[1] / 0.2]), atol=1e-5)


def test_the_gradient_is_that_of_the_weight_over_its_norm() -> None:
    randomness = torch.Generator().manual_seed(0)
    weight = torch.randn(3, 4, generator=randomness, dtype=torch.float64).requires_grad_()
    direction = torch.randn(3, 4, generator=randomness, dtype=torch.float64)
    spectral = SpectralNorm(weight, per_track=False).double()
    spectral.reset(weight.detach(), np.random.default_rng(0))
    for _ in range(200):
        spectral(weight)
    (found,) = torch.autograd.grad((spectral(weight) * direction).sum(), weight)
    exact = weight / torch.linalg.matrix_norm(weight, 2)
    (expected,) = torch.autograd.grad((exact * direction).sum(), weight)
    assert torch.allclose(found, expected, atol=1e-8)
    spectral.eval()
    assert torch.autograd.gradgradcheck(lambda some: spectral(some).pow(2), (weight,))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_all_of_it_comes_from_the_given_randomness(make_spec, architecture) -> None:
    before = torch.get_rng_state()
    one, same, other = (critic_of(make_spec, architecture, seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    directions = [name for name in one if name.endswith((".u", ".v"))]
    assert directions
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in directions if one[name].shape[1] > 1)
    assert all(one[name].norm(dim=1).tolist() == pytest.approx([1.0] * len(one[name])) for name in directions)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_training_follows_and_judging_holds_still(make_spec, architecture) -> None:
    critic, rolls = critic_of(make_spec, architecture), some_rolls()
    with torch.no_grad():  # as an optimiser would
        for layer in layers_of(critic):
            stored_weight(layer)[0].add_(0.1)
    critic.eval()
    held = {name: tensor.clone() for name, tensor in critic.state_dict().items()}
    assert torch.equal(critic(rolls), critic(rolls))
    assert all(torch.equal(tensor, held[name]) for name, tensor in critic.state_dict().items())
    critic.train()(rolls)
    moved = [name for name, tensor in critic.state_dict().items() if not torch.equal(tensor, held[name])]
    assert moved
    assert all(name.endswith((".u", ".v")) for name in moved)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_penalty_teaches_every_matrix_through_several_uses(make_spec, architecture) -> None:
    critic = critic_of(make_spec, architecture)
    real, fake = some_rolls(), some_rolls(seed=1)
    judged = critic(real).mean() - critic(fake).mean()
    (judged + gradient_penalty(critic, real, fake, torch.tensor([0.2, 0.5, 0.9]))).backward()
    gradients = [stored_weight(layer)[0].grad for layer in layers_of(critic)]
    assert all(gradient.isfinite().all() and gradient.abs().sum() > 0 for gradient in gradients)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_model_comes_back_from_its_file_as_it_was(make_spec, tmp_path, architecture) -> None:
    networks = build_networks(
        make_spec(architecture, critic_normalisation="spectral", generator_normalisation="none"),
        np.random.default_rng(5),
    )
    rolls = some_rolls()
    for _ in range(3):
        networks.critic(rolls)
    save_model(tmp_path / "model.safetensors", networks, record_of(networks.spec))
    loaded = load_model(tmp_path / "model.safetensors").critic
    assert torch.equal(loaded(rolls), networks.critic.eval()(rolls))
    loaded.train()
    networks.critic.train()
    assert torch.equal(loaded(rolls), networks.critic(rolls))  # and goes on as the other does
    assert all(torch.equal(tensor, loaded.state_dict()[name]) for name, tensor in networks.critic.state_dict().items())


def test_a_spectrally_normalised_critic_can_be_moved(make_spec) -> None:
    critic = critic_of(make_spec, "musegan").double()
    assert critic(some_rolls().double()).dtype == torch.float64
    on_meta = critic.to("meta")
    assert on_meta(some_rolls().double().to("meta")).device.type == "meta"


def test_a_layer_that_would_begin_at_zero_begins_with_a_direction() -> None:
    layer = torch.nn.Conv1d(3, 3, 3)
    layer.gain = 0.0
    network = add_spectral_norm(layer)
    initialise(network, "he", np.random.default_rng(0))
    assert largest_singular_values(network) == pytest.approx([1.0], abs=0.05)
