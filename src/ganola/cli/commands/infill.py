"""`ganola infill`: a part of a person's own music made anew, the rest kept as it is."""

from typing import Annotated

import typer

from ganola.cli import answering
from ganola.cli.options import (
    CopiesOfOption,
    FormatOption,
    MoreOption,
    NoCopiesOption,
    OutOption,
    PlayedModel,
    make_output,
    parse_wishes,
)

EXAMPLE = 'ganola infill song.mid --redo "Alto,Tenor:3-4"'


def infill(
    file: answering.File,
    model: PlayedModel = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            help='What stays: tracks, bars, or tracks in bars, such as "Soprano,Bass" or "Soprano:1-4"; several joined '
            "by ;. All else is made anew.",
            metavar="WHAT",
        ),
    ] = None,
    redo: Annotated[
        list[str] | None,
        typer.Option(help='What is made anew, such as "Alto,Tenor:3-4" or 3-4. All else stays.', metavar="WHAT"),
    ] = None,
    count: answering.Count = 4,
    seed: answering.Seed = 0,
    more: MoreOption = None,
    to: OutOption = None,
    formats: FormatOption = None,
    no_copies: NoCopiesOption = False,
    corpus: CopiesOfOption = None,
) -> None:
    """Make tracks or bars of your music anew. The rest leaves as it came in, note for note.

    Tracks go by the model's names or the file's, bars by the file's numbers; a pickup is bar 0.
    """
    from ganola.app.infill import infill_file
    from ganola.cli.watching import ConsoleWatcher

    made = infill_file(
        file,
        model,
        keep=keep or (),
        redo=redo or (),
        count=count,
        seed=seed,
        more=parse_wishes(more),
        output=make_output(to, formats, no_copies=no_copies, corpus=corpus),
        watcher=ConsoleWatcher(),
    )
    answering.tell_answers(made)
