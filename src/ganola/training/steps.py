"""The training step, in the order of the notes (N15)."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields
from typing import Generic, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.optim import Adam

from ganola.networks.encoder import DiagonalGaussian
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.augmentation import AUGMENTATIONS, Augmentation, Kind
from ganola.objectives.penalties import PENALTIES
from ganola.randomness import Purpose, latents, mixing_shares, stream
from ganola.training.machine import sent, waits_for
from ganola.training.recipe import Phase, Player
from ganola.training.state import State, average_decay, follow, learner_of, prior_of

Rolls = Float[Tensor, "batch tracks planes steps pitches"]
EARLY = 0.05  # of the phase of a prior: as it was then it guides what it becomes
ANCHORS = 4  # batches of the prior, so that chance in them does not drown what the critic says
Number = TypeVar("Number", Float[Tensor, ""], float)


class NotFiniteError(ArithmeticError):
    """A loss or a gradient of `player` became infinite or not a number; the step was not taken, nor any after it."""

    def __init__(self, player: Player) -> None:
        super().__init__(f"the {player}'s loss or gradient is no longer finite")
        self.player = player


@dataclass(frozen=True, slots=True)
class Measures(Generic[Number]):
    """What one step gave: of the warm start, of the prior, or of the game; the others' are None.

    A step gives tensors on its device; `numbers` are what is logged.
    """

    critic_loss: Number | None = None
    generator_loss: Number | None = None
    penalty: Number | None = None
    real: Number | None = None  # mean judgement of real rolls
    fake: Number | None = None  # mean judgement of generated rolls
    critic_gradient: Number | None = None  # 2-norm over all weights
    generator_gradient: Number | None = None
    reconstruction: Number | None = None  # nats a roll, of the warm start
    divergence: Number | None = None  # nats a roll
    prior_error: Number | None = None  # squared, a latent: how far off the flow's velocity is

    @property
    def phase(self) -> Phase:
        """The phase that such a step is of."""
        if self.reconstruction is not None:
            return "warm start"
        if self.critic_loss is None:
            return "prior"
        return "critic's lead" if self.generator_loss is None else "game"

    def numbers(self) -> "StepRecord":
        """The same as plain numbers. Waits until the device has worked them out, once for all of them."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {name: value for name, value in given.items() if value is not None}
        values = torch.stack([torch.as_tensor(value) for value in given.values()]).tolist()
        return Measures(**dict(zip(given, values, strict=True)))


Measured = Measures[Tensor]
StepRecord = Measures[float]


def training_step(state: State, batches: list[Rolls]) -> Measured:
    """Some critic steps, a batch each, then, unless the critic leads, one generator step, all on the device of the
    batches. The generator learns from what it played for the last critic step, as that critic judges it now.

    Where a gradient is not finite, the players stay as they were before the offending update. On a processor
    NotFiniteError is raised there and then. Elsewhere that would be to wait for the device in every step: no later
    update is made, and `refuse_what_is_not_finite` raises it.
    """
    first, samples = state.step * len(batches), sum(map(len, batches))
    for index, real in enumerate(batches, start=first):
        learning = state.phase == "game" and index == first + len(batches) - 1
        fake = generated(state, len(real), index, learning=learning)
        last = critic_step(state, real, fake.detach(), index)
    taught = generator_step(state, real, fake) if learning else {}
    _took(state, samples)
    return Measures(
        critic_loss=last["loss"],
        generator_loss=taught.get("loss"),
        penalty=last["penalty"],
        real=last["real"],
        fake=last["fake"],
        critic_gradient=last["gradient"],
        generator_gradient=taught.get("gradient"),
    )


def warm_step(state: State, real: Rolls, progress: float, passes: float = 0.0) -> Measured:
    """One step of the variational autoencoder, encoder and generator together (Kingma and Welling 2014, arXiv
    1312.6114, eq. 10; the divergence weighed as in Higgins et al. 2017).

    `progress` through the warm start, 0 to 1, raises the weight of the divergence (Bowman et al. 2016, arXiv
    1511.06349) and lowers the learning rate. `passes` is how often all music was shown before: the more often, the more
    rolls are transposed. Raises NotFiniteError as `training_step` does.
    """
    choices, networks, optimiser = state.recipe.warm_start, state.networks, state.warm_optimiser
    real = _transposed(state, real, passes / (passes + choices.transpose_after) if choices.transpose_after else 0.0)
    assert networks.encoder is not None  # noqa: S101 - only a recipe with a warm start comes here
    assert optimiser is not None  # noqa: S101
    randomness = stream(state.recipe.training.seed, Purpose.WARM_START, state.step)
    noise = sent(latents(len(real), state.recipe.networks.latent, randomness), state.device)
    with _fast(state):
        belief = networks.encoder(real)
        logits = networks.generator.decode_teacher_forced(belief.sample(noise), real)
    reconstruction = networks.spec.discretiser.reconstruction_loss(logits, real).mean()
    divergence = belief.kl().mean()
    weight = choices.kl_weight * min(1.0, progress / choices.kl_rise if choices.kl_rise else 1.0)
    _cool(optimiser, choices.learning_rate, progress)
    both = nn.ModuleList([networks.generator, networks.encoder])
    gradient = _update(state, both, optimiser, reconstruction + weight * divergence, "autoencoder")
    _took(state, len(real))
    return Measures(generator_gradient=gradient, reconstruction=reconstruction.detach(), divergence=divergence.detach())


