"""The latent flow, in its own phase and in the game."""

import math

import numpy as np
import pytest
import torch

from ganola.training import loop
from ganola.training.budget import Budget
from ganola.training.loop import train
from ganola.training.phases import flow
from ganola.training.phases.adversarial import adversarial_step
from ganola.training.phases.flow import encode, flow_step
from ganola.training.phases.vae import vae_step
from ganola.training.run import new_run
from ganola.training.state import begin_phase
from tests.training.support import copies, flow_recipe, same, state_and_rolls


def test_the_flow_learns_where_music_is_encoded_and_nothing_else_changes(corpus) -> None:
    state, rolls = state_and_rolls(corpus, flow_recipe(vae={"batch": 5}, flow={"learning_rate": 5e-3}))
    for _ in range(100):  # until each roll has a place of its own
        vae_step(state, rolls, progress=0.1)
    begin_phase(state, "flow")
    encode(state, [rolls[:3], rolls[3:]])
    with torch.no_grad():
        posterior = state.networks.encoder(rolls)
    for generator in (state.ema, state.networks.generator):
        assert torch.allclose(generator.prior.mean, posterior.mean.mean(dim=0), atol=1e-6)
    before = [
        copies(part) for part in (state.networks.encoder, state.networks.critic, state.networks.generator.step_block)
    ]
    weights = copies(state.networks.generator.prior)
    steps = [flow_step(state, np.arange(60) % len(rolls), progress=0.0) for _ in range(150)]
    assert sum(step.metrics["flow_loss"] for step in steps[-10:]) < 0.8 * sum(
        step.metrics["flow_loss"] for step in steps[:10]
    )
    after = (state.networks.encoder, state.networks.critic, state.networks.generator.step_block)
    assert all(same(part, then) for part, then in zip(after, before, strict=True))
    assert not same(state.networks.generator.prior, weights)


@pytest.mark.parametrize(("trains", "decoder_learns"), [("flow", False), ("generator", True)])
def test_the_game_trains_the_flow_alone_or_all_of_the_generator(corpus, trains, decoder_learns) -> None:
    recipe = flow_recipe(networks={"guidance": 1.5}, training={"trains": trains})
    state, rolls = state_and_rolls(corpus, recipe)
    begin_phase(state, "adversarial")
    prior = state.networks.generator.prior
    weights, early, decoder = copies(prior.flow), copies(prior.guide), copies(state.networks.generator.step_block)
    for _ in range(2):  # the flow's last layer begins at zero, so that the others learn from the second step on
        adversarial_step(state, [rolls, rolls])
    assert not same(prior.flow, weights)
    assert same(prior.guide, early), "the guide is what the flow was, and stays that"
    assert same(state.networks.generator.step_block, decoder) != decoder_learns
    assert all(parameter.requires_grad for parameter in state.networks.generator.parameters())


def test_encoding_music_does_not_count_as_training(tmp_path, corpus, monkeypatch) -> None:
    clock = SlowClock()
    monkeypatch.setattr(loop.time, "monotonic", clock)
    monkeypatch.setattr(flow, "encode", lambda state, music: (clock.wait(1000), encode(state, music)))
    state = train(new_run(tmp_path / "run", corpus, flow_recipe(), Budget(steps=5)), [])
    assert clock.now > 1000
    assert state.seconds < 1000


class SlowClock:
    """A clock that goes on by a thousandth of a second whenever it is asked, and by more when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.wait(0.001)
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_times_are_drawn_most_often_from_the_middle(corpus, monkeypatch) -> None:
    state, rolls = state_and_rolls(corpus, flow_recipe())
    begin_phase(state, "flow")
    encode(state, [rolls])
    prior, angles = state.networks.generator.prior, []
    loss = prior.flow_matching_loss

    def watched(latent, noise, angle, dropout_mask):
        angles.append(angle)
        return loss(latent, noise, angle, dropout_mask)

    monkeypatch.setattr(prior, "flow_matching_loss", watched)
    flow_step(state, np.arange(4000) % len(rolls), progress=0.5)
    way = angles[0] / (math.pi / 2)
    assert ((way > 0) & (way < 1)).all()
    # A standard normal lies within +-log 3, where the logistic function passes 1/4 and 3/4, in 72.8% of all cases.
    assert ((way > 0.25) & (way < 0.75)).float().mean().item() == pytest.approx(0.728, abs=0.025)


def test_the_guide_is_the_flow_as_it_was_early_in_its_phase(corpus) -> None:
    state, rolls = state_and_rolls(corpus, flow_recipe(networks={"guidance": 1.5}))
    begin_phase(state, "flow")
    encode(state, [rolls])
    indices = np.arange(60) % len(rolls)
    for progress in (0.0, 0.04):
        flow_step(state, indices, progress)
    early = copies(state.ema.prior.flow)
    for progress in (0.06, 0.5, 1.0):
        flow_step(state, indices, progress)
    for generator in (state.networks.generator, state.ema):
        assert same(generator.prior.guide, early)
        assert not same(generator.prior.flow, early)
