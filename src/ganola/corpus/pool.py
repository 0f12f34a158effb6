"""Jobs in processes of their own, so that a file that kills, hangs or bloats its reader costs that file alone.

A job is some items in a row (a chunk of files). Each worker writes its progress to memory that it shares with the
parent: the item it is at, and how long that may take. If the worker dies or the time is up, the parent knows which item
is to blame, and the job starts again in a fresh process without it.

Jobs and answers go through multiprocessing's pipes, which pickle: what one end of this program sends, the other makes
again. Nothing that is read from a file comes that way unread.
"""

import math
import multiprocessing
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, TypeVar

from ganola.errors import MachineError
from ganola.processes import defer_interrupts, end_with_parent, hide_main, how_it_ended

MEMORY = 2**30  # bytes a job may take beyond what its process holds already
MAX_WORKERS = 60  # Windows waits for 63 pipes at most
POLL_SECONDS, REPORT_SECONDS, EXIT_SECONDS = 0.1, 0.3, 5.0  # between looks at the pool, between reports, for an exit

J = TypeVar("J")
Progress = Callable[[str, int, int], None]  # progress(stage, done, total), in items
Begin = Callable[[int, float], None]  # begin(item, seconds): this item is next, and may take so many seconds
Task = Callable[[J, Mapping[int, str], Begin], None]  # task(job, skipped, begin); see `run_jobs`


def run_jobs(
    task: Task[J], jobs: Sequence[J], sizes: Sequence[int], workers: int, memory: int | None = MEMORY
) -> Iterator[int]:
    """Yield how many items are done, now and then and as each job ends; the last is the sum of `sizes`.

    A task takes the items 0 to size - 1 of its job in order, but those in `skipped`, which says why, and calls `begin`
    before each; `begin(size, math.inf)` says that none is at hand any more. `task` is a function of a module. With 0
    workers all is done in this process, and nothing protects it. `memory` limits, where the system can, how many bytes
    a job may take.

    Raises what a task raises, and MachineError where a process dies for which no item is to blame.
    """
    todo = deque(_Assignment(job, size) for job, size in zip(jobs, sizes, strict=True))
    return _run_in_pool(task, todo, min(workers, len(jobs), MAX_WORKERS), memory) if workers else _run_here(task, todo)


@dataclass(frozen=True)
class _Assignment(Generic[J]):
    """A job of `size` items, and those of them that are given up."""

    job: J
    size: int
    skipped: dict[int, str] = field(default_factory=dict)


def _run_here(task: Task[J], todo: deque[_Assignment[J]]) -> Iterator[int]:
    done = 0
    for assignment in todo:
        task(assignment.job, {}, lambda *_: None)
        done += assignment.size
        yield done


def _run_in_pool(task: Task[J], todo: deque[_Assignment[J]], workers: int, memory: int | None) -> Iterator[int]:
    pool: list[_Worker[J]] = []
    done, reported, reported_at = 0, 0, 0.0
    awake, last = 0.0, time.monotonic()
    try:
        for _ in range(workers):
            _start_worker(pool, task, todo.popleft(), memory)
        while pool:
            wait([worker.pipe for worker in pool], POLL_SECONDS)
            # The time for which the machine or the terminal was suspended is held against no item.
            awake, last = awake + min(time.monotonic() - last, 4 * POLL_SECONDS), time.monotonic()
            before = done
            for worker in tuple(pool):
                if worker.finished():
                    done += worker.assignment.size
                    if todo:
                        worker.send_job(todo.popleft())
                    else:
                        _stop_worker(pool, worker)
                elif worker.dead or worker.overdue(awake):
                    _stop_worker(pool, worker)
                    _start_worker(pool, task, worker.remaining_job(), memory)
            count = max(reported, done + sum(max(0, int(worker.progress[0])) for worker in pool))
            if done > before or (count > reported and awake > reported_at + REPORT_SECONDS):
                reported, reported_at = count, awake
                yield count
    finally:
        for worker in pool:
            worker.stop()


