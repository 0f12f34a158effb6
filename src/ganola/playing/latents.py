"""Latents, all in one space: r ~ N(0, I), as `generate` draws them, before a flow turns them into the generator's own.

The encoder of a warm start puts music in the space behind the flow; `encode_cells` brings that back to r, so that the
latents of music and those that are drawn can be mixed.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from ganola.errors import InputError
from ganola.music.roll import Cells, to_planes
from ganola.networks.generator import Generator
from ganola.networks.inputs import to_network_input
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.model import Model
from ganola.randomness import Purpose, latents, stream

Latents = Float[Tensor, "phrases latent"]


def draw_latent(seed: int, number: int, length: int) -> Float[Tensor, "length"]:
    """Return r ~ N(0, I) of phrase `number` of a seed, from a random stream of its own."""
    return latents(1, length, stream(seed, Purpose.PHRASES, number))[0]


def rotate_towards(one: Latents, other: Latents, degrees: float) -> Latents:
    """Return latents at this angle from `one`, towards `other`, if the two are at right angles; again N(0, I)."""
    angle = math.radians(degrees)
    return math.cos(angle) * one + math.sin(angle) * other


@torch.inference_mode()
def encode_cells(model: Model, cells: Cells) -> Latents:
    """Return the r of phrases (batch, tracks, steps, pitches): of the latents that may be theirs, the mean.

    Where the generator has a flow, it is followed back from there (`LatentFlow.inverse`). What r plays is like the
    phrase, and not always the same notes. Raises InputError for a model without an encoder.
    """
    encoder, flow = model.encoder, model.generator.prior
    if encoder is None:
        raise InputError(
            "this model has no encoder, so it cannot say which latents a phrase has",
            "Train one with a warm start, as the recipe default does.",
        )
    rolls = to_network_input(to_planes(cells), model.spec.planes)
    means = in_rows(lambda rows: encoder(rows).mean, rolls)
    return in_rows(flow.inverse, means) if isinstance(flow, LatentFlow) else means


def in_rows(
    network: Callable[[Shaped[Tensor, "rows *input"]], Shaped[Tensor, "rows *output"]],
    values: Shaped[Tensor, "phrases *input"],
    fewest: int = Generator.fewest_rows,
    most: int = Generator.most_rows,
) -> Shaped[Tensor, "phrases *output"]:
    """Return what a network makes of `values`, `fewest` to `most` at once; zeros fill up the last.

    So a phrase does not depend on its company (see `Generator`).
    """
    parts = list(values.split(most))
    size = len(parts[-1])
    if size < fewest:
        parts[-1] = torch.cat([parts[-1], parts[-1].new_zeros(fewest - size, *values.shape[1:])])
    return torch.cat([network(rows) for rows in parts])[: len(values)]
