"""What came of a training, and what to do next, in a musician's words."""

import math
from dataclasses import dataclass

from ganola.cli.progress import clock_time
from ganola.judging.bootstrap import Estimate
from ganola.judging.closeness import SCALE, how_far, is_far, times
from ganola.training.contention import BUSY
from ganola.training.run import Budget
from ganola.wording import counted


@dataclass(frozen=True)
class Outcome:
    """What is to be known of a training that ended, whether its budget is spent or it was stopped."""

    folder: str
    budget: Budget
    go_on: str  # the command that goes on with it
    steps: int
    samples: int
    seconds: float  # of training
    clock: float  # seconds on the wall, of this command
    finished: bool
    moved: bool  # whether it took any step now
    kept: bool  # whether there is a model to play
    ratio: Estimate | float | None  # how far the model is from real music; None where that is not known
    unmeasured: str = ""  # why it is not
    speed: float | None = None  # the mean speed, of the full one of a quiet machine

    @property
    def far(self) -> bool:
        """Whether anybody hears that the model's music is not real."""
        return self.ratio is not None and is_far(_value(self.ratio))

    @property
    def slowed(self) -> float | None:
        """The mean speed, where a busy machine lowered it."""
        return self.speed if self.speed is not None and self.speed < BUSY else None


def result_lines(outcome: Outcome) -> list[str]:
    """Return what a training took, what it left, and how far that is from real music."""
    took = f"{outcome.seconds / 60:.1f} minutes of training"
    seen = f"{counted(outcome.steps, 'step')}, {counted(outcome.samples, 'sample')}"
    now = f"; {clock_time(outcome.clock)} by the clock" if outcome.moved else ""
    return [f"{outcome.folder}: {took} ({seen}){now}", *_of_the_model(outcome)]


def advice_lines(outcome: Outcome) -> list[str]:
    """Return what a busy machine cost, and what to do next, depending on how far the music is from real music."""
    slowed, minutes = outcome.slowed, outcome.budget.minutes
    lines = []
    if slowed is not None and minutes is not None:
        lost = f"{100 * (1 - slowed):.0f} %"
        lines += [f"The machine was busy: this was about {lost} less learning than on a quiet one."]
    elif slowed is not None:
        lines += [f"The machine was busy: it took about {1 / slowed:.1f} times as long as on a quiet one."]
    if not outcome.finished:
        return lines
    if not outcome.moved:
        return [*lines, f"It was finished already. To train on: {_longer(outcome)}"]
    if slowed is not None and minutes is not None and not outcome.far:
        lines += [f"To make up for it, close other programs, and: {_longer(outcome)}"]
    if outcome.far:
        close = "close other programs, and " if slowed is not None else ""
        lines += [f"To come nearer to real music, {close}train longer: {_longer(outcome)}"]
    return lines


def _of_the_model(outcome: Outcome) -> list[str]:
    if not outcome.kept:
        when = "its music was judged" if outcome.steps else "it learned anything"
        return [f"It was stopped before {when}, so there is no model to play yet."]
    if outcome.ratio is None:
        return [f"Its model is kept to play. {outcome.unmeasured}"]
    interval = ""
    if isinstance(outcome.ratio, Estimate):
        interval = f" ({times(outcome.ratio.low)} to {times(outcome.ratio.high)})"
    return [f"The best of it is kept to play: {how_far(_value(outcome.ratio))}{interval}.", f"{SCALE.capitalize()}."]


def _value(ratio: Estimate | float) -> float:
    return ratio.value if isinstance(ratio, Estimate) else ratio


def _longer(outcome: Outcome) -> str:
    """The command that goes on with a larger budget: twice as large, or with what a busy machine cost on top."""
    budget = outcome.budget
    if budget.minutes is None:
        return f"{outcome.go_on} --steps {2 * (budget.steps or 0)}"
    more = 1.0 if outcome.far or outcome.slowed is None else 1 - outcome.slowed
    return f"{outcome.go_on} --minutes {_rounded(budget.minutes * (1 + more)):g}"


def _rounded(minutes: float) -> float:
    """Whole minutes, rounded up; of less than two, tenths."""
    return float(math.ceil(minutes)) if minutes >= 2 else math.ceil(10 * minutes) / 10
