"""Samples a second of a training's steps, and how much of this machine's matrix products they make use of.

Each phase of a recipe is measured. A sample is one real roll that a step shows; preparing its batch, as the training
loop does, is part of its time.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
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
from ganola.networks.inputs import CPU
from ganola.training.build import build_state
from ganola.training.device import limit_threads
from ganola.training.phases.base import Phase
from ganola.training.phases.registry import build_phases
from ganola.training.recipe import Recipe, load_recipe
from ganola.training.run import resolve_recipe
from ganola.training.sampler import TrainingData
from ganola.training.state import State, begin_phase

PEAK_SIZES = (512, 1024, 1536, 2048)
PRESETS = {"residual": "default", "timeline": "gan", "musegan": "musegan", "mirror": "prototype"}
PRECISIONS = (torch.float32, torch.bfloat16)
HALFWAY = 0.5  # through a phase
ENCODED, AT_ONCE = 1024, 32  # windows of which a flow learns
WITHOUT_PHASES = (
    "networks.prior=normal", "flow.share=0", "vae.share=0", "training.trains=generator",
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
    tune: np.ndarray  # each window its own: none is weighed down
    rolls: Callable[[np.ndarray], np.ndarray]


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", nargs="?", type=Path, help="a corpus; else made-up windows of four voices")
    parser.add_argument(
        "--architectures", default="dcgan,mlp,mirror,musegan,residual,timeline", help="any of these, joined by commas"
    )
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
        with limit_threads(count):
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
    """As `ganola train` resolves it for this music, but with both players learning from the first step."""
    recipe = resolve_recipe(recipe, music.grid, music.tracks, CPU)
    training = recipe.training.model_copy(
        update={"critic_warmup": 0.0, "precision": precision or recipe.training.precision}
    )
    return recipe.model_copy(update={"training": training})


def recipe_of(architecture: str) -> Recipe:
    """The preset of an architecture; `mlp` has one only where the default recipe is one."""
    if architecture in PRESETS:
        return load_recipe(PRESETS[architecture])
    if architecture == "dcgan":
        return load_recipe("prototype", ["networks.architecture=dcgan"])
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
    return Music(f"the corpus {folder.name}", corpus.grid, corpus.tracks, np.arange(len(windows)), windows.rolls)


def made_up() -> Music:
    grid = Grid()
    shape = (WINDOWS, len(VOICES), 2, grid.steps, grid.pitches)
    rolls = np.random.default_rng(0).random(shape, dtype=np.float32) < SOUNDING
    return Music("made up", grid, VOICES, np.arange(WINDOWS), lambda chosen: rolls[chosen])


class TimedData(TrainingData):
    """Training data that knows how long its batches took to prepare."""

    seconds = 0.0

    def rolls(self, seen: int, size: int) -> torch.Tensor:
        began = time.perf_counter()
        prepared = super().rolls(seen, size)
        self.seconds += time.perf_counter() - began
        return prepared


@dataclass(frozen=True)
class Measured:
    """A phase under measurement: its state is at its beginning."""

    phase: Phase
    state: State
    data: TimedData

    @property
    def samples(self) -> int:
        """Of a step."""
        return self.phase.samples_per_step

    def step(self) -> None:
        self.phase.step(self.state, self.data, HALFWAY)


def phases(state: State, music: Music, encoded: int = ENCODED) -> Iterator[Measured]:
    """Those of a recipe, one after another, each to be measured before the next begins."""
    # Music has what a TrainingData asks of windows.
    spec, seed = state.networks.spec, state.recipe.training.seed
    data = TimedData(music, spec.planes, seed, encoded_windows=encoded)  # type: ignore[arg-type]
    for phase in build_phases(state.recipe):
        if phase.name != state.phase:
            begin_phase(state, phase.name)
        phase.prepare(state, data)
        yield Measured(phase, state, data)


def speeds(name: str, recipe: Recipe, music: Music, peaks: dict[torch.dtype, float], seconds: float) -> Iterator[Row]:
    """A row for each phase of a recipe, and one for its game without a penalty."""
    spec = ModelSpec(grid=music.grid, tracks=music.tracks, networks=recipe.networks)
    for measured in phases(build_state(recipe, spec), music):
        yield speed(name, recipe, measured, peaks, seconds)
    *_, game = phases(build_state(with_penalty(recipe, "none"), spec), music)
    yield speed(name, with_penalty(recipe, "none"), game, peaks, seconds)


def speed(name: str, recipe: Recipe, measured: Measured, peaks: dict[torch.dtype, float], seconds: float) -> Row:
    flops = step_flops(measured)  # and warms up
    measured.step()
    began = time.process_time()
    preparing, stepping = step_seconds(measured, seconds)
    work = (time.process_time() - began) / len(stepping)
    a_step = median(whole for whole in map(sum, zip(preparing, stepping, strict=True)))
    total = sum(flops.values())
    return {
        "threads": torch.get_num_threads(),
        "networks": name,
        "phase": measured.phase.name,
        "penalty": recipe.objective.penalty if measured.phase.trains == "generator" else "-",
        "precision": recipe.training.precision,
        "samples a step": measured.samples,
        "samples/s": measured.samples / a_step,
        "ms a step": 1000 * a_step,
        "CPU ms a step": 1000 * work,
        "preparing, %": 100 * sum(preparing) / (sum(preparing) + sum(stepping)),
        "MFLOP a sample": total / measured.samples / 1e6,
        "in bfloat16, %": 100 * flops[torch.bfloat16] / total,
        "GFLOP/s": total / a_step / 1e9,
        # Of the time that each precision's products would take at their own peak.
        "% of peak": 100 * sum(count / peaks[precision] for precision, count in flops.items()) / a_step,
    }


def step_seconds(measured: Measured, seconds: float) -> tuple[list[float], list[float]]:
    """Seconds for preparing what a step takes and for the rest of it, step by step, for so long in all."""
    preparing: list[float] = []
    stepping: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end or not stepping:
        prepared = measured.data.seconds
        measured.step()
        preparing.append(measured.data.seconds - prepared)
        stepping.append(time.perf_counter() - began - preparing[-1])
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


def step_flops(measured: Measured) -> Counter[torch.dtype]:
    """Floating-point operations of a step; see FlopCounter for those that count."""
    with FlopCounter() as counter:
        measured.step()
    return counter.flops


def matrix_peak(precision: torch.dtype) -> float:
    """FLOP/s of the fastest square matrix product, with as many threads as training uses."""
    best = 0.0
    for size in PEAK_SIZES:
        left, right = (torch.rand(size, size).to(precision) for _ in range(2))
        repeats = math.ceil(4 * (PEAK_SIZES[-1] / size) ** 2)
        flops = 2 * size**3
        best = max(best, flops / min(timed(partial(torch.matmul, left, right), repeats, warm_up=2)))
    return best


def named(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")


if __name__ == "__main__":
    main()
