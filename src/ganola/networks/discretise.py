"""From a generator's logits to cells (N13): how zeros and ones come about, and how the gradient passes them.

In training the critic sees what `Discretiser.__call__` returns; a listener gets `Discretiser.hard`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, pad

from ganola.networks.choices import ModelSpec

Frame = Float[Tensor, "batch tracks pitches"]

REST, HOLD = 0, 1  # places of the moves that are no pitch


@dataclass(frozen=True, slots=True)
class Logits:
    """What a generator says of each cell, and, where one-note tracks make one choice a step, of rest and hold."""

    cells: Float[Tensor, "batch tracks planes steps pitches"]
    moves: Float[Tensor, "batch tracks 2 steps"] | None = None

    def whole(self) -> "Logits":
        """In 32 bits, whatever the products before were taken in."""
        return Logits(self.cells.float(), None if self.moves is None else self.moves.float())


def of_tracks(
    values: Shaped[Tensor, "batch tracks *rest"], chosen: Sequence[int]
) -> Shaped[Tensor, "batch chosen *rest"]:
    """The values of some tracks, in this order. (A list as an index would have to be sent to a graphics card, and the
    processor to wait for it.)"""
    if list(chosen) == list(range(values.shape[1])):
        return values
    tracks = values.unbind(1)
    return torch.stack([tracks[index] for index in chosen], dim=1)


def straight_through(hard: Float[Tensor, "*shape"], soft: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The value of `hard` with the gradient of `soft` (Bengio et al. 2013, arXiv 1308.3432)."""
    # The bracket is exactly zero, so the value is exactly `hard`.
    return hard + (soft - soft.detach())


