"""The adversarial game of generator and critic: its two steps in the order of the notes (N15)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Adam

from ganola.networks.model import Networks
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.augmentation import AUGMENTATIONS
from ganola.objectives.penalties import PENALTIES, centring_penalty
from ganola.randomness import Purpose, latents, mixing_shares, stream
from ganola.training.augmentation import build_augmentation
from ganola.training.metrics import Metrics, StepMetrics
from ganola.training.optimisation import autocast, build_game_adam, finish_step, freeze_except, update
from ganola.training.phases.base import Phase
from ganola.training.phases.flow import latent_flow_of, own_rows
from ganola.training.phases.replay import prepare_replay, replay_loss
from ganola.training.recipe import Recipe
from ganola.training.sampler import Rolls, TrainingData
from ganola.training.schedule import anneal, annealed_slope, set_learning_rate, slowed
from ganola.training.state import State
from ganola.training.team import Share


class AdversarialPhase(Phase):
    """Trains generator and critic against each other, to the end of the budget.

    Metrics: `critic_loss`, `penalty`, `generator_loss`, and the mean logits `real_logits` and `fake_logits`.
    """

    name = "adversarial"
    trains = "generator"
    step_cost = 8.0
    generator_learns = True

    @classmethod
    def budget_share(cls, recipe: Recipe, left: float) -> float:  # noqa: ARG003 - it has all that is left
        return left

    @property
    def samples_per_step(self) -> int:
        return self.recipe.training.batch * self.recipe.training.critic_steps

    @property
    def may_worsen(self) -> bool:
        return self.generator_learns

    def build_optimisers(self, networks: Networks) -> dict[str, Adam]:
        trained = trainable_module(networks.generator, self.recipe)
        return {
            "generator": build_game_adam(trained, self.recipe.generator),
            "critic": build_game_adam(networks.critic, self.recipe.critic),
        }

    def prepare(self, state: State, data: TrainingData) -> None:
        prepare_replay(state, data)

    def step(self, state: State, data: TrainingData, progress: float) -> Metrics:
        batch, critic_steps = self.recipe.training.batch, self.recipe.training.critic_steps
        slow_down(state)
        if self.generator_learns and self.recipe.training.trains == "generator":
            slope = annealed_slope(progress, self.recipe.training.final_slope)
            for generator in (state.networks.generator, state.ema):  # the average of slopes would lag behind
                anneal(generator, slope)
        batches = [data.rolls(state.samples + index * batch, batch) for index in range(critic_steps)]
        return adversarial_step(state, batches, generator_learns=self.generator_learns)

    def is_validation_due(self, samples: tuple[int, int], spent: tuple[float, float]) -> bool:  # noqa: ARG002
        every = self.recipe.training.validate_every_samples
        return samples[1] // every > samples[0] // every

    def count_validations(self, steps: float) -> float:
        return steps * min(1.0, self.samples_per_step / self.recipe.training.validate_every_samples)


class CriticWarmupPhase(AdversarialPhase):
    """Trains the critic alone, so that the generator then meets one that knows music. It is not validated."""

    name = "critic_warmup"
    step_cost = 5.0
    generator_learns = False

    @classmethod
    def budget_share(cls, recipe: Recipe, left: float) -> float:
        return recipe.training.critic_warmup * left

    def is_validation_due(self, samples: tuple[int, int], spent: tuple[float, float]) -> bool:  # noqa: ARG002
        return False

    def count_validations(self, steps: float) -> float:  # noqa: ARG002
        return 0.0


def slow_down(state: State) -> None:
    """Give both players the recipe's learning rates, each time that the game went back a third of them."""
    for name in ("generator", "critic"):
        rate: float = getattr(state.recipe, name).learning_rate
        set_learning_rate(state.optimisers[name], rate * slowed(state.returns))


def adversarial_step(state: State, batches: list[Rolls], *, generator_learns: bool = True) -> Metrics:
    """Take a critic step for each batch, then one generator step, if it learns, on the device of the batches.

    `batches` are this process's rows of them. The generator learns from what it generated for the last critic step, as
    that critic judges it now.
    """
    first = state.step * len(batches)
    for index, real in enumerate(batches, start=first):
        learning = generator_learns and index == first + len(batches) - 1
        fake = generate(state, index, learning=learning)
        measured = critic_step(state, real, fake.detach(), index)
    if learning:
        of_generator = generator_step(state, real, fake)
        measured = StepMetrics(
            measured.metrics | of_generator.metrics, measured.gradient_norms | of_generator.gradient_norms
        )
    finish_step(state, len(batches) * state.recipe.training.batch)
    return measured


