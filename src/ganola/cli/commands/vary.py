"""`ganola vary`: phrases like one of a person's own, as near or as far as they ask."""

from typing import Annotated

import typer

from ganola.cli.console import say, warn
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

EXAMPLE = "ganola vary my-tune.mid --amount 0.3 --count 8 --more register=+1"


def vary(
    file: Annotated[
        str,
        typer.Argument(help="A file of music, or MODEL:seed:number for a phrase that a model plays.", metavar="FILE"),
    ],
    model: PlayedModel = None,
    amount: Annotated[float, typer.Option(help="0 is the phrase itself, 1 is unrelated to it.", min=0, max=1)] = 0.3,
    count: Annotated[int, typer.Option(help="How many variations.", min=1, max=1000)] = 8,
    seed: Annotated[int, typer.Option(help="The same seed gives the same variations.", min=0)] = 0,
    bar: Annotated[
        int | None, typer.Option(help="Vary the phrase that begins at this bar; else the first.", min=1)
    ] = None,
    more: MoreOption = None,
    to: OutOption = None,
    tempo: TempoOption = None,
    key: KeyOption = None,
    formats: FormatOption = None,
) -> None:
    """Play variations of a phrase and write them as MIDI, sound, pictures or notation."""
    from ganola.app.vary import vary_file
    from ganola.cli.watching import ConsoleWatcher

    made = vary_file(
        file,
        model,
        amount=amount,
        count=count,
        seed=seed,
        bar=bar,
        more=parse_wishes(more),
        tempo=tempo,
        key=key,
        output=make_output(to, formats),
        watcher=ConsoleWatcher(),
    )
    for error in made.unwritten:
        warn(error.problem)
    far = sum(made.distances) / len(made.distances)
    say(f"{counted(len(made.distances), 'variation')}: {made.folder}; {far:.0%} of what begins differs, on average")
