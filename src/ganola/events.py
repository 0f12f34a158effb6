"""What a training reports while it runs: frozen records, and a callback whose methods do nothing.

Nothing here knows a network or a file, so a terminal, a picture or a notebook can watch without importing training.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class StepLogged:
    """Where a training is after a step, and what that step measured: a line of log.jsonl."""

    step: int
    samples: int  # real rolls shown so far
    seconds: float  # of training; validation, snapshots and saving left out
    spent: float  # fraction of the budget
    samples_per_second: float
    phase: str
    metrics: dict[str, float]  # losses and the like, by name: those that the phase measures
    gradient_norms: dict[str, float]  # 2-norm over all weights, of each network that the step trained
    validations: int = 0  # since this process began to train
    overhead_seconds: float = 0.0  # by the clock since then, beside training


@dataclass(frozen=True, slots=True)
class Validated:
    """How far a training's music is from validation music: a line of validation.jsonl."""

    step: int
    samples: int
    seconds: float
    distance: float
    floor: float
    ratio: float  # distance / floor
    best_ratio: float  # of the model that is kept
    features_version: int  # of the features that it is a distance of (see `judging.features.catalogue`)
    measure: str = "frechet"  # which distance it is (see `judging.lead`)
    tells_wrong_notes: float | None = None  # the smallest share of wrong notes that it tells from real music here
    processor_seconds: float = 0.0  # of training, in all threads of the process that steers it
    copied: float | None = None  # the share of phrases that are copies; None where they could not be the best anyway


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """Something that is wrong with a training, and what to change in the next one."""

    name: str
    step: int
    samples: int
    problem: str
    advice: tuple[str, ...]  # key=value

    @property
    def options(self) -> str:
        """The advice as options of `ganola train`."""
        return " ".join(f"--set {change}" for change in self.advice)

    @property
    def sentence(self) -> str:
        """The problem and the advice in one line."""
        return f"{self.problem}. Next time: {self.options}"


@dataclass(frozen=True, slots=True)
class WentBack:
    """A game that brought nothing better for a while goes on from the best model, in smaller steps."""

    step: int
    samples: int
    ratio: float  # distance / floor, as it had become
    best_ratio: float
    slowed: float  # the learning rates from now on, as a share of the recipe's

    @property
    def sentence(self) -> str:
        """What happened, in one line."""
        return (
            f"The game brings nothing better (distance {self.ratio:.1f}, kept {self.best_ratio:.1f}). "
            f"It goes on from what is kept, with {100 * self.slowed:.0f} % of the learning rates"
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The music of the same few latents after so many samples."""

    samples: int
    rolls: np.ndarray  # bool, (phrases, tracks, planes, steps, pitches)


class Callback:
    """Watches a training. Every method does nothing; a subclass overrides those that it needs."""

    def on_step(self, event: StepLogged) -> None:
        """React to a logged step: about two a second, and the last one."""

    def on_validated(self, event: Validated) -> None:
        """React to a validation of the training's music."""

    def on_diagnosed(self, event: Diagnosed) -> None:
        """React to a problem that the doctor did not see before."""

    def on_went_back(self, event: WentBack) -> None:
        """React to a game that goes on from the best model."""

    def on_snapshot(self, event: Snapshot) -> None:
        """React to a snapshot."""


class CallbackList(Callback):
    """Passes each event on to several callbacks, in their order."""

    def __init__(self, callbacks: Iterable[Callback]) -> None:
        self.callbacks = tuple(callbacks)

    def on_step(self, event: StepLogged) -> None:
        for callback in self.callbacks:
            callback.on_step(event)

    def on_validated(self, event: Validated) -> None:
        for callback in self.callbacks:
            callback.on_validated(event)

    def on_diagnosed(self, event: Diagnosed) -> None:
        for callback in self.callbacks:
            callback.on_diagnosed(event)

    def on_went_back(self, event: WentBack) -> None:
        for callback in self.callbacks:
            callback.on_went_back(event)

    def on_snapshot(self, event: Snapshot) -> None:
        for callback in self.callbacks:
            callback.on_snapshot(event)
