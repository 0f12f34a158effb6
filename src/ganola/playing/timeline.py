"""Where the bars of a file lie among the steps of a model: ticks to steps, and steps to ticks.

The bars of a file that are in the model's metre lie one after another among the steps, as a corpus keeps them. Bars in
another metre have no steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from ganola.music.bar_spans import BarSpan
from ganola.music.grid import Grid

OUTSIDE = -1  # instead of a step, where there is none


@dataclass(frozen=True, slots=True)
class Run:
    """Bars of a file in a row, all in the model's metre: their first tick, their first step, and how many steps."""

    tick: int
    step: int
    steps: int


@dataclass(frozen=True, slots=True)
class FileBar:
    """A bar as musicians count: a pickup is bar 0. `step` is OUTSIDE in another metre."""

    number: int
    step: int
    steps: int
    metre: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps of a file's bars. Each run begins at a bar line of the model's; behind a run may be steps of none.

    `offset` is by how many ticks the notes of the file lie behind its beats throughout.
    """

    runs: tuple[Run, ...]
    ticks_per_quarter: int
    steps_per_quarter: int
    steps_per_bar: int
    offset: int = 0

    @property
    def steps(self) -> int:
        """Return how many steps there are in all, a whole number of bars."""
        last = self.runs[-1]
        return last.step + _round_up(last.steps, self.steps_per_bar)

    @property
    def first_step(self) -> int:
        """Return the first step that is not before the file begins; before it lies only what a pickup lacks."""
        return max(0, -(self.runs[0].tick * self.steps_per_quarter // self.ticks_per_quarter))

    def locate(
        self, start: Int[np.ndarray, "notes"], end: Int[np.ndarray, "notes"]
    ) -> tuple[Int[np.ndarray, "notes"], Int[np.ndarray, "notes"]]:
        """Return the steps at which notes begin and end, rounded as by `quantise`; OUTSIDE where no run has them.

        A note ends with its run, and lasts one step at least.
        """
        first, last = (np.full(len(start), OUTSIDE, dtype=np.int64) for _ in range(2))
        for run in self.runs:
            begins, ends = (self._steps_since(run.tick, ticks) for ticks in (start, end))
            inside = (begins >= 0) & (begins < run.steps)
            first[inside] = run.step + begins[inside]
            last[inside] = run.step + np.clip(ends, begins + 1, run.steps)[inside]
        return first, last

    def ticks_at(self, steps: Int[np.ndarray, "notes"], *, ends: bool = False) -> Int[np.ndarray, "notes"]:
        """Return the ticks of steps, to the nearest; with `ends` those at which what sounds until there ends.

        They lie as far behind the beats of the file as its notes do.
        """
        runs = np.array([(run.tick, run.step) for run in self.runs], dtype=np.int64)
        run = runs[np.searchsorted(runs[:, 1], steps - ends, side="right") - 1]
        since = (steps - run[:, 1]) * self.ticks_per_quarter
        ticks = run[:, 0] + self.offset + (2 * since + self.steps_per_quarter) // (2 * self.steps_per_quarter)
        return np.maximum(ticks, 0)

    @property
    def end_tick(self) -> int:
        """Return the tick of the bar line at which the last run ends."""
        last = self.runs[-1]
        return last.tick + last.steps * self.ticks_per_quarter // self.steps_per_quarter

    def run_end(self, step: int) -> int:
        """Return the step at which the run of `step` ends."""
        run = next(run for run in reversed(self.runs) if run.step <= step)
        return run.step + run.steps

    def extend(self, bars: int) -> "Timeline":
        """Return the same with so many bars more after the last run, from the end of its last bar on.

        Where that is not the end of one of the model's bars, the last run begins so much later that it is.
        """
        last = self.runs[-1]
        over = last.steps % self.steps_per_bar
        ticks = over * self.ticks_per_quarter // self.steps_per_quarter
        later = Run(last.tick + ticks, last.step, last.steps - over + bars * self.steps_per_bar)
        return replace(self, runs=(*self.runs[:-1], later))

    def _steps_since(self, tick: int, ticks: Int[np.ndarray, "notes"]) -> Int[np.ndarray, "notes"]:
        since = ticks.astype(np.int64) - (tick + self.offset)
        return (2 * self.steps_per_quarter * since + self.ticks_per_quarter) // (2 * self.ticks_per_quarter)


def lay_out_bars(
    spans: Sequence[BarSpan], grid: Grid, ticks_per_quarter: int
) -> tuple[tuple[Run, ...], tuple[FileBar, ...]]:
    """Return the runs and the bars of a file. A pickup has a whole bar of steps, which ends at the first bar line."""
    runs: list[Run] = []
    bars: list[FileBar] = []
    in_run = False
    for number, span in enumerate(spans, start=0 if spans[0].lacking else 1):
        if not _fits(span, grid, ticks_per_quarter):
            bars.append(FileBar(number, OUTSIDE, 0, str(span.metre)))
            in_run = False
            continue
        steps = grid.steps_per_bar if span.lacking else int(span.metre.quarters * grid.steps_per_quarter)
        if not in_run:
            before = runs[-1].step + _round_up(runs[-1].steps, grid.steps_per_bar) if runs else 0
            begin = span.end - grid.metre.bar_ticks(ticks_per_quarter) if span.lacking else span.start
            runs.append(Run(begin, before, 0))
        run = runs[-1]
        bars.append(FileBar(number, run.step + run.steps, steps, str(span.metre)))
        runs[-1] = replace(run, steps=run.steps + steps)
        in_run = True
    return tuple(runs), tuple(bars)


def _fits(span: BarSpan, grid: Grid, ticks_per_quarter: int) -> bool:
    """Return whether a bar is whole, or a pickup, in a metre that divides the grid's, and its steps are whole too."""
    metre = span.metre
    whole = bool(span.lacking) or span.end - span.start == metre.bar_ticks(ticks_per_quarter)
    steps = metre.is_whole(ticks_per_quarter) and metre.is_whole(grid.steps_per_quarter)
    return whole and steps and metre.divides(grid.metre)


def _round_up(steps: int, whole: int) -> int:
    return -(-steps // whole) * whole
