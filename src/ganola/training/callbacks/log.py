"""Reports a step now and then, and keeps log.jsonl."""

import time
from collections.abc import Callable

from ganola.events import Callback, StepLogged
from ganola.training.callbacks.base import LoopCallback, StepTaken
from ganola.training.logs import LOG, JsonlLog
from ganola.training.run import Run
from ganola.training.state import State

SECONDS_BETWEEN_LINES = 0.5


class LogCallback(LoopCallback):
    """Reports a step twice a second, and the last one. `validations` returns how many there were."""

    def __init__(self, run: Run, state: State, watchers: Callback, validations: Callable[[], int]) -> None:
        self.run, self.state, self.watchers, self.validations = run, state, watchers, validations
        self.lines = JsonlLog(run.folder / LOG, StepLogged, state.step)
        self._begun = time.monotonic() - state.seconds
        self._logged = self._begun
        self._samples, self._seconds = state.samples, state.seconds  # when it last logged

    @property
    def is_due(self) -> bool:
        """Whether the step that is under way will be logged. A device is waited for then, as part of the step."""
        return time.monotonic() - self._logged >= SECONDS_BETWEEN_LINES

    def on_start(self) -> None:
        self._logged = time.monotonic()

    def after_step(self, step: StepTaken) -> None:
        if not self.is_due and not step.is_last:
            return
        self.run.check_finite(self.state)
        state, now = self.state, time.monotonic()
        measured = step.measured.to_numbers()
        event = StepLogged(
            step=state.step,
            samples=state.samples,
            seconds=state.seconds,
            spent=step.spent[1],
            samples_per_second=(state.samples - self._samples) / max(state.seconds - self._seconds, 1e-9),
            phase=step.phase.name,
            metrics=measured.metrics,
            gradient_norms=measured.gradient_norms,
            validations=self.validations(),
            overhead_seconds=now - self._begun - state.seconds,
        )
        self.lines.add(event)
        self.watchers.on_step(event)
        self._logged, self._samples, self._seconds = now, state.samples, state.seconds

    def close(self) -> None:
        self.lines.close()
