"""Small studies of a tiny corpus, and trainings of them in this process or by no training at all."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ganola.errors import InputError
from ganola.study.design import Study
from ganola.study.records import Estimate, TrialRecord
from ganola.study.run import run_study
from ganola.study.trial import Trial, run_trial
from tests.models import few_phrases

SMALL = (
    'networks.architecture="mlp"', "networks.width=8", "networks.latent=6", "training.batch=5",
    "training.critic_steps=2", "training.validate_every_samples=20",
)  # fmt: skip
LOSS = {"name": "loss", "key": "objective.loss", "values": ["wasserstein", "minimax"]}
ROOM = {"name": "room", "bundles": {"wide": {"networks.width": 9}, "long": {"networks.latent": 7}, "same": {}}}


def small_study(corpus: Path | str = "tiny.corpus", **changes: Any) -> Study:
    """Two values of a question, two seeds, four steps each."""
    tree = {"corpora": [str(corpus)], "recipe": "prototype", "changes": SMALL, "seeds": 2, "axes": [LOSS]}
    return Study.model_validate(tree | {"budget": {"samples": 40}} | changes)


class Here:
    """Carries out trainings in this process."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def run(self, trials: Sequence[Trial], on_begin: Callable[[Trial], None]) -> Iterator[TrialRecord]:
        for trial in trials:
            on_begin(trial)
            self.done.append(trial.cell.name)
            yield run_trial(trial)


class KilledHere(Here):
    """Is killed in the middle of a training, after its second step."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def run(self, trials: Sequence[Trial], on_begin: Callable[[Trial], None]) -> Iterator[TrialRecord]:
        yield from super().run(trials[: self.number], on_begin)
        asked = iter(range(2))
        try:
            run_trial(trials[self.number], lambda: next(asked, None) is None)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)


def be_killed(corpus: Path, folder: Path) -> None:
    """Begin the small study, and be killed in the middle of its third training; what another process does."""
    with few_phrases():
        run_study(small_study(corpus), folder, executor=KilledHere(2))


def record_of(trial: Trial, ratio: float = 2.0) -> TrialRecord:
    cell = trial.cell
    return TrialRecord(
        question=cell.id.question,
        value=cell.id.value,
        corpus=cell.corpus,
        seed=cell.seed,
        folder=f"runs/{cell.name}",
        steps=1,
        samples=10,
        seconds=1.0,
        processor_seconds=1.0,
        ratio=Estimate(value=ratio, low=ratio, high=ratio),
    )


def die_once(trial: Trial, stop: Callable[[], bool]) -> TrialRecord:
    """Be killed the first time that seed 1 is tried."""
    mark = trial.study / "tried"
    if trial.cell.seed == 1 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return record_of(trial)


def die_always(trial: Trial, stop: Callable[[], bool]) -> TrialRecord:
    """Be killed whenever seed 1 is tried."""
    if trial.cell.seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return record_of(trial)


def refuse(trial: Trial, stop: Callable[[], bool]) -> TrialRecord:
    """Refuse seed 1."""
    if trial.cell.seed == 1:
        raise InputError("seed 1 is refused", "Leave it out.")
    return record_of(trial)


def wait_to_be_stopped(trial: Trial, stop: Callable[[], bool]) -> TrialRecord:
    """Do nothing until it has to stop; seed 0 is done at once."""
    while trial.cell.seed and not stop():
        time.sleep(0.01)
    if trial.cell.seed:
        (trial.study / "stopped").touch()
    return record_of(trial)
