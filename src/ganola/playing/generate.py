"""New phrases from nothing but a seed (N6, N7)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganola.music.roll import from_planes
from ganola.networks.model import Model
from ganola.randomness import Purpose, latents, stream

ROWS = 16  # latents that pass the generator at once


@dataclass(frozen=True)
class Phrase:
    """A generated phrase: its cells, and the seed and number that make it again."""

    seed: int
    number: int  # 1 is the first
    cells: UInt8[np.ndarray, "tracks steps pitches"]


def generate(model: Model, count: int, seed: int) -> Iterator[Phrase]:
    """`count` phrases, one by one. Phrase k of a seed is the same whatever the count."""
    for first in range(1, count + 1, ROWS):
        numbers = range(first, min(first + ROWS, count + 1))
        drawn = torch.stack([phrase_latent(seed, number, model.spec.networks.latent) for number in numbers])
        for number, cells in zip(numbers, phrases_of(model, drawn), strict=True):
            yield Phrase(seed, number, cells)


def phrase_latent(seed: int, number: int, length: int) -> Float[Tensor, "length"]:
    """r ~ N(0, I) of one phrase, from a random stream of its own."""
    return latents(1, length, stream(seed, Purpose.PHRASES, number))[0]


def phrases_of(
    model: Model, drawn: Float[Tensor, "phrases latent"]
) -> UInt8[np.ndarray, "phrases tracks steps pitches"]:
    """The cells that these latents play.

    The generator always sees ROWS of them, short of that filled up with zeros: matrix products of another shape
    round differently, and a phrase must not depend on its company.
    """
    count, length = drawn.shape
    whole = torch.zeros(-(-count // ROWS) * ROWS, length)
    whole[:count] = drawn
    rolls = torch.cat([model.rolls(rows) for rows in whole.split(ROWS)])[:count]
    return from_planes(rolls.numpy())
