"""Phrases as points behind the flow, and what is played near them.

Between noise r and encoded music the flow goes along a circle (see `networks/latent_flow.py`). Music that is mixed with
noise at some angle of it and followed from there is music again, and the more like the first, the less noise there is.
What a latent plays is not quite the music that it was found for; a correction of the generator's choices makes up for
that (see `networks/corrections.py`), so that without noise it is the music itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganola.music.roll import Cells, from_planes, to_planes
from ganola.networks.corrections import least_correction, times
from ganola.networks.generator import GivenRoll, Roll
from ganola.networks.inputs import to_network_input
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.model import Model
from ganola.networks.outputs.logits import Logits
from ganola.playing.latents import Latents, in_rows
from ganola.playing.search import find_latents
from ganola.randomness import Purpose, latents, stream

QUARTER_TURN = math.pi / 2  # the angle at which there is no noise
Shares = Float[Tensor, "phrases"]


@dataclass(frozen=True)
class Point:
    """A phrase of a model's grid: where its latent lies behind the flow, and the logits of its own choices there."""

    place: Float[Tensor, "1 latent"]  # standardised, where there is a flow; else r itself
    roll: Float[Tensor, "1 tracks planes steps pitches"]
    logits: Logits


@torch.no_grad()
def find_point(model: Model, cells: Cells) -> Point:
    """Return the point of one phrase (tracks, steps, pitches): its latent is encoded, or searched by a model without an
    encoder."""
    roll = to_network_input(to_planes(cells[None]), model.spec.planes)
    generator, flow, encoder = model.generator, model.generator.prior, model.encoder
    latent = _search(model, roll) if encoder is None else in_rows(lambda rolls: encoder(rolls).mean, roll)
    rows = generator.fewest_rows
    logits = generator.decode_teacher_forced(latent.expand(rows, -1), roll.expand(rows, -1, -1, -1, -1))
    place = flow.to_standard(latent) if isinstance(flow, LatentFlow) else latent
    return Point(place, roll, _rows(logits, 1))


@torch.inference_mode()
def play_near(
    model: Model,
    places: Latents,
    noise: Latents,
    angles: Shares,
    parts: Sequence[tuple[Point, Shares]] = (),
) -> Cells:
    """Return what is played at these places with noise r, each at its angle: 0 is noise alone, a quarter turn none.

    `parts` are the phrases that are played just as they are where their share is 1, and less so, the less it is.
    """
    count = len(places)
    lacking = max(0, model.generator.fewest_rows - count)
    places, noise, angles = (
        torch.cat([rows, rows[-1:].expand(lacking, *rows.shape[1:])]) for rows in (places, noise, angles)
    )
    x_t = angles.cos()[:, None] * noise + angles.sin()[:, None] * places
    flow = model.generator.prior
    latent = flow.follow(x_t, angles) if isinstance(flow, LatentFlow) else x_t
    choices = model.generator.noise(noise)
    added = choices
    for point, shares in parts:
        shares = torch.cat([shares, shares[-1:].expand(lacking)])
        logits = point.logits + choices
        correction = least_correction(logits, point.roll.expand(len(logits.pitch), -1, -1, -1, -1), model.spec)
        added = times(correction, shares) + added
    return from_planes(model.generator.play(latent, added).numpy())[:count]


def _search(model: Model, roll: Roll) -> Latents:
    """Return a latent that plays a roll as nearly as a search finds it."""
    rows, steps = model.generator.fewest_rows, roll.shape[3]
    kept = torch.ones(rows, roll.shape[1], steps, dtype=torch.bool)
    given = GivenRoll(roll.expand(rows, -1, -1, -1, -1) > 0.5, kept)
    r = latents(rows, model.spec.latent, stream(0, Purpose.POINTS))
    with torch.enable_grad():
        return find_latents(model, given, r, torch.zeros_like(r)).latent[:1]


def _rows(logits: Logits, count: int) -> Logits:
    return Logits(logits.pitch[:count], None if logits.rest_hold is None else logits.rest_hold[:count])
