"""`ganola evaluate`: how far music is from real music, and whether it was copied, as a report."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ganola.app.defaults import BUILT_IN
from ganola.cli.console import say
from ganola.cli.verdict import print_verdict

EXAMPLE = "ganola evaluate runs/bach --out bach.html"


def evaluate(
    music: Annotated[
        list[Path],
        typer.Argument(
            help=f"Models or runs ({BUILT_IN} comes with ganola), and folders or archives of music files.",
            metavar="MODEL|FOLDER...",
        ),
    ],
    corpus: Annotated[
        Path | None,
        typer.Option(help="Real music to compare it with; else the corpus that a run was trained on.", metavar="DIR"),
    ] = None,
    split: Annotated[
        Literal["test", "validation"], typer.Option(help="Which of its music that training never saw.")
    ] = "test",
    count: Annotated[
        int, typer.Option(help="Phrases of each model, and of each folder at most.", min=50, max=5000)
    ] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same report.", min=0)] = 0,
    to: Annotated[
        Path | None,
        typer.Option("--out", help="The report to write; else report-1.html, or the next.", metavar="REPORT"),
    ] = None,
    latex: Annotated[
        bool, typer.Option("--latex", help="Write the table of measures beside the report, for LaTeX, too.")
    ] = False,
    workers: Annotated[int | None, typer.Option(help="Threads and processes; else one a core.", min=1)] = None,
) -> None:
    """Say how far music is from real music, what differs, and whether it was copied.

    Models play their own phrases; files are read as the corpus reads its music. Several are compared side by side. The
    report is one HTML page with pictures and sound; the same numbers are beside it as JSON and, in short, as CSV.
    """
    from ganola.app.evaluate import evaluate_to_report
    from ganola.cli.watching import ConsoleWatcher
    from ganola.heap import return_large_blocks

    return_large_blocks()
    report = evaluate_to_report(
        music,
        corpus,
        page=to,
        latex=latex,
        split=split,
        count=count,
        seed=seed,
        workers=workers,
        watcher=ConsoleWatcher(),
    )
    print_verdict(report.evaluation)
    page, *beside = map(str, report.files)
    say(f"The report: {page} (and its numbers: {', '.join(beside)})")
