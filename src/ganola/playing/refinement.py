"""Choices of new music that suit better what is kept, and the critic.

Tracks that are played before a kept one do not hear it. Which of their choices would make it likelier, and the music
more real, the gradient with respect to the roll says of all choices at once (Gibbs with gradients, Grathwohl et al.
2021, arXiv 2102.04509). Added to the logits it makes those choices likelier when all is played again. Of a few rounds
the best stays.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ganola.judging.critic_scores import evaluation_mode
from ganola.networks.config import ModelSpec
from ganola.networks.generator import GivenRoll, Latents, Played, Roll
from ganola.networks.model import Model
from ganola.networks.outputs.choices import HOLD, Softmax, monophonic_classes
from ganola.networks.outputs.logits import Logits

ROUNDS = 6
RATE = 2.0  # nats of a logit for a nat of the score
FADING = 0.5  # how much is left of what was added before, in each round
REALISM = 2.0  # nats of what is kept that count as much as one of the critic's D

Scores = Float[Tensor, "batch"]


@dataclass(frozen=True)
class Scored:
    """Rolls, and how good each is: log p in nats of what is explained, and REALISM times the critic's D."""

    roll: Played
    score: Scores

    def or_better(self, other: "Scored") -> "Scored":
        """Return of each roll this one or the other, whichever has the higher score."""
        better = other.score > self.score
        roll = torch.where(better[:, None, None, None, None], other.roll, self.roll)
        return Scored(roll, torch.maximum(self.score, other.score))


def play_refined(
    model: Model, latent: Latents, given: GivenRoll, explained: Bool[Tensor, "batch tracks steps"], noise: Logits | None
) -> Scored:
    """Return the rolls that latents play around what is given, refined where some of it is to be `explained`.

    `noise` is that of the choices. Rolls of which nothing is explained score 0. A roll does not depend on the others.
    """
    roll = model.generator.play_given(latent, given, noise)
    if not explained.any():
        return Scored(roll, latent.new_zeros(len(latent)))
    score, gains = _score(model, latent, roll, explained)
    best, added = Scored(roll, score), None
    for _ in range(0 if given.kept.all() else ROUNDS):
        added = _logit_bias(gains, roll, model.spec) + _faded(added)
        roll = model.generator.play_given(latent, given, added + noise)
        score, gains = _score(model, latent, roll, explained)
        best = best.or_better(Scored(roll, score))
    return best


@torch.enable_grad()
def _score(
    model: Model, latent: Latents, roll: Played, explained: Bool[Tensor, "batch tracks steps"]
) -> tuple[Scores, Roll]:
    """Return the score of rolls (see `Scored`), and its gradient with respect to them."""
    cells = roll.float().requires_grad_(True)
    score = -model.generator.kept_losses(latent, cells, explained).sum(dim=1)
    if model.critic is not None:
        with evaluation_mode(model.critic):
            score = score + REALISM * model.critic(cells)
    score = score * explained.flatten(start_dim=1).any(dim=1)
    (gains,) = torch.autograd.grad(score.sum(), cells)
    return score.detach(), gains


def _logit_bias(gains: Roll, roll: Played, spec: ModelSpec) -> Logits:
    """Return what is added to the logits of each choice: RATE times what the score would gain by it."""
    if not isinstance(spec.discretiser, Softmax):
        return Logits(RATE * gains)
    pitch = RATE * gains[:, :, : spec.discretiser.logit_planes]
    if not spec.discretiser.has_rest_hold:
        return Logits(pitch)
    begun = gains[:, :, 0] + _of_held_steps(gains[:, :, -1], roll)
    voices = torch.tensor([track.monophonic for track in spec.tracks])[:, None, None, None]
    # A note is one choice of many: what each gains beside the others. Rests and held notes stay as likely as the mean.
    of_voices = RATE * (begun - begun.mean(dim=3, keepdim=True))[:, :, None]
    rest_hold = pitch.new_zeros(*pitch.shape[:2], 2, pitch.shape[3])
    return Logits(torch.where(voices, of_voices.expand_as(pitch), pitch), rest_hold)


def _of_held_steps(
    gains: Float[Tensor, "batch tracks steps pitches"], roll: Played
) -> Float[Tensor, "batch tracks steps pitches"]:
    """Return what a note would gain that began at a step, by the steps for which the note there is held in `roll`."""
    held = (monophonic_classes(roll.float()) == HOLD)[..., None]
    after, found = torch.zeros_like(gains[:, :, 0]), []
    for gain, is_held in zip(gains.unbind(2)[::-1], held.unbind(2)[::-1], strict=True):
        found.append(after)
        after = torch.where(is_held, after + gain, 0.0)
    return torch.stack(found[::-1], dim=2)


def _faded(added: Logits | None) -> Logits | None:
    if added is None:
        return None
    rest_hold = None if added.rest_hold is None else FADING * added.rest_hold
    return Logits(FADING * added.pitch, rest_hold)