def prior_step(state: State, places: Int[np.ndarray, "batch"], progress: float) -> Measured:
    """One step of the flow, on the encoded music at these places (Lipman et al. 2023, arXiv 2210.02747, eq. 10).

    `progress` through the phase, 0 to 1, lowers the learning rate; until EARLY the prior remembers the flow's average.
    Raises NotFiniteError as `training_step` does.
    """
    choices, prior, optimiser = state.recipe.prior, prior_of(state.networks.generator), state.prior_optimiser
    assert optimiser is not None  # noqa: S101
    error = _flow_error(state, places, stream(state.recipe.training.seed, Purpose.PRIOR, state.step))
    _cool(optimiser, choices.learning_rate, progress)
    gradient = _update(state, prior.flow, optimiser, error, "flow")
    _took(state, len(places))
    if progress < EARLY:
        average = prior_of(state.average)
        for remembering in (prior, average):
            remembering.snapshot_guide(average.flow)
    return Measures(generator_gradient=gradient, prior_error=error.detach())


def _flow_error(state: State, places: Int[np.ndarray, "batch"], randomness: np.random.Generator) -> Float[Tensor, ""]:
    """How far off the flow's velocity is, somewhere on the way to the encoded music at these places; squared, a
    latent."""
    choices, prior = state.recipe.prior, prior_of(state.networks.generator)
    assert state.encoded is not None  # noqa: S101 - music is encoded before the first of these steps
    size = (len(places), state.recipe.networks.latent)
    chosen, sampled = (sent(values, state.device) for values in (torch.from_numpy(places), latents(*size, randomness)))
    latent = DiagonalGaussian(state.encoded.mean[chosen], state.encoded.log_variance[chosen]).sample(sampled)
    # More often in the middle of the way, where there is most to learn (Esser et al. 2024, arXiv 2403.03206, eq. 19).
    angle = sent(latents(len(places), 1, randomness)[:, 0].sigmoid() * (math.pi / 2), state.device)
    noise = sent(latents(*size, randomness), state.device)
    kept = None
    if choices.dropout:
        kept = sent(prior.flow.dropout_mask(len(places), choices.dropout, randomness), state.device)
    with _fast(state):
        return prior.flow_matching_loss(latent, noise, angle, kept).mean()


def _took(state: State, samples: int) -> None:
    """Count a step that showed so many real rolls, and move the average."""
    state.step += 1
    state.samples += samples
    decay = average_decay(state.recipe, state.samples - state.phase_samples, samples)
    follow(state.average, state.networks.generator, decay)


