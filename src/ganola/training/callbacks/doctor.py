"""Lets the doctor look at a training after each validation, and keeps doctor.jsonl."""

from ganola.errors import TrainingError
from ganola.events import Callback, Diagnosed
from ganola.training.callbacks.base import LoopCallback, StepTaken
from ganola.training.callbacks.validation import ValidationCallback, ValidationResult
from ganola.training.diagnostics import DiagnosticsMeter
from ganola.training.doctor import Doctor
from ganola.training.logs import DOCTOR, DoctorLine, JsonlLog
from ganola.training.run import Run
from ganola.training.state import State
from ganola.wording import counted


class DoctorCallback(LoopCallback):
    """Reports each problem when it begins. It changes nothing in the training; a `strict` one ends it there.

    What went before is read again from doctor.jsonl, so that a training that resumes is diagnosed like one that never
    stopped. It comes after `validation` in the loop.
    """

    def __init__(
        self, run: Run, state: State, validation: ValidationCallback, watchers: Callback, *, strict: bool
    ) -> None:
        self.run, self.state, self.watchers, self.strict = run, state, watchers, strict
        self.validation = validation
        self.doctor = Doctor(run.recipe)
        self.meter = DiagnosticsMeter(run.corpus, run.spec, validation.validation)
        self.first_gradients: dict[str, float] = {}  # the gradient norm of each network's first step
        self.lines = JsonlLog(run.folder / DOCTOR, DoctorLine, state.step)
        for line in self.lines.kept:
            self.first_gradients |= line.first_gradients or {}
            if line.diagnostics is not None:
                self.doctor.diagnose(line.diagnostics)

    def after_step(self, step: StepTaken) -> None:
        self._remember_first_gradients(step)
        if self.validation.result is not None:
            self.diagnose(step, self.validation.result)
            if self.strict and self.doctor.present:
                self.run.save(self.state)
                raise _stopped(self.run, list(self.doctor.present.values()))

    def diagnose(self, step: StepTaken, result: ValidationResult) -> None:
        """Measure the training, and report the problems that begin."""
        state, measured = self.state, step.measured.to_numbers()
        diagnostics = self.meter.measure(
            state, step.phase.trains, measured, self.first_gradients, result.cells, result.verdict
        )
        begun, present = tuple(self.doctor.diagnose(diagnostics)), tuple(sorted(self.doctor.present))
        self.lines.add(DoctorLine(state.step, state.samples, begun=begun, present=present, diagnostics=diagnostics))
        for problem in begun:
            self.watchers.on_diagnosed(problem)

    def _remember_first_gradients(self, step: StepTaken) -> None:
        norms = step.measured.gradient_norms
        if norms.keys() <= self.first_gradients.keys():
            return
        self.run.check_finite(self.state)
        first = {name: float(norm) for name, norm in norms.items() if name not in self.first_gradients}
        self.first_gradients |= first
        self.lines.add(DoctorLine(self.state.step, self.state.samples, first_gradients=first))

    def close(self) -> None:
        self.lines.close()


def _stopped(run: Run, problems: list[Diagnosed]) -> TrainingError:
    last = problems[0]
    return TrainingError(
        f"stopped at step {last.step:,}, after {counted(last.samples, 'sample')}: "
        + " ".join(f"{problem.problem}." for problem in problems),
        "\n  ".join(
            [
                *(f"Against {problem.name}, in a new run: {problem.options}" for problem in problems),
                f"Everything is saved. To go on all the same: ganola train --resume {run.folder}",
            ]
        ),
    )
