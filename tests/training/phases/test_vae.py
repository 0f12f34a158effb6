"""The generator as the decoder of a variational autoencoder."""

import numpy as np
import pytest
import torch

from ganola.corpus.windows import windows_of
from ganola.networks.inputs import to_network_input
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.objectives.augmentation import MAX_SEMITONES
from ganola.training.budget import Budget
from ganola.training.build import build_state
from ganola.training.loop import train
from ganola.training.phases import vae
from ganola.training.phases.adversarial import adversarial_step
from ganola.training.phases.vae import vae_step
from ganola.training.run import new_run
from ganola.training.state import begin_phase
from tests.training.support import copies, same, state_and_rolls, vae_recipe


@pytest.mark.parametrize("output", ["softmax", "straight-through"])
def test_an_autoencoder_learns_a_few_phrases_by_heart(corpus, output) -> None:
    recipe = vae_recipe()
    recipe = recipe.model_copy(update={"networks": recipe.networks.model_copy(update={"output": output})})
    state, _ = state_and_rolls(corpus, recipe)
    rolls = to_network_input(windows_of(corpus, "train").rolls(np.arange(4)), 2)
    steps = [vae_step(state, rolls, progress=0.2) for _ in range(150)]
    assert steps[-1].metrics["reconstruction_loss"] < 0.3 * steps[0].metrics["reconstruction_loss"]
    assert steps[-1].metrics["kl"] > 1  # the latents carry which phrase it is
    assert state.samples == 150 * 4


def test_a_step_trains_encoder_and_generator_and_leaves_the_critic_alone(corpus) -> None:
    state, rolls = state_and_rolls(corpus, vae_recipe())
    critic, generator, encoder = (
        copies(network) for network in (state.networks.critic, state.networks.generator, state.networks.encoder)
    )
    vae_step(state, rolls[:4], progress=0.5)
    assert same(state.networks.critic, critic)
    assert not same(state.networks.generator, generator)
    assert not same(state.networks.encoder, encoder)


def test_the_learning_rate_falls_as_it_goes_on(corpus) -> None:
    recipe = vae_recipe(vae={"kl_weight": 0.8, "kl_warmup": 0.5})
    rates = []
    for progress in (0.0, 0.5, 1.0):
        state, rolls = state_and_rolls(corpus, recipe)
        vae_step(state, rolls[:4], progress)
        rates.append(state.optimisers["vae"].param_groups[0]["lr"])
    assert rates == pytest.approx([3e-3, 3e-3 * 0.525, 3e-3 * 0.05])


def seen_by_the_encoder(corpus, transpose_after_epochs: float, rolls: torch.Tensor, epochs: float) -> torch.Tensor:
    state, _ = state_and_rolls(
        corpus, vae_recipe(vae={"transpose_after_epochs": transpose_after_epochs, "batch": len(rolls)})
    )
    seen: list[torch.Tensor] = []
    state.networks.encoder.register_forward_pre_hook(lambda _encoder, given: seen.append(given[0]))
    vae_step(state, rolls, progress=0.5, epochs=epochs)
    return seen[0]


@pytest.mark.parametrize(("epochs", "share"), [(0.0, 0.0), (1.0, 0.25), (3.0, 0.5), (9.0, 0.75)])
def test_the_more_epochs_the_more_rolls_are_transposed(corpus, epochs, share) -> None:
    rolls = torch.zeros(400, 2, 2, 16, 60)
    rolls[:, :, 0, :, 30] = 1
    pitch = seen_by_the_encoder(corpus, 3.0, rolls, epochs)[:, :, 0].argmax(dim=3)
    assert (pitch == pitch[:, :1, :1]).all()  # all of a roll alike
    moved = (pitch[:, 0, 0] - 30).abs()
    assert (moved > 0).float().mean().item() == pytest.approx(share, abs=0.08)
    assert moved.max() <= MAX_SEMITONES
    assert torch.equal(seen_by_the_encoder(corpus, 0.0, rolls, epochs), rolls)


def test_a_training_counts_its_epochs(tmp_path, corpus, monkeypatch) -> None:
    shown: list[float] = []

    def step(state, real, progress, epochs):
        shown.append(epochs)
        return vae_step(state, real, progress, epochs)

    monkeypatch.setattr(vae, "vae_step", step)
    train(new_run(tmp_path / "run", corpus, vae_recipe(), Budget(steps=5)), [])
    windows = len(windows_of(corpus, "train"))
    assert shown == [0.0, 4 / windows, 8 / windows]


def test_the_game_begins_with_the_moving_average_of_the_vae(corpus) -> None:
    state, rolls = state_and_rolls(corpus, vae_recipe())
    for _ in range(5):
        vae_step(state, rolls[:4], progress=0.5)
    assert not same(state.networks.generator, copies(state.ema))
    begin_phase(state, "adversarial")
    assert same(state.networks.generator, copies(state.ema))
    assert (state.phase, state.samples, state.phase_start_samples) == ("adversarial", 20, 20)
    adversarial_step(state, [rolls, rolls])
    assert (state.samples, state.phase_start_samples) == (30, 20)


def test_without_a_vae_there_is_no_encoder(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    assert train(run, []).networks.encoder is None
    assert load_model(run.folder / MODEL_FILE).encoder is None


def test_an_encoder_leaves_the_players_first_weights_as_they_were(corpus) -> None:
    with_it, without = vae_recipe(), vae_recipe(vae={"share": 0.0})
    states = [build_state(recipe, state_and_rolls(corpus, recipe)[0].networks.spec) for recipe in (with_it, without)]
    assert same(states[0].networks.critic, copies(states[1].networks.critic))
