"""The least change of logits by which a generator plays just a given roll.

What a latent plays is like the music that it was found for, and not the same. The difference is few choices, and what
each lacks to be the likeliest is small. Given that as its noise, a generator plays the music itself, and given a part
of it, music between the two. It is the noise under which a model would have made the very choices that were made, as
the counterfactuals of Oberst and Sontag 2019 (arXiv 1905.05824) have it, taken small.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from ganola.networks.config import ModelSpec
from ganola.networks.outputs.choices import HOLD, Softmax, monophonic_classes
from ganola.networks.outputs.logits import Logits, Roll

MARGIN = 2.0  # nats by which the choice of the roll is the likeliest: were it less, all of them would give way at once

Planes = Float[Tensor, "batch tracks planes steps pitches"]


def least_correction(logits: Logits, roll: Roll, spec: ModelSpec) -> Logits:
    """Return the least that has to be added to the logits of each choice so that the choices are those of `roll`.

    For a generator that is autoregressive, `logits` are those where it is given the roll (`decode_teacher_forced`).
    """
    if not isinstance(spec.discretiser, Softmax):
        return Logits(_of_cells(logits.pitch, roll > 0.5))
    pitch = _of_cells(logits.pitch, roll[:, :, : logits.pitch.shape[2]] > 0.5, exclusive=roll.shape[2] > 1)
    if logits.rest_hold is None:
        return Logits(pitch)
    choices = torch.cat([logits.rest_hold.transpose(2, 3), logits.pitch[:, :, 0]], dim=-1)
    added = _of_one_choice(choices, roll)
    voices = torch.tensor([track.monophonic for track in spec.tracks])[:, None, None]
    of_voices = pad(added[:, :, None, :, 2:], (0, 0, 0, 0, 0, pitch.shape[2] - 1))
    rest_hold = torch.where(voices, added[..., :2].transpose(2, 3), 0.0)
    return Logits(torch.where(voices[..., None], of_voices, pitch), rest_hold)


def times(logits: Logits, shares: Float[Tensor, "batch"]) -> Logits:
    """Return the logits of each sample times its share."""
    rest_hold = None if logits.rest_hold is None else logits.rest_hold * shares[:, None, None, None]
    return Logits(logits.pitch * shares[:, None, None, None, None], rest_hold)


def _of_one_choice(
    choices: Float[Tensor, "batch tracks steps choices"], roll: Roll
) -> Float[Tensor, "batch tracks steps choices"]:
    """Return what the choice of rest, hold or a pitch that `roll` makes lacks, at its place."""
    own = monophonic_classes(roll)[..., None]
    others = choices.scatter(-1, own, -torch.inf)
    others[:, :, 0, HOLD] = -torch.inf  # nothing sounds before the first step
    lacking = (others.amax(dim=-1, keepdim=True) - choices.gather(-1, own) + MARGIN).clamp(min=0)
    return torch.zeros_like(choices).scatter(-1, own, lacking)


def _of_cells(
    pitch: Planes, chosen: Bool[Tensor, "batch tracks planes steps pitches"], exclusive: bool = False
) -> Planes:
    """Return what the logits of cells lack, above zero where they are chosen and below elsewhere.

    Where the planes of a cell are `exclusive`, the chosen one has to exceed the others too.
    """
    others = pitch.clamp(min=0).where(~chosen, 0).amax(dim=2, keepdim=True)
    most = others if exclusive else torch.zeros_like(others)
    silent = ~chosen.any(dim=2, keepdim=True) if exclusive else ~chosen
    lowered = -(pitch + MARGIN).clamp(min=0)
    raised = (most - pitch + MARGIN).clamp(min=0)
    return torch.where(chosen, raised, torch.where(silent, lowered, 0.0))
