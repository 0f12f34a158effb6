"""From a generator's logits to cells (N13): how zeros and ones come about, and how the gradient passes them.

In training the critic sees what `Discretiser.__call__` returns; a listener gets `Discretiser.hard`.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ganola.networks.choices import ModelSpec

REST, HOLD = 0, 1  # places of the moves that are no pitch


@dataclass(frozen=True, slots=True)
class Logits:
    """What a generator says of each cell, and, where one-note tracks make one choice a step, of rest and hold."""

    cells: Float[Tensor, "batch tracks planes steps pitches"]
    moves: Float[Tensor, "batch tracks 2 steps"] | None = None


def straight_through(hard: Float[Tensor, "*shape"], soft: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The value of `hard` with the gradient of `soft` (Bengio et al. 2013, arXiv 1308.3432)."""
    # The bracket is exactly zero, so the value is exactly `hard`.
    return hard + (soft - soft.detach())


def binary(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """One where the logistic function exceeds a half, else zero, straight through."""
    return straight_through((logits > 0).to(logits.dtype), logits.sigmoid())


def one_choice(logits: Float[Tensor, "*shape choices"]) -> Float[Tensor, "*shape choices"]:
    """One at the likeliest choice, zero elsewhere, straight through the softmax."""
    hard = torch.zeros_like(logits).scatter_(-1, logits.argmax(dim=-1, keepdim=True), 1.0)
    return straight_through(hard, logits.softmax(dim=-1))


def held(
    onset: Float[Tensor, "batch tracks steps pitches"], hold: Float[Tensor, "batch tracks steps"]
) -> Float[Tensor, "batch tracks steps pitches"]:
    """The sustain plane of moves: a held step sounds what the step before it sounded, a hold after rest nothing."""
    frame = torch.zeros_like(onset[:, :, 0])
    frames = []
    for step_onset, step_hold in zip(onset.unbind(2), hold.unbind(2), strict=True):
        sustained = step_hold.unsqueeze(-1) * frame
        frames.append(sustained)
        frame = step_onset + sustained
    return torch.stack(frames, dim=2)


class Discretiser:
    """Logits to rolls of zeros and ones, the way a model's choices say.

    `sigmoid`: training sees probabilities, listeners a threshold at a half. `straight-through`: zeros and ones in
    both. `softmax`: in a one-note track, each step is one choice of rest, hold or a pitch, rendered to the planes
    by a scan, straight through; many-note tracks are per cell as in `straight-through`.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.one_note = [index for index, track in enumerate(spec.tracks) if track.one_note and spec.moves]
        self.many_note = [index for index in range(len(spec.tracks)) if index not in self.one_note]

    def __call__(self, logits: Logits) -> Float[Tensor, "batch tracks planes steps pitches"]:
        """The roll that the critic sees in training."""
        if self.spec.networks.output == "sigmoid":
            return logits.cells.sigmoid()
        if not self.one_note:
            return binary(logits.cells)
        played = self._play(logits)
        if not self.many_note:
            return played
        # Back into the order of the tracks.
        joined = torch.cat([played, binary(logits.cells[:, self.many_note])], dim=1)
        order = torch.tensor([*self.one_note, *self.many_note]).argsort()
        return joined[:, order.to(joined.device)]

    def hard(self, logits: Logits) -> Bool[Tensor, "batch tracks planes steps pitches"]:
        """The roll that is played."""
        return self(logits) > 0.5

    def _play(self, logits: Logits) -> Float[Tensor, "batch one_note planes steps pitches"]:
        assert logits.moves is not None  # noqa: S101 - a generator for this spec gives moves
        moves = logits.moves[:, self.one_note].clone()
        moves[:, :, HOLD, 0] = -torch.inf  # nothing sounds before the first step
        pitches = logits.cells[:, self.one_note, 0]
        chosen = one_choice(torch.cat([moves.transpose(2, 3), pitches], dim=-1))
        onset = chosen[..., 2:]
        sustain = held(onset, chosen[..., HOLD])
        if self.spec.planes == 1:
            return (onset + sustain).unsqueeze(2)
        return torch.stack([onset, sustain], dim=2)
