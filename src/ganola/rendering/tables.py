"""The measures of an evaluation as tables for other programs: CSV for a spreadsheet, LaTeX for a paper."""

import csv
import io
from collections.abc import Iterable, Iterator

from ganola.judging.bootstrap import Estimate
from ganola.judging.results import CollectionScores, Evaluation, Form, FormScores, Measure
from ganola.rendering.form_view import form_name
from ganola.rendering.numbers import between, bounds, rough
from ganola.wording import counted, escape_controls

# What each measure is called in CSV, by its field of CollectionScores.
COLUMNS = {
    "ratio": "distance_over_floor",
    "distance": "distance",
    "mmd": "mmd2_times_1000",
    "density": "density",
    "coverage": "coverage",
    "c2st_trees": "classifier_accuracy_features",
    "c2st_network": "classifier_accuracy_rolls",
    "energy": "energy_distance_over_floor",
}
_TRUSTED_WITH = {"distance": "ratio"}  # a distance is as good as its multiple of the floor

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what begins one (OWASP, CSV injection)

_LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "²": r"\textsuperscript{2}",
    "\N{MULTIPLICATION SIGN}": r"\texttimes{}",
    "\N{MINUS SIGN}": "$-$",
    "\N{EN DASH}": "--",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
}


def report_csv(evaluation: Evaluation) -> str:
    """Return a row for each candidate, real music and control: measures with intervals, copies, collapse, form.

    Cells are empty where a measure is not known, or cannot be trusted on this corpus. Held-out music, with which all
    music is compared, has a row for its form.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    form = evaluation.form
    of_form = [form_name(column).replace(" ", "_") for column in form.columns]
    table.writerow(
        ["name", "kind", "phrases", *_spread(COLUMNS.values()), "copied_share", "collapsed", *_spread(of_form)]
    )
    trusted = {one.key for one in evaluation.measures if one.trusted}
    for judged in evaluation.results:
        about = judged.copying.copied, "yes" if judged.collapsed else "no"
        table.writerow([*_csv_cells(judged.scores, trusted), *about, *_form_cells(judged.form, form)])
    held_out = CollectionScores(form.held_out.name, form.held_out.kind, len(evaluation.held_out))
    copied = {one.name: one.copied for one in evaluation.copying}
    for scores, own in zip(
        (held_out, *evaluation.real, *evaluation.controls), (form.held_out, *form.others), strict=True
    ):
        table.writerow([*_csv_cells(scores, trusted), copied.get(scores.name, ""), "", *_form_cells(own, form)])
    return text.getvalue()


def _spread(names: Iterable[str]) -> list[str]:
    return [f"{name}{bound}" for name in names for bound in ("", "_low", "_high")]


def _csv_cells(scores: CollectionScores, trusted: set[str]) -> Iterator[str | int | float]:
    yield from (as_csv_text(scores.name), scores.kind, scores.phrases)
    for key in COLUMNS:
        found: Estimate | None = getattr(scores, key)
        known = found is not None and _TRUSTED_WITH.get(key, key) in trusted
        yield from (found.value, *bounds(found, key)) if found is not None and known else ("", "", "")


def _form_cells(scores: FormScores, form: Form) -> Iterator[str | float]:
    for column, found in zip(form.columns, scores.values, strict=True):
        yield from (found.value, *bounds(found, "form")) if found is not None and column.trusted else ("", "", "")


def as_csv_text(name: str) -> str:
    """Return a name that no spreadsheet takes for a formula: one that could be gets an apostrophe before it."""
    return f"'{name}" if name.startswith(_FORMULA) else name


def report_latex(evaluation: Evaluation) -> str:
    """Return a table of the measures that can be trusted, candidates above real music above controls."""
    shown = [one for one in evaluation.measures if one.trusted]
    heading = " & ".join(["", *(escape_latex(one.name) for one in shown)])
    groups = ([one.scores for one in evaluation.results], evaluation.real, evaluation.controls)
    rows = "\n\\midrule\n".join("\n".join(_latex_row(one, shown) for one in group) for group in groups if group)
    about = f"{counted(evaluation.tunes, 'held-out tune')} of {evaluation.corpus}; 95% intervals in brackets."
    return "\n".join(
        [
            f"% ganola {evaluation.version}, seed {evaluation.seed}, corpus {evaluation.fingerprint}",
            r"% needs \usepackage{booktabs}",
            r"\begin{table}",
            r"\centering",
            rf"\caption{{Distance from real music: {escape_latex(about)}}}",
            rf"\begin{{tabular}}{{l{'r' * len(shown)}}}",
            r"\toprule",
            rf"{heading} \\",
            r"\midrule",
            rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _latex_row(scores: CollectionScores, shown: list[Measure]) -> str:
    cells = [_latex_cell(getattr(scores, measure.key), measure.key) for measure in shown]
    return " & ".join([escape_latex(scores.name), *cells]) + r" \\"


def _latex_cell(found: Estimate | None, key: str) -> str:
    value, interval = rough(None if found is None else found.value), between(found, key) if found else ""
    return escape_latex(f"{value} ({interval})" if interval else value)


def escape_latex(text: str) -> str:
    """Return text as LaTeX prints it; signs that are letters are left to its fonts."""
    return "".join(_LATEX.get(sign, sign) for sign in escape_controls(" ".join(text.split())))
