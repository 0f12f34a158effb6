"""What is printed of a training that ended, and what to do next, in a musician's words."""

import math

from ganola.app.train import TrainingResult
from ganola.cli.progress import clock_time
from ganola.judging.bootstrap import Estimate
from ganola.judging.closeness import SCALE, how_far, is_far, times
from ganola.judging.copying.detector import COPIES_ALLOWED
from ganola.training.contention import BUSY
from ganola.wording import counted


def result_lines(result: TrainingResult) -> list[str]:
    """Return what a training took, what it left, and how far that is from real music."""
    took = f"{result.seconds / 60:.1f} minutes of training"
    seen = f"{counted(result.steps, 'step')}, {counted(result.samples, 'sample')}"
    now = f"; {clock_time(result.clock)} by the clock" if result.moved else ""
    return [f"{result.folder}: {took} ({seen}){now}", *_model_lines(result), *_copy_lines(result)]


def advice_lines(result: TrainingResult, go_on: str) -> list[str]:
    """Return what a busy machine cost, and what to do next, depending on how far the music is from real music.

    `go_on` is the command that trains it further, but for its budget.
    """
    slowed, minutes, far = _slowed(result), result.budget.minutes, _far(result)
    longer = _longer(result, go_on)
    lines = []
    if slowed is not None and minutes is not None:
        lost = f"{100 * (1 - slowed):.0f} %"
        lines += [f"The machine was busy: this was about {lost} less learning than on a quiet one."]
    elif slowed is not None:
        lines += [f"The machine was busy: it took about {1 / slowed:.1f} times as long as on a quiet one."]
    if not result.finished:
        return lines
    if not result.moved:
        return [*lines, f"It was finished already. To train on: {longer}"]
    if slowed is not None and minutes is not None and not far:
        lines += [f"To make up for it, close other programs, and: {longer}"]
    if far:
        close = "close other programs, and " if slowed is not None else ""
        lines += [f"To come nearer to real music, {close}train longer: {longer}"]
    return lines


def finding_lines(result: TrainingResult) -> list[str]:
    """Return briefly what the doctor found in a training, and whether it is so still."""
    if not result.findings:
        return []
    named = (
        f"{found.name} from {counted(found.samples, 'sample')} on" + ("" if found.present else ", gone since")
        for found in result.findings
    )
    return [f"The doctor found: {'; '.join(named)} (doctor.jsonl says more)"]


def _far(result: TrainingResult) -> bool:
    """Return whether anybody hears that the model's music is not real."""
    return result.ratio is not None and is_far(_value(result.ratio))


def _slowed(result: TrainingResult) -> float | None:
    """Return the mean speed, where a busy machine lowered it."""
    return result.speed if result.speed is not None and result.speed < BUSY else None


def _model_lines(result: TrainingResult) -> list[str]:
    if not result.kept:
        when = "its music was judged" if result.steps else "it learned anything"
        return [f"It was stopped before {when}, so there is no model to play yet."]
    if result.ratio is None:
        return [f"Its model is kept to play. {result.unmeasured}"]
    interval = ""
    if isinstance(result.ratio, Estimate):
        interval = f" ({times(result.ratio.low)} to {times(result.ratio.high)})"
    return [f"The best of it is kept to play: {how_far(_value(result.ratio))}{interval}.", f"{SCALE.capitalize()}."]


def _copy_lines(result: TrainingResult) -> list[str]:
    """Return what to do about copies, where there are more than chance makes."""
    if result.copied <= COPIES_ALLOWED:
        return []
    copies = f"{100 * result.copied:.0f} % of its phrases are much like training music (of real music 1 %)"
    return [f"{copies}: generate --no-copies leaves them out."]


def _value(ratio: Estimate | float) -> float:
    return ratio.value if isinstance(ratio, Estimate) else ratio


def _longer(result: TrainingResult, go_on: str) -> str:
    """Return the command that goes on with a larger budget: twice as large, or with what a busy machine cost on top."""
    budget = result.budget
    if budget.steps is not None:
        return f"{go_on} --steps {2 * budget.steps}"
    if budget.samples is not None:
        return f"{go_on} --samples {2 * budget.samples}"
    minutes = budget.training_minutes or 0
    slowed = _slowed(result)
    more = 1.0 if _far(result) or slowed is None else 1 - slowed
    return f"{go_on} --minutes {_rounded(minutes * (1 + more)):g}"


def _rounded(minutes: float) -> float:
    """Return whole minutes, rounded up; of less than two, tenths."""
    return float(math.ceil(minutes)) if minutes >= 2 else math.ceil(10 * minutes) / 10
