"""`ganola continue`: bars that follow a person's own music."""

from typing import Annotated

import typer

from ganola.cli import answering

EXAMPLE = "ganola continue song.mid --bars 8"


def continue_(
    file: answering.File,
    model: answering.Model = None,
    bars: Annotated[int, typer.Option(help="How many bars follow.", min=1, max=1000)] = 8,
    count: answering.Count = 4,
    seed: answering.Seed = 0,
    to: answering.Out = None,
    formats: answering.Formats = None,
    no_copies: answering.NoCopies = False,
    corpus: answering.Corpus = None,
) -> None:
    """Let music follow yours, which leaves as it came in, note for note."""
    from ganola.app.infill import continue_file
    from ganola.cli.watching import AnswerWatcher

    watcher = AnswerWatcher()
    made = continue_file(
        file,
        model,
        bars=bars,
        count=count,
        seed=seed,
        output=answering.make_output(to, formats, no_copies, corpus),
        watcher=watcher,
    )
    answering.tell_answers(made, count, stopped=watcher.stop_requested())
