"""How long a training is: so many minutes, by the clock or of a processor, steps or samples."""

import math

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ganola.errors import InputError
from ganola.training.state import State
from ganola.wording import counted


class Budget(BaseModel):
    """How long to train, all phases together: minutes of training by the clock, or of a processor's work, which other
    programs leave as they are; or steps; or real rolls shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    minutes: float | None = Field(None, gt=0)
    processor_minutes: float | None = Field(None, gt=0)
    steps: int | None = Field(None, gt=0)
    samples: int | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _refuse_none_or_several(self) -> "Budget":
        given = (self.minutes, self.processor_minutes, self.steps, self.samples)
        if sum(one is not None for one in given) != 1:
            raise ValueError("a budget is minutes, processor_minutes, steps or samples, one of the four")
        return self

    @property
    def words(self) -> str:
        """Return how long it is, in words."""
        if self.minutes is not None:
            return f"{counted(self.minutes, 'minute')} of training"
        if self.processor_minutes is not None:
            return f"{counted(self.processor_minutes, 'minute')} of processor time"
        return counted(self.steps, "step") if self.steps is not None else counted(self.samples or 0, "sample")

    @property
    def training_minutes(self) -> float | None:
        """Return about how many minutes by the clock it is; None where that depends on how fast it trains."""
        return self.minutes or self.processor_minutes

    def spent(self, state: State) -> float:
        """Return the fraction of the budget that `state` has spent; 1 or more is all of it."""
        return self._share(state.step, state.samples, state.seconds, state.processor_seconds)

    def spent_in_phase(self, state: State) -> float:
        """Return the fraction of the budget that `state` has spent since its phase began."""
        return self._share(
            state.step - state.phase_start_step,
            state.samples - state.phase_start_samples,
            state.seconds - state.phase_start_seconds,
            state.processor_seconds - state.phase_start_processor_seconds,
        )

    def count_steps(self, samples_per_step: int) -> float | None:
        """Return how many steps it is, if each shows so many real rolls; None where time decides."""
        if self.samples is not None:
            return self.samples / samples_per_step
        return None if self.steps is None else float(self.steps)

    def _share(self, steps: int, samples: int, seconds: float, processor_seconds: float) -> float:
        if self.samples is not None:
            return samples / self.samples
        if self.steps is not None:
            return steps / self.steps
        if self.processor_minutes is not None:
            return processor_seconds / (60 * self.processor_minutes)
        return seconds / (60 * (self.minutes or 0))


def choose_budget(
    *, minutes: int | float | None = None, steps: int | None = None, samples: int | None = None
) -> Budget | None:
    """Return the budget that a person gives, or None where they give none.

    Raises InputError where they give two, and for one that is not above 0.
    """
    named = {"minutes": minutes, "steps": steps, "samples": samples}
    given = {name: value for name, value in named.items() if value is not None}
    for name, value in given.items():
        if not 0 < value < math.inf:
            raise InputError(f"{name} is {value:g}, and has to be above 0", "Give another number, or leave it out.")
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} are given together", "Give one of them.")
    return Budget.model_validate(given) if given else None
