"""The logs of a training: a line a moment, each with its checksum. Lines that are damaged are left out when it is read,
for what they tell of the past is no need of a training that goes on."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from ganola.errors import InputError
from ganola.records import read_log, record_text
from ganola.storage import machine_error, write_whole
from ganola.training.doctor import Chart, Finding
from ganola.training.recipe import Player

LOG, JUDGED, DOCTOR = "log.jsonl", "judged.jsonl", "doctor.jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """What every line says: at which step, after how many samples."""

    step: int
    samples: int


L = TypeVar("L", bound=Line)


@dataclass(frozen=True, slots=True)
class LogLine(Line):
    """A line of log.jsonl: where a training was, and what its step measured (see `steps.Measures`)."""

    seconds: float
    spent: float
    samples_per_second: float
    critic_loss: float | None = None
    generator_loss: float | None = None
    penalty: float | None = None
    real: float | None = None
    fake: float | None = None
    critic_gradient: float | None = None
    generator_gradient: float | None = None
    reconstruction: float | None = None
    divergence: float | None = None
    prior_error: float | None = None


@dataclass(frozen=True, slots=True)
class JudgedMoment(Line):
    """A line of judged.jsonl: what validation music said of a training's music at one moment."""

    seconds: float
    distance: float
    floor: float
    ratio: float
    best: float  # the least ratio so far


@dataclass(frozen=True, slots=True)
class DoctorLine(Line):
    """A line of doctor.jsonl: the gradients of players' first steps, or how a training measured at one moment."""

    first: dict[Player, float] | None = None
    found: tuple[Finding, ...] = ()  # with this moment
    present: tuple[str, ...] = ()  # what is found and has not gone
    chart: Chart | None = None


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
        name: read_lines(run / name, kind)[1]
        for name, kind in ((LOG, LogLine), (JUDGED, JudgedMoment), (DOCTOR, DoctorLine))
    }
    return {name: count for name, count in counts.items() if count}


def seconds_at(run: Path, step: int) -> float | None:
    """Return how many seconds of training a run had taken by a step, where its logs say it."""
    judged, logged = read_lines(run / JUDGED, JudgedMoment)[0], read_lines(run / LOG, LogLine)[0]
    known = {line.step: line.seconds for line in judged} | {line.step: line.seconds for line in logged}
    return known.get(step)


class Log(Generic[L]):
    """A log that grows. Of what was there, the sound lines up to `step` are kept; later ones are told anew."""

    def __init__(self, path: Path, kind: type[L], step: int) -> None:
        self.path = path
        self.kept = [line for line in read_lines(path, kind)[0] if line.step <= step]
        write_whole(path, "".join(record_text(line) + "\n" for line in self.kept))
        try:
            self.file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise machine_error(error, path) from error

    def add(self, line: L) -> None:
        try:
            self.file.write(record_text(line) + "\n")
            self.file.flush()
        except OSError as error:
            raise machine_error(error, self.path) from error

    def close(self) -> None:
        with suppress(OSError):  # the disk is full: that has been said, and the last whole line stays
            self.file.close()
