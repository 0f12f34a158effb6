"""The training step, in the order of the notes (N15)."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganola.networks.discretise import reconstruction_loss
from ganola.networks.encoder import Belief
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.augmentation import AUGMENTATIONS, Augmentation
from ganola.objectives.penalties import PENALTIES
from ganola.randomness import Purpose, latents, mixing_shares, stream
from ganola.training.state import State, average_decay, follow, learner_of, prior_of

Rolls = Float[Tensor, "batch tracks planes steps pitches"]


class NotFiniteError(ArithmeticError):
    """A loss or a gradient became infinite or not a number; the step was not taken."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What one step gave: of the warm start, of the prior, or of the game; the others' are None."""

    critic_loss: float | None = None
    generator_loss: float | None = None
    penalty: float | None = None
    real: float | None = None  # mean judgement of real rolls
    fake: float | None = None  # mean judgement of generated rolls
    critic_gradient: float | None = None  # 2-norm over all weights
    generator_gradient: float | None = None
    reconstruction: float | None = None  # nats a roll, of the warm start
    divergence: float | None = None  # nats a roll
    prior_error: float | None = None  # squared, a latent: how far off the flow's velocity is


def training_step(state: State, batches: list[Rolls]) -> StepRecord:
    """Some critic steps, a batch each, then one generator step. Raises NotFiniteError and leaves the players as they
    were before the offending update."""
    first, samples = state.step * len(batches), sum(map(len, batches))
    criticised = [critic_step(state, real, first + index) for index, real in enumerate(batches)]
    leads = state.samples - state.phase_began < state.recipe.training.critic_lead * samples
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
    with _fast(state):
        belief = networks.encoder(real)
        logits = networks.generator.decode(belief.sample(noise))
    reconstruction = reconstruction_loss(networks.spec, logits, real).mean()
    divergence = belief.divergence().mean()
    weight = choices.kl_weight * min(1.0, progress / choices.kl_rise if choices.kl_rise else 1.0)
    for group in optimiser.param_groups:
        group["lr"] = choices.learning_rate * _cosine(progress)
    both = nn.ModuleList([networks.generator, networks.encoder])
    gradient = _update(both, optimiser, reconstruction + weight * divergence, "autoencoder")
    _took(state, len(real))
    return StepRecord(generator_gradient=gradient, reconstruction=reconstruction.item(), divergence=divergence.item())


def prior_step(state: State, places: Int[np.ndarray, "batch"], progress: float) -> StepRecord:
    """One step of the flow, on the encoded music at these places (Lipman et al. 2023, arXiv 2210.02747, eq. 10).

    `progress` through the phase, 0 to 1, lowers the learning rate. Raises NotFiniteError as `training_step` does.
    """
    choices, prior, optimiser = state.recipe.prior, prior_of(state.networks.generator), state.prior_optimiser
    assert state.encoded is not None  # noqa: S101 - music is encoded before the first of these steps
    assert optimiser is not None  # noqa: S101
    randomness = stream(state.recipe.training.seed, Purpose.PRIOR, state.step)
    size = (len(places), state.recipe.networks.latent)
    latent = Belief(state.encoded.mean[places], state.encoded.log_variance[places]).sample(latents(*size, randomness))
    angle = mixing_shares(len(places), randomness) * (math.pi / 2)
    noise = latents(*size, randomness)
    kept = prior.channels_kept(len(places), choices.dropout, randomness) if choices.dropout else None
    with _fast(state):
        error = prior.error(latent, noise, angle, kept).mean()
    for group in optimiser.param_groups:
        group["lr"] = choices.learning_rate * _cosine(progress)
    gradient = _update(prior, optimiser, error, "prior")
    _took(state, len(places))
    return StepRecord(generator_gradient=gradient, prior_error=error.item())


def _took(state: State, samples: int) -> None:
    """Count a step that showed so many real rolls, and move the average."""
    state.step += 1
    state.samples += samples
    decay = average_decay(state.recipe, state.samples - state.phase_began, samples)
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
    r = latents(len(real), recipe.networks.latent, randomness)
    with _fast(state):
        judged_real = networks.critic(real).float()
        with torch.no_grad():
            fake = heard(networks.soft_rolls(r))
        judged_fake = networks.critic(fake).float()
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
    learner = learner_of(networks.generator, recipe)
    with _only(learner, networks.generator, networks.critic):
        with _fast(state):
            judged_fake = networks.critic(heard(networks.soft_rolls(r))).float()
            judged_real = torch.zeros_like(judged_fake)
            if objective.compares:
                with torch.no_grad():
                    judged_real = networks.critic(heard(real)).float()
        loss = objective.generator(judged_real, judged_fake)
        gradient = _update(learner, state.generator_optimiser, loss, "generator")
    return {"loss": loss.item(), "gradient": gradient}


@contextmanager
def _only(learner: nn.Module, *networks: nn.Module) -> Iterator[None]:
    """Within, of these networks `learner` alone gathers gradients."""
    for network in networks:
        network.requires_grad_(False)
    learner.requires_grad_(True)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)


def _fast(state: State) -> torch.autocast:
    """Within, products are taken in the recipe's precision; weights, losses and penalties stay in 32 bits."""
    return torch.autocast("cpu", torch.bfloat16, enabled=state.recipe.training.precision == "bfloat16")


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
