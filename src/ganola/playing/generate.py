"""New phrases from nothing but a seed, or from given latents (N6, N7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganola.music.roll import from_planes
from ganola.networks.model import Model
from ganola.playing.latents import Latents, draw_latent, in_rows
from ganola.playing.piece_form import PieceForm


@dataclass(frozen=True)
class Phrase:
    """A generated phrase: its cells, its latent, and the seed and number that make it again.

    Of latents that nobody drew, `seed` is None and `number` counts them. Longer music (see `long_pieces`) has the form
    that makes it again as well, and the latent of the phrase that it begins with. Where `more` of some attributes was
    asked for (see `steer`), the latent is not the one that was drawn.
    """

    seed: int | None
    number: int  # 1 is the first
    cells: UInt8[np.ndarray, "tracks steps pitches"]
    latent: Float[Tensor, "latent"]
    form: PieceForm | None = None
    more: Mapping[str, float] = field(default_factory=dict)


def generate(model: Model, count: int, seed: int) -> Iterator[Phrase]:
    """Yield `count` phrases, one by one. Phrase k of a seed is the same whatever the count."""
    for first in range(1, count + 1, model.generator.most_rows):
        numbers = range(first, min(first + model.generator.most_rows, count + 1))
        drawn = torch.stack([draw_latent(seed, number, model.spec.latent) for number in numbers])
        for number, cells, latent in zip(numbers, play_latents(model, drawn), drawn, strict=True):
            yield Phrase(seed, number, cells, latent)


def generate_phrase(model: Model, seed: int, number: int) -> Phrase:
    """Return phrase `number` of a seed, as `generate` yields it."""
    latent = draw_latent(seed, number, model.spec.latent)
    return Phrase(seed, number, play_latents(model, latent[None])[0], latent)


def play_latents(model: Model, drawn: Latents) -> UInt8[np.ndarray, "phrases tracks steps pitches"]:
    """Return the cells that these latents play, each the same in any company."""
    generator = model.generator
    return from_planes(in_rows(model.rolls, drawn, generator.fewest_rows, generator.most_rows).numpy())
