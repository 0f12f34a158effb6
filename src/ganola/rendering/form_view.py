"""Repetition and form, as the page of a report shows them: a table of all music, and what is found of a candidate."""

from dataclasses import dataclass
from itertools import groupby

from ganola.judging.bootstrap import Estimate
from ganola.judging.form import are_apart
from ganola.judging.results import CandidateResult, Evaluation, FormColumn, FormScores
from ganola.rendering.numbers import percent
from ganola.rendering.sentences import Finding


@dataclass(frozen=True)
class FormRow:
    """A line of the table: some music, and its numbers."""

    hue: str
    name: str
    values: list[Estimate | None]


class FormView:
    """The measures that tell held-out music from music without form, and all music by them."""

    def __init__(self, evaluation: Evaluation, candidates: list[tuple[str, FormScores]]) -> None:
        """`candidates` are the colour and the scores of each."""
        form = evaluation.form
        others = [("real" if one.kind == "real" else "control", one) for one in (form.held_out, *form.others)]
        self._form, self._music = form, [*candidates, *others]
        self._shown = [index for index, column in enumerate(form.columns) if column.trusted]

    @property
    def measured(self) -> bool:
        """Return whether phrases have enough bars."""
        return bool(self._form.columns)

    @property
    def columns(self) -> list[FormColumn]:
        """Return the measures that are shown."""
        return [self._form.columns[index] for index in self._shown]

    @property
    def groups(self) -> list[tuple[FormColumn, int]]:
        """Return the first column of each name, and how many there are."""
        groups = (list(own) for _, own in groupby(self.columns, lambda one: one.name))
        return [(own[0], len(own)) for own in groups]

    @property
    def left_out(self) -> list[str]:
        """Return the names of the other measures."""
        return [form_name(column) for column in self._form.columns if not column.trusted]

    @property
    def rows(self) -> list[FormRow]:
        """Return a row for each candidate, then for real music and controls."""
        return [FormRow(hue, one.name, [one.values[index] for index in self._shown]) for hue, one in self._music]


def form_name(column: FormColumn) -> str:
    """Return the whole name of a measure of form."""
    return f"{column.name} {column.label}".rstrip()


def form_finding(judged: CandidateResult, evaluation: Evaluation) -> Finding | None:
    """Return whether as much returns as in held-out music, by the measures that can be trusted."""
    form = evaluation.form
    measures = zip(form.columns, judged.form.values, form.held_out.values, strict=True)
    known = [(column, own, real) for column, own, real in measures if column.trusted and own and real]
    if not known:
        return None
    off = [(column, own, real) for column, own, real in known if are_apart(own, real)]
    if not off:
        return Finding("Form", "As much returns as in held-out music, as far as so many tunes can tell.")
    return Finding(
        "Form",
        f"What returns clearly differs from held-out music in {len(off)} of {len(known)} measures:",
        tuple(
            f"{form_name(column)}: {percent(own.value)}, real music {percent(real.value)}" for column, own, real in off
        ),
    )
