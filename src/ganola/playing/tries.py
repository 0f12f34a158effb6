"""Windows of music made anew: several tries of each, of which the one stays that is most like music and fits best."""

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ganola.judging.critic_scores import critic_scores, played_planes
from ganola.music.roll import OFF, from_planes
from ganola.networks.generator import GivenRoll
from ganola.networks.model import Model
from ganola.playing.search import Found, find_latents, left_of

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

    The best try is the likeliest to be real music that has what is kept: by the critic's D, which is roughly the log of
    real over generated, and by log p of what is kept. A window does not depend on the others.
    """
    planes = played_planes(np.where(kept[..., None], cells, np.uint8(OFF)))
    rolls = torch.from_numpy(planes if model.spec.planes == 2 else planes.any(axis=2, keepdims=True))
    if shift is None:
        shift = torch.zeros_like(r[:, 0])
    found, left = _in_batches(model, GivenRoll(rolls, torch.from_numpy(kept)), r, shift), left_of(r.shape[1])
    each = np.arange(len(r)).repeat(left)
    made = np.where(kept[each][..., None], cells[each], from_planes(found.roll.numpy()))
    real = critic_scores(model.critic, made, model.spec.planes) if model.critic is not None else np.float32(0)
    score = np.asarray(real - found.nats.numpy()).reshape(-1, left)
    best = np.arange(len(r)) * left + score.argmax(axis=1)
    return made[best], found.latent[best]


def _in_batches(model: Model, given: GivenRoll, r: Float[Tensor, "windows tries latent"], shift: Latents) -> Found:
    """Return what is found for all windows, in batches in which none depends on the others (see `Generator`)."""
    generator, (windows, tries) = model.generator, r.shape[:2]
    fewest = -(-generator.fewest_rows // left_of(tries))
    most = max(generator.most_rows // tries // fewest, 1) * fewest
    filling = torch.arange(-(-windows // fewest) * fewest) % windows
    parts = [
        find_latents(model, GivenRoll(given.roll[rows], given.kept[rows]), r[rows], shift[rows])
        for rows in filling.split(most)
    ]
    latent, roll, nats = (
        torch.cat([getattr(part, name) for part in parts])[: windows * left_of(tries)]
        for name in ("latent", "roll", "nats")
    )
    return Found(latent, roll, nats)
