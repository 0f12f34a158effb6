"""Everything that changes while a training runs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Adam

from ganola.networks.choices import ModelSpec
from ganola.networks.model import Networks, build_networks
from ganola.networks.prior import Prior
from ganola.randomness import Purpose, stream
from ganola.training.recipe import OptimiserChoices, Recipe

WARM_BETAS = (0.9, 0.99)


@dataclass
class State:
    """The players, their optimisers, the generator's moving average, and how far the training is.

    A warm start, where there is one, comes before the game of the two: `warm_optimiser` teaches encoder and generator.
    """

    recipe: Recipe
    networks: Networks
    average: nn.Module
    generator_optimiser: Adam
    critic_optimiser: Adam
    warm_optimiser: Adam | None = None
    warming: bool = False
    step: int = 0  # steps taken, of the warm start and of the generator in the game
    samples: int = 0  # real rolls shown so far
    warm_samples: int = 0  # of them, those of the warm start, once it is over
    seconds: float = 0.0  # of training, snapshots, judging and saving left out
    best: float | None = None  # distance / floor of the model that is kept, if any was judged

    @property
    def played(self) -> Networks:
        """The networks as they are kept and played: with the generator's moving average."""
        return replace(self.networks, generator=self.average)


def fresh_state(recipe: Recipe, spec: ModelSpec) -> State:
    """The state before the first step."""
    warming = recipe.warm_start.share > 0
    networks = build_networks(spec, stream(recipe.training.seed, Purpose.WEIGHTS), encoder=warming)
    average = build_networks(spec).generator
    average.load_state_dict(networks.generator.state_dict())
    return State(
        recipe=recipe,
        networks=networks,
        average=average.eval().requires_grad_(False),
        generator_optimiser=_adam(networks.generator, recipe.generator),
        critic_optimiser=_adam(networks.critic, recipe.critic),
        warm_optimiser=_warm_adam(networks, recipe) if warming else None,
        warming=warming,
    )


@torch.no_grad()
def begin_game(state: State, music: Iterable[Float[Tensor, "_ tracks planes steps pitches"]]) -> None:
    """End the warm start: the generator goes on from its average, and draws from where `music` is encoded."""
    encoder, prior = state.networks.encoder, state.average.get_submodule("prior")
    assert encoder is not None  # noqa: S101 - only a training that warms comes here
    assert isinstance(prior, Prior)  # noqa: S101
    beliefs = [encoder(rolls) for rolls in music]
    means = torch.cat([belief.mean for belief in beliefs])
    prior.fit(means, torch.cat([belief.log_variance.exp() for belief in beliefs]))
    state.networks.generator.load_state_dict(state.average.state_dict())
    state.warming = False
    state.warm_samples = state.samples


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Move `average` towards `network`: average = decay * average + (1 - decay) * network; counters are copied."""
    pairs = zip(average.state_dict().values(), network.state_dict().values(), strict=True)
    for mean, current in pairs:
        if mean.is_floating_point():
            mean.lerp_(current, 1 - decay)
        else:
            mean.copy_(current)


def average_decay(recipe: Recipe, samples: int, step_samples: int) -> float:
    """The moving average's decay over one step that shows so many of the `samples` shown in its phase so far.

    The half-life is the recipe's, and early in a phase no more than a twentieth of it so far, so that the average soon
    forgets what was before (Karras et al. 2022, arXiv 2206.00364, code).
    """
    half_life = min(recipe.training.average_samples, max(samples / 20, 1e-8))
    return float(0.5 ** (step_samples / half_life))


def _adam(network: nn.Module, choices: OptimiserChoices) -> Adam:
    return Adam(network.parameters(), lr=choices.learning_rate, betas=(choices.beta1, choices.beta2), fused=True)


def _warm_adam(networks: Networks, recipe: Recipe) -> Adam:
    assert networks.encoder is not None  # noqa: S101 - it was built for this
    both = [*networks.generator.parameters(), *networks.encoder.parameters()]
    return Adam(both, lr=recipe.warm_start.learning_rate, betas=WARM_BETAS, fused=True)
