"""The files of an evaluation's report: a page, and beside it the same numbers as JSON, CSV and, if asked for, LaTeX."""

from pathlib import Path

from ganola.folders import Unfinished, begin_files, first_free
from ganola.judging.results import Evaluation
from ganola.rendering.report import report_html, report_json
from ganola.rendering.tables import report_csv, report_latex
from ganola.storage import write_json, write_whole

REPORT = "report"


def begin_report(page: Path, *, latex: bool = False, replace: bool = False) -> Unfinished:
    """Begin the report `page`, named .html if it is not. Raises TakenError where one is there, unless `replace`."""
    named = page.suffix.lower() in (".html", ".htm")
    return begin_files(
        files_of_report(page if named else page.with_name(f"{page.name}.html"), latex=latex), replace=replace
    )


def next_report(*, latex: bool = False) -> Unfinished:
    """Begin the first report-N.html that is not there yet."""
    return first_free(lambda number: begin_report(Path(f"{REPORT}-{number}.html"), latex=latex))


def write_report(evaluation: Evaluation, unfinished: Unfinished, *, latex: bool = False) -> None:
    """Write the page, JSON, CSV and, with `latex`, the table for a paper, to the folder of a report that was begun."""
    page, plain, table, *paper = files_of_report(unfinished.folder / unfinished.target.name, latex=latex)
    write_json(plain, report_json(evaluation))
    write_whole(table, report_csv(evaluation))
    for path in paper:
        write_whole(path, report_latex(evaluation))
    write_whole(page, report_html(evaluation))


def files_of_report(page: Path, *, latex: bool = False) -> list[Path]:
    """Return all files of a report: the page, its JSON, its CSV and its LaTeX."""
    return [page, *(page.with_suffix(f".{ending}") for ending in ("json", "csv", *(["tex"] if latex else [])))]
