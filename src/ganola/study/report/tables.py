"""A study as plain numbers: JSON, CSV with a line a training, and its effects as a table for LaTeX."""

import csv
import dataclasses
import io
import math
from pathlib import Path
from typing import Any

from ganola import __version__
from ganola.rendering.numbers import number, rough
from ganola.rendering.tables import as_csv_text, escape_latex
from ganola.study.records import TrialRecord
from ganola.study.report.answers import answer, span, speed_sentences
from ganola.study.report.comparison import Question, Speed, Value
from ganola.study.report.results import StudyResults
from ganola.study.statistics import Effect
from ganola.wording import counted

COLUMNS = (
    "question", "value", "corpus", "seed", "distance_over_floor", "distance_over_floor_low",
    "distance_over_floor_high", "unmeasured", "failed", "steps", "samples", "kept_samples", "seconds",
    "processor_seconds", "findings", "dead_tracks", "folder",
)  # fmt: skip


def study_json(results: StudyResults) -> dict[str, Any]:
    """Return all of a study but its music, for json.dumps."""
    return {
        "ganola": __version__,
        "study": results.study.model_dump(mode="json")
        | {"corpora": results.corpora, "recipe": Path(results.study.recipe).name},  # not where they lie here
        "questions": [_question_fields(question, results.corpora) for question in results.questions],
        "trials": [trial.model_dump(mode="json") for trial in results.trials],
        "tests": [test.model_dump(mode="json") for test in results.tests],
        "missing": [
            {"question": cell.id.question, "value": cell.id.value, "corpus": cell.corpus, "seed": cell.seed}
            for cell in results.missing
        ],
    }


def _question_fields(question: Question, corpora: list[str]) -> dict[str, Any]:
    return {
        "name": question.name,
        "heading": question.heading,
        "asked": list(question.asked),
        "literature": list(question.literature),
        "answer": [*answer(question), *speed_sentences(question)],
        "comparisons": question.comparisons,
        "values": [_value_fields(value, question, corpora) for value in question.values],
        "together": None if question.together is None else _value_fields(question.together, question, corpora),
    }


def _value_fields(value: Value, question: Question, corpora: list[str]) -> dict[str, Any]:
    return {
        "name": value.name,
        "against": value.against or None,
        "trainings": len(value.trials),
        "without_result": value.without_model,
        "missing": value.missing,
        "effect": _effect_fields(value.effect),
        "holds_in_study": value.holds_in_study,
        "collections": {
            corpus: {
                "distance_over_floor": value.mean_ratio(corpus),
                "effect": _effect_fields(value.effects.get(corpus)),
                "speed": _speed_fields(question.speeds.get((value.name, corpus))),
            }
            for corpus in corpora
        },
    }


def _effect_fields(effect: Effect | None) -> dict[str, Any] | None:
    if effect is None:
        return None
    fields = {name: getattr(effect, name) for name in ("times", "low", "high", "p_value", "pairs", "collections")}
    return {name: None if isinstance(own, float) and not math.isfinite(own) else own for name, own in fields.items()}


def _speed_fields(speed: Speed | None) -> dict[str, Any] | None:
    return None if speed is None else dataclasses.asdict(speed)


def study_csv(results: StudyResults) -> str:
    """Return a row for each training, in the order of the study; cells are empty where there is no number."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    known = {trial.key: trial for trial in results.trials}
    table.writerows(_csv_row(known[cell.key]) for cell in results.cells if cell.key in known)
    return text.getvalue()


def _csv_row(trial: TrialRecord) -> list[object]:
    ratio = trial.ratio
    row = (
        trial.question, trial.value, trial.corpus, trial.seed,
        *(("", "", "") if ratio is None else (ratio.value, ratio.low, ratio.high)),
        trial.unmeasured, trial.failed, trial.steps, trial.samples,
        "" if trial.kept_samples is None else trial.kept_samples, trial.seconds, trial.processor_seconds,
        "; ".join(finding.name for finding in trial.findings), "; ".join(trial.dead_tracks), trial.folder,
    )  # fmt: skip
    return [as_csv_text(cell) if isinstance(cell, str) else cell for cell in row]


def study_latex(results: StudyResults) -> str:
    """Return a table of all values: their distance / floor on each collection, and their effects with intervals."""
    corpora = results.corpora
    heading = ["question", "value", *map(escape_latex, corpora), "times as far"]
    groups = [_latex_rows(question, corpora) for question in results.questions]
    caption = (
        f"{results.study.title or 'A study'}: distance / floor, mean over {counted(len(results.seeds), 'seed')}; times "
        "as far as the value that a question's others are compared with, 95% intervals in brackets."
    )
    return "\n".join(
        [
            f"% ganola {__version__}",
            r"% needs \usepackage{booktabs}",
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{escape_latex(caption)}}}",
            rf"\begin{{tabular}}{{ll{'r' * len(corpora)}r}}",
            r"\toprule",
            " & ".join(heading) + r" \\",
            r"\midrule",
            "\n\\midrule\n".join("\n".join(rows) for rows in groups),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _latex_rows(question: Question, corpora: list[str]) -> list[str]:
    rows = []
    for place, value in enumerate(question.values):
        means = [rough(value.mean_ratio(corpus)) for corpus in corpora]
        cells = ["" if place else question.name, value.name, *means, _latex_effect(value)]
        rows.append(" & ".join(map(escape_latex, cells)) + r" \\")
    return rows


def _latex_effect(value: Value) -> str:
    if not value.against:
        return "1"
    effect = value.effect
    if effect is None:
        return number(None)
    return f"{number(effect.times)} ({span(effect)})" if span(effect) else number(effect.times)
