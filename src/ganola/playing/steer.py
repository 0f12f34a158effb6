"""More of an attribute, or less: phrases whose latents are shifted until the music has what was asked for.

A direction says which way, and not how far: of one phrase a small shift makes much of the attribute, of another little.
So each phrase is shifted by several strengths, and that one is taken which comes nearest to what was asked for.
"""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float

from ganola.networks.model import Model
from ganola.playing.attributes import More, measure_attributes, refuse_unknown
from ganola.playing.directions import Directions, directions_of
from ganola.playing.generate import Phrase, play_latents
from ganola.playing.latents import Latents, draw_latent

STRENGTHS = torch.tensor([0.0, 0.3, 0.6, 0.9, 1.2, 1.5, 2.0, 2.5])  # times the shift that the regression asks for
OTHERS = 0.35  # how much the change of attributes counts that nobody asked for


def generate_with_more(model: Model, count: int, seed: int, more: More) -> Iterator[Phrase]:
    """Yield the phrases of `generate` with more or less of some attributes, each as it would be in any company.

    `more` is in standard deviations of the model's own phrases. A phrase has its latent, and no seed. Raises InputError
    for attributes that the model's music does not have.
    """
    refuse_unknown(more, model.spec)
    at_once = max(1, model.generator.most_rows // len(STRENGTHS))
    for first in range(1, count + 1, at_once):
        numbers = range(first, min(first + at_once, count + 1))
        drawn = torch.stack([draw_latent(seed, number, model.spec.latent) for number in numbers])
        shifted = shift(drawn, more, directions_of(model))
        played = play_latents(model, shifted.flatten(0, 1)).reshape(*shifted.shape[:2], *model_shape(model))
        for number, cells, latents in zip(numbers, played, shifted, strict=True):
            best = int(misses(model, cells, cells[:1], more).argmin())
            yield Phrase(None, number, cells[best], latents[best])


def shift(r: Latents, more: More, directions: Directions) -> Float[torch.Tensor, "phrases strengths latent"]:
    """Return r with each of STRENGTHS of the shift that is asked for."""
    whole = torch.from_numpy(directions.wanted(more).astype(np.float32)) @ directions.of_noise
    return r[:, None] + STRENGTHS[:, None] * whole


def misses(model: Model, cells: np.ndarray, before: np.ndarray, more: More) -> Float[np.ndarray, "phrases"]:
    """Return how far phrases are from what was asked for, as a square, each compared with what it was before."""
    directions = directions_of(model)
    now, then = (directions.standardise(measure_attributes(phrases, model)) for phrases in (cells, before))
    asked = np.array([1.0 if name in more else OTHERS for name in directions.names])
    return ((asked * (now - then - directions.wanted(more))) ** 2).sum(axis=1)


def model_shape(model: Model) -> tuple[int, int, int]:
    """Return the shape of a phrase's cells."""
    return len(model.spec.tracks), model.spec.grid.steps, model.spec.grid.pitches
