"""Variations: music like some other, as near or as far as is asked for.

Noise takes the place of a phrase, ever more of it, until nothing of the phrase is left (see `points`). How much noise
makes music how different depends on the phrase; so several shares of it are played, and the one is taken whose music
is as different as was asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import nn

from ganola.errors import InputError
from ganola.judging.diversity import jaccard_distances
from ganola.music.roll import Cells
from ganola.networks.model import Model
from ganola.playing.attributes import More, refuse_unknown
from ganola.playing.directions import directions_of
from ganola.playing.generate import play_latents
from ganola.playing.latents import Latents
from ganola.playing.points import QUARTER_TURN, find_point, play_near
from ganola.playing.steer import misses, path_strengths
from ganola.playing.windows import Music, cut_phrase, join_phrase, phrase_windows, refuse_other_shape
from ganola.randomness import Purpose, latents, stream

POSITIONS = 8  # between the phrase, at 0, and the noise, at 1, that are played for each variation
NEAREST = 0.04  # of them; before it nothing changes
BEYOND = 0.15  # the amount is the furthest of them: so far the distance that it asks for is reached
TOLERANCE = 0.1  # of the distance, that counts as much as a standard deviation of an attribute
TRIES = 4  # noises, where a variation is as another
PAIRS = 16  # of unrelated phrases, whose distance is all that a variation can have

_UNRELATED: WeakKeyDictionary[nn.Module, float] = WeakKeyDictionary()


@dataclass(frozen=True)
class Variation:
    """Music that is like other music. `distance` says how far it is: the share of what begins in one of them alone.

    The same seed and number are the same variation, whatever the count.
    """

    number: int  # 1 is the first
    cells: Music
    distance: float


def vary(
    model: Model,
    cells: Music,
    amount: float,
    count: int,
    seed: int,
    *,
    more: More = MappingProxyType({}),
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Variation]:
    """Return variations of music on the model's grid, a phrase long or longer.

    With an amount of 0 they are the music itself, with 1 they are unrelated to it; between them their distance grows as
    the amount does. No two are alike, unless all that a model plays there is. Of longer music each phrase is varied on
    its own, and a note that is held from one to the next stays so where both have it. With `more`, they also have more
    or less of some attributes than the phrase, in standard deviations, as far as their distance allows. `progress` gets
    how many are made; an error that it raises ends the work.

    Raises InputError for music of another shape, an amount that is not between 0 and 1, attributes that the model's
    music does not have, and a model that cannot say which latents music has.
    """
    refuse_unknown(more, model.spec)
    if not 0 <= amount <= 1:
        raise InputError(f"an amount of {amount:g} is not between 0 and 1", "0 is the music itself, 1 is unrelated.")
    refuse_other_shape(cells, model.spec)
    windows = list(phrase_windows(cells.shape[1], model.spec.grid))
    phrases = [_Varied(model, cut_phrase(cells, window), more) for window in windows] if amount else []
    at_once = max(1, model.generator.most_rows // (POSITIONS * len(path_strengths(more))))
    made: list[Variation] = []
    for first in range(1, count + 1, at_once):
        numbers = range(first, min(first + at_once, count + 1))
        streams = [stream(seed, Purpose.VARIATIONS, number) for number in numbers]
        music, done = [cells.copy() for _ in numbers], 0
        for window, phrase in zip(windows, phrases, strict=False):
            for one, own in zip(music, phrase.vary(amount, streams), strict=True):
                join_phrase(one, window, own, max(window.start, done))
            done = window.stop
        distances = jaccard_distances(np.stack(music), np.broadcast_to(cells, (len(music), *cells.shape)))
        made += [Variation(*one) for one in zip(numbers, music, map(float, distances), strict=True)]
        progress(len(made), count)
    return made


@dataclass
class _Varied:
    """A phrase, its point, and its variations so far."""

    model: Model
    cells: Music
    more: More
    made: list[Music] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.point = find_point(self.model, self.cells)
        self.unrelated = unrelated_distance(self.model)

    def vary(self, amount: float, streams: Sequence[np.random.Generator]) -> list[Music]:
        """Return another variation for each random stream, as far from the phrase as the amount asks for."""
        drawn = [latents(1, self.model.spec.latent, randomness) for randomness in streams]
        return [self._choose(amount, *one) for one in zip(self._play(amount, drawn), streams, strict=True)]

    def _choose(self, amount: float, played: Cells, randomness: np.random.Generator) -> Music:
        """Return the first of these that is none of those before, those nearest to the amount first."""
        for _ in range(TRIES):
            ordered = self._nearest(amount, played)
            new = [one for one in ordered if not any(np.array_equal(one, other) for other in [self.cells, *self.made])]
            if new:
                break
            (played,) = self._play(amount, [latents(1, self.model.spec.latent, randomness)])
        self.made.append((new or ordered)[0])
        return self.made[-1]

    def _nearest(self, amount: float, played: Cells) -> list[Music]:
        """Return what was played, that first which is best at the distance and has most of what is asked for."""
        if amount == 1:
            played = played[POSITIONS - 1 :: POSITIONS]
        distances = jaccard_distances(played, np.broadcast_to(self.cells, played.shape))
        score = ((distances - amount * self.unrelated) / TOLERANCE) ** 2
        if self.more:
            score = score + misses(self.model, played, self.cells[None], self.more)
        return list(played[np.argsort(score, kind="stable")])

    def _play(self, amount: float, drawn: Sequence[Latents]) -> list[Cells]:
        """Return what is played with each of the noises: at each of POSITIONS, with each strength of what is asked for
        more of."""
        strengths = path_strengths(self.more)
        positions = torch.linspace(NEAREST, min(1.0, amount + BEYOND), POSITIONS)
        each = (len(drawn), len(strengths), POSITIONS, -1)
        r, places = (rows.expand(each) for rows in (torch.cat(list(drawn))[:, None, None], self.point.place))
        if self.more:
            of_noise, of_place = directions_of(self.model).shifts(self.more, strengths)
            r, places = r + of_noise[:, None], places + of_place[:, None]
        shares = (1 - positions).expand(each[:3]).flatten()
        rows = r.flatten(0, 2), shares * QUARTER_TURN
        played = play_near(self.model, places.flatten(0, 2), *rows, [(self.point, shares)])
        return list(played.reshape(len(drawn), -1, *self.cells.shape))


def unrelated_distance(model: Model) -> float:
    """Return the distance of two phrases of a model that have nothing to do with each other, on average."""
    known = _UNRELATED.get(model.generator)
    if known is None:
        drawn = latents(PAIRS, model.spec.latent, stream(0, Purpose.UNRELATED))
        played = play_latents(model, drawn)
        known = _UNRELATED[model.generator] = float(jaccard_distances(played, np.roll(played, 1, axis=0)).mean())
    return known
