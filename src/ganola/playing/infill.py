"""A part of some music made anew, the rest kept: whole bars, tracks, or tracks in some bars, in music of any length.

A window as long as the model's phrases slides over what is to be made. What it makes is kept for the next one, and
windows that do not overlap are made at once. Answers are ranked by the critic, and those that differ are returned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ganola.judging.critic_scores import critic_scores
from ganola.music.roll import ONSET, SUSTAIN, find_onsets
from ganola.networks.model import Model
from ganola.playing.attributes import More, refuse_unknown
from ganola.playing.given import Given
from ganola.playing.sliding import in_rounds, plan_windows, steps_of
from ganola.playing.tries import play_best
from ganola.playing.wishes import STRENGTHS, Wish, play_with_more
from ganola.randomness import Purpose, latents, stream

MOST_TRIES = 4  # of a window
SPARE = 0.5  # of the answers asked for, how many more are made, so that they may differ
ALIKE = 0.5  # the share of new notes in common from which two answers count as the same

Progress = Callable[[int, int], None]
Cells = UInt8[np.ndarray, "answers tracks steps pitches"]


@dataclass(frozen=True)
class Answer:
    """Music in which what was not kept is new. `latents` are those of the windows that made it, behind the flow."""

    number: int  # 1 is the best
    cells: UInt8[np.ndarray, "tracks steps pitches"]  # as long as the given music; kept cells exactly as given
    latents: Float[Tensor, "windows latent"]


def infill(
    model: Model,
    given: Given,
    count: int,
    seed: int,
    *,
    more: More = MappingProxyType({}),
    progress: Progress = lambda *_: None,
) -> list[Answer]:
    """Return `count` answers that differ, the best first.

    Where little is to be made, fewer may differ: then some are alike. What is made has `more` of some attributes, or
    less, in standard deviations, than it has without. `progress` gets how much of the work is done, of how much; an
    error that it raises ends the work. Raises ValueError where everything is kept, and for music shorter than a phrase;
    InputError for attributes that the model's music does not have.
    """
    if given.kept.all() or given.kept.shape[1] < model.spec.grid.steps:
        raise ValueError("nothing to be made, or less than a phrase")
    refuse_unknown(more, model.spec)
    candidates, passes = count + int(SPARE * count), 1 + (len(STRENGTHS) if more else 0)
    cells, found = make_answers(model, given, candidates, seed, lambda done, total: progress(done, passes * total))
    if more:
        cells, found = make_answers(
            model,
            given,
            candidates,
            seed,
            lambda done, total: progress(total + len(STRENGTHS) * done, passes * total),
            Wish(more, cells, ~given.kept),
        )
    order = rank(
        _plausibility(model, cells, plan_windows(given.kept, model.spec.grid)),
        find_onsets(cells) & ~given.kept[..., None],
        count,
    )
    return [Answer(number, cells[index], found[index]) for number, index in enumerate(order, start=1)]


def make_answers(
    model: Model, given: Given, count: int, seed: int, progress: Progress = lambda *_: None, wish: Wish | None = None
) -> tuple[Cells, Float[Tensor, "answers windows latent"]]:
    """Return so many answers and their latents. Answer k of a seed is the same whatever the count."""
    grid, starts, tries = model.spec.grid, plan_windows(given.kept, model.spec.grid), tries_for(given.kept)
    cells, kept = np.repeat(given.cells[None], count, axis=0), given.kept.copy()
    drawn = torch.stack(
        [
            latents(len(starts) * tries, model.spec.latent, stream(seed, Purpose.INFILL, answer))
            for answer in range(1, count + 1)
        ]
    ).unflatten(1, (len(starts), tries))
    found, rounds = drawn[:, :, 0].clone(), in_rounds(starts, grid.bars)
    for done, windows in enumerate(rounds):
        progress(done, len(rounds))
        steps = [steps_of(starts[window], grid) for window in windows]
        of_windows = (
            np.concatenate([cells[:, :, part] for part in steps]),
            np.repeat(np.stack([kept[:, part] for part in steps]), count, axis=0),
            torch.cat([drawn[:, window] for window in windows]),
        )
        if wish is None:
            played, latent = play_best(model, *of_windows)
        else:
            played, latent = play_with_more(model, *of_windows, wish.of_windows(steps))
        for index, (window, part) in enumerate(zip(windows, steps, strict=True)):
            rows = slice(index * count, (index + 1) * count)
            cells[:, :, part], found[:, window], kept[:, part] = played[rows], latent[rows], True
    progress(len(rounds), len(rounds))
    return _end_held_notes(cells, given), found


def tries_for(kept: Bool[np.ndarray, "tracks steps"]) -> int:
    """Return how many tries each window has: one more for each track that is made anew before one that is kept.

    Tracks hear those before them, so such a kept track is heard by fewer, and harder to explain. Bars have one try:
    their latents are known, and the critic's favourites drift where window follows window (docs/decisions/0028).
    """
    if not (kept.any(axis=0) & ~kept.all(axis=0)).any():
        return 1
    deaf = np.cumsum(~kept, axis=0) * kept
    return min(1 + int(deaf.max(initial=0)), MOST_TRIES)


def _end_held_notes(cells: Cells, given: Given) -> Cells:
    """Return the cells with each given note ending where what is kept ends, unless it sounded on in what was given.

    Its pitch then begins anew there.
    """
    held = (cells[:, :, 1:] == SUSTAIN) & (given.cells[:, 1:] != SUSTAIN)
    at_edge = given.kept[:, :-1] & ~given.kept[:, 1:]
    cells[:, :, 1:][held & at_edge[..., None]] = ONSET
    return cells


def _plausibility(model: Model, cells: Cells, starts: list[int]) -> Float[np.ndarray, "answers"]:
    """Return the critic's mean D of the windows of each answer, those over the seams between them included."""
    critic, grid = model.critic, model.spec.grid
    if critic is None or len(cells) == 1:
        return np.zeros(len(cells), np.float32)
    last, half = cells.shape[2] // grid.steps_per_bar - grid.bars, grid.bars // 2
    heard = sorted({min(max(start + shift, 0), last) for start in starts for shift in (-half, 0, half)})
    windows = np.concatenate([cells[:, :, steps_of(bar, grid)] for bar in heard])
    return critic_scores(critic, windows, model.spec.planes).reshape(len(heard), -1).mean(axis=0)


def rank(
    score: Float[np.ndarray, "answers"], onsets: Bool[np.ndarray, "answers tracks steps pitches"], count: int
) -> list[int]:
    """Return `count` answers from the best on, those left out that are like a better one, while others remain."""
    order = np.argsort(-score, kind="stable").tolist()
    chosen: list[int] = []
    for index in order:
        if all(_similarity(onsets[index], onsets[other]) < ALIKE for other in chosen):
            chosen.append(index)
    return [*chosen, *(index for index in order if index not in chosen)][:count]


def _similarity(one: Bool[np.ndarray, "*cells"], other: Bool[np.ndarray, "*cells"]) -> float:
    """Return |A and B| / |A or B| of what begins; 1 where nothing does."""
    either = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / either if either else 1.0
