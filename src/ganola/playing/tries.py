"""Windows of music made anew: several tries of each, of which the one stays that is most like music and fits best."""

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ganola.judging.critic_scores import played_planes
from ganola.music.roll import OFF, from_planes
from ganola.networks.generator import GivenRoll
from ganola.networks.model import Model
from ganola.playing.search import Found, find_latents

Cells = UInt8[np.ndarray, "windows tracks steps pitches"]
Latents = Float[Tensor, "windows latent"]


def play_best(
    model: Model,
    cells: Cells,
    kept: Bool[np.ndarray, "windows tracks steps"],
    r: Float[Tensor, "windows tries latent"],
    shift: Latents | None = None,
) -> tuple[Cells, Latents]:
    """Return each window with what is not kept made anew, and the latents of that; each try begins at an r.

    A `shift` moves where all tries of a window end (see `find_latents`).

    The best try is the likeliest to be real music that has what is kept (see `refinement`). Where only whole beats are
    kept it is the first. A window does not depend on the others.
    """
    planes = played_planes(np.where(kept[..., None], cells, np.uint8(OFF)))
    rolls = torch.from_numpy(planes if model.spec.planes == 2 else planes.any(axis=2, keepdims=True))
    if shift is None:
        shift = torch.zeros_like(r[:, 0])
    windows, tries = r.shape[:2]
    each = torch.arange(windows).repeat_interleave(tries)
    given = GivenRoll(rolls[each], torch.from_numpy(kept)[each])
    found = _in_batches(model, given, r.flatten(0, 1), shift[each])
    best = torch.arange(windows) * tries + found.score.unflatten(0, (windows, tries)).argmax(dim=1)
    played = from_planes(found.roll[best].numpy())
    return np.where(kept[..., None], cells, played), found.latent[best]


def _in_batches(model: Model, given: GivenRoll, r: Latents, shift: Latents) -> Found:
    """Return what is found for all rolls, in batches in which none depends on the others (see `Generator`)."""
    fewest, most, count = model.generator.fewest_rows, model.generator.most_rows, len(r)
    filling = torch.arange(-(-count // fewest) * fewest) % count
    parts = [
        find_latents(model, GivenRoll(given.roll[rows], given.kept[rows]), r[rows], shift[rows])
        for rows in filling.split(most // fewest * fewest)
    ]
    latent, roll, score = (
        torch.cat([getattr(part, name) for part in parts])[:count] for name in ("latent", "roll", "score")
    )
    return Found(latent, roll, score)
