"""`ganola continue`: bars that follow a person's own music."""

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

EXAMPLE = "ganola continue song.mid --bars 8"


def continue_(
    file: answering.File,
    model: PlayedModel = None,
    bars: Annotated[int, typer.Option(help="How many bars follow.", min=1, max=1000)] = 8,
    count: answering.Count = 4,
    seed: answering.Seed = 0,
    more: MoreOption = None,
    to: OutOption = None,
    formats: FormatOption = None,
    no_copies: NoCopiesOption = False,
    corpus: CopiesOfOption = None,
) -> None:
    """Let music follow yours, which leaves as it came in, note for note."""
    from ganola.app.infill import continue_file
    from ganola.cli.watching import ConsoleWatcher

    made = continue_file(
        file,
        model,
        bars=bars,
        count=count,
        seed=seed,
        more=parse_wishes(more),
        output=make_output(to, formats, no_copies=no_copies, corpus=corpus),
        watcher=ConsoleWatcher(),
    )
    answering.tell_answers(made)
