"""The training step, in the order of the notes (N15)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.penalties import PENALTIES
from ganola.randomness import Purpose, latents, mixing_shares, stream
from ganola.training.state import State, average_decay, follow

Rolls = Float[Tensor, "batch tracks planes steps pitches"]


class NotFiniteError(ArithmeticError):
    """A loss or a gradient became infinite or not a number; the step was not taken."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What one generator step, and the critic steps before it, gave."""

    critic_loss: float
    generator_loss: float
    penalty: float
    real: float  # mean judgement of real rolls
    fake: float  # mean judgement of generated rolls
    critic_gradient: float  # 2-norm over all weights
    generator_gradient: float


def training_step(state: State, batches: list[Rolls]) -> StepRecord:
    """Some critic steps, a batch each, then one generator step. Raises NotFiniteError and leaves the players as they
    were before the offending update."""
    first = state.step * len(batches)
    criticised = [critic_step(state, real, first + index) for index, real in enumerate(batches)]
    generated = generator_step(state, batches[-1])
    state.step += 1
    follow(state.average, state.networks.generator, average_decay(state.recipe, state.samples))
    last = criticised[-1]
    return StepRecord(
        critic_loss=last["loss"],
        generator_loss=generated["loss"],
        penalty=last["penalty"],
        real=last["real"],
        fake=last["fake"],
        critic_gradient=last["gradient"],
        generator_gradient=generated["gradient"],
    )


def critic_step(state: State, real: Rolls, index: int) -> dict[str, float]:
    """One update of the critic on a batch of real rolls; `index` counts critic steps."""
    recipe, networks = state.recipe, state.networks
    objective = OBJECTIVES[recipe.objective.loss]
    randomness = stream(recipe.training.seed, Purpose.CRITIC_STEP, index)
    # 1. a batch of B rolls: real, (B, tracks, planes, steps, pitches)
    # 2. forward: J* = D(real), r ~ N(0, I)^(B x L), fake = G(r), J^ = D(fake)
    judged_real = networks.critic(real)
    r = latents(len(real), recipe.networks.latent, randomness)
    with torch.no_grad():
        fake = networks.soft_rolls(r)
    judged_fake = networks.critic(fake)
    # 3. the loss, and the penalty on each sample's own gradient at x~ = eps * real + (1 - eps) * fake
    loss = objective.critic(judged_real, judged_fake)
    penalty = torch.zeros(())
    if recipe.objective.penalty != "none":
        eps = mixing_shares(len(real), randomness)
        penalty = PENALTIES[recipe.objective.penalty](networks.critic, real, fake, eps)
    # 4. backpropagation
    total = loss + recipe.objective.penalty_weight * penalty
    gradient = _update(networks.critic, state.critic_optimiser, total, "critic")
    return {
        "loss": loss.item(),
        "penalty": penalty.item(),
        "real": judged_real.mean().item(),
        "fake": judged_fake.mean().item(),
        "gradient": gradient,
    }


def generator_step(state: State, real: Rolls) -> dict[str, float]:
    """One update of the generator against the critic as it is; a relativistic one compares with `real` rolls."""
    recipe, networks = state.recipe, state.networks
    objective = OBJECTIVES[recipe.objective.loss]
    randomness = stream(recipe.training.seed, Purpose.GENERATOR_STEP, state.step)
    r = latents(recipe.training.batch, recipe.networks.latent, randomness)
    networks.critic.requires_grad_(False)
    try:
        judged_fake = networks.critic(networks.soft_rolls(r))
        judged_real = torch.zeros_like(judged_fake)
        if objective.compares:
            with torch.no_grad():
                judged_real = networks.critic(real)
        loss = objective.generator(judged_real, judged_fake)
        gradient = _update(networks.generator, state.generator_optimiser, loss, "generator")
    finally:
        networks.critic.requires_grad_(True)
    return {"loss": loss.item(), "gradient": gradient}


def _update(network: nn.Module, optimiser: torch.optim.Optimizer, loss: Tensor, player: str) -> float:
    """Backpropagate and step, unless a gradient is not finite; the 2-norm of the gradient."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients).item()
    if not torch.isfinite(torch.tensor(norm)) or not loss.isfinite():
        raise NotFiniteError(f"the {player}'s loss or gradient is no longer finite")
    optimiser.step()
    return norm
