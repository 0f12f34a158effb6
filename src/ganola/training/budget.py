"""How long a training is: so many minutes, steps or samples."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ganola.errors import InputError
from ganola.training.state import State


class Budget(BaseModel):
    """How long to train: minutes of training; or steps, or real rolls shown, of all phases together."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    minutes: float | None = Field(None, gt=0)
    steps: int | None = Field(None, gt=0)
    samples: int | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _refuse_none_or_several(self) -> "Budget":
        if sum(given is not None for given in (self.minutes, self.steps, self.samples)) != 1:
            raise ValueError("a budget is minutes, steps or samples, one of the three")
        return self

    def spent(self, state: State) -> float:
        """Return the fraction of the budget that `state` has spent; 1 or more is all of it."""
        return self._share(state.step, state.samples, state.seconds)

    def spent_in_phase(self, state: State) -> float:
        """Return the fraction of the budget that `state` has spent since its phase began."""
        return self._share(
            state.step - state.phase_start_step,
            state.samples - state.phase_start_samples,
            state.seconds - state.phase_start_seconds,
        )

    def count_steps(self, samples_per_step: int) -> float | None:
        """Return how many steps it is, if each shows so many real rolls; None where the clock decides."""
        if self.samples is not None:
            return self.samples / samples_per_step
        return None if self.steps is None else float(self.steps)

    def _share(self, steps: int, samples: int, seconds: float) -> float:
        if self.samples is not None:
            return samples / self.samples
        return steps / self.steps if self.steps is not None else seconds / (60 * (self.minutes or 0))


def choose_budget(
    *, minutes: float | None = None, steps: int | None = None, samples: int | None = None
) -> Budget | None:
    """Return the budget that a person gives, or None where they give none. Raises InputError where they give two."""
    given = {name: value for name, value in (("minutes", minutes), ("steps", steps), ("samples", samples)) if value}
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} are given together", "Give one of them.")
    return Budget.model_validate(given) if given else None
