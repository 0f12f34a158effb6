"""Music in which what is not kept is made anew."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganola.networks.model import Model
from ganola.playing.generate import play_latents
from ganola.playing.given import Given
from ganola.playing.latents import draw_latent


@dataclass(frozen=True)
class Answer:
    """Music in which what was not kept is new."""

    number: int
    cells: UInt8[np.ndarray, "tracks steps pitches"]
    latents: Float[Tensor, "windows latent"]


def infill(
    model: Model,
    given: Given,
    count: int,
    seed: int,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Answer]:
    """Return `count` answers: phrases played from nothing but the seed, what is kept pasted over them."""
    steps, phrase, found = given.cells.shape[1], model.spec.grid.steps, []
    windows = -(-steps // phrase)
    for number in range(1, count + 1):
        if stop():
            break
        drawn = torch.stack([draw_latent(seed, 1000 * number + at, model.spec.latent) for at in range(windows)])
        cells = np.concatenate(list(play_latents(model, drawn)), axis=1)[:, :steps]
        found.append(Answer(number, np.where(given.kept[:, :, None], given.cells, cells), drawn))
        progress(number, count)
    return found
