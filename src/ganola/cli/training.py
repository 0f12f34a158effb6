"""How a training is shown in a terminal, and stopped from there."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ganola.app.demo import PHRASES
from ganola.app.stopwatch import Stopwatch
from ganola.app.train import TrainingResult
from ganola.cli.console import say, warn
from ganola.cli.interrupts import on_interrupt
from ganola.cli.outcome import advice_lines, finding_lines, result_lines
from ganola.cli.progress import Display, say_what_begins, say_what_goes_on, say_what_it_learns_from
from ganola.cli.watching import ConsoleWatcher
from ganola.events import Callback
from ganola.training.budget import Budget
from ganola.training.fine_tuning import Pretrained
from ganola.training.run import Run


class TrainingWatcher(ConsoleWatcher):
    """Prints how a training goes and what came of it; the first Ctrl-C asks it to stop after its step.

    `go_on` is the command that goes on with it, where that is not the one that names its run.
    """

    def __init__(self, go_on: str = "") -> None:
        self.run: Run | None = None  # once its training has begun
        self._go_on = go_on
        self._stop = StopSignal()

    @property
    def go_on(self) -> str:
        """Return the command that goes on with the run."""
        return self._go_on or (f"ganola train --resume {self.run.folder}" if self.run else "")

    def on_run(
        self, music: str, recipe: str, budget: Budget, folder: Path, pretrained: Pretrained | None = None
    ) -> None:
        say_what_begins(music, recipe, budget, folder, pretrained)

    def on_resume(self, run: Run) -> None:
        say_what_goes_on(run)

    @contextmanager
    def training(self, run: Run, watch: Stopwatch, *, measured: bool, processes: int) -> Iterator[Sequence[Callback]]:
        self.run = run
        say_what_it_learns_from(run, processes)
        with Display(run, watch, measured=measured) as self._display, on_interrupt(self._stop.ask):
            yield [self._display]

    def stop_requested(self) -> bool:
        return self._stop.is_set()

    def on_last_step(self) -> None:
        self._stop.disarm()
        self._display.finish()

    def on_trained(self, result: TrainingResult) -> None:
        for line in result_lines(result):
            say(line)
        for line in finding_lines(result):
            warn(line)
        for line in advice_lines(result, self.go_on):
            say(line)


class DemoWatcher(TrainingWatcher):
    """Prints how a demo goes."""

    def on_build(self, music: str, folder: Path) -> None:  # noqa: ARG002
        say("Reading Bach's chorales.")

    def on_run(
        self, music: str, recipe: str, budget: Budget, folder: Path, pretrained: Pretrained | None = None
    ) -> None:
        super().on_run(music, recipe, budget, folder, pretrained)
        say(f"Then it plays {PHRASES} phrases, and measures how far they are from music that it never heard.")


class StopSignal(threading.Event):
    """Set by the first Ctrl-C; another one, two seconds later or more, ends at once."""

    _armed = True

    def ask(self) -> None:
        """Ask a training to stop after its step. Raises KeyboardInterrupt where it was asked before, or has ended."""
        if self.is_set() or not self._armed:
            raise KeyboardInterrupt
        self.set()
        with suppress(RuntimeError):  # where Ctrl-C comes while something is printed
            warn("Stopping after this step.")

    def disarm(self) -> None:
        """From here there is no step to wait for: what comes next can be ended at once."""
        self._armed = False
