"""The training step, in the order of the notes (N15)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.networks.discretise import reconstruction_loss
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.augmentation import AUGMENTATIONS, Augmentation
from ganola.objectives.penalties import PENALTIES
from ganola.randomness import Purpose, latents, mixing_shares, stream
from ganola.training.state import State, average_decay, follow

Rolls = Float[Tensor, "batch tracks planes steps pitches"]


class NotFiniteError(ArithmeticError):
    """A loss or a gradient became infinite or not a number; the step was not taken."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What one step gave: of the warm start, or of the generator after some critic steps; the other's are None."""

    critic_loss: float | None = None
    generator_loss: float | None = None
    penalty: float | None = None
    real: float | None = None  # mean judgement of real rolls
    fake: float | None = None  # mean judgement of generated rolls
    critic_gradient: float | None = None  # 2-norm over all weights
    generator_gradient: float | None = None
    reconstruction: float | None = None  # nats a roll, of the warm start
    divergence: float | None = None  # nats a roll


def training_step(state: State, batches: list[Rolls]) -> StepRecord:
    """Some critic steps, a batch each, then one generator step. Raises NotFiniteError and leaves the players as they
    were before the offending update."""
    first, samples = state.step * len(batches), sum(map(len, batches))
    criticised = [critic_step(state, real, first + index) for index, real in enumerate(batches)]
    leads = state.samples - state.warm_samples < state.recipe.training.critic_lead * samples
    generated = {} if leads else generator_step(state, batches[-1])
    _took(state, samples)
    last = criticised[-1]
    return StepRecord(
        critic_loss=last["loss"],
        generator_loss=generated.get("loss"),
        penalty=last["penalty"],
        real=last["real"],
        fake=last["fake"],
        critic_gradient=last["gradient"],
        generator_gradient=generated.get("gradient"),
    )


def warm_step(state: State, real: Rolls, progress: float) -> StepRecord:
    """One step of the variational autoencoder, encoder and generator together (Kingma and Welling 2014, arXiv
    1312.6114, eq. 10; the divergence weighed as in Higgins et al. 2017).

    `progress` through the warm start, 0 to 1, raises the weight of the divergence (Bowman et al. 2016, arXiv
    1511.06349) and lowers the learning rate. Raises NotFiniteError as `training_step` does.
    """
    choices, networks, optimiser = state.recipe.warm_start, state.networks, state.warm_optimiser
    assert networks.encoder is not None  # noqa: S101 - only a recipe with a warm start comes here
    assert optimiser is not None  # noqa: S101
    noise = latents(
        len(real), state.recipe.networks.latent, stream(state.recipe.training.seed, Purpose.WARM_START, state.step)
    )
    belief = networks.encoder(real)
    reconstruction = reconstruction_loss(networks.spec, networks.generator(belief.sample(noise)), real).mean()
    divergence = belief.divergence().mean()
    weight = choices.kl_weight * min(1.0, progress / choices.kl_rise if choices.kl_rise else 1.0)
    for group in optimiser.param_groups:
        group["lr"] = choices.learning_rate * _cosine(progress)
    both = nn.ModuleList([networks.generator, networks.encoder])
    gradient = _update(both, optimiser, reconstruction + weight * divergence, "autoencoder")
    _took(state, len(real))
    return StepRecord(generator_gradient=gradient, reconstruction=reconstruction.item(), divergence=divergence.item())


def _took(state: State, samples: int) -> None:
    """Count a step that showed so many real rolls, and move the average."""
    state.step += 1
    state.samples += samples
    decay = average_decay(state.recipe, state.samples - state.warm_samples, samples)
    follow(state.average, state.networks.generator, decay)


def _cosine(progress: float) -> float:
    """From 1 down to a twentieth as `progress` goes from 0 to 1."""
    return 0.05 + 0.95 * (1 + math.cos(math.pi * min(progress, 1.0))) / 2


def critic_step(state: State, real: Rolls, index: int) -> dict[str, float]:
    """One update of the critic on a batch of real rolls; `index` counts critic steps."""
    recipe, networks = state.recipe, state.networks
    objective = OBJECTIVES[recipe.objective.loss]
    randomness = stream(recipe.training.seed, Purpose.CRITIC_STEP, index)
    heard = _augmentation(state, len(real), Purpose.AUGMENTED_CRITIC_STEP, index)
    # 1. a batch of B rolls: real, (B, tracks, planes, steps, pitches); from here on, all rolls as the critic hears them
    real = heard(real)
    # 2. forward: J* = D(real), r ~ N(0, I)^(B x L), fake = G(r), J^ = D(fake)
    judged_real = networks.critic(real)
    r = latents(len(real), recipe.networks.latent, randomness)
    with torch.no_grad():
        fake = heard(networks.soft_rolls(r))
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
    heard = _augmentation(state, recipe.training.batch, Purpose.AUGMENTED_GENERATOR_STEP, state.step)
    r = latents(recipe.training.batch, recipe.networks.latent, randomness)
    networks.critic.requires_grad_(False)
    try:
        judged_fake = networks.critic(heard(networks.soft_rolls(r)))
        judged_real = torch.zeros_like(judged_fake)
        if objective.compares:
            with torch.no_grad():
                judged_real = networks.critic(heard(real))
        loss = objective.generator(judged_real, judged_fake)
        gradient = _update(networks.generator, state.generator_optimiser, loss, "generator")
    finally:
        networks.critic.requires_grad_(True)
    return {"loss": loss.item(), "gradient": gradient}


def _augmentation(state: State, count: int, purpose: Purpose, when: int) -> Callable[[Rolls], Rolls]:
    """One drawing of changes for all batches of a step, so that a real roll and the generated one beside it are changed
    alike (N3); what each is told apart by is then never the change."""
    choices, spec = state.recipe.objective, state.networks.spec
    augmentation = Augmentation(
        kinds=AUGMENTATIONS[choices.augment],
        probability=choices.augment_probability,
        bars=spec.grid.bars,
        steps_per_bar=spec.grid.steps_per_bar,
        drums=tuple(track.drums for track in spec.tracks),
    )
    changes = augmentation.draw(count, stream(state.recipe.training.seed, purpose, when))
    return lambda rolls: augmentation(rolls, changes)


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
