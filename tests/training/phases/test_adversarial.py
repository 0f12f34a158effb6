"""The steps of the adversarial game."""

from dataclasses import replace

import pytest
import torch

from ganola.corpus.windows import windows_of
from ganola.networks.model import Networks
from ganola.networks.outputs.registry import DISCRETISERS
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.penalties import PENALTIES, Penalty
from ganola.training.optimisation import NotFiniteError
from ganola.training.phases.adversarial import (
    AdversarialPhase,
    CriticWarmupPhase,
    adversarial_step,
    critic_step,
    generate,
    generator_step,
)
from ganola.training.sampler import TrainingData
from tests.training.support import copies, same, small_recipe, state_and_rolls


def fakes(state, index=0):
    return generate(state, index, learning=True)


def gap(step) -> float:
    return step.metrics["real_logits"] - step.metrics["fake_logits"]


def criticised(state, real, index=0):
    return critic_step(state, real, fakes(state, index).detach(), index)


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
    adversarial_step(state, [rolls, rolls])
    _, first, _, second, learnt_from = listener.heard
    assert torch.equal(learnt_from, second)
    assert not torch.equal(second, first)


def test_a_step_counts_the_real_rolls_it_showed(corpus, recipe) -> None:
    state, rolls = state_and_rolls(corpus, recipe)
    adversarial_step(state, [rolls, rolls])
    adversarial_step(state, [rolls, rolls])
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
    assert gap(records[-1]) > max(0.2, gap(records[0]))


@pytest.mark.parametrize("output", sorted(DISCRETISERS))
def test_the_generator_learns_to_please_a_fixed_critic(corpus, output) -> None:
    recipe = small_recipe(networks={"output": output}, generator={"learning_rate": 3e-3})
    state, rolls = state_and_rolls(corpus, recipe)
    for index in range(20):
        criticised(state, rolls, index)
    losses = [generator_step(state, rolls, fakes(state, index)).metrics["generator_loss"] for index in range(60)]
    assert sum(losses[-10:]) / 10 < sum(losses[:10]) / 10


@pytest.mark.parametrize("penalty", sorted(PENALTIES))
@pytest.mark.parametrize("loss", sorted(OBJECTIVES))
def test_every_loss_takes_steps_with_every_penalty(corpus, loss, penalty) -> None:
    recipe = small_recipe(objective={"loss": loss, "penalty": penalty, "penalty_weight": 1.0})
    state, rolls = state_and_rolls(corpus, recipe)
    records = [adversarial_step(state, [rolls, rolls]) for _ in range(3)]
    assert state.step == 3
    assert all(record.gradient_norms["critic"] > 0 and record.gradient_norms["generator"] > 0 for record in records)


@pytest.mark.parametrize(("phase", "slope"), [(AdversarialPhase, 3.0), (CriticWarmupPhase, 1.0)])
def test_outputs_are_annealed_by_the_progress_of_the_game(corpus, phase, slope) -> None:
    recipe = small_recipe(networks={"output": "slope-annealing"}, training={"final_slope": 9.0})
    state, _ = state_and_rolls(corpus, recipe)
    phase(recipe, 1.0).step(state, TrainingData(windows_of(corpus, "train"), 2, 0), 0.5)
    assert state.networks.generator.discretiser.slope.item() == pytest.approx(slope)


def test_centring_keeps_judgements_about_zero_where_only_their_difference_counts(corpus) -> None:
    """The critic's constant term has no gradient but that of the centring: it goes to where it balances the rest."""

    def balance(weight: float) -> float:
        recipe = small_recipe(
            objective={"loss": "relativistic", "penalty": "none", "centring_weight": weight},
            critic={"learning_rate": 3e-2},
        )
        state, rolls = state_and_rolls(corpus, recipe)
        with torch.no_grad():
            state.networks.critic.body[-1].bias.fill_(4.0)
        for index in range(60):
            metrics = criticised(state, rolls, index).metrics
        return abs((metrics["real_logits"] + metrics["fake_logits"]).item()) / 2

    assert balance(1.0) < 0.5
    assert balance(0.0) > 2.0


def test_finite_differences_take_noise_of_their_own_in_each_step(corpus, monkeypatch) -> None:
    recipe = small_recipe(objective={"penalty": "finite-difference", "penalty_every": 2})
    state, rolls = state_and_rolls(corpus, recipe)
    given = []

    def keep(critic, real, fake, n):
        given.append((real, n))
        return 0 * critic(real).sum()

    monkeypatch.setitem(PENALTIES, "finite-difference", Penalty(keep, per_cell=True))
    for index in (0, 0, 1):
        criticised(state, rolls, index)
    assert all(real.shape == n.shape and len(n) == 3 for real, n in given)  # of five rolls the first, third and last
    assert torch.equal(given[0][1], given[1][1])
    assert not torch.equal(given[0][1], given[2][1])
    assert abs(given[0][1].std().item() - 1) < 0.02


def test_without_a_penalty_none_is_reported(corpus) -> None:
    recipe = small_recipe(objective={"penalty": "none"})
    state, rolls = state_and_rolls(corpus, recipe)
    assert criticised(state, rolls).metrics["penalty"] == 0.0


def test_an_infinite_gradient_stops_before_it_does_harm(corpus, recipe) -> None:
    state, rolls = state_and_rolls(corpus, recipe)
    before = copies(state.networks.critic)
    with pytest.raises(NotFiniteError, match="critic"):
        criticised(state, rolls * float("inf"))
    assert same(state.networks.critic, before)


def test_the_generator_is_frozen_while_the_critic_warms_up(corpus) -> None:
    state, rolls = state_and_rolls(corpus, small_recipe())
    generator = copies(state.networks.generator)
    records = [adversarial_step(state, [rolls, rolls], generator_learns=False) for _ in range(2)]
    assert same(state.networks.generator, generator)
    assert ["generator_loss" in record.metrics for record in records] == [False, False]
    assert "generator_loss" in adversarial_step(state, [rolls, rolls]).metrics
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
    state.optimisers["critic"] = torch.optim.Adam(listener.parameters())
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
            adversarial_step(state, [rolls, rolls])
        return copies(state.networks.critic) + copies(state.networks.generator)

    plain = played()
    never = played(augment="all", augment_probability=0.0)
    often, again = (played(augment="all", augment_probability=0.5) for _ in range(2))
    assert all(torch.equal(one, other) for one, other in zip(plain, never, strict=True))
    assert not all(torch.equal(one, other) for one, other in zip(plain, often, strict=True))
    assert all(torch.equal(one, other) for one, other in zip(often, again, strict=True))
