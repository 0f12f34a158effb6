"""The folder of a corpus while it is being built, so that a build that was stopped goes on where it was.

What is read and packed is kept in a folder `building` inside it until the corpus is finished.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

from ganola.checksums import DamagedError
from ganola.corpus.pieces import Rejection
from ganola.corpus.pool import Progress, Task
from ganola.corpus.segments import shorter_phrases
from ganola.corpus.source import Source
from ganola.corpus.store import REJECTED
from ganola.errors import InputError
from ganola.folders import refuse_existing
from ganola.locking import LOCK
from ganola.records import parse_json, read_file
from ganola.storage import write_json, write_whole

BUILDING, REQUEST = "building", "request.json"
DONE = ".built"  # the name of `building` while it is taken away

Notice = Callable[[str], None]  # a word to the person who waits
# run(task, jobs, sizes): do all jobs somewhere, and yield how many items are done; see `pool.run_jobs`
RunJobs = Callable[[Task[Any], Sequence[Any], Sequence[int]], Iterator[int]]
J = TypeVar("J")


@dataclass(frozen=True, slots=True)
class Step(Generic[J]):
    """A job of a stage: how many items it has, the file that it leaves, and what raises where that is damaged."""

    job: J
    size: int
    output: Path
    verify: Callable[[], None]


@dataclass(frozen=True, slots=True)
class BuildFolder:
    """The folder in which `source` becomes a corpus, its stages done by `run_jobs`."""

    path: Path
    source: Source
    run_jobs: RunJobs
    progress: Progress
    notice: Notice

    @property
    def building(self) -> Path:
        """The folder of what is kept until the corpus is finished."""
        return self.path / BUILDING

    def open(self, request: Mapping[str, object]) -> None:
        """Begin a build, or take up one of the same request.

        Raises InputError where the folder holds anything but an unfinished build of that request.
        """
        shutil.rmtree(self.path / DONE, ignore_errors=True)
        if (self.building / REQUEST).is_file():
            if _read_request(self.building / REQUEST) != request:
                raise InputError(
                    f"{self.path} holds an unfinished corpus of other files or settings",
                    "Name another folder, or remove that one.",
                )
            return
        if self.path.is_dir() and [path.name for path in self.path.iterdir() if path.name != LOCK] == [REJECTED]:
            (self.path / REJECTED).unlink()  # all that a build without a is_usable file leaves
        if self.building.is_dir() and all(path.name.startswith(".") for path in self.building.iterdir()):
            shutil.rmtree(self.building)  # stopped, or the disk was full, before there was anything to keep
        refuse_existing(self.path)
        write_json(self.building / REQUEST, request)

    def run_stage(self, name: str, task: Task[J], steps: Sequence[Step[J]]) -> None:
        """Do every step whose output is not there yet."""
        missing = [step for step in steps if not self._is_done(step)]
        total = sum(step.size for step in steps)
        before = total - sum(step.size for step in missing)
        self.progress(name, before, total)
        for done in self.run_jobs(task, [step.job for step in missing], [step.size for step in missing]):
            self.progress(name, before + done, total)

    def close(self) -> None:
        """Take `building` away, all at once: what a killed process leaves of it is not taken for one."""
        self.building.replace(self.path / DONE)
        shutil.rmtree(self.path / DONE)

    def give_up(self, rejections: Iterable[Rejection], problem: str, remedy: str = "") -> NoReturn:
        """Raise InputError, and leave nothing but the reasons, so that the same folder can be named again."""
        listed = list(rejections)
        write_rejections(self.path, listed)
        self.close()
        if listed and not remedy:
            reason, count = Counter(one.reason for one in listed).most_common(1)[0]
            problem += f"; {'each' if count == len(listed) else f'{count} of them'}: {reason}"
            remedy = shorter_phrases(reason)
        raise InputError(problem, remedy or f"The reasons are in {self.path / REJECTED}.")

    def _is_done(self, step: Step[J]) -> bool:
        """Return whether an earlier build left the output of a step. One that is damaged is told."""
        if not step.output.exists():
            return False
        try:
            step.verify()
        except (DamagedError, InputError):
            self.notice(f"{step.output} was damaged: what it held is made anew")
            return False
        return True


def write_rejections(folder: Path, rejections: Iterable[Rejection]) -> None:
    """Write which files were left out, by name, each with the reason."""
    ordered = sorted(rejections, key=lambda rejection: rejection.file)
    lines = [json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in ordered]
    write_whole(folder / REJECTED, "".join(lines))


def _read_request(path: Path) -> object:
    """Return what an unfinished corpus was asked to be; None where that is damaged."""
    try:
        return parse_json(read_file(path))
    except DamagedError:
        return None
