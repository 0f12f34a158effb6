"""The report of an evaluation: a page for people, and the same results as plain numbers for programs.

The page is one file that needs nothing else: no network, no scripts, no fonts of its own. What it holds is in
`report_page` and `candidate_view`, how it looks in its template, `report.html.jinja`; its sentences are in `verdict`
and `sentences`, how it writes numbers in `numbers`, its sounds in `players`, and its drawings in `charts`, `pairs` and
`picture`.
"""

from typing import Any

from ganola.judging.results import Evaluation
from ganola.rendering.numbers import NARROW_SPACE
from ganola.rendering.plain import plain_fields
from ganola.rendering.report_page import ReportPage
from ganola.rendering.templates import page_environment
from ganola.rendering.verdict import verdict_sentence


def report_html(evaluation: Evaluation) -> str:
    """Return a page that shows everything, the same for the same evaluation."""
    return page_environment().get_template("report.html.jinja").render(page=ReportPage(evaluation))


def report_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything but the cells of music, for json.dumps: keys in order, and None for what is not a number."""
    plain = plain_fields(evaluation)
    for own, result in zip(plain["results"], evaluation.results, strict=True):
        own["verdict"] = verdict_sentence(result, evaluation).replace(NARROW_SPACE, " ")
    return plain
