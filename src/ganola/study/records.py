"""What a study finds, in the files of its folder: a line for each training, and for each model judged on test music."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from ganola.app.train import FindingSummary
from ganola.judging.bootstrap import Estimate
from ganola.records import read_log, record_text
from ganola.storage import machine_error, write_whole

STUDY, RECIPE = "study.toml", "recipe.toml"  # the study, and the recipe it is based on, as they were
RESULTS, TESTS = "results.jsonl", "tests.jsonl"
RUNS, CORPORA = "runs", "corpora"

BASE_NAME = "the base"


@dataclass(frozen=True, slots=True)
class CellId:
    """One value of one axis, by their names; BASE is the base recipe itself."""

    question: str
    value: str

    @property
    def words(self) -> str:
        """Return what it is called in a sentence."""
        return BASE_NAME if self == BASE else f"{self.question} {self.value}"


BASE = CellId("base", "base")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Point(_Record):
    """A validation on the way: after how much training, and how far the music was from real music then."""

    samples: int
    processor_seconds: float
    ratio: float


class Record(_Record):
    """Which training a record is about: a value of a question, a corpus and a seed."""

    question: str
    value: str
    corpus: str
    seed: int

    @property
    def id(self) -> CellId:
        """Return which value of which question it is."""
        return CellId(self.question, self.value)

    @property
    def key(self) -> tuple[CellId, str, int]:
        """Return what tells it from all others of its kind."""
        return self.id, self.corpus, self.seed


class TrialRecord(Record):
    """What came of one training."""

    folder: str  # of its run, from the folder of the study
    steps: int
    samples: int
    seconds: float  # of training, by the clock
    processor_seconds: float  # of training, in all threads of its process
    ratio: Estimate | None = None  # of the model that is kept: its distance / the floor, on validation music
    unmeasured: str = ""  # why there is none
    kept_samples: int | None = None  # samples by which the model that is kept was made
    failed: str = ""  # why the training ended before its budget
    findings: tuple[FindingSummary, ...] = ()
    dead_tracks: tuple[str, ...] = ()  # of the model that is kept
    curve: tuple[Point, ...] = ()


class TestRecord(Record):
    """What came of one model on test music."""

    __test__: ClassVar[bool] = False  # or pytest would take it for tests, for its name

    ratio: Estimate | None = None
    c2st_features: float | None = None  # accuracy of boosted trees that tell it from real music by its features
    c2st_rolls: float | None = None  # the same of a small network, by its rolls
    copied: float | None = None  # share of its phrases that are copies of training music
    collapsed: str = ""  # how its phrases are too alike, or that it is silent


R = TypeVar("R", bound=Record)


def read_trials(folder: Path) -> list[TrialRecord]:
    """Return what is known of the trainings of the study in `folder`, each once; damaged lines are left out."""
    return _read(folder / RESULTS, TrialRecord)


def read_tests(folder: Path) -> list[TestRecord]:
    """Return what is known of its models on test music, each once; damaged lines are left out."""
    return _read(folder / TESTS, TestRecord)


def drop_unfinished(folder: Path) -> None:
    """Cut a last line that was not written whole off both files of records, so that new ones can follow."""
    for path in (folder / RESULTS, folder / TESTS):
        text = path.read_bytes() if path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]
        if whole != text:
            write_whole(path, whole)


def append_record(folder: Path, record: TrialRecord | TestRecord) -> None:
    """Write a record to its file, and wait until the disk has it. Raises MachineError where that fails."""
    path = folder / (RESULTS if isinstance(record, TrialRecord) else TESTS)
    try:
        with path.open("ab") as file:
            file.write((record_text(record) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise machine_error(error, path) from error


def _read(path: Path, kind: type[R]) -> list[R]:
    return list({record.key: record for record in read_log(path, kind)[0]}.values()) if path.exists() else []
