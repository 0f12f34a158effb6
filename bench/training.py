"""Samples a second of the training step, and how much of this machine's matrix products it makes use of.

A sample is one real roll shown to the critic; preparing its batch, as the training loop does, is part of its time.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from common import Row, options, report, timed
from ganola.corpus.store import open_corpus
from ganola.corpus.windows import windows_of
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.choices import ModelSpec
from ganola.training.loop import as_seen
from ganola.training.order import Order
from ganola.training.recipe import Recipe, load_recipe
from ganola.training.state import State, fresh_state
from ganola.training.steps import Rolls, training_step

PEAK_SIZES = (512, 1024, 1536, 2048)
WINDOWS, SOUNDING = 2048, 0.05  # of the made-up music: how many windows, how much of them sounds
VOICES = tuple(Track(name=name, one_note=True) for name in ("Soprano", "Alto", "Tenor", "Bass"))


@dataclass(frozen=True)
class Music:
    """What there is to train on: windows, by their numbers."""

    name: str
    grid: Grid
    tracks: tuple[Track, ...]
    windows: int
    rolls: Callable[[np.ndarray], np.ndarray]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", nargs="?", type=Path, help="a corpus; else made-up windows of four voices")
    parser.add_argument("--architectures", default="mlp,mirror,musegan", help="any of these, joined by commas")
    parser.add_argument("--recipe", help="measure this preset or TOML file instead of the architectures")
    parser.add_argument("--seconds", type=float, default=10.0, help="to measure each for")
    chosen = parser.parse_args()
    torch.set_flush_denormal(True)  # as `ganola train` does
    music = music_of(chosen.corpus) if chosen.corpus else made_up()
    if chosen.recipe:
        recipes = {chosen.recipe: load_recipe(chosen.recipe)}
    else:
        recipes = {name: recipe_of(name) for name in chosen.architectures.split(",")}
    peak = matrix_peak()
    rows = [
        speed(name, variant, music, peak, chosen.seconds)
        for name, recipe in recipes.items()
        for variant in (with_penalty(recipe, "gradient"), with_penalty(recipe, "none"))
    ]
    machine: list[Row] = [
        {"threads": torch.get_num_threads(), "float32 matrix product, GFLOP/s": peak / 1e9, "music": music.name}
    ]
    report("training", {"The machine": machine, "The training step": rows}, chosen.save)


def recipe_of(architecture: str) -> Recipe:
    """The preset of an architecture; `mlp` has one only where the default recipe is one."""
    if architecture == "musegan":
        return load_recipe("musegan")
    if architecture == "mirror":
        return load_recipe("prototype")
    default = load_recipe("default")
    if default.networks.architecture == "mlp":
        return default
    return load_recipe("default", ["networks.architecture=mlp", "networks.width=256"])


def with_penalty(recipe: Recipe, penalty: str) -> Recipe:
    objective = recipe.objective.model_copy(update={"penalty": penalty})
    return recipe.model_copy(update={"objective": objective})


def music_of(folder: Path) -> Music:
    corpus = open_corpus(folder)
    windows = windows_of(corpus, "train")
    return Music(f"the corpus {folder.name}", corpus.grid, corpus.tracks, len(windows), windows.rolls)


def made_up() -> Music:
    grid = Grid()
    shape = (WINDOWS, len(VOICES), 2, grid.steps, grid.pitches)
    rolls = np.random.default_rng(0).random(shape, dtype=np.float32) < SOUNDING
    return Music("made up", grid, VOICES, WINDOWS, lambda chosen: rolls[chosen])


def batches(music: Music, recipe: Recipe, spec: ModelSpec) -> Iterator[list[Rolls]]:
    """For each generator step the critic's batches, prepared as the training loop does."""
    order = Order(music.windows, recipe.training.seed)
    step = 0
    while True:
        first = step * recipe.training.critic_steps
        yield [
            as_seen(
                music.rolls(order.batch((first + index) * recipe.training.batch, recipe.training.batch)), spec.planes
            )
            for index in range(recipe.training.critic_steps)
        ]
        step += 1


def speed(name: str, recipe: Recipe, music: Music, peak: float, seconds: float) -> Row:
    spec = ModelSpec(grid=music.grid, tracks=music.tracks, networks=recipe.networks)
    state = fresh_state(recipe, spec)
    feed = batches(music, recipe, spec)
    samples = recipe.training.critic_steps * recipe.training.batch
    flops = step_flops(state, next(feed)) / samples  # and warms up
    training_step(state, next(feed))
    preparing, stepping = step_seconds(state, feed, seconds)
    per_second = samples / median(whole for whole in map(sum, zip(preparing, stepping, strict=True)))
    return {
        "networks": name,
        "penalty": recipe.objective.penalty,
        "batch": recipe.training.batch,
        "critic steps": recipe.training.critic_steps,
        "samples/s": per_second,
        "ms a step": 1000 * samples / per_second,
        "preparing batches, %": 100 * sum(preparing) / (sum(preparing) + sum(stepping)),
        "MFLOP a sample": flops / 1e6,
        "GFLOP/s": flops * per_second / 1e9,
        "% of peak": 100 * flops * per_second / peak,
    }


def step_seconds(state: State, feed: Iterator[list[Rolls]], seconds: float) -> tuple[list[float], list[float]]:
    """Seconds for preparing the batches of a step and for the step, step by step, for so long in all."""
    preparing: list[float] = []
    stepping: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end or not stepping:
        real = next(feed)
        prepared = time.perf_counter()
        training_step(state, real)
        preparing.append(prepared - began)
        stepping.append(time.perf_counter() - prepared)
    return preparing, stepping


class FlopCounter(TorchDispatchMode):
    """Counts as torch.utils.flop_counter does: the matrix products and convolutions of all passes, the double backward
    too; not what goes element by element. (Its own FlopCounterMode cannot follow torch.autograd.grad.)"""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        named = named or {}
        result = function(*arguments, **named)
        if count := flop_registry.get(function.overloadpacket):
            self.total += count(*arguments, **named, out_val=result)
        return result


def step_flops(state: State, real: list[Rolls]) -> int:
    """Floating-point operations of a training step; see FlopCounter for those that count."""
    with FlopCounter() as counter:
        training_step(state, real)
    return counter.total


def matrix_peak() -> float:
    """FLOP/s of the fastest square float32 matrix product, with as many threads as training uses."""
    best = 0.0
    for size in PEAK_SIZES:
        left, right = torch.rand(size, size), torch.rand(size, size)
        repeats = math.ceil(4 * (PEAK_SIZES[-1] / size) ** 2)
        flops = 2 * size**3
        best = max(best, flops / min(timed(lambda left=left, right=right: left @ right, repeats, warm_up=2)))
    return best


if __name__ == "__main__":
    main()