def generate(state: State, index: int, *, learning: bool) -> Rolls:
    """Return this process's share of a batch of the generator's rolls, for critic step `index`; `learning` keeps their
    graph for its gradient."""
    share = batch_share(state)
    randomness = stream(state.recipe.training.seed, Purpose.GENERATED, index)
    # r ~ N(0, I)^(B x L), fake = G(r)
    r = own_rows(state, share, latents(share.count, state.networks.spec.latent, randomness))
    generator = state.networks.generator
    trained = trainable_module(generator, state.recipe)
    with freeze_except(trained, generator), torch.set_grad_enabled(learning), autocast(state):
        return state.networks.soft_rolls(r)


def critic_step(state: State, real: Rolls, fake: Rolls, index: int) -> Metrics:
    """Update the critic on a batch of real and one of generated rolls, of which this process gets its rows; `index`
    counts critic steps."""
    recipe, critic = state.recipe, state.networks.critic
    objective = OBJECTIVES[recipe.objective.loss]
    share = batch_share(state)
    augment = draw_augmentation(state, share, Purpose.AUGMENTED_CRITIC_STEP, index)
    # 1. batches of B rolls, (B, tracks, planes, steps, pitches); from here on, all rolls as the critic sees them
    real, fake = augment(real), augment(fake)
    # 2. forward: J* = D(real), J^ = D(fake)
    with autocast(state):
        real_logits, fake_logits = critic(real).float(), critic(fake).float()
    # 3. the loss, and the penalty on each sample's own gradient at x~ = eps * real + (1 - eps) * fake
    loss = share.weight * objective.critic(real_logits, fake_logits)
    penalty = critic_penalty(state, share, real, fake, index)
    total = loss + recipe.objective.penalty_weight * penalty
    if recipe.objective.centring_weight:
        total = total + recipe.objective.centring_weight * share.weight * centring_penalty(real_logits, fake_logits)
    # 4. backpropagation
    metrics = {
        "critic_loss": loss,
        "penalty": penalty,
        "real_logits": share.weight * real_logits.mean(),
        "fake_logits": share.weight * fake_logits.mean(),
    }
    return update(state, "critic", critic, total, metrics)


def critic_penalty(state: State, share: Share, real: Rolls, fake: Rolls, index: int) -> Float[Tensor, ""]:
    """Return this process's part of the recipe's penalty on some of the rolls of critic step `index`; zero without
    one."""
    config, zero = state.recipe.objective, torch.zeros((), device=state.device)
    some, weight = share.every(config.penalty_every)
    if config.penalty == "none" or not weight:
        return zero
    penalty = PENALTIES[config.penalty]
    randomness = stream(state.recipe.training.seed, Purpose.CRITIC_STEP, index)
    if penalty.per_cell:
        drawn = latents(share.count, real[0].numel(), randomness).unflatten(1, real.shape[1:])
    else:
        drawn = mixing_shares(share.count, randomness)
    numbers = own_rows(state, share, drawn)
    return weight * penalty.compute(state.networks.critic, real[some], fake[some], numbers[some])


def generator_step(state: State, real: Rolls, fake: Rolls) -> Metrics:
    """Update the generator, which generated `fake`, against the critic as it is; a relativistic loss compares with
    `real` rolls. The metric is the critic's part of the loss, without what is replayed."""
    recipe, networks = state.recipe, state.networks
    objective = OBJECTIVES[recipe.objective.loss]
    share = batch_share(state)
    augment = draw_augmentation(state, share, Purpose.AUGMENTED_GENERATOR_STEP, state.step)
    trained = trainable_module(networks.generator, recipe)
    encoder = [] if networks.encoder is None else [networks.encoder]
    with freeze_except(trained, networks.generator, networks.critic, *encoder):
        with autocast(state):
            fake_logits = networks.critic(augment(fake)).float()
            real_logits = torch.zeros_like(fake_logits)
            if objective.compares:
                with torch.no_grad():
                    real_logits = networks.critic(augment(real)).float()
        loss = share.weight * objective.generator(real_logits, fake_logits)
        return update(state, "generator", trained, loss + replay_loss(state, real), {"generator_loss": loss})


def batch_share(state: State) -> Share:
    """Return this process's share of the game's batches."""
    return state.team.share(state.recipe.training.batch)


def draw_augmentation(state: State, share: Share, purpose: Purpose, when: int) -> Callable[[Rolls], Rolls]:
    """Draw one set of changes for all batches of a step, and return what changes this process's rows of one.

    A real roll and the generated one beside it are changed alike (N3), so that the change never tells them apart.
    """
    config = state.recipe.objective
    kinds = AUGMENTATIONS[config.augment]
    augmentation = build_augmentation(state.networks.spec, kinds, config.augment_probability)
    changes = augmentation.draw(share.count, stream(state.recipe.training.seed, purpose, when)).of(share.rows)
    return lambda rolls: augmentation(rolls, changes)


def trainable_module(generator: nn.Module, recipe: Recipe) -> nn.Module:
    """Return what of the generator the game trains: all of it, or its latent flow alone."""
    return generator if recipe.training.trains == "generator" else latent_flow_of(generator).flow
