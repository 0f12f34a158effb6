"""The logs of a run: JSON, a line an event, each with its checksum.

Damaged lines are left out when a log is read: a training needs none of them to go on.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from ganola.errors import InputError
from ganola.events import Diagnosed, StepLogged, Validated
from ganola.records import read_log, record_text
from ganola.storage import machine_error, write_whole
from ganola.training.diagnostics import Diagnostics

LOG, VALIDATION, DOCTOR = "log.jsonl", "validation.jsonl", "doctor.jsonl"


@dataclass(frozen=True, slots=True)
class DoctorLine:
    """A line of doctor.jsonl: the gradient norms of networks' first steps, or a diagnosis."""

    step: int
    samples: int
    first_gradients: dict[str, float] | None = None
    begun: tuple[Diagnosed, ...] = ()  # problems that were not there before
    present: tuple[str, ...] = ()  # the names of all problems that are there
    diagnostics: Diagnostics | None = None


L = TypeVar("L", StepLogged, Validated, DoctorLine)


def read_lines(path: Path, kind: type[L]) -> tuple[list[L], int]:
    """Return the sound lines of a log, and how many are damaged. Raises InputError where it is no file."""
    if not path.exists():
        return [], 0
    try:
        return read_log(path, kind)
    except InputError as error:
        raise InputError(error.problem, "Move it away; the training goes on without it.") from error


def damaged_lines(run: Path) -> dict[str, int]:
    """Return how many lines of a run's logs are damaged, by the name of the log, where there are any."""
    counts = {
        LOG: read_lines(run / LOG, StepLogged)[1],
        VALIDATION: read_lines(run / VALIDATION, Validated)[1],
        DOCTOR: read_lines(run / DOCTOR, DoctorLine)[1],
    }
    return {name: count for name, count in counts.items() if count}


def seconds_at(run: Path, step: int) -> float | None:
    """Return how many seconds of training a run had taken by a step, or None where its logs do not say."""
    validated, logged = read_lines(run / VALIDATION, Validated)[0], read_lines(run / LOG, StepLogged)[0]
    known = {line.step: line.seconds for line in validated} | {line.step: line.seconds for line in logged}
    return known.get(step)


class JsonlLog(Generic[L]):
    """A log that grows. Of what was there, the sound lines up to `step` are kept; later ones will be written anew."""

    def __init__(self, path: Path, kind: type[L], step: int) -> None:
        self.path = path
        self.kept: list[L] = [line for line in read_lines(path, kind)[0] if line.step <= step]
        write_whole(path, "".join(record_text(line) + "\n" for line in self.kept))
        try:
            self.file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise machine_error(error, path) from error

    def add(self, line: L) -> None:
        """Write a line. Raises MachineError where that fails."""
        try:
            self.file.write(record_text(line) + "\n")
            self.file.flush()
        except OSError as error:
            raise machine_error(error, self.path) from error

    def close(self) -> None:
        """Close the file. The last whole line stays, whatever happens."""
        with suppress(OSError):  # the disk is full: that has been said
            self.file.close()