def _start_worker(pool: list["_Worker[J]"], task: Task[J], assignment: _Assignment[J], memory: int | None) -> None:
    with defer_interrupts():
        pool.append(_Worker(task, memory))
    pool[-1].send_job(assignment)


def _stop_worker(pool: list["_Worker[J]"], worker: "_Worker[J]") -> None:
    worker.stop()
    pool.remove(worker)


class _Worker(Generic[J]):
    """A process that does one job after the other, as the parent sees it."""

    def __init__(self, task: Task[J], memory: int | None) -> None:
        # A fresh process, not a fork: the caller may hold threads that a fork would freeze.
        context = multiprocessing.get_context("spawn")
        self.progress = context.RawArray("d", 2)  # the item at hand and the seconds it may take, written by the worker
        self.pipe, worker_end = context.Pipe()
        self.process = context.Process(target=_work, args=(task, worker_end, self.progress, memory), daemon=True)
        with hide_main():
            self.process.start()
        worker_end.close()
        self.dead = False

    def send_job(self, assignment: _Assignment[J]) -> None:
        self.assignment = assignment
        self.seen, self.since = (-1.0, math.inf), 0.0  # at no item yet
        self.progress[:] = self.seen
        with suppress(OSError):  # it is dead: the next look finds that out
            self.pipe.send((assignment.job, assignment.skipped))

    def finished(self) -> bool:
        """Return whether the job is done. Raises what the task raised."""
        try:
            if not self.pipe.poll():
                return False
            text = self.pipe.recv()
        except (EOFError, OSError):
            self.dead = True
            return False
        if text is not None:
            raise self._exception(text)
        return True

    def _exception(self, text: str) -> Exception:
        """Return what the task raised; where it cannot cross between processes, its traceback in its place."""
        try:
            return self.pipe.recv()
        except Exception:  # whatever making it again raises
            return RuntimeError(text)

    def overdue(self, now: float) -> bool:
        """Return whether the item at hand has taken longer than it may since it was first seen."""
        item, seconds = self.progress
        if (item, seconds) != self.seen:  # also when half-written: it then differs again at the next look
            self.seen, self.since = (item, seconds), now
        return now > self.since + seconds

    def remaining_job(self) -> _Assignment[J]:
        """Return the same job without the item that ended this worker. Raises MachineError where none did."""
        how = how_it_ended(self.process.exitcode)
        item, reason = int(self.seen[0]), f"reading it took longer than {self.seen[1]:g} seconds"
        if self.dead:
            item, reason = int(self.progress[0]), f"its reader {how}, which damaged files can do"
        if item not in range(self.assignment.size) or item in self.assignment.skipped:
            raise MachineError(
                f"a process that reads files {how} while it was at none of them",
                "The same command goes on where it was; with --workers 1 it needs less memory.",
            )
        return replace(self.assignment, skipped=self.assignment.skipped | {item: reason})

    def stop(self) -> None:
        if self.dead:
            self.process.join(EXIT_SECONDS)  # for the exit status that tells why
        self.process.kill()  # there is nothing to tidy up: what a task writes, it writes whole or not at all
        self.process.join()
        self.pipe.close()


def _work(task: Task[Any], pipe: Connection, progress: Any, memory: int | None) -> None:
    """Do the jobs that come through `pipe` until it ends; answer each with None, or a traceback and the exception."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business; not every system can block it
    end_with_parent()

    def begin(item: int, seconds: float) -> None:
        progress[1] = seconds
        progress[0] = item

    with suppress(EOFError, OSError):  # no more jobs
        while True:
            job, skipped = pipe.recv()
            if memory is not None:
                _limit_memory(memory)
            try:
                task(job, skipped, begin)
                pipe.send(None)
            except Exception as error:
                text = traceback.format_exc()
                error.add_note(f"In a worker process:\n{text}")
                pipe.send(text)
                try:
                    pipe.send(error)
                except Exception:  # then nothing was sent
                    pipe.send(RuntimeError(text))


def _limit_memory(memory: int) -> None:
    """Let allocations of more than `memory` bytes beyond those in use fail, on systems that know how (Linux)."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])  # data and stack: what RLIMIT_DATA counts
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (pages * resource.getpagesize() + memory, hard))
