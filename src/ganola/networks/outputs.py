"""From a generator's logits to cells (N13): how zeros and ones come about, and how the gradient passes them.

In training the critic sees what `Discretiser.__call__` returns; a listener gets `Discretiser.hard`. To add a way, write
a class and give it a name in `DISCRETISERS`; recipes then accept it as `networks.output`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, pad

from ganola.networks.sustain import Frame, sustain_scan

Roll = Float[Tensor, "batch tracks planes steps pitches"]

REST, HOLD = 0, 1  # the first two classes of a monophonic track's step; the pitches follow


@dataclass(frozen=True, slots=True)
class Logits:
    """What a generator returns: logits of each cell, and of rest and hold where a track's step is one choice."""

    pitch: Float[Tensor, "batch tracks planes steps pitches"]
    rest_hold: Float[Tensor, "batch tracks 2 steps"] | None = None

    def float(self) -> "Logits":
        """Return the logits in 32 bits, whatever autocast computed them in."""
        return Logits(self.pitch.float(), None if self.rest_hold is None else self.rest_hold.float())

    def of_track(self, track: int) -> "Logits":
        """Return the logits of one track."""
        of_track = slice(track, track + 1)
        return Logits(self.pitch[:, of_track], None if self.rest_hold is None else self.rest_hold[:, of_track])

    def of_steps(self, steps: slice) -> "Logits":
        """Return the logits of some steps."""
        return Logits(self.pitch[..., steps, :], None if self.rest_hold is None else self.rest_hold[..., steps])

    def __add__(self, noise: "Logits | None") -> "Logits":
        """Return the logits with noise added, of which those that are not there need none."""
        if noise is None:
            return self
        rest_hold = self.rest_hold
        if rest_hold is not None and noise.rest_hold is not None:
            rest_hold = rest_hold + noise.rest_hold
        return Logits(self.pitch + noise.pitch, rest_hold)


