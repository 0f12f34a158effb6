"""What is printed of a training while it runs, in a musician's words."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from rich.progress import BarColumn, Progress, TextColumn

from ganola.cli.console import err, narrate, say, warn
from ganola.events import Callback, Diagnosed, StepLogged, Validated, WentBack
from ganola.judging.closeness import SCALE, times
from ganola.judging.lead import NAMES
from ganola.training.contention import BUSY
from ganola.training.phases.registry import build_phases
from ganola.training.remaining_time import RemainingTime
from ganola.wording import counted, phase_title

if TYPE_CHECKING:
    from ganola.app.stopwatch import Stopwatch
    from ganola.training.budget import Budget
    from ganola.training.fine_tuning import Pretrained
    from ganola.training.run import Run

SECONDS_BETWEEN_LINES = 15.0  # where the output is no terminal
BAR_WIDTH = 8

# What happens in each part of a training.
_HAPPENS = {
    "learning to play": "it hears real phrases, and plays them back",
    "learning where music lies": "of all that it can play, it learns what is like real music",
    "the game": "it plays, a critic tells that from real music, and both get better",
}


def say_what_begins(
    music: str, recipe: str, budget: "Budget", folder: Path, pretrained: "Pretrained | None" = None
) -> None:
    """Say what a training is about to do, before anything is done."""
    say(f"This trains a model on {music}: {budget.words}, by the recipe {recipe}.")
    if pretrained is not None:
        say(f"It begins with what {pretrained.given} has learned.")
    say(f"In {folder} there will be the model, its music as it learned, and its curves.")
    say("Ctrl-C stops at any time, and keeps everything.")


def say_what_goes_on(run: "Run") -> None:
    """Say what a training that goes on is about to do."""
    say(f"This goes on with {run.folder}, up to {run.budget.words} in all. Ctrl-C stops, and keeps everything.")


def say_what_it_learns_from(run: "Run", processes: int) -> None:
    """Say from how much music a training learns, in which parts, by how many processes, and how it is measured."""
    names = dict.fromkeys(phase_title(phase.name) for phase in build_phases(run.recipe) if phase.share > 0)
    pieces = run.corpus.of_split("train")
    phrases = counted(sum(piece.windows for piece in pieces), "phrase")
    bars = counted(run.corpus.grid.bars, "bar")
    where = counted(torch.get_num_threads(), "thread") if run.device.type == "cpu" else run.device.type
    if processes > 1:
        where = counted(processes, "process", "processes")
    say(f"To learn from: {counted(len(pieces), 'piece')}, {phrases} of {bars}. To compute with: {where}.")
    say(f"{'Parts' if len(names) > 1 else 'One part'}: {', '.join(names)}.")
    say(f"How far its music is from real music is measured as it learns: {SCALE}.")


def clock_time(seconds: float) -> str:
    """Return a duration as minutes and seconds, or, from a hundred minutes on, as hours and minutes."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


class Display(Callback):
    """Shows a training as one line that moves, or, where nobody sees it move, a line now and then."""

    def __init__(self, run: "Run", watch: "Stopwatch", *, measured: bool) -> None:
        self.watch = watch
        self.measured = measured  # whether the distance from validation music says something
        self.busy = False  # whether that has been said
        self._remaining = RemainingTime(run.recipe, run.budget)
        self._part = ""  # of the training that is under way
        self._ratio: float | None = None
        self._last_line = time.monotonic()
        columns = (BarColumn(BAR_WIDTH), TextColumn("{task.percentage:3.0f}%"), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._task = self._progress.add_task("listening to the music", total=1.0)

    def __enter__(self) -> "Display":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def on_step(self, event: StepLogged) -> None:
        left = self._remaining.update(event)
        if not self._part:
            self._say_how_long(left)
        self._say_part(phase_title(event.phase))
        self._say_if_busy()
        text = progress_line(self._part, self._ratio if self.measured else None, self._busy_at(), left)
        self._progress.update(self._task, completed=event.spent, description=text)
        if not err.is_terminal and time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            narrate(f"{100 * event.spent:3.0f}%  {text}")

    def on_validated(self, event: Validated) -> None:
        if self._ratio is None and event.tells_wrong_notes is not None:
            narrate(measure_line(event.measure, event.tells_wrong_notes))
        self._ratio = event.ratio

    def on_diagnosed(self, event: Diagnosed) -> None:
        warn(f"After {counted(event.samples, 'sample')}: {event.sentence}")

    def on_went_back(self, event: WentBack) -> None:
        narrate(f"After {counted(event.samples, 'sample')}: {event.sentence}.")

    def finish(self) -> None:
        """Show that the training is over, and that what was kept is judged once more."""
        self._progress.update(self._task, description="judging the model that is kept")

    def _say_how_long(self, left: float) -> None:
        narrate(f"By the clock it takes about {clock_time(self.watch.seconds + left)}, judging and saving included.")

    def _say_part(self, part: str) -> None:
        if part != self._part:
            self._part = part
            narrate(f"{part.capitalize()}{f': {_HAPPENS[part]}' if part in _HAPPENS else ''}.")

    def _say_if_busy(self) -> None:
        speed = self._busy_at()
        if speed is not None and not self.busy:
            self.busy = True
            warn(f"The machine is busy: {100 * speed:.0f} % of full speed. It is faster with other programs closed.")

    def _busy_at(self) -> float | None:
        speed = self.watch.speed
        return speed if speed is not None and speed < BUSY else None


def measure_line(measure: str, share: float) -> str:
    """Return which distance a training is judged by, and the smallest share of wrong notes that it tells."""
    return f"It is {NAMES[measure]}, which on this music tells {100 * share:g} % wrong notes from real music."


def progress_line(part: str, ratio: float | None, busy_at: float | None, left: float) -> str:
    """Return how far a training is, in a line: short enough beside a bar in a terminal of 80 columns."""
    distance = "" if ratio is None else f"distance {times(ratio)}"
    note = f"busy: {100 * busy_at:.0f} %" if busy_at is not None else "(1 is real)" if ratio is not None else ""
    return "  ".join(filter(None, (part, f"{distance} {note}".strip(), f"{clock_time(left)} left")))
