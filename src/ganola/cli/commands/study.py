"""`ganola study`: questions about trainings, answered by many of them under equal budgets."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ganola.cli.console import interrupted, say
from ganola.cli.options import ClusterOption
from ganola.cli.usage import Group
from ganola.errors import InputError


class _StudyGroup(Group):
    """The commands of a study: `ganola study FILE` is the first of them."""

    default = "run"


app = typer.Typer(
    help="Answer questions about trainings by measuring: ganola study STUDY.toml --out DIR. "
    "quick, notes and ladder come with ganola; docs/study.md says how to write one.",
    no_args_is_help=True,
    cls=_StudyGroup,
)


@app.command("run", epilog="Example: ganola study quick --out quick-study")
def run_study_file(
    study: Annotated[
        str,
        typer.Argument(help="A TOML file, or quick, notes or ladder, which come with ganola.", metavar="STUDY"),
    ],
    to: Annotated[Path, typer.Option("--out", help="The folder to make, or to go on with.", metavar="DIR")],
    workers: Annotated[
        int | None,
        typer.Option(help="Trainings at a time, which share the cores; else one a core, at most 4.", min=1),
    ] = None,
    cluster: ClusterOption = None,
    cores: Annotated[int | None, typer.Option(help="With --cluster: cores of each training; else 1.", min=1)] = None,
    device: Annotated[
        str, typer.Option(help="Where to compute: cpu, or cuda for a graphics card.", metavar="cpu|cuda")
    ] = "cpu",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say how many trainings, how long and how much disk; build corpora, no more."),
    ] = False,
) -> None:
    """Train every cell of a study under the same budget, and judge the best of each question on test music.

    Ctrl-C stops all at once; the same command goes on, and repeats nothing.
    """
    from ganola.cli.study import ConsoleStudyWatcher
    from ganola.study.cluster_executor import run_study_on_cluster
    from ganola.study.run import run_study
    from ganola.study.study_file import load_study

    if cluster is not None and workers is not None:
        raise InputError("--workers counts trainings on this machine, and --cluster uses others too", "Give one.")
    if cluster is None and cores is not None:
        raise InputError("--cores is of trainings on a cluster", "Add --cluster, or say --workers.")
    run = partial(run_study, workers=workers)
    if cluster is not None:
        run = partial(run_study_on_cluster, address=cluster, cores=cores or 1)
    try:
        result = run(load_study(study), to, device=device, only_scope=dry_run, watcher=ConsoleStudyWatcher())
    except KeyboardInterrupt:
        interrupted("What is done is kept. The same command goes on with the rest.")
    say(f"Its answers: {result.report[0]}" if result.report else "Nothing was trained. Without --dry-run it is.")


@app.command("report", epilog="Example: ganola study report quick-study")
def report_study(
    folder: Annotated[Path, typer.Argument(help="The folder of a study, finished or not.", metavar="DIR")],
) -> None:
    """Write what a study says so far: a page with answers, curves and phrases, and the same as tables.

    They are Markdown, JSON, CSV and LaTeX.
    """
    from ganola.study.report.files import write_report

    for path in write_report(folder):
        say(f"{path}")
