"""The files of a study's report, in its folder."""

from pathlib import Path

from ganola.storage import write_json, write_whole
from ganola.study.report.markdown import study_markdown
from ganola.study.report.page import study_html
from ganola.study.report.results import read_results
from ganola.study.report.tables import study_csv, study_json, study_latex

PAGE, TEXT, PLAIN, TABLE, PAPER = "report.html", "report.md", "results.json", "results.csv", "table.tex"


def write_report(folder: Path) -> list[Path]:
    """Write the report of the study in `folder`, finished or not, beside its records, and return its files.

    They are a page that needs nothing else, and the same as Markdown, JSON, CSV and a table for LaTeX; those of an
    earlier report are replaced. Raises InputError where there is no study.
    """
    results = read_results(folder)
    page, text, plain, table, paper = files = [folder / name for name in (PAGE, TEXT, PLAIN, TABLE, PAPER)]
    write_whole(text, study_markdown(results))
    write_json(plain, study_json(results))
    write_whole(table, study_csv(results))
    write_whole(paper, study_latex(results))
    write_whole(page, study_html(results))
    return files