class Discretiser(ABC):
    """Turns logits into rolls of zeros and ones.

    `planes` is how many planes a roll has a track: 1 (what sounds) or 2 (onset, sustain). `monophonic` says of each
    track whether it plays one note at a time. Without `rest_gradient` no gradient of a roll reaches the logits of rest.
    """

    is_binary: ClassVar[bool] = True  # whether the critic sees zeros and ones too

    def __init__(self, planes: int, monophonic: Sequence[bool], *, rest_gradient: bool = True) -> None:
        self.planes = planes
        self.monophonic = [index for index, one in enumerate(monophonic) if one]
        self.polyphonic = [index for index, one in enumerate(monophonic) if not one]
        self.rest_gradient = rest_gradient

    @property
    def has_rest_hold(self) -> bool:
        """Return whether it needs logits of rest and hold."""
        return False

    @property
    def logit_planes(self) -> int:
        """Return how many planes of logits it needs of each track."""
        return self.planes

    @abstractmethod
    def __call__(self, logits: Logits, before: Frame | None = None) -> Roll:
        """Return the roll that the critic sees in training.

        `before` is what sounds at the step before the first one, where the roll continues other music.
        """

    @abstractmethod
    def step_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
        """Return -log p(roll | logits) in nats, one number a step of each track."""

    def reconstruction_loss(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch"]:
        """Return -log p(roll | logits) in nats, one number a roll."""
        return self.step_losses(logits, roll).sum(dim=(1, 2))

    def hard(self, logits: Logits) -> Bool[Tensor, "batch tracks planes steps pitches"]:
        """Return the roll that is played."""
        return self(logits) > 0.5


class Sigmoid(Discretiser):
    """Each cell on its own: training sees probabilities, listeners a threshold at a half."""

    is_binary = False

    def __call__(self, logits: Logits, before: Frame | None = None) -> Roll:  # noqa: ARG002
        return logits.float().pitch.sigmoid()

    def step_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
        return _binary_losses(logits.float().pitch, roll)


class StraightThrough(Sigmoid):
    """Each cell on its own: zeros and ones, the gradient that of their probabilities."""

    is_binary = True

    def __call__(self, logits: Logits, before: Frame | None = None) -> Roll:  # noqa: ARG002
        return binary_step(logits.float().pitch)


class Softmax(Discretiser):
    """A monophonic track's step is one choice of rest, hold or a pitch; a polyphonic track's cell one of off, onset or
    sustain (on one plane: on or off). Choices become planes by `sustain_scan`, straight through.

    So no cell is ever sustained that did not begin.
    """

    @property
    def has_rest_hold(self) -> bool:
        return bool(self.monophonic)

    @property
    def logit_planes(self) -> int:
        return self.planes if self.polyphonic else 1

    def __call__(self, logits: Logits, before: Frame | None = None) -> Roll:
        logits = logits.float()
        if not self.monophonic:
            return self._polyphonic_roll(logits.pitch, before)
        ones = self._monophonic_roll(logits, None if before is None else select_tracks(before, self.monophonic))
        if not self.polyphonic:
            return ones
        before_many = None if before is None else select_tracks(before, self.polyphonic)
        many = self._polyphonic_roll(select_tracks(logits.pitch, self.polyphonic), before_many)
        return self._in_order(ones, many)

    def step_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
        logits = logits.float()
        if not self.polyphonic:
            return self._monophonic_losses(logits, roll)
        many = self._polyphonic_losses(*(select_tracks(values, self.polyphonic) for values in (logits.pitch, roll)))
        return self._in_order(self._monophonic_losses(logits, roll), many) if self.monophonic else many

    def _polyphonic_losses(self, pitch: Roll, target: Roll) -> Float[Tensor, "batch polyphonic steps"]:
        if self.planes == 1:
            return _binary_losses(pitch, target)
        # log(1 + e^onset + e^sustain) less the logit of the target, that of off being zero.
        partition = torch.cat([torch.zeros_like(pitch[:, :, :1]), pitch], dim=2).logsumexp(dim=2)
        return partition.sum(dim=3) - (pitch * target).sum(dim=(2, 4))

    def _monophonic_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch monophonic steps"]:
        assert logits.rest_hold is not None  # noqa: S101 - a generator for this discretiser has them
        rest_hold, pitch, target = (
            select_tracks(values, self.monophonic) for values in (logits.rest_hold, logits.pitch, roll)
        )
        choices = torch.cat([rest_hold.transpose(2, 3), pitch[:, :, 0]], dim=-1)
        classes = monophonic_classes(target)
        nats = cross_entropy(choices.flatten(0, 2), classes.flatten(), reduction="none")
        return nats.unflatten(0, classes.shape)

    def _in_order(
        self, ones: Shaped[Tensor, "batch monophonic *rest"], many: Shaped[Tensor, "batch polyphonic *rest"]
    ) -> Shaped[Tensor, "batch tracks *rest"]:
        """Return the values of monophonic and of polyphonic tracks in the order of all tracks."""
        order = [*self.monophonic, *self.polyphonic]
        return select_tracks(torch.cat([ones, many], dim=1), [order.index(track) for track in range(len(order))])

    def _polyphonic_roll(
        self, pitch: Float[Tensor, "batch polyphonic planes steps pitches"], before: Frame | None
    ) -> Float[Tensor, "batch polyphonic planes steps pitches"]:
        if self.planes == 1:
            return binary_step(pitch)
        onset, hold = straight_through_choice(pitch).unbind(2)
        return torch.stack([onset, sustain_scan(onset, hold, before)], dim=2)

    def _monophonic_roll(
        self, logits: Logits, before: Frame | None
    ) -> Float[Tensor, "batch monophonic planes steps pitches"]:
        assert logits.rest_hold is not None  # noqa: S101 - a generator for this discretiser has them
        rest_hold = select_tracks(logits.rest_hold, self.monophonic)
        if before is None:
            rest_hold = rest_hold.clone()
            rest_hold[:, :, HOLD, 0] = -torch.inf  # nothing sounds before the first step
        pitch = select_tracks(logits.pitch, self.monophonic)[:, :, 0]
        # The critic's gradient at a note says little of how a rest would score there, and voices drift to silence: a
        # game after a warm start that rests rightly can leave rests as they are (docs/decisions/0010).
        skip = 0 if self.rest_gradient else 1
        chosen = straight_through_argmax(torch.cat([rest_hold.transpose(2, 3), pitch], dim=-1), skip)
        onset = chosen[..., 2:]
        sustain = sustain_scan(onset, chosen[..., HOLD : HOLD + 1], before)
        if self.planes == 1:
            return (onset + sustain).unsqueeze(2)
        return torch.stack([onset, sustain], dim=2)


DISCRETISERS: dict[str, type[Discretiser]] = {
    "sigmoid": Sigmoid,
    "straight-through": StraightThrough,
    "softmax": Softmax,
}


def select_tracks(
    values: Shaped[Tensor, "batch tracks *rest"], chosen: Sequence[int]
) -> Shaped[Tensor, "batch chosen *rest"]:
    """Return the values of some tracks, in this order.

    (A list as an index would have to be sent to a graphics card, and the processor to wait for it.)
    """
    if list(chosen) == list(range(values.shape[1])):
        return values
    tracks = values.unbind(1)
    return torch.stack([tracks[index] for index in chosen], dim=1)


def straight_through(hard: Float[Tensor, "*shape"], soft: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return the value of `hard` with the gradient of `soft` (Bengio et al. 2013, arXiv 1308.3432)."""
    # The bracket is exactly zero, so the value is exactly `hard`.
    return hard + (soft - soft.detach())


def binary_step(logits: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return one where the sigmoid of a logit exceeds a half, else zero, straight through."""
    hard = (logits > 0).to(logits.dtype)
    return straight_through(hard, logits.sigmoid()) if torch.is_grad_enabled() else hard


def straight_through_argmax(logits: Float[Tensor, "*shape choices"], skip: int = 0) -> Float[Tensor, "*shape choices"]:
    """Return the one-hot argmax of the last axis, straight through the softmax.

    The first `skip` choices get no gradient: the softmax is taken over the others.
    """
    hard = torch.zeros_like(logits).scatter_(-1, logits.argmax(dim=-1, keepdim=True), 1.0)
    if not torch.is_grad_enabled():
        return hard
    return straight_through(hard, pad(logits[..., skip:].softmax(dim=-1), (skip, 0)))


def straight_through_choice(
    logits: Float[Tensor, "batch tracks 2 steps pitches"],
) -> Float[Tensor, "batch tracks 2 steps pitches"]:
    """Return of each cell whether it is an onset, and whether it is held; neither, where both logits are below zero.

    Straight through the softmax of the two and of zero.
    """
    onset, hold = logits.unbind(2)
    chosen = torch.stack([(onset > 0) & (onset >= hold), (hold > 0) & (hold > onset)], dim=2).to(logits.dtype)
    if not torch.is_grad_enabled():
        return chosen
    # The softmax of a few choices is several times faster where they are not the last axis.
    soft = torch.cat([torch.zeros_like(logits[:, :, :1]), logits], dim=2).softmax(dim=2)
    return straight_through(chosen, soft[:, :, 1:])


def monophonic_classes(roll: Roll) -> Int[Tensor, "batch tracks steps"]:
    """Return the class of each step of monophonic tracks: REST, HOLD, or 2 + the index of the pitch that begins.

    On one plane, a pitch that also sounds at the step before is held.
    """
    onset = roll[:, :, 0]
    if roll.shape[2] == 1:
        onset = roll[:, :, 0] * (1 - pad(roll[:, :, 0], (0, 0, 1, 0))[:, :, :-1])
    begins, sounds = onset.sum(dim=3) > 0, roll.sum(dim=(2, 4)) > 0
    return torch.where(begins, onset.argmax(dim=3) + 2, torch.where(sounds, HOLD, REST))


def _binary_losses(logits: Roll, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
    return binary_cross_entropy_with_logits(logits, roll, reduction="none").sum(dim=(2, 4))
