from dataclasses import replace

import pytest
import torch

from ganola.networks.config import ModelSpec
from ganola.networks.model import Networks
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.penalties import PENALTIES
from ganola.training.state import average_decay, begin_phase, follow, fresh_state
from ganola.training.steps import NotFiniteError, critic_step, generated, generator_step, training_step
from tests.training.conftest import small_recipe


def state_and_rolls(corpus, recipe):
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=recipe.networks)
    state = fresh_state(recipe, spec)
    shape = (recipe.training.batch, len(corpus.tracks), spec.planes, corpus.grid.steps, corpus.grid.pitches)
    rolls = (torch.rand(shape, generator=torch.Generator().manual_seed(9)) < 0.1).float()
    return state, rolls


def fakes(state, index=0):
    return generated(state, state.recipe.training.batch, index, learning=True)


def criticised(state, real, index=0):
    return critic_step(state, real, fakes(state, index).detach(), index)


def copies(network) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in network.parameters()]


def same(network, before) -> bool:
    return all(torch.equal(now, then) for now, then in zip(network.parameters(), before, strict=True))


def test_each_player_learns_in_its_own_step_only(corpus, recipe) -> None:
    state, rolls = state_and_rolls(corpus, recipe)
    critic, generator = copies(state.networks.critic), copies(state.networks.generator)
    criticised(state, rolls)
    assert same(state.networks.generator, generator)
    assert not same(state.networks.critic, critic)
    critic = copies(state.networks.critic)
    generator_step(state, rolls, fakes(state))
    assert same(state.networks.critic, critic)
    assert not same(state.networks.generator, generator)
    assert all(parameter.requires_grad for parameter in state.networks.critic.parameters())


def test_the_generator_learns_from_what_the_critic_has_just_heard(corpus) -> None:
    state, rolls = state_and_rolls(corpus, small_recipe(objective={"penalty": "none"}))
    listener = listened(state)
    training_step(state, [rolls, rolls])
    _, first, _, second, learnt_from = listener.heard
    assert torch.equal(learnt_from, second)
    assert not torch.equal(second, first)


def test_a_step_counts_the_real_rolls_it_showed(corpus, recipe) -> None:
    state, rolls = state_and_rolls(corpus, recipe)
    training_step(state, [rolls, rolls])
    training_step(state, [rolls, rolls])
    assert (state.step, state.samples) == (2, 2 * 2 * 5)


@pytest.mark.parametrize("loss", sorted(OBJECTIVES))
@pytest.mark.parametrize("output", ["sigmoid", "straight-through", "softmax"])
def test_the_critic_learns_to_tell_real_from_generated(corpus, loss, output) -> None:
    recipe = small_recipe(
        objective={"loss": loss},
        networks={"output": output},
        critic={"learning_rate": 3e-3},
        training={"batch": 16},
    )
    state, rolls = state_and_rolls(corpus, recipe)
    records = [criticised(state, rolls, index) for index in range(40)]
    assert records[-1]["real"] - records[-1]["fake"] > max(0.2, records[0]["real"] - records[0]["fake"])


@pytest.mark.parametrize("output", ["sigmoid", "straight-through", "softmax"])
def test_the_generator_learns_to_please_a_fixed_critic(corpus, output) -> None:
    recipe = small_recipe(networks={"output": output}, generator={"learning_rate": 3e-3})
    state, rolls = state_and_rolls(corpus, recipe)
    for index in range(20):
        criticised(state, rolls, index)
    losses = [generator_step(state, rolls, fakes(state, index))["loss"] for index in range(60)]
    assert sum(losses[-10:]) / 10 < sum(losses[:10]) / 10


@pytest.mark.parametrize("penalty", sorted(PENALTIES))
@pytest.mark.parametrize("loss", sorted(OBJECTIVES))
def test_every_loss_takes_steps_with_every_penalty(corpus, loss, penalty) -> None:
    recipe = small_recipe(objective={"loss": loss, "penalty": penalty, "penalty_weight": 1.0})
    state, rolls = state_and_rolls(corpus, recipe)
    records = [training_step(state, [rolls, rolls]) for _ in range(3)]
    assert state.step == 3
    assert all(record.critic_gradient > 0 and record.generator_gradient > 0 for record in records)


def test_without_a_penalty_none_is_reported(corpus) -> None:
    recipe = small_recipe(objective={"penalty": "none"})
    state, rolls = state_and_rolls(corpus, recipe)
    assert criticised(state, rolls)["penalty"] == 0.0