def binary(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """One where the logistic function exceeds a half, else zero, straight through."""
    hard = (logits > 0).to(logits.dtype)
    return straight_through(hard, logits.sigmoid()) if torch.is_grad_enabled() else hard


def one_choice(logits: Float[Tensor, "*shape choices"], unheard: int = 0) -> Float[Tensor, "*shape choices"]:
    """One at the likeliest choice, zero elsewhere, straight through the softmax.

    The first `unheard` choices, which leave nothing in a roll, have no part in the gradient.
    """
    hard = torch.zeros_like(logits).scatter_(-1, logits.argmax(dim=-1, keepdim=True), 1.0)
    if not torch.is_grad_enabled():
        return hard
    return straight_through(hard, pad(logits[..., unheard:].softmax(dim=-1), (unheard, 0)))


def held(
    onset: Float[Tensor, "batch tracks steps pitches"],
    hold: Float[Tensor, "batch tracks steps #pitches"],
    before: Frame | None = None,
) -> Float[Tensor, "batch tracks steps pitches"]:
    """The sustain plane: a held step (or cell) sounds what it sounded the step before, a hold after rest nothing.

    What sounds `before` the first step: nothing, unless given.
    """
    frame = torch.zeros_like(onset[:, :, 0]) if before is None else before
    frames = []
    for step_onset, step_hold in zip(onset.unbind(2), hold.unbind(2), strict=True):
        sustained = step_hold * frame
        frames.append(sustained)
        frame = step_onset + sustained
    return torch.stack(frames, dim=2)


class Discretiser:
    """Logits to rolls of zeros and ones, the way a model's choices say.

    `sigmoid`: training sees probabilities, listeners a threshold at a half. `straight-through`: zeros and ones in
    both. `softmax`: in a one-note track, each step is one choice of rest, hold or a pitch, and in a many-note track
    each cell is one of off, onset or sustain (on one plane: on or off), rendered to the planes by a scan, straight
    through; so no cell is ever sustained that was not struck.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.one_note = [index for index, track in enumerate(spec.tracks) if track.one_note and spec.moves]
        self.many_note = [index for index in range(len(spec.tracks)) if index not in self.one_note]

    def __call__(
        self, logits: Logits, before: Frame | None = None
    ) -> Float[Tensor, "batch tracks planes steps pitches"]:
        """The roll that the critic sees in training; one that goes on from what sounds `before`, if that is given."""
        logits = logits.whole()
        if self.spec.networks.output == "sigmoid":
            return logits.cells.sigmoid()
        if self.spec.networks.output == "straight-through":
            return binary(logits.cells)
        if not self.one_note:
            return self._strike(logits.cells, before)
        played = self._play(logits, None if before is None else of_tracks(before, self.one_note))
        if not self.many_note:
            return played
        # Back into the order of the tracks.
        others = None if before is None else of_tracks(before, self.many_note)
        joined = torch.cat([played, self._strike(of_tracks(logits.cells, self.many_note), others)], dim=1)
        order = [*self.one_note, *self.many_note]
        return of_tracks(joined, [order.index(track) for track in range(len(order))])

    def hard(self, logits: Logits) -> Bool[Tensor, "batch tracks planes steps pitches"]:
        """The roll that is played."""
        return self(logits) > 0.5

    def _strike(
        self, cells: Float[Tensor, "batch many_note planes steps pitches"], before: Frame | None
    ) -> Float[Tensor, "batch many_note planes steps pitches"]:
        if self.spec.planes == 1:
            return binary(cells)
        chosen = one_choice(torch.stack([torch.zeros_like(cells[:, :, 0]), cells[:, :, 0], cells[:, :, 1]], dim=-1))
        onset = chosen[..., 1]
        return torch.stack([onset, held(onset, chosen[..., 2], before)], dim=2)

    def _play(self, logits: Logits, before: Frame | None) -> Float[Tensor, "batch one_note planes steps pitches"]:
        assert logits.moves is not None  # noqa: S101 - a generator for this spec gives moves
        moves = of_tracks(logits.moves, self.one_note)
        if before is None:
            moves = moves.clone()
            moves[:, :, HOLD, 0] = -torch.inf  # nothing sounds before the first step
        pitches = of_tracks(logits.cells, self.one_note)[:, :, 0]
        # A critic's word on a note says little of how it would hear a rest instead, and voices drift to silence: a game
        # that goes on from music that rests rightly can leave rests as they are (docs/decisions/0010).
        unheard = 0 if self.spec.networks.rest_gradient else 1
        chosen = one_choice(torch.cat([moves.transpose(2, 3), pitches], dim=-1), unheard)
        onset = chosen[..., 2:]
        sustain = held(onset, chosen[..., HOLD : HOLD + 1], before)
        if self.spec.planes == 1:
            return (onset + sustain).unsqueeze(2)
        return torch.stack([onset, sustain], dim=2)


def reconstruction_loss(
    spec: ModelSpec, logits: Logits, roll: Float[Tensor, "batch tracks planes steps pitches"]
) -> Float[Tensor, "batch"]:
    """-log of the probability, in nats, that these logits give to each roll; what `Discretiser` would choose from."""
    discretiser, logits = Discretiser(spec), logits.whole()
    if spec.networks.output != "softmax":
        return binary_cross_entropy_with_logits(logits.cells, roll, reduction="none").sum(dim=(1, 2, 3, 4))
    loss = torch.zeros(len(roll), device=roll.device)
    if discretiser.one_note:
        assert logits.moves is not None  # noqa: S101 - a generator for this spec gives moves
        moves, cells, wanted = (
            of_tracks(values, discretiser.one_note) for values in (logits.moves, logits.cells, roll)
        )
        choices = torch.cat([moves.transpose(2, 3), cells[:, :, 0]], dim=-1)
        told = cross_entropy(choices.flatten(0, 2), moves_of(wanted).flatten(), reduction="none")
        loss = loss + told.unflatten(0, (len(roll), -1)).sum(dim=1)
    if discretiser.many_note:
        cells, wanted = (of_tracks(values, discretiser.many_note) for values in (logits.cells, roll))
        if spec.planes == 1:
            return loss + binary_cross_entropy_with_logits(cells, wanted, reduction="none").sum(dim=(1, 2, 3, 4))
        # log(1 + e^onset + e^sustain) less the logit of what is wanted, off being zero.
        partition = torch.cat([torch.zeros_like(cells[:, :, :1]), cells], dim=2).logsumexp(dim=2)
        loss = loss + partition.sum(dim=(1, 2, 3)) - (cells * wanted).sum(dim=(1, 2, 3, 4))
    return loss


def moves_of(roll: Float[Tensor, "batch tracks planes steps pitches"]) -> Int[Tensor, "batch tracks steps"]:
    """The choice of each step of one-note tracks: REST, HOLD, or 2 and more for the pitch that begins.

    Of two planes; on one plane a pitch that sounds as the step before is held.
    """
    onset = roll[:, :, 0]
    if roll.shape[2] == 1:
        onset = roll[:, :, 0] * (1 - pad(roll[:, :, 0], (0, 0, 1, 0))[:, :, :-1])
    begins, sounds = onset.sum(dim=3) > 0, roll.sum(dim=(2, 4)) > 0
    return torch.where(begins, onset.argmax(dim=3) + 2, torch.where(sounds, HOLD, REST))
