"""`ganola interpolate`: phrases from one to another, in even steps."""

from typing import Annotated

import typer

from ganola.cli.console import make_table, say, show, warn
from ganola.cli.options import (
    FormatOption,
    KeyOption,
    MoreOption,
    OutOption,
    PlayedModel,
    TempoOption,
    make_output,
    parse_wishes,
)
from ganola.wording import counted

EXAMPLE = "ganola interpolate my-tune.mid chorales:7:3 --steps 8"

_PHRASE = "A file of music, of which the first phrase is taken, or MODEL:seed:number."


def interpolate(
    one: Annotated[str, typer.Argument(help=_PHRASE, metavar="A")],
    other: Annotated[str, typer.Argument(help=_PHRASE, metavar="B")],
    model: PlayedModel = None,
    steps: Annotated[int, typer.Option(help="How many phrases, A and B among them.", min=3, max=32)] = 8,
    seed: Annotated[int, typer.Option(help="Another seed goes another way.", min=0)] = 0,
    more: MoreOption = None,
    to: OutOption = None,
    tempo: TempoOption = None,
    key: KeyOption = None,
    formats: FormatOption = None,
) -> None:
    """Play phrases that lead from A to B and write them as MIDI, sound, pictures or notation."""
    from ganola.app.vary import interpolate_files
    from ganola.cli.watching import ConsoleWatcher

    made = interpolate_files(
        one,
        other,
        model,
        steps=steps,
        seed=seed,
        more=parse_wishes(more),
        tempo=tempo,
        key=key,
        output=make_output(to, formats),
        watcher=ConsoleWatcher(),
    )
    for error in made.unwritten:
        warn(error.problem)
    rows = make_table("step", "differs from the one before")
    for number, distance in enumerate(made.distances, start=1):
        rows.add_row(str(number), f"{distance:.0%}" if number > 1 else "")
    show(rows)
    say(f"{counted(len(made.distances), 'phrase')}: {made.folder}")
