"""A question of a study, answered in numbers: each of its values beside the one that it is compared with."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from ganola.study.records import TestRecord, TrialRecord
from ganola.study.statistics import (
    Effect,
    adjust_p_values,
    estimate_effect,
    find_median_crossing,
    find_median_end,
    log_ratio,
)

Trials = tuple[TrialRecord, ...]


@dataclass(frozen=True)
class Value:
    """One value of a question, its trials, what came of them on test music, and what they are compared with.

    `against` is the name of that value, and empty for one that is compared with none. `expected` counts the trials that
    the study asks for. `effects` holds an effect for each collection, `effect` that of them all.
    """

    name: str
    trials: Trials
    tests: tuple[TestRecord, ...]
    expected: int
    against: str = ""
    effect: Effect | None = None
    effects: Mapping[str, Effect | None] = field(default_factory=dict)
    holds_in_study: bool | None = None  # also when corrected for all comparisons of the study; None where not clear

    @property
    def without_model(self) -> int:
        """Return how many trials have no result."""
        return sum(trial.ratio is None for trial in self.trials)

    @property
    def missing(self) -> int:
        """Return how many trials have not been run yet."""
        return self.expected - len(self.trials)

    def in_corpus(self, corpus: str) -> Trials:
        """Return the trials on one collection, in the order of their seeds."""
        return tuple(sorted((one for one in self.trials if one.corpus == corpus), key=lambda trial: trial.seed))

    def mean_ratio(self, corpus: str) -> float | None:
        """Return the geometric mean of distance / floor over the seeds that have one."""
        logs = [log_ratio_of(trial) for trial in self.in_corpus(corpus) if trial.ratio is not None]
        return math.exp(fmean(logs)) if logs else None

    def middle_trial(self, corpus: str) -> TrialRecord | None:
        """Return the trial that is the median of those with a model, the better of two in the middle."""
        known = [trial for trial in self.in_corpus(corpus) if trial.ratio is not None]
        return sorted(known, key=log_ratio_of)[(len(known) - 1) // 2] if known else None


@dataclass(frozen=True)
class Spent:
    """What a training had used by then."""

    samples: float
    processor_seconds: float


@dataclass(frozen=True)
class Speed:
    """How much training a value and the one it is compared with needed to reach the same ratio.

    `target` is the best that the farther of the two ever had; `own` and `other` are what the median training of each
    had used when it first reached that.
    """

    target: float
    ends_farther: bool  # the value, not the other one
    own: Spent
    other: Spent


@dataclass(frozen=True)
class Question:
    """A question and its values, the best first; those of a ladder in its order.

    `speeds` is by (value, collection). `together` is the last value of a ladder beside its base.
    """

    name: str
    heading: str
    asked: tuple[str, ...]
    literature: tuple[str, ...]
    values: tuple[Value, ...]
    comparisons: int
    speeds: Mapping[tuple[str, str], Speed | None]
    together: Value | None = None

    @property
    def compared(self) -> tuple[Value, ...]:
        """Return the values that are compared with another."""
        return tuple(value for value in self.values if value.against)


def compare(values: Sequence[Value], corpora: Sequence[str], comparisons: int) -> list[Value]:
    """Return the values, each with its effect on the one that it names in `against`.

    Intervals hold together for `comparisons`, those on single collections for as many times the number of collections.
    """
    by_name = {value.name: value for value in values}
    found = []
    for value in values:
        if value.against:
            pairs = {corpus: _differences(value, by_name[value.against], corpus) for corpus in corpora}
            alone = {
                corpus: estimate_effect({corpus: own}, comparisons * len(corpora)) for corpus, own in pairs.items()
            }
            value = replace(value, effect=estimate_effect(pairs, comparisons), effects=alone)
        found.append(value)
    return found


def compare_speeds(values: Sequence[Value], corpora: Sequence[str]) -> dict[tuple[str, str], Speed | None]:
    """Return by value and collection how soon each is good, beside the one that it names in `against`; None where
    either has no median training with a model."""
    by_name = {value.name: value for value in values}
    return {
        (value.name, corpus): _compare_speed(value.in_corpus(corpus), by_name[value.against].in_corpus(corpus))
        for value in values
        if value.against
        for corpus in corpora
    }


def rank(values: Sequence[Value]) -> list[Value]:
    """Return the values that are compared with the same one, the best first, those with trials without a model last."""

    def standing(value: Value) -> tuple[bool, float]:
        times = 1.0 if not value.against else value.effect.times if value.effect else math.inf
        return value.without_model > 0, times

    return sorted(values, key=standing)


def mark_study_wide(questions: Sequence[Question], level: float) -> list[Question]:
    """Return the questions with clear effects marked by whether they stand when all comparisons of the study are
    corrected for (Holm 1979)."""
    p_values = {
        (question.name, value.name): value.effect.p_value
        for question in questions
        for value in (*question.compared, *([question.together] if question.together else []))
        if value.effect is not None and value.effect.p_value is not None
    }
    adjusted = dict(zip(p_values, adjust_p_values(list(p_values.values())), strict=True))

    def mark(question: Question, value: Value) -> Value:
        clear = value.effect is not None and value.effect.clear
        return replace(value, holds_in_study=adjusted[question.name, value.name] <= level) if clear else value

    return [
        replace(
            question,
            values=tuple(mark(question, value) for value in question.values),
            together=mark(question, question.together) if question.together else None,
        )
        for question in questions
    ]


def best_value(values: Sequence[Value], corpora: Sequence[str]) -> str:
    """Return the name of the value that ends nearest to real music on average over collections, among those with the
    fewest trials that have no model."""

    def standing(value: Value) -> tuple[int, float]:
        ratios = [value.mean_ratio(corpus) for corpus in corpora]
        known = [math.log(ratio) for ratio in ratios if ratio is not None]
        lacking = len(corpora) - len(known)
        return value.without_model + value.missing + lacking, fmean(known) if known else math.inf

    return min(values, key=standing).name


def log_ratio_of(trial: TrialRecord) -> float:
    """Return the logarithm of a trial's distance / floor, which it has."""
    assert trial.ratio is not None  # noqa: S101 - the caller's promise
    return log_ratio(trial.ratio.value)


def _differences(value: Value, other: Value, corpus: str) -> list[float]:
    """Return the differences of log ratios, one for each seed of which both have a result."""
    own, others = (
        {trial.seed: log_ratio_of(trial) for trial in side.in_corpus(corpus) if trial.ratio is not None}
        for side in (value, other)
    )
    return [own[seed] - others[seed] for seed in sorted(own.keys() & others.keys())]


def _compare_speed(own: Trials, other: Trials) -> Speed | None:
    if not own or not other:
        return None
    ends = [find_median_end(_curves(side, "samples")) for side in (own, other)]
    target = max(ends)
    if not math.isfinite(target):
        return None
    spent = [_spent(side, target) for side in (own, other)]
    return None if spent[0] is None or spent[1] is None else Speed(target, ends[0] >= ends[1], spent[0], spent[1])


def _spent(trials: Trials, target: float) -> Spent | None:
    samples, seconds = (
        find_median_crossing(_curves(trials, field), target) for field in ("samples", "processor_seconds")
    )
    return None if samples is None or seconds is None else Spent(samples, seconds)


def _curves(trials: Trials, field: str) -> list[list[tuple[float, float]]]:
    """Return the curves of trials over a field of their points; without points where a trial left no model."""
    return [
        [(float(getattr(point, field)), point.ratio) for point in trial.curve] if trial.ratio is not None else []
        for trial in trials
    ]
