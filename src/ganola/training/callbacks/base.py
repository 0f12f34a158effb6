"""A callback of the loop itself: it is called after every step, beside the events that every callback gets."""

from dataclasses import dataclass

from ganola.events import Callback
from ganola.training.metrics import Metrics
from ganola.training.phases.base import Phase


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step that was just taken: what it measured, and how far the training was before and after it."""

    phase: Phase
    measured: Metrics
    samples: tuple[int, int]
    spent: tuple[float, float]  # of the budget; 1 at most

    @property
    def is_last(self) -> bool:
        """Whether the budget is spent."""
        return self.spent[1] == 1


class LoopCallback(Callback):
    """Belongs to the loop: it has the run and its state at hand, and may end the training by raising an error."""

    def on_start(self) -> None:
        """Act before the first step of this process; the state says whether steps were taken before."""

    def after_step(self, step: StepTaken) -> None:
        """Act after a step."""

    def close(self) -> None:
        """Close its files."""
