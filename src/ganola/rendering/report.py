"""The report of an evaluation: a page for people, and the same results as plain numbers for programs.

The page is one file that needs nothing else: no network, no scripts, no fonts of its own. What it holds is in
`report_page` and `candidate_view`, how it looks in its template, `report.html.jinja`; its sentences are in `verdict`
and `sentences`, how it writes numbers in `numbers`, its sounds in `players`, and its drawings in `charts`, `pairs` and
`picture`.
"""

import functools
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ganola.judging.results import Evaluation
from ganola.rendering.numbers import NARROW_SPACE, between, number, percent, rough, share_between, short
from ganola.rendering.plain import plain_fields
from ganola.rendering.report_page import ReportPage
from ganola.rendering.verdict import verdict_sentence
from ganola.wording import counted, escape_controls


def report_html(evaluation: Evaluation) -> str:
    """Return a page that shows everything, the same for the same evaluation."""
    return _environment().get_template("report.html.jinja").render(page=ReportPage(evaluation))


def report_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything but the cells of music, for json.dumps: keys in order, and None for what is not a number."""
    plain = plain_fields(evaluation)
    for own, result in zip(plain["results"], evaluation.results, strict=True):
        own["verdict"] = verdict_sentence(result, evaluation).replace(NARROW_SPACE, " ")
    return plain


@functools.cache
def _harmless(value: object) -> object:
    """Return what an expression of the template writes, without control characters, which HTML has no place for."""
    return type(value)(escape_controls(value)) if isinstance(value, str) else value


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ganola", "rendering"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.filters.update(
        {
            "number": number,
            "rough": rough,
            "percent": percent,
            "short": short,
            "between": between,
            "share_between": share_between,
            "counted": counted,
        }
    )
    return environment
