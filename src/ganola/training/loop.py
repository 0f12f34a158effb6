"""The training loop: batches to steps to checkpoints, until the budget is spent or someone says stop."""

import json
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool

from ganola.corpus.windows import Windows, windows_of
from ganola.errors import MachineError
from ganola.networks.discretise import Discretiser
from ganola.randomness import Purpose, latents, stream
from ganola.storage import machine_error, read_json_lines, write_whole
from ganola.training.order import Order
from ganola.training.run import LOG, Run
from ganola.training.state import State
from ganola.training.steps import NotFiniteError, Rolls, StepRecord, training_step

SNAPSHOTS = 10  # evenly over the budget, besides the one before the first step
SNAPSHOT_PHRASES = 8
SECONDS_BETWEEN_SAVES = 60.0
SECONDS_BETWEEN_LOG_LINES = 0.5


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a training is, for those who watch."""

    step: int
    samples: int
    seconds: float
    spent: float  # fraction of the budget
    samples_per_second: float
    record: StepRecord


@runtime_checkable
class Observer(Protocol):
    """Who watches a training: is told of each logged moment, and shown the fixed latents' music now and then."""

    def moment(self, moment: Moment) -> None:
        """The training is here now."""

    def snapshot(self, samples: int, rolls: Bool[np.ndarray, "phrases tracks planes steps pitches"]) -> None:
        """The fixed latents sound like this after so many samples."""


def train(run: Run, observers: list[Observer], stop: Callable[[], bool] = lambda: False) -> State:
    """Train until the budget is spent or `stop` says so; everything is saved either way.

    Raises MachineError where a gradient is no longer finite; the last good model is kept.
    """
    # Numbers too small to matter would slow every product that they are part of. Before anything is computed, for the
    # threads that compute heed it from their birth only.
    torch.set_flush_denormal(True)
    run.write_down()
    state = run.start()
    with closing(_Log(run, state)) as log:
        _play_the_game(run, state, [log, *observers], stop)
    return state


def _play_the_game(run: Run, state: State, observers: list[Observer], stop: Callable[[], bool]) -> None:
    windows = windows_of(run.corpus, "train")
    order = Order(len(windows), run.recipe.training.seed)
    if state.step == 0:
        _show(run, state, observers)
        run.save(state)
    snapshots_taken = int(run.budget.spent(state) * SNAPSHOTS)
    saved = logged = time.monotonic()
    logged_samples = state.samples
    while run.budget.spent(state) < 1 and not stop():
        began = time.monotonic()
        record = _step(run, state, _batches(run, state, windows, order))
        now = time.monotonic()
        state.seconds += now - began
        spent = min(1.0, run.budget.spent(state))
        if now - logged >= SECONDS_BETWEEN_LOG_LINES or spent == 1:
            speed = (state.samples - logged_samples) / max(now - logged, 1e-9)
            for observer in observers:
                observer.moment(Moment(state.step, state.samples, state.seconds, spent, speed, record))
            logged, logged_samples = now, state.samples
        if now - saved >= SECONDS_BETWEEN_SAVES:
            run.save(state)
            saved = time.monotonic()
        if int(spent * SNAPSHOTS) > snapshots_taken:
            snapshots_taken = int(spent * SNAPSHOTS)
            _show(run, state, observers)
    run.save(state)


def _step(run: Run, state: State, batches: list[Rolls]) -> StepRecord:
    try:
        return training_step(state, batches)
    except NotFiniteError as error:
        raise MachineError(
            f"{error}, at step {state.step} after {state.samples:,} samples",
            f"The last good model is in {run.folder}. Try a lower learning rate, "
            "for example --set critic.learning_rate=0.0001, in a new run.",
        ) from error


def _batches(run: Run, state: State, windows: Windows, order: Order) -> list[Rolls]:
    choices = run.recipe.training
    first = state.step * choices.critic_steps
    return [
        as_seen(windows.rolls(order.batch(first + index, choices.batch)), run.spec.planes)
        for index in range(choices.critic_steps)
    ]


def as_seen(planes: Bool[np.ndarray, "batch tracks 2 steps pitches"], count: int) -> Rolls:
    """Rolls of onset and sustain as the networks see them, on `count` planes (one: what sounds)."""
    seen = planes if count == 2 else planes.any(axis=2, keepdims=True)
    return torch.from_numpy(seen).to(torch.float32)


def _show(run: Run, state: State, observers: list[Observer]) -> None:
    fixed = latents(
        SNAPSHOT_PHRASES,
        run.recipe.networks.latent,
        stream(run.recipe.training.seed, Purpose.SNAPSHOTS),
    )
    with torch.inference_mode():
        rolls = Discretiser(run.spec).hard(state.average(fixed)).numpy()
    for observer in observers:
        observer.snapshot(state.samples, rolls)


class _Log:
    """log.jsonl, one line a moment; lines from after the checkpoint that a run goes on from are dropped."""

    def __init__(self, run: Run, state: State) -> None:
        self.path = run.folder / LOG
        lines = read_json_lines(self.path) if self.path.exists() else []
        kept = [line for line in lines if line["step"] <= state.step]
        write_whole(self.path, "".join(json.dumps(line) + "\n" for line in kept))
        self.file = self.path.open("a", encoding="utf-8")

    def moment(self, moment: Moment) -> None:
        values = asdict(moment)
        record = values.pop("record")
        try:
            self.file.write(json.dumps(values | record) + "\n")
            self.file.flush()
        except OSError as error:
            raise machine_error(error, self.path) from error

    def snapshot(self, samples: int, rolls: Bool[np.ndarray, "phrases tracks planes steps pitches"]) -> None:
        pass

    def close(self) -> None:
        with suppress(OSError):  # the disk is full: that has been said, and the last whole line stays
            self.file.close()
