"""How long a training still takes by the clock, validation and saving included."""

from ganola.events import StepLogged
from ganola.training.budget import Budget
from ganola.training.phases.base import Phase
from ganola.training.phases.registry import build_phases
from ganola.training.recipe import Recipe

VALIDATION_STEPS = 3.0  # a validation takes as long as so many steps of the last phase, until one is measured
FINAL_VALIDATIONS = 3.0  # what follows the last step takes as long as so many: another one, its interval, curves
SMOOTHING = 0.1  # weight of a new measurement beside those before it


class RemainingTime:
    """Estimates the seconds that are left, from the logged steps of a training.

    How long the training itself takes is known of a budget in minutes; of one in steps or samples it follows from how
    long a step of each phase takes. What passes beside it is divided among the validations, for they are most of it,
    and it is known how many are to come.
    """

    def __init__(self, recipe: Recipe, budget: Budget) -> None:
        self.budget = budget
        self.phases = build_phases(recipe)
        self._step_seconds: dict[str, float] = {}  # as measured, by the name of the phase; the latest phase last

    def update(self, event: StepLogged) -> float:
        """Take a logged step in, and return how many seconds are left by the clock."""
        phase = next(phase for phase in self.phases if phase.name == event.phase)
        seconds = phase.samples_per_step / max(event.samples_per_second, 1e-9)
        known = self._step_seconds.pop(phase.name, seconds)
        self._step_seconds[phase.name] = known + SMOOTHING * (seconds - known)
        validation = VALIDATION_STEPS * self._step(self.phases[-1])
        if event.validations:
            validation = event.overhead_seconds / event.validations
        return FINAL_VALIDATIONS * validation + sum(
            share * (self._training(ahead) + validation * self._validations(ahead))
            for ahead, share in self._shares_ahead(phase, event.spent)
        )

    def _shares_ahead(self, now: Phase, spent: float) -> list[tuple[Phase, float]]:
        """Return what of the budget each phase still has. The last one has all that is left by the others."""
        ahead: list[tuple[Phase, float]] = []
        end, begun = 0.0, False
        for phase in self.phases[:-1]:
            end += phase.share
            begun = begun or phase is now
            if begun:
                ahead.append((phase, min(phase.share, max(0.0, end - spent))))
        return [*ahead, (self.phases[-1], max(0.0, 1 - spent - sum(share for _, share in ahead)))]

    def _training(self, phase: Phase) -> float:
        """Return the seconds of training of a whole budget that is spent in this phase."""
        steps = self.budget.count_steps(phase.samples_per_step)
        return 60 * (self.budget.training_minutes or 0) if steps is None else steps * self._step(phase)

    def _validations(self, phase: Phase) -> float:
        return phase.count_validations(self._training(phase) / self._step(phase))

    def _step(self, phase: Phase) -> float:
        """Return the seconds of a step of this phase: as measured, or in proportion to the latest phase."""
        name, seconds = next(reversed(self._step_seconds.items()))
        latest = next(phase for phase in self.phases if phase.name == name)
        return self._step_seconds.get(phase.name, seconds * phase.step_cost / latest.step_cost)
