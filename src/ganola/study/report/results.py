"""A study as its report sees it: what it asks, what is known so far, and how its values compare."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ganola.study.design import (
    ALL_RUNGS,
    PRODUCT,
    Axis,
    Cell,
    Study,
    expand,
    find_stand_ins,
    list_settings,
)
from ganola.study.records import BASE, BASE_NAME, CellId, TestRecord, TrialRecord, read_tests, read_trials
from ganola.study.report.comparison import (
    Question,
    Value,
    best_value,
    compare,
    compare_speeds,
    mark_study_wide,
    rank,
)
from ganola.study.statistics import LEVEL
from ganola.study.study_file import read_study

LADDER = "ladder"


@dataclass(frozen=True)
class StudyResults:
    """A study, the trials that it asks for, and what is known of them.

    `stands_for` says of each value whose training it is. `left_over` counts trials in its folder that it does not ask
    for (any more).
    """

    folder: Path
    study: Study
    cells: tuple[Cell, ...]
    stands_for: Mapping[CellId, CellId]
    trials: tuple[TrialRecord, ...]
    tests: tuple[TestRecord, ...]
    left_over: int

    @property
    def corpora(self) -> list[str]:
        """Return the names of the collections, in the order of the study."""
        return list(dict.fromkeys(cell.corpus for cell in self.cells))

    @property
    def seeds(self) -> list[int]:
        """Return the seeds, in order."""
        return sorted({cell.seed for cell in self.cells})

    @property
    def missing(self) -> list[Cell]:
        """Return the trials that have not been run yet."""
        known = {trial.key for trial in self.trials}
        return [cell for cell in self.cells if cell.key not in known]

    @property
    def failed(self) -> list[TrialRecord]:
        """Return the trials that ended early, or without a result."""
        return [trial for trial in self.trials if trial.failed or trial.ratio is None]

    @functools.cached_property
    def questions(self) -> list[Question]:
        """Return the questions of the study, with what is known of their answers."""
        if self.study.design == LADDER:
            questions = [self._ladder()]
        elif self.study.design == PRODUCT:
            questions = [self._product()]
        else:
            questions = [self._axis(axis) for axis in self.study.axes]
        return mark_study_wide(questions, LEVEL)

    def _value(self, cell: CellId, name: str, against: str = "") -> Value:
        own = self.stands_for[cell]
        trials = tuple(trial for trial in self.trials if trial.id == own)
        tests = tuple(test for test in self.tests if test.id == own)
        return Value(name, trials, tests, sum(one.id == own for one in self.cells), against)

    def _axis(self, axis: Axis) -> Question:
        """Return a question of a study of one change at a time: each value beside the base."""
        names = {CellId(axis.name, name): self._shown(axis, name) for name in axis.choices}
        base = next((cell for cell in names if self.stands_for[cell] == BASE), BASE)
        others = [cell for cell in names if cell != base]
        against = names.get(base, BASE_NAME)
        values = [self._value(base, against), *(self._value(cell, names[cell], against) for cell in others)]
        found = rank(compare(values, self.corpora, max(len(others), 1)))
        return self._question(axis.name, axis.question or axis.name, [axis], found, len(others))

    def _product(self) -> Question:
        """Return the one question of all combinations: each beside the best, which the same numbers chose. So the
        comparisons are all pairs."""
        cells = list(self.stands_for)
        best = best_value([self._value(cell, cell.value) for cell in cells], self.corpora)
        values = [self._value(cell, cell.value, "" if cell.value == best else best) for cell in cells]
        pairs = len(cells) * (len(cells) - 1) // 2
        found = rank(compare(values, self.corpora, max(pairs, 1)))
        return self._question("combinations", "Which combination is best?", self.study.axes, found, pairs)

    def _ladder(self) -> Question:
        """Return the one question of a ladder: each rung beside the one before, and the last beside the base."""
        cells = list(self.stands_for)
        names = [cell.words for cell in cells]
        below = ["", *names[:-1]]
        values = [self._value(*one) for one in zip(cells, names, below, strict=True)]
        values.append(self._value(cells[-1], ALL_RUNGS, against=BASE_NAME))
        *found, together = compare(values, self.corpora, len(cells))
        question = self._question("ladder", "What does each change bring?", self.study.axes, found, len(cells))
        return replace(question, together=together)

    def _shown(self, axis: Axis, name: str) -> str:
        """Return what a value is called in a sentence: a number, true or none says nothing without what it is of."""
        words = name in axis.bundles or any(value == name for value in axis.values)
        unique = sum(name in other.choices for other in self.study.axes) == 1
        return name if words and unique else f"{axis.name} {name}"

    def _question(
        self, name: str, heading: str, axes: Sequence[Axis], values: Sequence[Value], comparisons: int
    ) -> Question:
        return Question(
            name,
            heading,
            tuple(axis.question for axis in axes if axis.question and axis.question != heading),
            tuple(axis.literature for axis in axes if axis.literature),
            tuple(values),
            comparisons,
            compare_speeds(values, self.corpora),
        )


def read_results(folder: Path) -> StudyResults:
    """Return the study in `folder` and what is known of it. Raises InputError where there is none."""
    study = read_study(folder)
    cells = tuple(expand(study))
    wanted = {cell.key for cell in cells}
    found, tests = read_trials(folder), read_tests(folder)
    trials = tuple(trial for trial in found if trial.key in wanted)
    return StudyResults(
        folder,
        study,
        cells,
        find_stand_ins(list_settings(study)),
        trials,
        tuple(test for test in tests if test.key in wanted),
        len(found) - len(trials),
    )
