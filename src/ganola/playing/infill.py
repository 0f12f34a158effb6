"""A part of some music made anew, the rest kept: whole bars, tracks, or tracks in some bars, in music of any length.

A window as long as the model's phrases slides over what is to be made. What it makes is kept for the next one. Several
answers are made at once; those that the critic finds most like music, and that differ, are returned.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ganola.judging.critic_scores import critic_scores, played_planes
from ganola.music.roll import OFF, ONSET, SUSTAIN, find_onsets, from_planes
from ganola.networks.generator import GivenRoll
from ganola.networks.model import Model
from ganola.playing.given import Given
from ganola.playing.search import find_latents
from ganola.playing.sliding import in_rounds, plan_windows, steps_of
from ganola.randomness import Purpose, latents, stream

CANDIDATES = 2  # that are made for each answer, of which the better ones are returned
ALIKE = 0.5  # the share of new notes in common from which two answers count as the same

Progress = Callable[[int, int], None]
Cells = UInt8[np.ndarray, "candidates tracks steps pitches"]


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
    progress: Progress = lambda *_: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Answer]:
    """Return `count` answers that differ, the best first; none where `stop` says so before they are whole.

    Where little is to be made, fewer may differ: then some are alike. `progress` gets how many windows are made, of
    how many.
    """
    made = make_candidates(model, given, CANDIDATES * count, seed, progress, stop)
    if made is None:
        return []
    cells, found = made
    order = _rank(
        _plausibility(model, cells, plan_windows(given.kept, model.spec.grid)),
        find_onsets(cells) & ~given.kept[..., None],
        count,
    )
    return [Answer(number, cells[index], found[index]) for number, index in enumerate(order, start=1)]


def continue_music(
    model: Model,
    cells: UInt8[np.ndarray, "tracks steps pitches"],
    bars: int,
    count: int,
    seed: int,
    *,
    progress: Progress = lambda *_: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Answer]:
    """Return `count` answers, as `infill` does, that are the music and then so many new bars."""
    grid, (tracks, length, pitches) = model.spec.grid, cells.shape
    total = length + bars * grid.steps_per_bar
    longer = np.zeros((tracks, max(total, grid.steps), pitches), np.uint8)
    longer[:, :length] = cells
    kept = np.zeros(longer.shape[:2], np.bool_)
    kept[:, :length] = True
    answers = infill(model, Given(longer, kept), count, seed, progress=progress, stop=stop)
    return [Answer(answer.number, answer.cells[:, :total], answer.latents) for answer in answers]


def make_candidates(
    model: Model, given: Given, count: int, seed: int, progress: Progress, stop: Callable[[], bool]
) -> tuple[Cells, Float[Tensor, "candidates windows latent"]] | None:
    """Return so many candidates and their latents. Candidate k of a seed is the same whatever the count."""
    grid, length = model.spec.grid, model.spec.latent
    starts = plan_windows(given.kept, grid)
    cells, kept = np.repeat(given.cells[None], count, axis=0), given.kept.copy()
    drawn = torch.stack([latents(len(starts), length, stream(seed, Purpose.INFILL, row)) for row in range(count)])
    found = torch.empty_like(drawn)
    for done, windows in enumerate(rounds := in_rounds(starts, grid.bars)):
        progress(done, len(rounds))
        if stop():
            return None
        steps = [steps_of(starts[window], grid) for window in windows]
        played, latent = _play_windows(
            model,
            np.concatenate([cells[:, :, part] for part in steps]),
            np.concatenate([np.repeat(kept[None, :, part], count, axis=0) for part in steps]),
            torch.cat([drawn[:, window] for window in windows]),
        )
        for index, (window, part) in enumerate(zip(windows, steps, strict=True)):
            rows = slice(index * count, (index + 1) * count)
            cells[:, :, part], found[:, window], kept[:, part] = played[rows], latent[rows], True
    progress(len(rounds), len(rounds))
    return _end_held_notes(cells, given), found


def _play_windows(
    model: Model, cells: Cells, kept: Bool[np.ndarray, "windows tracks steps"], r: Float[Tensor, "windows latent"]
) -> tuple[Cells, Float[Tensor, "windows latent"]]:
    """Return windows with what is not kept made anew, and the latents that made them, each the same in any company."""
    generator, count = model.generator, len(cells)
    filling = np.arange(max(count, generator.fewest_rows)) % count
    planes = played_planes(np.where(kept[..., None], cells, np.uint8(OFF)))
    rolls = torch.from_numpy(planes if model.spec.planes == 2 else planes.any(axis=2, keepdims=True))[filling]
    given, r = GivenRoll(rolls, torch.from_numpy(kept)[filling]), r[filling]
    played, found = [], []
    for first in range(0, len(filling), generator.most_rows):
        rows = slice(first, first + generator.most_rows)
        part = GivenRoll(given.roll[rows], given.kept[rows])
        found.append(find_latents(model, part, r[rows]))
        played.append(generator.play_given(found[-1], part, generator.noise(r[rows])))
    made = from_planes(torch.cat(played)[:count].numpy())
    return np.where(kept[..., None], cells, made), torch.cat(found)[:count]


def _end_held_notes(cells: Cells, given: Given) -> Cells:
    """Return the cells with each given note ending where what is kept ends, unless it sounded on in what was given.

    Its pitch then begins anew there.
    """
    held = (cells[:, :, 1:] == SUSTAIN) & (given.cells[:, 1:] != SUSTAIN)
    at_edge = given.kept[:, :-1] & ~given.kept[:, 1:]
    cells[:, :, 1:][held & at_edge[..., None]] = ONSET
    return cells


def _plausibility(model: Model, cells: Cells, starts: list[int]) -> Float[np.ndarray, "candidates"]:
    """Return the critic's mean D of the windows of each candidate, those over the seams between them included."""
    critic, grid = model.critic, model.spec.grid
    if critic is None:
        return np.zeros(len(cells), np.float32)
    last, half = cells.shape[2] // grid.steps_per_bar - grid.bars, grid.bars // 2
    heard = sorted({min(max(start + shift, 0), last) for start in starts for shift in (-half, 0, half)})
    steps = [steps_of(bar, grid) for bar in heard]
    return np.mean([critic_scores(critic, cells[:, :, part], model.spec.planes) for part in steps], axis=0)


def _rank(
    score: Float[np.ndarray, "candidates"], onsets: Bool[np.ndarray, "candidates tracks steps pitches"], count: int
) -> list[int]:
    """Return `count` candidates from the best on, those left out that are like a better one, while others remain."""
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