def test_an_infinite_gradient_stops_before_it_does_harm(corpus, recipe) -> None:
    state, rolls = state_and_rolls(corpus, recipe)
    before = copies(state.networks.critic)
    with pytest.raises(NotFiniteError, match="critic"):
        criticised(state, rolls * float("inf"))
    assert same(state.networks.critic, before)


def test_the_average_follows_the_generator_and_copies_counters() -> None:
    average, network = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    network.weight.data.fill_(3.0)
    network.num_batches_tracked.fill_(8)
    follow(average, network, decay=0.75)
    assert average.weight.tolist() == [1.5, 1.5]
    assert average.num_batches_tracked.item() == 8


def test_the_averages_half_life_is_in_samples_and_shorter_early(recipe) -> None:
    # 10 samples a step, half-life 40 samples: four steps halve the past.
    assert average_decay(recipe, samples=10_000, step_samples=10) ** 4 == pytest.approx(0.5)
    assert average_decay(recipe, samples=400, step_samples=10) ** 2 == pytest.approx(0.5)
    assert average_decay(recipe, samples=0, step_samples=10) == 0.0


def test_the_generator_waits_while_the_critic_leads(corpus) -> None:
    state, rolls = state_and_rolls(corpus, small_recipe(training={"critic_lead": 0.5}))
    generator = copies(state.networks.generator)
    records = [training_step(state, [rolls, rolls]) for _ in range(2)]
    assert same(state.networks.generator, generator)
    assert [record.generator_loss for record in records] == [None, None]
    begin_phase(state, "game")
    assert training_step(state, [rolls, rolls]).generator_loss is not None
    assert not same(state.networks.generator, generator)


class Listener(torch.nn.Module):
    """A critic that remembers what it heard."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.heard: list[torch.Tensor] = []

    def forward(self, roll: torch.Tensor) -> torch.Tensor:
        self.heard.append(roll.detach())
        return self.weight * roll.flatten(1).square().sum(1)


def listened(state) -> Listener:
    listener = Listener()
    state.networks = replace(state.networks, critic=listener)
    state.critic_optimiser = torch.optim.Adam(listener.parameters())
    return listener


@pytest.mark.parametrize("penalty", ["none", "gradient", "r1-r2"])
def test_real_and_generated_rolls_are_augmented_alike_before_every_judgement(corpus, monkeypatch, penalty) -> None:
    objective = {"loss": "relativistic", "penalty": penalty, "augment": "all", "augment_probability": 0.8}
    recipe = small_recipe(objective=objective)
    state, rolls = state_and_rolls(corpus, recipe)
    listener = listened(state)
    # The generator plays what is real, so that whatever the critic tells apart is the augmentation's.
    monkeypatch.setattr(Networks, "soft_rolls", lambda networks, _: rolls + 0 * sum_of(networks.generator))
    criticised(state, rolls)
    real, fake = listener.heard[:2]
    assert torch.equal(real, fake)
    assert not torch.equal(real, rolls)
    expected = {"none": [], "gradient": [real], "r1-r2": [torch.cat([real, fake])]}[penalty]
    assert len(listener.heard) == 2 + len(expected)
    assert all(torch.allclose(judged, own) for judged, own in zip(listener.heard[2:], expected, strict=True))
    listener.heard.clear()
    generator_step(state, rolls, fakes(state))
    fake, compared = listener.heard
    assert torch.equal(fake, compared)
    assert not torch.equal(fake, rolls)
    assert not torch.equal(fake, real)  # each step has changes of its own


def sum_of(network: torch.nn.Module) -> torch.Tensor:
    return sum(parameter.sum() for parameter in network.parameters())


def test_an_augmentation_that_never_happens_changes_nothing(corpus) -> None:
    def played(**objective: object) -> list[torch.Tensor]:
        state, rolls = state_and_rolls(corpus, small_recipe(objective=objective))
        for _ in range(3):
            training_step(state, [rolls, rolls])
        return copies(state.networks.critic) + copies(state.networks.generator)

    plain = played()
    never = played(augment="all", augment_probability=0.0)
    often, again = (played(augment="all", augment_probability=0.5) for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(plain, never, strict=True))
    assert not all(torch.equal(one, other) for one, other in zip(plain, often, strict=True))
    assert all(torch.equal(one, other) for one, other in zip(often, again, strict=True))
