"""More of an attribute in music of which a part is kept: what is made of it is steered, window by window.

A window is made several times, with stronger and stronger shifts of its latent. The one stays whose difference from the
music that the same seed makes without a wish is nearest to what was asked for. That music is made first, as a whole. If
each window were compared with what it would play after steered music, the wish would add up from window to window.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8

from ganola.networks.model import Model
from ganola.playing.attributes import More
from ganola.playing.directions import directions_of
from ganola.playing.steer import misses
from ganola.playing.tries import Cells, Latents, play_best

STRENGTHS = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0])  # times the shift that the regression asks for


@dataclass(frozen=True)
class Wish:
    """What is asked for more of, in standard deviations: `more`, than in `before`, in the part that is `steered`.

    A window of which less is steered gains less, as what is kept gains nothing.
    """

    more: More
    before: UInt8[np.ndarray, "answers tracks steps pitches"]
    steered: Bool[np.ndarray, "tracks steps"]

    def of_windows(self, steps: Sequence[slice]) -> "WindowWishes":
        """Return what is asked for of the windows at these steps, each of all answers."""
        share = np.array([self.steered[:, part].mean() for part in steps])
        before = np.concatenate([self.before[:, :, part] for part in steps])
        return WindowWishes(self.more, before, share.repeat(len(self.before)))


@dataclass(frozen=True)
class WindowWishes:
    """What is asked for of windows: as much more than in `before` as the `share` of each that is steered."""

    more: More
    before: Cells
    share: Float[np.ndarray, "windows"]


def play_with_more(
    model: Model,
    cells: Cells,
    kept: Bool[np.ndarray, "windows tracks steps"],
    r: Float[torch.Tensor, "windows tries latent"],
    wishes: WindowWishes,
) -> tuple[Cells, Latents]:
    """Return what `play_best` does, each window with that strength of the shift which comes nearest to its wish.

    A window does not depend on the others.
    """
    strengths = len(STRENGTHS)
    of_noise, of_place = (shifts.repeat(len(r), 1) for shifts in directions_of(model).shifts(wishes.more, STRENGTHS))
    each = np.arange(len(r)).repeat(strengths)
    made, latent = play_best(model, cells[each], kept[each], r[each] + of_noise[:, None], of_place)
    missed = misses(model, made, wishes.before[each], wishes.more, wishes.share[each])
    best = np.arange(len(r)) * strengths + missed.reshape(-1, strengths).argmin(axis=1)
    return made[best], latent[best]
