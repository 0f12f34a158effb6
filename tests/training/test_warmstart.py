"""The warm start: the generator as the decoder of a variational autoencoder, then the game, in one training."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ganola.corpus.windows import windows_of
from ganola.errors import InputError
from ganola.networks.model import MODEL_FILE, load_model
from ganola.training import loop
from ganola.training.loop import train
from ganola.training.run import CHECKPOINT, LOG, Budget, new_run, open_run
from ganola.training.state import begin_game, fresh_state
from ganola.training.steps import training_step, warm_step
from tests.training.conftest import small_recipe
from tests.training.test_loop import stop_after
from tests.training.test_steps import copies, same, state_and_rolls

WARM = {"share": 0.6, "batch": 4, "kl_weight": 0.01, "learning_rate": 3e-3}


def warm_recipe(**sections: dict[str, object]):
    networks = {"architecture": "residual", "width": 8, "encoder_width": 8, "generator_normalisation": "none"}
    return small_recipe(networks=networks, warm_start=WARM | sections.pop("warm_start", {}), **sections)


@pytest.fixture(autouse=True)
def _log_every_step(monkeypatch) -> None:
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_LOG_LINES", 0.0)


@pytest.mark.parametrize("output", ["softmax", "straight-through"])
def test_an_autoencoder_learns_a_few_phrases_by_heart(corpus, output) -> None:
    recipe = warm_recipe()
    recipe = recipe.model_copy(update={"networks": recipe.networks.model_copy(update={"output": output})})
    state, _ = state_and_rolls(corpus, recipe)
    rolls = loop.as_seen(windows_of(corpus, "train").rolls(np.arange(4)), 2)
    records = [warm_step(state, rolls, progress=0.2) for _ in range(150)]
    assert records[-1].reconstruction < 0.3 * records[0].reconstruction
    assert records[-1].divergence > 1  # the latents carry which phrase it is
    assert state.samples == 150 * 4


def test_a_warm_step_teaches_encoder_and_generator_and_leaves_the_critic_alone(corpus) -> None:
    state, rolls = state_and_rolls(corpus, warm_recipe())
    critic, generator, encoder = (
        copies(network) for network in (state.networks.critic, state.networks.generator, state.networks.encoder)
    )
    warm_step(state, rolls[:4], progress=0.5)
    assert same(state.networks.critic, critic)
    assert not same(state.networks.generator, generator)
    assert not same(state.networks.encoder, encoder)


def test_the_divergence_weighs_more_and_the_rate_falls_as_it_goes_on(corpus) -> None:
    recipe = warm_recipe(warm_start={"kl_weight": 0.8, "kl_rise": 0.5})
    rates = []
    for progress in (0.0, 0.5, 1.0):
        state, rolls = state_and_rolls(corpus, recipe)
        warm_step(state, rolls[:4], progress)
        rates.append(state.warm_optimiser.param_groups[0]["lr"])
    assert rates == pytest.approx([3e-3, 3e-3 * 0.525, 3e-3 * 0.05])


def test_the_game_begins_with_the_average_of_the_warm_start(corpus) -> None:
    state, rolls = state_and_rolls(corpus, warm_recipe())
    for _ in range(5):
        warm_step(state, rolls[:4], progress=0.5)
    assert not same(state.networks.generator, copies(state.average))
    begin_game(state, [rolls[:3], rolls[3:]])
    assert same(state.networks.generator, copies(state.average))
    with torch.no_grad():
        belief = state.networks.encoder(rolls)
    for player in (state.average, state.networks.generator):
        assert torch.allclose(player.prior.mean, belief.mean.mean(dim=0), atol=1e-6)
    assert (state.warming, state.samples, state.warm_samples) == (False, 20, 20)
    training_step(state, [rolls, rolls])
    assert (state.samples, state.warm_samples) == (30, 20)


def test_one_budget_holds_both_and_the_log_says_which_is_which(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, warm_recipe(), Budget(steps=5))
    state = train(run, [])
    lines = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    assert [line["reconstruction"] is not None for line in lines] == [True, True, True, False, False]
    assert [line["critic_loss"] is not None for line in lines] == [False, False, False, True, True]
    assert [line["samples"] for line in lines] == [4, 8, 12, 22, 32]
    assert state.warm_samples == 12
    model = load_model(run.folder / MODEL_FILE)
    assert model.encoder is not None
    last = load_model(run.folder / "last.safetensors")
    belief, kept = (network(torch.zeros(1, 2, 2, 16, 60)) for network in (state.networks.encoder, last.encoder))
    assert torch.equal(belief.mean, kept.mean)


@pytest.mark.parametrize("stopped_at", [1, 3, 4])
def test_resumed_across_the_boundary_it_is_bit_for_bit_the_uninterrupted_run(tmp_path, corpus, stopped_at) -> None:
    whole = new_run(tmp_path / "whole", corpus, warm_recipe(), Budget(steps=5))
    train(whole, [])
    folder = tmp_path / "stopped"
    assert train(new_run(folder, corpus, warm_recipe(), Budget(steps=5)), [], stop_after(stopped_at)).step == stopped_at
    train(open_run(folder), [])
    for name in (CHECKPOINT, MODEL_FILE):
        one, other = load_file(folder / name), load_file(whole.folder / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in other)


def test_more_budget_never_goes_back_to_the_warm_start(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, warm_recipe(), Budget(steps=5))
    train(run, [])
    state = train(open_run(run.folder, Budget(steps=50)), [], stop_after(2))
    assert state.step == 7
    assert not state.warming


def test_a_warm_start_can_be_all_there_is(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, warm_recipe(warm_start={"share": 1.0}), Budget(steps=3))
    state = train(run, [])
    assert state.warming
    assert state.samples == 12


def test_without_a_warm_start_there_is_no_encoder(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    assert train(run, []).networks.encoder is None
    assert load_model(run.folder / MODEL_FILE).encoder is None


def test_an_encoder_leaves_the_players_first_weights_as_they_were(corpus) -> None:
    warm, cold = warm_recipe(), warm_recipe(warm_start={"share": 0.0})
    states = [fresh_state(recipe, state_and_rolls(corpus, recipe)[0].networks.spec) for recipe in (warm, cold)]
    assert same(states[0].networks.critic, copies(states[1].networks.critic))


def test_a_warm_start_of_one_roll_a_batch_is_refused_with_batch_normalisation() -> None:
    with pytest.raises(InputError, match=r"warm_start.batch"):
        small_recipe(networks={"generator_normalisation": "batch"}, warm_start={"share": 0.5, "batch": 1})
