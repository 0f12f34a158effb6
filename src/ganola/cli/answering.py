"""What `ganola infill` and `ganola continue` have in common: their options, and how they end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganola.cli.console import say, warn
from ganola.wording import counted

if TYPE_CHECKING:
    from ganola.app.infill import AnsweredFiles

File = Annotated[Path, typer.Argument(help="A file of music: MIDI, MusicXML, ABC, Humdrum.", metavar="FILE")]
Count = Annotated[int, typer.Option(help="How many answers.", min=1, max=1000)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same answers.", min=0)]


def tell_answers(made: "AnsweredFiles") -> None:
    """Say what was written."""
    for error in made.unwritten:
        warn(error.problem)
    say(f"{counted(made.written, 'answer')}: {made.folder}")
    if made.copies:
        say(f"{counted(made.copies, 'other was', 'others were')} left out: too like training music")
