"""Everything that changes while a training runs."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Adam

from ganola.networks.config import ModelSpec
from ganola.networks.encoder import DiagonalGaussian
from ganola.networks.generator import Generator
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.model import Networks, build_networks
from ganola.randomness import Purpose, stream
from ganola.training.machine import CPU
from ganola.training.recipe import OptimiserChoices, Phase, Player, Recipe

SUPERVISED_BETAS = (0.9, 0.99)


@dataclass
class State:
    """The players, their optimisers, the generator's moving average, and how far the training is.

    A recipe may have phases before the game of the two: a warm start, in which `warm_optimiser` teaches encoder and
    generator; the prior's, in which `prior_optimiser` teaches the generator's flow; and one of the game in which the
    critic alone learns.
    """

    recipe: Recipe
    networks: Networks
    average: Generator
    generator_optimiser: Adam
    critic_optimiser: Adam
    warm_optimiser: Adam | None = None
    prior_optimiser: Adam | None = None
    phase: Phase = "game"
    step: int = 0  # steps taken: in the game generator steps, or the critic's while it leads
    samples: int = 0  # real rolls shown so far
    seconds: float = 0.0  # of training; snapshots, encoding, judging and saving left out
    phase_samples: int = 0  # of those shown, so many before this phase
    phase_step: int = 0  # of the steps
    phase_seconds: float = 0.0  # of the seconds
    best: float | None = None  # distance / floor of the model that is kept, if any was judged
    encoded: DiagonalGaussian | None = (
        None  # training music, while the flow learns from it; worked out anew where it is missing
    )
    device: torch.device = CPU  # where all of this lies
    not_finite: dict[Player, Tensor] = field(default_factory=dict)  # if yet to be looked at (see `steps`)

    @property
    def played(self) -> Networks:
        """The networks as they are kept and played: with the generator's moving average."""
        return replace(self.networks, generator=self.average)


def fresh_state(recipe: Recipe, spec: ModelSpec, device: torch.device = CPU) -> State:
    """The state before the first step, on a device; its weights are the same on each."""
    warming, flow = recipe.warm_start.share > 0, recipe.prior.share > 0
    networks = build_networks(spec, stream(recipe.training.seed, Purpose.WEIGHTS), encoder=warming)
    average = build_networks(spec).generator.to(device)
    for network in (networks.generator, networks.critic, networks.encoder):
        if network is not None:
            network.to(device)
    average.load_state_dict(networks.generator.state_dict())
    return State(
        recipe=recipe,
        networks=networks,
        average=average.eval().requires_grad_(False),
        generator_optimiser=_game_adam(learner_of(networks.generator, recipe), recipe.generator),
        critic_optimiser=_game_adam(networks.critic, recipe.critic),
        warm_optimiser=_warm_adam(networks, recipe) if warming else None,
        prior_optimiser=_adam(prior_of(networks.generator).flow, recipe.prior.learning_rate) if flow else None,
        phase=next(iter(recipe.shares), "game"),
        device=device,
    )


def begin_phase(state: State, phase: Phase) -> None:
    """End a phase: what comes next goes on from the generator's average."""
    state.networks.generator.load_state_dict(state.average.state_dict())
    state.phase = phase
    state.phase_samples, state.phase_step, state.phase_seconds = state.samples, state.step, state.seconds


@torch.no_grad()
def encode(state: State, music: Iterable[Float[Tensor, "_ tracks planes steps pitches"]]) -> None:
    """Keep where `music` is encoded, and let the flow begin from its mean and deviation."""
    encoder = state.networks.encoder
    assert encoder is not None  # noqa: S101 - only a training with a warm start comes here
    beliefs = [encoder(rolls) for rolls in music]
    means, log_variances = (torch.cat([getattr(belief, of) for belief in beliefs]) for of in ("mean", "log_variance"))
    state.encoded = DiagonalGaussian(means, log_variances)
    for generator in (state.networks.generator, state.average):
        prior_of(generator).standardise(means, log_variances.exp())


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


def _adam(network: nn.Module, learning_rate: float, betas: tuple[float, float] = SUPERVISED_BETAS) -> Adam:
    return Adam(network.parameters(), lr=learning_rate, betas=betas, fused=True)


def _game_adam(network: nn.Module, choices: OptimiserChoices) -> Adam:
    return _adam(network, choices.learning_rate, (choices.beta1, choices.beta2))


def _warm_adam(networks: Networks, recipe: Recipe) -> Adam:
    assert networks.encoder is not None  # noqa: S101 - it was built for this
    return _adam(nn.ModuleList([networks.generator, networks.encoder]), recipe.warm_start.learning_rate)


def learner_of(generator: nn.Module, recipe: Recipe) -> nn.Module:
    """What of the generator the game teaches."""
    return generator if recipe.training.teaches == "generator" else prior_of(generator).flow


def prior_of(generator: nn.Module) -> LatentFlow:
    """The generator's flow."""
    prior = generator.get_submodule("prior")
    assert isinstance(prior, LatentFlow)  # noqa: S101 - recipes refuse what needs one and has none
    return prior
