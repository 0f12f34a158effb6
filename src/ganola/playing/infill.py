"""A part of some music made anew, the rest kept: whole bars, tracks, or tracks in some bars, in music of any length.

A window as long as the model's phrases slides over what is to be made. What it makes is kept for the next one. Several
answers are made at once; those that the critic finds most like music, and that differ, are returned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ganola.judging.critic_scores import critic_scores, played_planes
from ganola.music.grid import Grid
from ganola.music.roll import ONSET, SUSTAIN, find_onsets, from_planes
from ganola.networks.generator import GivenRoll
from ganola.networks.model import Model
from ganola.playing.given import Given
from ganola.playing.search import find_latents
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
    grid = model.spec.grid
    starts = plan_windows(bars_to_make(given.kept, grid), grid.bars)
    made = make_candidates(model, given, starts, CANDIDATES * count, seed, progress, stop)
    if made is None:
        return []
    cells, found = made
    order = _rank(_plausibility(model, cells, starts), find_onsets(cells) & ~given.kept[..., None], count)
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


def bars_to_make(kept: Bool[np.ndarray, "tracks steps"], grid: Grid) -> Bool[np.ndarray, "bars"]:
    """Return in which bars something is to be made."""
    return ~kept.reshape(len(kept), -1, grid.steps_per_bar).all(axis=(0, 2))


def plan_windows(to_make: Bool[np.ndarray, "bars"], bars: int) -> list[int]:
    """Return the bars at which windows of `bars` bars begin, in the order in which they make what is to be made.

    Each makes all in it that is not there yet. Before that lies half a window of music, where there is so much; a gap
    that is no longer than half a window lies in the middle of one.
    """
    missing, starts = to_make.copy(), []
    while missing.any():
        first = int(missing.argmax())
        length = int(np.append(missing[first:], False).argmin())
        before = bars // 2 if length > bars // 2 else (bars - length + 1) // 2
        starts.append(max(0, min(first - before, len(missing) - bars)))
        missing[starts[-1] : starts[-1] + bars] = False
    return starts


def make_candidates(
    model: Model, given: Given, starts: list[int], count: int, seed: int, progress: Progress, stop: Callable[[], bool]
) -> tuple[Cells, Float[Tensor, "candidates windows latent"]] | None:
    """Return so many candidates and their latents. Candidate k of a seed is the same whatever the count."""
    grid, generator = model.spec.grid, model.generator
    rows = max(count, generator.fewest_rows)
    cells, kept = np.repeat(given.cells[None], rows, axis=0), given.kept.copy()
    drawn = torch.stack(
        [latents(len(starts), model.spec.latent, stream(seed, Purpose.INFILL, row)) for row in range(rows)]
    )
    found = []
    for index, bar in enumerate(starts):
        progress(index, len(starts))
        if stop():
            return None
        steps = slice(bar * grid.steps_per_bar, bar * grid.steps_per_bar + grid.steps)
        parts = [
            _play_window(model, cells[part, :, steps], kept[:, steps], drawn[part, index])
            for part in _slices(rows, generator.most_rows)
        ]
        cells[:, :, steps] = np.concatenate([played for played, _ in parts])
        found.append(torch.cat([latent for _, latent in parts]))
        kept[:, steps] = True
    progress(len(starts), len(starts))
    return _end_held_notes(cells, given)[:count], torch.stack(found, dim=1)[:count]


def _slices(rows: int, most: int) -> list[slice]:
    return [slice(first, last) for first, last in pairwise([*range(0, rows, most), rows])]


def _play_window(
    model: Model, cells: Cells, kept: Bool[np.ndarray, "tracks steps"], r: Float[Tensor, "candidates latent"]
) -> tuple[Cells, Float[Tensor, "candidates latent"]]:
    """Return the window with what is not kept made anew, and the latents that made it."""
    planes = played_planes(np.where(kept[..., None], cells, np.uint8(0)))
    roll = torch.from_numpy(planes if model.spec.planes == 2 else planes.any(axis=2, keepdims=True))
    given = GivenRoll(roll, torch.from_numpy(kept).expand(len(cells), -1, -1))
    latent = find_latents(model, given, r)
    played = model.generator.play_given(latent, given, model.generator.noise(r))
    return np.where(kept[..., None], cells, from_planes(played.numpy())), latent


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
    steps = [slice(bar * grid.steps_per_bar, bar * grid.steps_per_bar + grid.steps) for bar in heard]
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
