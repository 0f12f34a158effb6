"""Augmentation of real and generated rolls alike, so that a critic does not soon overfit a small corpus (N3).

Zhao et al. 2020 (DiffAugment, arXiv 2006.10738): each change is differentiable, and made in every step of critic and
generator. Where each is made with a probability below a half, the critic gets the same distribution of both only if
generated music is distributed as real music is (Karras et al. 2020, arXiv 2006.06676, section 2.2): no change leaks
into what is generated.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

Kind = Literal["transpose", "shift", "silence"]
Rolls = Float[Tensor, "batch tracks planes steps pitches"]

AUGMENTATIONS: dict[str, tuple[Kind, ...]] = {
    "none": (),
    "transpose": ("transpose",),
    "shift": ("shift",),
    "silence": ("silence",),
    "all": ("transpose", "shift", "silence"),
}
MAX_SEMITONES = 3  # up or down
NO_TRACK = -1


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be done to each roll of a batch."""

    semitones: Int[np.ndarray, "batch"]  # up; drums stay
    bars: Int[np.ndarray, "batch"]  # later, the last ones first again
    silent: Int[np.ndarray, "batch"]  # the track that is silenced, or NO_TRACK

    @property
    def is_identity(self) -> bool:
        """Return whether every roll stays as it is."""
        return not (self.semitones.any() or self.bars.any() or (self.silent != NO_TRACK).any())

    def of(self, rows: slice) -> "Changes":
        """Return the changes of some of the rolls."""
        return Changes(self.semitones[rows], self.bars[rows], self.silent[rows])


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Musical changes of rolls of so many bars, with a track for each of `drums` (whether it is drums)."""

    kinds: tuple[Kind, ...]
    probability: float  # of each kind, in each roll
    bars: int
    steps_per_bar: int
    drums: tuple[bool, ...]

    def draw(self, count: int, randomness: np.random.Generator) -> Changes:
        """Return changes of `count` rolls, each kind independent, with its probability; the same numbers for any kinds.

        Transposition is by 1 to MAX_SEMITONES up or down, a shift by 1 to all but one of the bars, and of two or more
        tracks one is silent, each alternative as likely as the others.
        """
        happens = randomness.random((3, count)) < self.probability
        up, far = randomness.integers(0, 2, count) == 1, randomness.integers(1, MAX_SEMITONES + 1, count)
        later = randomness.integers(1, self.bars, count) if self.bars > 1 else np.zeros(count, dtype=np.int64)
        who = randomness.integers(0, len(self.drums), count)
        return Changes(
            semitones=np.where(happens[0] & ("transpose" in self.kinds), np.where(up, far, -far), 0),
            bars=np.where(happens[1] & ("shift" in self.kinds), later, 0),
            silent=np.where(happens[2] & ("silence" in self.kinds) & (len(self.drums) > 1), who, NO_TRACK),
        )

    def __call__(self, rolls: Rolls, changes: Changes) -> Rolls:
        """Return the rolls, changed: linear in them, so gradients pass, and gradients of gradients.

        What would leave the range of pitches is dropped. A note that a shift cuts is struck again in the first bar, as
        in a corpus's windows.
        """
        if changes.is_identity:
            return rolls
        (_, tracks, planes, steps, pitches), where = rolls.shape, rolls.device
        pitched = ~torch.tensor(self.drums)
        up = torch.from_numpy(changes.semitones)[:, None] * pitched
        later = torch.from_numpy(changes.bars) * self.steps_per_bar
        heard = torch.from_numpy(changes.silent)[:, None] != torch.arange(tracks)
        pitch = torch.arange(pitches) - up[:, :, None]  # where each row comes from
        step = (torch.arange(steps) - later[:, None]) % steps
        kept = ((pitch >= 0) & (pitch < pitches) & heard[:, :, None])[:, :, None, None]
        cell = step[:, None, :, None] * pitches + pitch.clamp(0, pitches - 1)[:, :, None]
        cell = _to_device(cell.flatten(start_dim=2), where)[:, :, None].expand(-1, -1, planes, -1)
        moved = rolls.flatten(start_dim=3).gather(3, cell).unflatten(3, (steps, pitches))
        moved = moved * _to_device(kept, where)
        return _begin_again(moved, _to_device(later > 0, where)) if planes == 2 and changes.bars.any() else moved


def _to_device(values: Tensor, device: torch.device) -> Tensor:
    """Return the values on a device; asynchronously."""
    return (values.pin_memory() if device.type == "cuda" else values).to(device, non_blocking=True)


def _begin_again(rolls: Rolls, cut: Tensor) -> Rolls:
    """Return what sustains at the first step begins there, in the rolls that are `cut`."""
    first = rolls[:, :, :, :1]
    struck = torch.stack([first.sum(dim=2), torch.zeros_like(first[:, :, 0])], dim=2)
    first = torch.where(cut[:, None, None, None, None], struck, first)
    return torch.cat([first, rolls[:, :, :, 1:]], dim=3)
