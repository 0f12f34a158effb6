"""What carries out trainings: an interface of one method, and the one that does it on this machine."""

import multiprocessing
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Protocol, runtime_checkable

from ganola.errors import GanolaError, MachineError
from ganola.processes import defer_interrupts, end_with_parent, hide_main, how_it_ended
from ganola.study.records import TrialRecord
from ganola.study.trial import Trial, run_trial
from ganola.wording import counted

TRIES = 2  # of a training whose process is killed: the second goes on where the first was last saved
SECONDS_TO_SAVE = 5.0  # in which trainings that have to stop end their step and save

Work = Callable[[Trial, Callable[[], bool]], TrialRecord]  # does a trial, unless the other says to stop


@runtime_checkable
class Executor(Protocol):
    """Carries out trainings, wherever that is."""

    def run(self, trials: Sequence[Trial], on_begin: Callable[[Trial], None]) -> Generator[TrialRecord, None, None]:
        """Yield the record of each trial as it comes, and call `on_begin` when one begins.

        When the generator is closed, all that runs ends. Raises what a trial raised, and MachineError at the end where
        some were lost.
        """
        ...


class LocalExecutor:
    """Carries out trainings on this machine, each in a process of its own, so many at a time, by calling `work`."""

    def __init__(self, workers: int, work: Work = run_trial) -> None:
        self.workers, self.work = workers, work

    def run(self, trials: Sequence[Trial], on_begin: Callable[[Trial], None]) -> Generator[TrialRecord, None, None]:
        """Yield the record of each trial as it comes (see `Executor`)."""
        waiting = deque((trial, TRIES) for trial in trials)
        running: dict[Connection, _Process] = {}
        lost: list[str] = []
        try:
            while waiting or running:
                while waiting and len(running) < self.workers:
                    trial, tries = waiting.popleft()
                    if tries == TRIES:
                        on_begin(trial)
                    with defer_interrupts():
                        process = _Process(self.work, trial, tries - 1)
                        running[process.pipe] = process
                ready = wait(list(running))
                for pipe in [own for own in running if own in ready]:
                    process = running.pop(pipe)
                    outcome = process.result()
                    if isinstance(outcome, TrialRecord):
                        yield outcome
                    elif process.tries_left:
                        waiting.appendleft((process.trial, process.tries_left))
                    else:
                        lost.append(f"{process.trial.cell.name}: its process {outcome}")
        finally:
            _stop(list(running.values()))
        if lost:
            raise MachineError(
                f"{counted(len(lost), 'training was', 'trainings were')} lost, {TRIES} times each",
                "All others are done. The same command goes on with these; fewer --workers need less memory.",
                lost,
            )


class _Process:
    """A process that does one trial."""

    def __init__(self, work: Work, trial: Trial, tries_left: int) -> None:
        self.trial, self.tries_left = trial, tries_left
        context = multiprocessing.get_context("spawn")  # a fork would be frozen by the threads that there are
        self.pipe, other_end = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(work, trial, other_end), daemon=True)
        with hide_main():
            self.process.start()
        other_end.close()

    def result(self) -> TrialRecord | str:
        """Return the record, or how the process ended without one. Raises what the trial raised."""
        try:
            outcome = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            return how_it_ended(self.process.exitcode)
        finally:
            self.pipe.close()
        self.process.join()
        if isinstance(outcome, BaseException):
            raise outcome
        assert isinstance(outcome, TrialRecord)  # noqa: S101 - nothing else is sent
        return outcome


def _stop(processes: Sequence[_Process]) -> None:
    """Let processes save what they have, and end them."""
    for own in processes:
        own.process.terminate()
    deadline = time.monotonic() + SECONDS_TO_SAVE
    try:
        for own in processes:
            own.process.join(max(0.0, deadline - time.monotonic()))
    finally:  # another Ctrl-C ends them at once
        for own in processes:
            own.process.kill()
            own.process.join()
            own.pipe.close()


def _work(work: Work, trial: Trial, pipe: Connection) -> None:
    """Do a trial, and send its record, or what it raised."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all its processes; it is for the parent
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    end_with_parent()
    try:
        pipe.send(work(trial, stop.is_set))
    except GanolaError as error:
        pipe.send(error)
    except KeyboardInterrupt:
        pass  # the parent asked for it
    except Exception:
        with suppress(OSError):
            traceback.print_exc(file=sys.stderr)
        sys.exit(1)
