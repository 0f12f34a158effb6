"""Outputs in which a step of a monophonic track, and a cell of a polyphonic one, is one choice."""

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from ganola.networks.outputs.cells import binary_losses
from ganola.networks.outputs.choice_rules import LIKELIEST, ChoiceRule, relaxed
from ganola.networks.outputs.discretiser import Annealed, Discretiser, Uniform
from ganola.networks.outputs.inverse_cdf import to_gumbel
from ganola.networks.outputs.logits import Logits, Roll, select_tracks
from ganola.networks.sustain import Frame, sustain_scan

REST, HOLD = 0, 1  # the first two classes of a monophonic track's step; the pitches follow


class Softmax(Discretiser):
    """A monophonic track's step is one choice of rest, hold or a pitch; a polyphonic track's cell one of off, onset or
    sustain (on one plane: on or off). Choices become planes by `sustain_scan`, straight through.

    So no cell is ever sustained that did not begin. With a temperature the logits get Gumbel noise times that, so that
    choices are drawn (see `networks.noise`).
    """

    has_temperature = True

    @property
    def has_rest_hold(self) -> bool:
        return bool(self.monophonic)

    @property
    def logit_planes(self) -> int:
        return self.planes if self.polyphonic else 1

    @property
    def noise_scale(self) -> float:
        """Return how many times standard Gumbel noise is added to the logits."""
        return self.temperature

    def noise_numbers(self, pitches: int) -> int:
        alternatives = 1 + self.logit_planes  # of a cell: off, and its planes
        return alternatives * pitches + 2 if self.noise_scale else 0

    def noise(self, uniform: Uniform) -> Logits:
        numbers, pitches = to_gumbel(uniform), (uniform.shape[3] - 2) // (1 + self.logit_planes)
        rest_hold = numbers[..., -2:].transpose(2, 3) if self.has_rest_hold else None
        noise = numbers[..., :-2].split(pitches, dim=3)
        # A voice's pitch is one choice of many; a cell is a choice among its planes and off, whose logit is zero.
        voices = [track in self.monophonic for track in range(uniform.shape[1])]
        off = torch.where(torch.tensor(voices, device=uniform.device)[:, None, None], 0.0, noise[0])
        pitch = torch.stack([own - off for own in noise[1:]], dim=2)
        return Logits(self.noise_scale * pitch, None if rest_hold is None else self.noise_scale * rest_hold)

    def forward(self, logits: Logits, noise: Logits | None = None, before: Frame | None = None) -> Roll:
        return self.choose(logits + noise, before, LIKELIEST)

    def choose(self, logits: Logits, before: Frame | None, rule: ChoiceRule) -> Roll:
        """Return the roll of the choices that a rule makes."""
        logits = logits.float()
        if not self.monophonic:
            return self._polyphonic_roll(logits.pitch, before, rule)
        ones = self._monophonic_roll(logits, None if before is None else select_tracks(before, self.monophonic), rule)
        if not self.polyphonic:
            return ones
        before_many = None if before is None else select_tracks(before, self.polyphonic)
        many = self._polyphonic_roll(select_tracks(logits.pitch, self.polyphonic), before_many, rule)
        return self._in_order(ones, many)

    def step_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
        logits = logits.float()
        if not self.polyphonic:
            return self._monophonic_losses(logits, roll)
        many = self._polyphonic_losses(*(select_tracks(values, self.polyphonic) for values in (logits.pitch, roll)))
        return self._in_order(self._monophonic_losses(logits, roll), many) if self.monophonic else many

    def _polyphonic_losses(self, pitch: Roll, target: Roll) -> Float[Tensor, "batch polyphonic steps"]:
        if self.planes == 1:
            return binary_losses(pitch, target)
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
        self, pitch: Float[Tensor, "batch polyphonic planes steps pitches"], before: Frame | None, rule: ChoiceRule
    ) -> Float[Tensor, "batch polyphonic planes steps pitches"]:
        if self.planes == 1:
            return rule.switch(pitch)
        onset, hold = rule.of_cell(pitch).unbind(2)
        return torch.stack([onset, sustain_scan(onset, hold, before)], dim=2)

    def _monophonic_roll(
        self, logits: Logits, before: Frame | None, rule: ChoiceRule
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
        chosen = rule.one_of(torch.cat([rest_hold.transpose(2, 3), pitch], dim=-1), skip)
        onset = chosen[..., 2:]
        sustain = sustain_scan(onset, chosen[..., HOLD : HOLD + 1], before)
        if self.planes == 1:
            return (onset + sustain).unsqueeze(2)
        return torch.stack([onset, sustain], dim=2)


class GumbelSoftmax(Annealed, Softmax):
    """The same choices, drawn, and relaxed in training: the critic sees shares of them, which come ever nearer to one
    choice as the slope grows (the temperature 1 / slope falls). Listeners get the choices.
    """

    is_binary = False
    has_temperature = False

    @property
    def noise_scale(self) -> float:
        return 1.0

    def forward(self, logits: Logits, noise: Logits | None = None, before: Frame | None = None) -> Roll:
        return self.choose(logits + noise, before, relaxed(self.slope))

    def hard(
        self, logits: Logits, noise: Logits | None = None, before: Frame | None = None
    ) -> Bool[Tensor, "batch tracks planes steps pitches"]:
        return self.choose(logits + noise, before, LIKELIEST) > 0.5


def monophonic_classes(roll: Roll) -> Int[Tensor, "batch tracks steps"]:
    """Return the class of each step of monophonic tracks: REST, HOLD, or 2 + the index of the pitch that begins.

    On one plane, a pitch that also sounds at the step before is held.
    """
    onset = roll[:, :, 0]
    if roll.shape[2] == 1:
        onset = roll[:, :, 0] * (1 - pad(roll[:, :, 0], (0, 0, 1, 0))[:, :, :-1])
    begins, sounds = onset.sum(dim=3) > 0, roll.sum(dim=(2, 4)) > 0
    return torch.where(begins, onset.argmax(dim=3) + 2, torch.where(sounds, HOLD, REST))
