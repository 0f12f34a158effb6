"""`ganola replay`: music made again by what its own file says."""

from pathlib import Path
from typing import Annotated

import typer

from ganola.cli.console import say, warn

EXAMPLE = "ganola replay phrases-1/chorales-seed0-001.mid"


def replay(
    file: Annotated[
        Path,
        typer.Argument(help="A MIDI file that generate, infill, continue, vary or interpolate wrote.", metavar="FILE"),
    ],
    model: Annotated[
        Path | None,
        typer.Argument(
            help="The model that made it, if it is neither in runs/ nor one that comes with ganola.", metavar="[MODEL]"
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="The file to write; else NAME-again.mid.", metavar="FILE")
    ] = None,
) -> None:
    """Make a MIDI file that ganola played again from what it says, and see whether it is the same."""
    from ganola.app.replay import replay_file
    from ganola.cli.watching import ConsoleWatcher

    made = replay_file(file, model, out=to, watcher=ConsoleWatcher())
    if made.same:
        say(f"The same, byte for byte: {made.path}")
    else:
        warn(f"Not the same bytes: {made.path}. Another version of ganola, or another machine, made {file}.")
