"""Everything that changes while a training runs."""

from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.optim import Adam

from ganola.networks.choices import ModelSpec
from ganola.networks.model import Networks, build_networks
from ganola.randomness import Purpose, stream
from ganola.training.recipe import OptimiserChoices, Recipe


@dataclass
class State:
    """The players, their optimisers, the generator's moving average, and how far the training is."""

    recipe: Recipe
    networks: Networks
    average: nn.Module
    generator_optimiser: Adam
    critic_optimiser: Adam
    step: int = 0  # generator steps taken
    seconds: float = 0.0  # of training, snapshots, judging and saving left out
    best: float | None = None  # distance / floor of the model that is kept, if any was judged

    @property
    def samples(self) -> int:
        """Real rolls shown to the critic so far."""
        return self.step * self.recipe.training.critic_steps * self.recipe.training.batch

    @property
    def played(self) -> Networks:
        """The networks as they are kept and played: with the generator's moving average."""
        return replace(self.networks, generator=self.average)


def fresh_state(recipe: Recipe, spec: ModelSpec) -> State:
    """The state before the first step."""
    networks = build_networks(spec, stream(recipe.training.seed, Purpose.WEIGHTS))
    average = build_networks(spec).generator
    average.load_state_dict(networks.generator.state_dict())
    return State(
        recipe=recipe,
        networks=networks,
        average=average.eval().requires_grad_(False),
        generator_optimiser=_adam(networks.generator, recipe.generator),
        critic_optimiser=_adam(networks.critic, recipe.critic),
    )


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Move `average` towards `network`: average = decay * average + (1 - decay) * network; counters are copied."""
    pairs = zip(average.state_dict().values(), network.state_dict().values(), strict=True)
    for mean, current in pairs:
        if mean.is_floating_point():
            mean.lerp_(current, 1 - decay)
        else:
            mean.copy_(current)


def average_decay(recipe: Recipe, samples: int) -> float:
    """The moving average's decay over one generator step.

    The half-life is the recipe's, and early in a run no more than a twentieth of the run so far, so that the average
    soon forgets the untrained start (Karras et al. 2022, arXiv 2206.00364, code).
    """
    step_samples = recipe.training.batch * recipe.training.critic_steps
    half_life = min(recipe.training.average_samples, max(samples / 20, 1e-8))
    return float(0.5 ** (step_samples / half_life))


def _adam(network: nn.Module, choices: OptimiserChoices) -> Adam:
    return Adam(network.parameters(), lr=choices.learning_rate, betas=(choices.beta1, choices.beta2), fused=True)
