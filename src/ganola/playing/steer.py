"""More of an attribute, or less: phrases whose latents are shifted until the music has what was asked for.

A direction says which way, and not how far: of one phrase a small shift makes much of the attribute, of another little.
So each phrase is shifted by several strengths, and that one is taken which comes nearest to what was asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8

from ganola.judging.analysis import Cells
from ganola.networks.model import Model
from ganola.playing.attributes import More, measure_attributes, refuse_unknown
from ganola.playing.directions import Directions, directions_of
from ganola.playing.generate import Phrase, generate, generate_phrase, play_latents
from ganola.playing.latents import Latents, draw_latent

STRENGTHS = torch.tensor([0.0, 0.3, 0.6, 0.9, 1.2, 1.5, 2.0, 2.5])  # times the shift that the regression asks for
PATH_STRENGTHS = torch.tensor([0.0, 0.7, 1.4, 2.1])  # the same, for each phrase of a path
OTHERS = 0.35  # how much the change of attributes counts that nobody asked for


@dataclass(frozen=True)
class Steered:
    """Phrases before they are shifted, and those of their shifts that have best what was asked for, with their r."""

    before: Cells
    cells: Cells
    latents: Latents


def generate_with_more(model: Model, count: int, seed: int, more: More) -> Iterator[Phrase]:
    """Yield the phrases of `generate` with more or less of some attributes, each as it would be in any company.

    `more` is in standard deviations of the model's own phrases; where it is empty they are those of `generate`. Raises
    InputError for attributes that the model's music does not have.
    """
    refuse_unknown(more, model.spec)
    if not more:
        yield from generate(model, count, seed)
        return
    at_once = max(1, model.generator.most_rows // len(STRENGTHS))
    for first in range(1, count + 1, at_once):
        numbers = range(first, min(first + at_once, count + 1))
        found = steer(model, torch.stack([draw_latent(seed, number, model.spec.latent) for number in numbers]), more)
        for number, cells, latent in zip(numbers, found.cells, found.latents, strict=True):
            yield Phrase(seed, number, cells, latent, more=more)


def generate_phrase_with_more(model: Model, seed: int, number: int, more: More) -> Phrase:
    """Return phrase `number` of a seed, as `generate_with_more` yields it, or as `generate` does where nothing is asked
    for."""
    if not more:
        return generate_phrase(model, seed, number)
    found = steer(model, draw_latent(seed, number, model.spec.latent)[None], more)
    return Phrase(seed, number, found.cells[0], found.latents[0], more=more)


def steer(model: Model, r: Latents, more: More) -> Steered:
    """Return what r plays, shifted until it has what is asked for, as nearly as that can be."""
    shifted = shift(r, more, directions_of(model))
    flat = play_latents(model, shifted.flatten(0, 1))
    played = flat.reshape(*shifted.shape[:2], *flat.shape[1:])
    best = [int(misses(model, cells, cells[:1], more).argmin()) for cells in played]
    phrases = np.arange(len(r))
    return Steered(played[:, 0], played[phrases, best], shifted[phrases, best])


def path_strengths(more: More) -> Float[torch.Tensor, "strengths"]:
    """Return the strengths with which each phrase of a path is shifted: 0 alone where nothing is asked for."""
    return PATH_STRENGTHS if more else PATH_STRENGTHS[:1]


def shift(r: Latents, more: More, directions: Directions) -> Float[torch.Tensor, "phrases strengths latent"]:
    """Return r with each of STRENGTHS of the shift that is asked for."""
    of_noise, _ = directions.shifts(more, STRENGTHS)
    return r[:, None] + of_noise


def misses(
    model: Model,
    cells: Cells,
    before: UInt8[np.ndarray, "_ tracks steps pitches"],
    more: More,
    share: Float[np.ndarray, "phrases"] | float = 1.0,
) -> Float[np.ndarray, "phrases"]:
    """Return how far phrases are from what was asked for, as a square, each compared with what it was before.

    `before` are as many phrases, or one for all. Of a phrase of which a `share` can change, so much of it is asked for.
    """
    directions = directions_of(model)
    now, then = (directions.standardise(measure_attributes(phrases, model)) for phrases in (cells, before))
    counts = np.array([1.0 if name in more else OTHERS for name in directions.names])
    asked = np.reshape(share, (-1, 1)) * directions.wanted(more)
    return ((counts * (now - then - asked)) ** 2).sum(axis=1)
