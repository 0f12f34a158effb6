"""A training's steps with threads and with processes, in turn, on the same cores: how much faster than one thread.

Each phase of a recipe is measured at its middle. In each round every way takes a few steps, one after the other, and
the ratio to one thread is taken in that round; the median of these ratios is told. On a busy machine no ratio by the
clock can be trusted: then the CPU time of rank 0, in which waiting does not count, says what the steps would take if
each process had a core of its own, but for the time that sums take.
"""

import ganola  # isort: skip  # noqa: F401 - before torch: it says how threads wait

import multiprocessing
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import ClassVar

import torch

from common import Row, options, report
from ganola.corpus.store import Corpus, open_corpus
from ganola.corpus.windows import windows_of
from ganola.training.budget import Budget
from ganola.training.device import torch_threads
from ganola.training.followers import gather_team
from ganola.training.loop import END, follow
from ganola.training.phases.base import Phase
from ganola.training.phases.registry import build_phases
from ganola.training.recipe import load_recipe
from ganola.training.run import Run, new_run
from ganola.training.sampler import TrainingData
from ganola.training.state import State, begin_phase
from ganola.training.team import ALONE, Team

HALFWAY = 0.5  # through a phase
WARM_UP = 2  # steps before those that count


class TimedTeam(Team):
    """A team that knows how long its sums took."""

    seconds: ClassVar = 0.0

    def sum(self, tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        began = time.perf_counter()
        summed = super().sum(tensors)
        TimedTeam.seconds += time.perf_counter() - began
        return summed


@dataclass
class Way:
    """A way to compute a step: with so many threads, or with a team."""

    name: str
    state: State
    data: TrainingData
    threads: int
    wall: list[float] = field(default_factory=list)  # seconds of a step, a number a round
    cpu: list[float] = field(default_factory=list)
    summing: list[float] = field(default_factory=list)

    def begin(self, phase: Phase, index: int) -> None:
        self.wall, self.cpu, self.summing = [], [], []
        for _ in range(WARM_UP):
            self._step(phase, index)

    def measure(self, phase: Phase, index: int, steps: int) -> None:
        TimedTeam.seconds = 0.0
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(steps):
            self._step(phase, index)
        self.wall.append((time.perf_counter() - began) / steps)
        self.cpu.append((time.process_time() - cpu) / steps)
        self.summing.append(TimedTeam.seconds / steps)

    def _step(self, phase: Phase, index: int) -> None:
        if phase.name != self.state.phase:
            begin_phase(self.state, phase.name)
        self.state.team.agree([float(index), HALFWAY])
        with torch_threads(self.threads):
            phase.prepare(self.state, self.data)
            phase.step(self.state, self.data, HALFWAY)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--recipe", default="default", help="a preset or a TOML file")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a change of the recipe")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=2, help="that each way takes in a round")
    chosen = parser.parse_args()
    torch.set_flush_denormal(True)
    corpus = open_corpus(chosen.corpus)
    recipe = load_recipe(chosen.recipe, chosen.set)
    with tempfile.TemporaryDirectory() as folder:
        run = new_run(Path(folder) / "run", corpus, recipe, Budget(steps=1))
        with all_ways(run, corpus, chosen.processes) as ways:
            rows = list(measured(ways, build_phases(run.recipe), chosen.rounds, chosen.steps))
            memory: list[Row] = [{"process": name, **own} for name, own in memories()]
    report("processes", {f"{chosen.recipe} on {chosen.corpus.name}": rows, "Memory": memory}, chosen.save)


@contextmanager
def all_ways(run: Run, corpus: Corpus, processes: int) -> Iterator[list[Way]]:
    """One thread, as many threads as there are processes, and these processes with a thread each."""
    windows = windows_of(corpus, "train")

    def way(name: str, team: Team, threads: int) -> Way:
        state = run.start()
        state.team = team
        data = TrainingData(windows, run.spec.planes, run.recipe.training.seed, team=team)
        return Way(name, state, data, threads)

    with ExitStack() as stack, torch_threads(processes):
        connect: Callable[[], Team] = stack.enter_context(gather_team(run, processes, follow))
        team = connect()
        yield [
            way("1 thread", ALONE, 1),
            way(f"{processes} threads", ALONE, processes),
            way(f"{processes} processes", TimedTeam(team.rank, team.size, 1), 1),
        ]
        team.agree(END)


def measured(ways: list[Way], phases: list[Phase], rounds: int, steps: int) -> Iterator[Row]:
    for index, phase in enumerate(phases):
        for way in ways:
            way.begin(phase, index)
        for _ in range(rounds):
            for way in ways:
                way.measure(phase, index, steps)
        first = ways[0]
        for way in ways:
            yield {
                "phase": phase.name,
                "on": way.name,
                "samples/s": phase.samples_per_step / median(way.wall),
                "ms a step": 1000 * median(way.wall),
                "times as fast": median(one / own for one, own in zip(first.wall, way.wall, strict=True)),
                "CPU ms of rank 0": 1000 * median(way.cpu),
                "CPU ratio": median(one / own for one, own in zip(first.cpu, way.cpu, strict=True)),
                "ms in sums, least": 1000 * min(way.summing),
            }


def memories() -> Iterator[tuple[str, dict[str, float]]]:
    """Megabytes that this process and those that it started have for themselves, on Linux."""
    processes = [("rank 0, with a state for each way", os.getpid())]
    processes += [("another", child.pid) for child in multiprocessing.active_children() if child.pid]
    for name, number in processes:
        sizes: dict[str, float] = defaultdict(float)
        for line in Path(f"/proc/{number}/smaps_rollup").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key in ("Rss", "Pss", "Private_Dirty"):
                sizes[f"{key}, MB"] += int(value.split()[0]) / 1024
        yield name, dict(sizes)


if __name__ == "__main__":
    main()
