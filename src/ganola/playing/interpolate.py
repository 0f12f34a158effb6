"""From one phrase to another in steps that are heard as even.

Half-way between two latents there is seldom music. So the path goes along the circle through both, and leaves it for
noise towards its middle: the flow makes music of what it finds there, like both ends as far as that can be (compare
Wang and Golland 2023, arXiv 2307.12560). Of many phrases along the path those are taken whose distances are even. Where
more of an attribute is asked for, the path bends that way: most half-way, and not at its ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from jaxtyping import Float

from ganola.errors import InputError
from ganola.judging.diversity import jaccard_distances
from ganola.music.roll import Cells
from ganola.networks.model import Model
from ganola.playing.attributes import More, refuse_unknown
from ganola.playing.directions import directions_of
from ganola.playing.points import QUARTER_TURN, Point, Shares, find_point, play_near
from ganola.playing.steer import misses, path_strengths
from ganola.playing.windows import Music, cut_phrase, refuse_other_shape
from ganola.randomness import Purpose, latents, stream

FEWEST, MOST = 3, 32  # steps, the two ends among them
PLAYED_FOR_EACH = 6  # phrases along the path, for each that is taken of them
FEWEST_PLAYED = 48
DIP = 0.45  # of a quarter turn: how much noise there is half-way
HOPS = np.linspace(0.02, 1, 50)  # distances between neighbours that are tried

Distances = Float[np.ndarray, "phrases phrases"]


@dataclass(frozen=True)
class Step:
    """A phrase between two others: its position, from 0 at one end to 1 at the other, and its distance to the one
    before."""

    number: int  # 1 is the first end
    cells: Music
    position: float
    distance: float


def interpolate(
    model: Model,
    one: Music,
    other: Music,
    steps: int,
    seed: int = 0,
    *,
    more: More = MappingProxyType({}),
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Step]:
    """Return so many phrases from one phrase to another, the first and the last of which are just these two.

    The distance between one and the next is as even as the phrases that a model plays there allow. The one half-way has
    `more` of some attributes, or less, in standard deviations, than it has without; nearer to the ends there is less of
    that. `progress` gets how many phrases of the path are played; an error that it raises ends the work. Raises
    InputError for phrases of another shape, for other than 3 to 32 steps, and for attributes that the model's music
    does not have.
    """
    refuse_unknown(more, model.spec)
    if not FEWEST <= steps <= MOST:
        raise InputError(f"{steps} steps cannot be played", f"Ask for {FEWEST} to {MOST}, both ends among them.")
    for cells in (one, other):
        refuse_other_shape(cells, model.spec)
        if cells.shape[1] != model.spec.grid.steps:
            raise InputError("music longer than a phrase has no step half-way", "Choose a phrase of it by its bar.")
    ends = [find_point(model, cut_phrase(cells, slice(None))) for cells in (one, other)]
    r, positions = latents(1, model.spec.latent, stream(seed, Purpose.INTERPOLATION)), path_positions(steps)
    parts: list[Cells] = []
    for part in positions.split(model.generator.most_rows // len(path_strengths(more))):
        parts.append(_play_path(model, ends, r, part, more))
        progress(sum(map(len, parts)), len(positions))
    played = np.concatenate(parts)
    played[0], played[-1] = one, other
    chosen = choose_evenly(pairwise_distances(played), steps)
    before = [chosen[0], *chosen[:-1]]
    distances = jaccard_distances(played[before], played[chosen])
    return [
        Step(number, played[index], float(positions[index]), float(distance))
        for number, (index, distance) in enumerate(zip(chosen, distances, strict=True), start=1)
    ]


def _play_path(
    model: Model, ends: Sequence[Point], noise: Float[torch.Tensor, "1 latent"], positions: Shares, more: More
) -> Cells:
    """Return the phrases at these positions of the path between two points."""
    strengths = path_strengths(more)
    turn = positions * QUARTER_TURN
    bend = (2 * turn).sin()  # away from the circle: 0 at both ends, 1 half-way
    places = turn.cos()[:, None] * ends[0].place + turn.sin()[:, None] * ends[1].place
    places, r = (rows.expand(len(strengths), len(turn), -1) for rows in (places, noise))
    if more:
        of_noise, of_place = directions_of(model).shifts(more, strengths)
        r, places = (rows + bend[:, None] * shifts[:, None] for rows, shifts in ((r, of_noise), (places, of_place)))
    angles, one, other = (
        rows.repeat(len(strengths)) for rows in (QUARTER_TURN * (1 - DIP * bend), 1 - positions, positions)
    )
    played = play_near(model, places.flatten(0, 1), r.flatten(0, 1), angles, [(ends[0], one), (ends[1], other)])
    if not more:
        return played
    each = np.arange(len(turn))
    share = bend.numpy().astype(np.float64)
    missed = misses(model, played, played[np.tile(each, len(strengths))], more, np.tile(share, len(strengths)))
    best = missed.reshape(len(strengths), -1).argmin(axis=0)
    return played[best * len(turn) + each]


def path_positions(steps: int) -> Shares:
    """Return where on the path phrases are played, of which so many are taken: the more, the more choice there is."""
    return torch.linspace(0, 1, max(FEWEST_PLAYED, PLAYED_FOR_EACH * steps))


def pairwise_distances(cells: Cells) -> Distances:
    """Return the distance of each phrase to each other."""
    return np.stack([jaccard_distances(np.broadcast_to(one, cells.shape), cells) for one in cells])


def choose_evenly(distances: Distances, count: int) -> list[int]:
    """Return `count` indices, rising from the first to the last, of which each is about as far from the next.

    Of all such choices it is the one whose distances differ least, as squares, from one and the same, the best of HOPS;
    found by dynamic programming.
    """
    found = [_nearest_to(hop, distances, count) for hop in HOPS]
    return min(found, key=lambda one: one[0])[1]


def _nearest_to(hop: float, distances: Distances, count: int) -> tuple[float, list[int]]:
    """Return the choice whose distances are nearest to `hop`, and the sum of the squares of how far they are."""
    phrases = np.arange(len(distances))
    cost = np.where(phrases[:, None] < phrases, (distances - hop) ** 2, np.inf)
    total, came_from = cost[0], []
    for _ in range(count - 2):
        ways = total[:, None] + cost
        came_from.append(ways.argmin(axis=0))
        total = ways.min(axis=0)
    chosen = [len(distances) - 1]
    for before in reversed(came_from):
        chosen.append(int(before[chosen[-1]]))
    return float(total[-1]), [0, *reversed(chosen)]
