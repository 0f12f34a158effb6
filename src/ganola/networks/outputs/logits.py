"""What a generator returns: the logits of all cells, and of rest and hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

Roll = Float[Tensor, "batch tracks planes steps pitches"]


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
