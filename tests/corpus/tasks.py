"""Tasks that do what damaged files do to their reader. They import little: each process pays for it."""

import json
import math
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ganola.corpus.pool import Begin, run_jobs
from ganola.errors import InputError

LONG = 60.0
EARLY_INTERRUPT = "GANOLA_TEST_EARLY_INTERRUPT"  # set: Ctrl-C comes while a worker is still importing

if EARLY_INTERRUPT in os.environ and multiprocessing.current_process().name != "MainProcess":
    os.kill(os.getpid(), signal.SIGINT)


class UntransportableError(Exception):
    """Pickles, but cannot be made again of what was pickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first + second)


@dataclass(frozen=True)
class Job:
    """What happens at each item, and the file that says in the end what became of them."""

    acts: tuple[str, ...]
    result: Path
    seconds: float = LONG  # for an item that hangs

    def outcomes(self) -> list[str]:
        return json.loads(self.result.read_text())


def perform(job: Job, skipped: Mapping[int, str], begin: Begin) -> None:
    outcomes = []
    for item, act in enumerate(job.acts):
        if item in skipped:
            outcomes.append(skipped[item])
            continue
        begin(item, job.seconds if act.startswith("hang") else LONG)
        try:
            outcomes.append(_act(act, job.result))
        except MemoryError:
            outcomes.append("no memory")
    begin(len(job.acts), math.inf)
    job.result.write_text(json.dumps(outcomes))


def _act(act: str, result: Path) -> str:
    match act.split():
        case ["signal", name]:
            os.kill(os.getpid(), signal.Signals[name])
        case ["exit", status]:
            os._exit(int(status))
        case ["leave", status]:
            sys.exit(int(status))
        case ["hang"]:
            _leave_a_trace(result)
            time.sleep(LONG)
        case ["hang", "until", name]:
            _wait_for(result.with_name(name))
            time.sleep(0.2)
        case ["once"]:
            if (mark := result.with_name("once")).exists():
                result.with_name("twice").touch()
                _wait_for(result.with_name("go on"))
            mark.touch()
        case ["allocate", megabytes]:
            bytearray(int(megabytes) * 2**20)
        case ["environment", name]:
            return os.environ.get(name, "")
        case ["refuse"]:
            raise InputError("a wrong note", "Play another.")
        case ["stumble"]:
            raise ZeroDivisionError("by a rest")
        case ["garble"]:
            raise UntransportableError("two", "words")
    return act


def _leave_a_trace(result: Path) -> None:
    """One file for each process that came so far."""
    result.with_suffix(f".{os.getpid()}").touch()


def _wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def die_before_the_first(job: Job, skipped: Mapping[int, str], begin: Begin) -> None:
    _leave_a_trace(job.result)
    os._exit(4)


def die_after_the_last(job: Job, skipped: Mapping[int, str], begin: Begin) -> None:
    perform(job, skipped, begin)
    _leave_a_trace(job.result)
    os._exit(5)


def forget_what_is_skipped(job: Job, skipped: Mapping[int, str], begin: Begin) -> None:
    _leave_a_trace(job.result)
    if len(list(job.result.parent.iterdir())) < 5:  # a parent that never gives up must fail its test, not hang it
        perform(job, {}, begin)


def main() -> None:
    """Two workers that hang, for a test that stops their parent."""
    jobs = [Job(("hang",), Path(sys.argv[1]) / str(index)) for index in range(2)]
    try:
        list(run_jobs(perform, jobs, [1, 1], workers=2))
    except KeyboardInterrupt:
        sys.exit("interrupted")


if __name__ == "__main__":
    from tests.corpus import tasks  # workers find its functions there: they know nothing of what was started

    tasks.main()
