"""The training loop: batches to steps to checkpoints, until the budget is spent or someone says stop.

Everything else is a callback: `callbacks/` has those of the loop itself, which log, validate, diagnose and take
snapshots; those that `train` is given show what comes of it.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing

import torch

from ganola.corpus.windows import windows_of
from ganola.events import Callback, CallbackList
from ganola.folders import lock_folder
from ganola.training.callbacks.base import LoopCallback, StepTaken
from ganola.training.callbacks.doctor import DoctorCallback
from ganola.training.callbacks.log import LogCallback
from ganola.training.callbacks.return_to_best import ReturnCallback, go_back
from ganola.training.callbacks.snapshots import SnapshotCallback
from ganola.training.callbacks.validation import ValidationCallback
from ganola.training.device import torch_threads
from ganola.training.followers import gather_team
from ganola.training.optimisation import raise_if_not_finite
from ganola.training.phases.base import Phase
from ganola.training.phases.registry import build_phases
from ganola.training.run import Run
from ganola.training.sampler import TrainingData
from ganola.training.state import State, begin_phase
from ganola.training.team import Connect

SECONDS_BETWEEN_SAVES = 60.0
END = [-1.0, 0.0, 0.0]  # in place of the index of a phase, the progress through it and `returns`: no step comes


def train(
    run: Run,
    callbacks: Sequence[Callback] = (),
    stop: Callable[[], bool] = lambda: False,
    *,
    strict: bool = False,
    processes: int = 1,
) -> State:
    """Train until the budget is spent or `stop` returns True, and return the state; everything is saved either way.

    This process and `processes` - 1 others, which it starts, take each step together (see `team`).

    Raises MachineError where a gradient is no longer finite, or another process is gone; the last good model is kept.
    Where `strict`, raises TrainingError when the doctor finds a problem, with everything saved. Raises TakenError where
    another ganola works in the run.
    """
    # Denormal numbers would slow every product that they are part of. Before anything is computed, for threads heed it
    # from their start only.
    torch.set_flush_denormal(True)
    with lock_folder(run.folder), ExitStack() as files:
        run.write_record()
        state, watchers = run.start(), CallbackList(callbacks)
        needed = processes if run.budget.spent(state) < 1 else 1
        connect = files.enter_context(gather_team(run, needed, follow))  # they load while this one validates
        validation = files.enter_context(closing(ValidationCallback(run, state, watchers)))
        doctor = files.enter_context(closing(DoctorCallback(run, state, validation, watchers, strict=strict)))
        log = files.enter_context(closing(LogCallback(run, state, watchers, lambda: validation.count)))
        snapshots = SnapshotCallback(run, state, watchers)
        back = ReturnCallback(run, state, validation, watchers)
        run_loop(run, state, log, [snapshots, validation, doctor, back], stop, connect)
    return state


def run_loop(
    run: Run,
    state: State,
    log: LogCallback,
    callbacks: Sequence[LoopCallback],
    stop: Callable[[], bool],
    connect: Connect,
) -> None:
    """Take steps until the budget is spent or `stop` returns True. The log comes before the callbacks after each step,
    and after them at the start."""
    for callback in callbacks:
        callback.on_start()
    if state.step == 0:
        run.save(state)
    data, phases = join_team(run, state, connect), build_phases(run.recipe)
    log.on_start()
    saved = time.monotonic()
    while run.budget.spent(state) < 1 and not stop():
        phase, progress = begin_next_phase_if_over(run, state, phases, data)
        state.team.agree([float(phases.index(phase)), progress, float(state.returns)])
        with torch_threads(state.team.threads):  # what is beside a step has all of them
            phase.prepare(state, data)
            step = take_step(run, state, phase, progress, data, log)
        for callback in (log, *callbacks):
            callback.after_step(step)
        if time.monotonic() - saved >= SECONDS_BETWEEN_SAVES:
            run.check_finite(state)
            run.save(state)
            saved = time.monotonic()
    state.team.agree(END)
    run.check_finite(state)
    run.save(state)


def begin_next_phase_if_over(run: Run, state: State, phases: list[Phase], data: TrainingData) -> tuple[Phase, float]:
    """Return the phase of the next step, and how far through it the training is.

    Of a larger budget a phase under way has its share too, counted from where it began.
    """
    phase = next(phase for phase in phases if phase.name == state.phase)
    progress = phase.progress(run.budget.spent_in_phase(state), state.samples - state.phase_start_samples, data)
    if progress < 1 or phase is phases[-1]:
        return phase, progress
    following = phases[phases.index(phase) + 1]
    begin_phase(state, following.name)
    return following, 0.0


def follow(run: Run, connect: Connect) -> None:
    """Take the steps that rank 0 of a team takes, until that one ends; it alone judges, prints and saves."""
    torch.set_flush_denormal(True)
    state = run.start()
    data, phases = join_team(run, state, connect), build_phases(run.recipe)
    while (order := state.team.agree(END)) != END:
        phase, progress, returns = phases[int(order[0])], order[1], order[2]
        if returns > state.returns:
            go_back(run, state)
        if phase.name != state.phase:
            begin_phase(state, phase.name)
        phase.prepare(state, data)
        phase.step(state, data, progress)


def join_team(run: Run, state: State, connect: Connect) -> TrainingData:
    """Let a state have its team, and return the data that this process gets."""
    windows = windows_of(run.corpus, "train")
    state.team = connect()
    return TrainingData(windows, run.spec.planes, run.recipe.training.seed, run.device, state.team)


def take_step(run: Run, state: State, phase: Phase, progress: float, data: TrainingData, log: LogCallback) -> StepTaken:
    """Take a step, and count its seconds. Raises MachineError where it is not finite."""
    began, computed = time.monotonic(), time.process_time()
    samples, spent = state.samples, run.budget.spent(state)
    with run.explain_not_finite(state):
        measured = phase.step(state, data, progress)
        if log.is_due:
            raise_if_not_finite(state)  # here, because waiting for the device is part of the step
    state.seconds += time.monotonic() - began
    state.processor_seconds += time.process_time() - computed
    return StepTaken(phase, measured, (samples, state.samples), (spent, min(1.0, run.budget.spent(state))))
