"""`ganola judge`: how real music sounds to a model's critic, phrase by phrase, and which notes speak against it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganola.cli.console import interrupted, make_table, say, show, warn
from ganola.cli.options import Model
from ganola.wording import counted

if TYPE_CHECKING:
    from ganola.app.judge import JudgedMusic

EXAMPLE = "ganola judge runs/bach my-tune.mid --out judged"


def judge(
    model: Model,
    files: Annotated[list[Path], typer.Argument(help="Music files, or folders of them.", metavar="FILE...")],
    to: Annotated[
        Path | None,
        typer.Option("--out", help="A folder to make, for pictures and the numbers of each file.", metavar="FOLDER"),
    ] = None,
) -> None:
    """Judge music: J, from 0 to 1, is how probably it is real to this model's critic, not generated.

    J is as probable as it says where real and generated phrases are equally frequent. It is about the music that
    the model has learned: of other music it says little.
    """
    from ganola.app.judge import judge_music
    from ganola.cli.watching import ConsoleWatcher

    judged = judge_music(model, files, folder=to, watcher=ConsoleWatcher())
    for one in judged.left_out:
        warn(f"{one.file}: {one.reason}")
    if judged.blind:
        warn("This model's critic cannot tell real music from generated, so J is 0.5 whatever it hears.")
    _print(judged)
    if to is not None:
        say(f"Pictures and numbers: {to}")
    if not judged.complete:
        interrupted(f"{len(judged.files):,} of {counted(judged.total, 'file')} were judged.")


def _print(judged: "JudgedMusic") -> None:
    from rich.text import Text

    bars, rows = judged.bars, make_table("music", "J")
    for file in judged.files:
        rows.add_row(Text(file.name, overflow="fold"), f"{file.judgement:.2f}", style="bold")
        for bar, judgement in zip(file.bars, file.judgements, strict=True):
            rows.add_row(f"  bars {bar}-{bar + bars - 1}" if bars > 1 else f"  bar {bar}", f"{judgement:.2f}")
    show(rows)
