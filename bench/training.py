"""Samples a second of a training's steps, and how much of this machine's matrix products they make use of.

A step is of the game, and of the warm start and the prior where a recipe has them. A sample is one real roll that it
shows; preparing its batch, as the training loop does, is part of its time.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import math
import time
from collections import Counter
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
from ganola.networks.config import ModelSpec
from ganola.networks.inputs import to_network_input
from ganola.training.machine import CPU, threads_of
from ganola.training.order import Order
from ganola.training.recipe import Recipe, load_recipe
from ganola.training.run import settled
from ganola.training.state import State, begin_phase, encode, fresh_state
from ganola.training.steps import Measured, prior_step, training_step, warm_step

PEAK_SIZES = (512, 1024, 1536, 2048)
PRECISIONS = (torch.float32, torch.bfloat16)
HALFWAY = 0.5  # through a phase
ENCODED, AT_ONCE = 1024, 32  # windows of which the prior learns
WITHOUT_PHASES = (
    "networks.prior=normal", "prior.share=0", "warm_start.share=0", "training.teaches=generator",
    "networks.rest_gradient=true",
)  # fmt: skip
WINDOWS, SOUNDING = 2048, 0.05  # of the made-up music: how many windows, how much of them sounds
VOICES = tuple(Track(name=name, monophonic=True) for name in ("Soprano", "Alto", "Tenor", "Bass"))


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
    parser.add_argument("--architectures", default="mlp,mirror,musegan,residual", help="any of these, joined by commas")
    parser.add_argument("--recipe", help="measure this preset or TOML file instead of the architectures")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), help="instead of the recipe's")
    parser.add_argument("--threads", default=str(torch.get_num_threads()), help="any numbers, joined by commas")
    parser.add_argument("--seconds", type=float, default=10.0, help="to measure each for")
    chosen = parser.parse_args()
    torch.set_flush_denormal(True)  # as `ganola train` does
    music = music_of(chosen.corpus) if chosen.corpus else made_up()
    if chosen.recipe:
        recipes = {chosen.recipe: load_recipe(chosen.recipe)}
    else:
        recipes = {name: recipe_of(name) for name in chosen.architectures.split(",")}
    machine: list[Row] = []
    rows: list[Row] = []
    for count in map(int, chosen.threads.split(",")):
        with threads_of(count):
            peaks = {precision: matrix_peak(precision) for precision in PRECISIONS}
            machine.append(
                {"threads": count}
                | {f"{named(precision)} products, GFLOP/s": peak / 1e9 for precision, peak in peaks.items()}
                | {"music": music.name}
            )
            for name, recipe in recipes.items():
                rows += speeds(name, as_measured(recipe, chosen.precision, music), music, peaks, chosen.seconds)
    report("training", {"The machine": machine, "The training step": rows}, chosen.save)


def as_measured(recipe: Recipe, precision: str | None, music: Music) -> Recipe:
    """As `ganola train` settles it for this music, but with both players learning from the first step."""
    recipe = settled(recipe, music.tracks, CPU)
    training = recipe.training.model_copy(
        update={"critic_lead": 0.0, "precision": precision or recipe.training.precision}
    )
    return recipe.model_copy(update={"training": training})


def recipe_of(architecture: str) -> Recipe:
    """The preset of an architecture; `mlp` has one only where the default recipe is one."""
    if architecture == "residual":
        return load_recipe("default")
    if architecture == "musegan":
        return load_recipe("musegan")
    if architecture == "mirror":
        return load_recipe("prototype")
    default = load_recipe("default")
    if default.networks.architecture == "mlp":
        return default
    return load_recipe("default", ["networks.architecture=mlp", "networks.width=256", *WITHOUT_PHASES])


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


@dataclass(frozen=True)
class Phase:
    """A phase of a training: what it prepares after so many samples, and the step that takes it."""

    name: str
    samples: int  # a step
    penalty: str
    prepared: Callable[[int], Any]
    step: Callable[[Any], Measured]


def phases(state: State, music: Music, encoded: int = ENCODED) -> Iterator[Phase]:
    """Those of a recipe, one after another, each to be measured before the next begins."""
    recipe, spec = state.recipe, state.networks.spec
    tunes = np.arange(music.windows)  # each window its own: nothing is weighed down
    order, places = (Order(tunes[:total], recipe.training.seed) for total in (music.windows, encoded))
    game, warm, prior = recipe.training, recipe.warm_start, recipe.prior

    def rolls(seen: int, size: int) -> torch.Tensor:
        return to_network_input(music.rolls(order.batch(seen, size)), spec.planes)

    if warm.share:
        yield Phase(
            "warm start",
            warm.batch,
            "-",
            lambda seen: rolls(seen, warm.batch),
            lambda real: warm_step(state, real, HALFWAY),
        )
    if prior.share:
        begin_phase(state, "prior")
        encode(state, (rolls(first, AT_ONCE) for first in range(0, places.total, AT_ONCE)))
        yield Phase(
            "prior",
            prior.batch,
            "-",
            lambda seen: places.batch(seen, prior.batch),
            lambda chosen: prior_step(state, chosen, HALFWAY),
        )
    begin_phase(state, "game")
    yield Phase(
        "game",
        game.critic_steps * game.batch,
        recipe.objective.penalty,
        lambda seen: [rolls(seen + index * game.batch, game.batch) for index in range(game.critic_steps)],
        lambda real: training_step(state, real),
    )


def speeds(name: str, recipe: Recipe, music: Music, peaks: dict[torch.dtype, float], seconds: float) -> Iterator[Row]:
    """A row for each phase of a recipe, and one for its game without a penalty."""
    spec = ModelSpec(grid=music.grid, tracks=music.tracks, networks=recipe.networks)
    for phase in phases(fresh_state(recipe, spec), music):
        yield speed(name, recipe, phase, peaks, seconds)
    *_, game = phases(fresh_state(with_penalty(recipe, "none"), spec), music)
    yield speed(name, recipe, game, peaks, seconds)


def speed(name: str, recipe: Recipe, phase: Phase, peaks: dict[torch.dtype, float], seconds: float) -> Row:
    flops = step_flops(phase)  # and warms up
    phase.step(phase.prepared(phase.samples))
    preparing, stepping = step_seconds(phase, seconds)
    a_step = median(whole for whole in map(sum, zip(preparing, stepping, strict=True)))
    total = sum(flops.values())
    return {
        "threads": torch.get_num_threads(),
        "networks": name,
        "phase": phase.name,
        "penalty": phase.penalty,
        "precision": recipe.training.precision,
        "samples a step": phase.samples,
        "samples/s": phase.samples / a_step,
        "ms a step": 1000 * a_step,
        "preparing, %": 100 * sum(preparing) / (sum(preparing) + sum(stepping)),
        "MFLOP a sample": total / phase.samples / 1e6,
        "in bfloat16, %": 100 * flops[torch.bfloat16] / total,
        "GFLOP/s": total / a_step / 1e9,
        # Of the time that each precision's products would take at their own peak.
        "% of peak": 100 * sum(count / peaks[precision] for precision, count in flops.items()) / a_step,
    }


def step_seconds(phase: Phase, seconds: float) -> tuple[list[float], list[float]]:
    """Seconds for preparing what a step takes and for the step, step by step, for so long in all."""
    preparing: list[float] = []
    stepping: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end or not stepping:
        shown = phase.prepared((2 + len(stepping)) * phase.samples)
        prepared = time.perf_counter()
        phase.step(shown)
        preparing.append(prepared - began)
        stepping.append(time.perf_counter() - prepared)
    return preparing, stepping


class FlopCounter(TorchDispatchMode):
    """Counts as torch.utils.flop_counter does: the matrix products and convolutions of all passes, the double backward
    too; not what goes element by element. (Its own FlopCounterMode cannot follow torch.autograd.grad.)"""

    def __init__(self) -> None:
        super().__init__()
        self.flops: Counter[torch.dtype] = Counter()  # of each precision

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        named = named or {}
        result = function(*arguments, **named)
        if count := flop_registry.get(function.overloadpacket):
            factor = next(argument for argument in arguments if isinstance(argument, torch.Tensor))
            self.flops[factor.dtype] += count(*arguments, **named, out_val=result)
        return result


def step_flops(phase: Phase) -> Counter[torch.dtype]:
    """Floating-point operations of a step; see FlopCounter for those that count."""
    with FlopCounter() as counter:
        phase.step(phase.prepared(0))
    return counter.flops


def matrix_peak(precision: torch.dtype) -> float:
    """FLOP/s of the fastest square matrix product, with as many threads as training uses."""
    best = 0.0
    for size in PEAK_SIZES:
        left, right = (torch.rand(size, size).to(precision) for _ in range(2))
        repeats = math.ceil(4 * (PEAK_SIZES[-1] / size) ** 2)
        flops = 2 * size**3
        best = max(best, flops / min(timed(lambda left=left, right=right: left @ right, repeats, warm_up=2)))
    return best


def named(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")


if __name__ == "__main__":
    main()