def _cool(optimiser: Adam, learning_rate: float, progress: float) -> None:
    """Lower the learning rate along a cosine, to a twentieth as `progress` goes from 0 to 1."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate * (0.05 + 0.95 * (1 + math.cos(math.pi * min(progress, 1.0))) / 2)


def generated(state: State, count: int, index: int, *, learning: bool) -> Rolls:
    """So many rolls of the generator for critic step `index`, with a gradient to what the game teaches if it is to be
    `learning` from them."""
    randomness = stream(state.recipe.training.seed, Purpose.PLAYED, index)
    # r ~ N(0, I)^(B x L), fake = G(r)
    r = sent(latents(count, state.recipe.networks.latent, randomness), state.device)
    generator = state.networks.generator
    with _only(learner_of(generator, state.recipe), generator), torch.set_grad_enabled(learning), _fast(state):
        return state.networks.soft_rolls(r)


def critic_step(state: State, real: Rolls, fake: Rolls, index: int) -> dict[str, Tensor]:
    """One update of the critic on a batch of real and one of generated rolls; `index` counts critic steps."""
    recipe, networks = state.recipe, state.networks
    objective = OBJECTIVES[recipe.objective.loss]
    randomness = stream(recipe.training.seed, Purpose.CRITIC_STEP, index)
    heard = _augmentation(state, len(real), Purpose.AUGMENTED_CRITIC_STEP, index)
    # 1. batches of B rolls, (B, tracks, planes, steps, pitches); from here on, all rolls as the critic hears them
    real, fake = heard(real), heard(fake)
    # 2. forward: J* = D(real), J^ = D(fake)
    with _fast(state):
        judged_real, judged_fake = networks.critic(real).float(), networks.critic(fake).float()
    # 3. the loss, and the penalty on each sample's own gradient at x~ = eps * real + (1 - eps) * fake
    loss = objective.critic(judged_real, judged_fake)
    penalty = torch.zeros((), device=state.device)
    if recipe.objective.penalty != "none":
        eps = sent(mixing_shares(len(real), randomness), state.device)
        penalty = PENALTIES[recipe.objective.penalty](networks.critic, real, fake, eps)
    # 4. backpropagation
    total = loss + recipe.objective.penalty_weight * penalty
    gradient = _update(state, networks.critic, state.critic_optimiser, total, "critic")
    return {
        "loss": loss.detach(),
        "penalty": penalty.detach(),
        "real": judged_real.detach().mean(),
        "fake": judged_fake.detach().mean(),
        "gradient": gradient,
    }


def generator_step(state: State, real: Rolls, fake: Rolls) -> dict[str, Tensor]:
    """One update of the generator, which played `fake`, against the critic as it is; a relativistic one compares with
    `real` rolls. A flow may be held where it is (`prior.anchor`); the loss that is told is the critic's part."""
    recipe, networks = state.recipe, state.networks
    objective = OBJECTIVES[recipe.objective.loss]
    heard = _augmentation(state, len(fake), Purpose.AUGMENTED_GENERATOR_STEP, state.step)
    learner = learner_of(networks.generator, recipe)
    with _only(learner, networks.generator, networks.critic):
        with _fast(state):
            judged_fake = networks.critic(heard(fake)).float()
            judged_real = torch.zeros_like(judged_fake)
            if objective.compares:
                with torch.no_grad():
                    judged_real = networks.critic(heard(real)).float()
        loss = objective.generator(judged_real, judged_fake)
        total = loss + recipe.prior.anchor * _anchor(state) if recipe.anchored else loss
        gradient = _update(state, learner, state.generator_optimiser, total, "generator")
    return {"loss": loss.detach(), "gradient": gradient}


def _anchor(state: State) -> Float[Tensor, ""]:
    """The flow's error on some of the encoded music, drawn for this step."""
    assert state.encoded is not None  # noqa: S101 - see `_flow_error`
    randomness = stream(state.recipe.training.seed, Purpose.ANCHOR, state.step)
    places = randomness.integers(len(state.encoded.mean), size=ANCHORS * state.recipe.prior.batch)
    return _flow_error(state, places, randomness)


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


def _fast(state: State) -> AbstractContextManager[object]:
    """Within, products are taken in the recipe's precision; weights, losses and penalties stay in 32 bits."""
    if state.recipe.training.precision != "bfloat16":
        return nullcontext()
    return torch.autocast(state.device.type, torch.bfloat16)


def _augmentation(state: State, count: int, purpose: Purpose, when: int) -> Callable[[Rolls], Rolls]:
    """One drawing of changes for all batches of a step, so that a real roll and the generated one beside it are changed
    alike (N3); what each is told apart by is then never the change."""
    choices = state.recipe.objective
    augmentation = _augmenting(state, AUGMENTATIONS[choices.augment], choices.augment_probability)
    changes = augmentation.draw(count, stream(state.recipe.training.seed, purpose, when))
    return lambda rolls: augmentation(rolls, changes)


def _transposed(state: State, rolls: Rolls, share: float) -> Rolls:
    """The rolls of a warm start, such a share of them in another key."""
    augmentation = _augmenting(state, ("transpose",), share)
    randomness = stream(state.recipe.training.seed, Purpose.TRANSPOSED_WARM_START, state.step)
    return augmentation(rolls, augmentation.draw(len(rolls), randomness))


def _augmenting(state: State, kinds: tuple[Kind, ...], probability: float) -> Augmentation:
    spec = state.networks.spec
    return Augmentation(
        kinds=kinds,
        probability=probability,
        bars=spec.grid.bars,
        steps_per_bar=spec.grid.steps_per_bar,
        drums=tuple(track.drums for track in spec.tracks),
    )


def _update(state: State, network: nn.Module, optimiser: Adam, loss: Tensor, player: Player) -> Tensor:
    """Backpropagate and step, unless a gradient is not finite (see `training_step`); the 2-norm of the gradient."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    state.not_finite[player] = ~(norm.isfinite() & loss.isfinite()) | state.not_finite.get(player, False)
    if waits_for(state.device):
        # A fused optimiser asks the device itself, and takes no step where this is 1.
        optimiser.found_inf = torch.stack(list(state.not_finite.values())).any().float()  # type: ignore[attr-defined]
    else:
        refuse_what_is_not_finite(state)
    optimiser.step()
    return norm


def refuse_what_is_not_finite(state: State) -> None:
    """Raise NotFiniteError where a step since the last time was not finite. Waits for the device."""
    spoilt = [player for player, happened in state.not_finite.items() if happened]
    state.not_finite.clear()
    if spoilt:
        raise NotFiniteError(spoilt[0])
