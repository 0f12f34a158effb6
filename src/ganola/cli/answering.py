"""What `ganola infill` and `ganola continue` have in common: their options, and how they end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganola.app.defaults import BUILT_IN, RUNS
from ganola.cli.console import interrupted, say, warn
from ganola.errors import InputError
from ganola.playing.formats import FORMATS, USUAL_FORMATS, parse_formats
from ganola.wording import counted

if TYPE_CHECKING:
    from ganola.app.infill import AnsweredFiles, Output

File = Annotated[Path, typer.Argument(help="A file of music: MIDI, MusicXML, ABC, Humdrum.", metavar="FILE")]
Model = Annotated[
    Path | None,
    typer.Argument(
        help=f"A model file or a run; else the newest in {RUNS}/, or else {BUILT_IN}, which comes with ganola.",
        metavar="[MODEL]",
    ),
]
Count = Annotated[int, typer.Option(help="How many answers.", min=1, max=1000)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same answers.", min=0)]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="The folder to make; else infill-1 or continue-1, or the next.", metavar="FOLDER"),
]
Formats = Annotated[
    str | None,
    typer.Option("--format", help=f"Any of {','.join(FORMATS)}, joined by commas; else {','.join(USUAL_FORMATS)}."),
]
NoCopies = Annotated[
    bool,
    typer.Option(
        "--no-copies",
        help="Leave out answers that are more like the training music than held-out music is; see ganola evaluate.",
    ),
]
Corpus = Annotated[
    Path | None, typer.Option(help="With --no-copies: the training music; else that of the run.", metavar="DIR")
]


def make_output(to: Path | None, formats: str | None, no_copies: bool, corpus: Path | None) -> "Output":
    """Return where answers go and as what. Raises InputError for options that have no meaning."""
    from ganola.app.infill import Output

    if corpus is not None and not no_copies:
        raise InputError("--corpus says what must not be copied", "Add --no-copies.")
    return Output(to, None if formats is None else parse_formats(formats), no_copies, corpus)


def tell_answers(made: "AnsweredFiles", count: int, *, stopped: bool) -> None:
    """Say what was written, and leave as after Ctrl-C where it was stopped."""
    for error in made.unwritten:
        warn(error.problem)
    if made.written < count and stopped:
        interrupted(f"{made.written:,} of {counted(count, 'answer')} were kept: {made.folder}")
    say(f"{counted(made.written, 'answer')}: {made.folder}")
    if made.copies:
        say(f"{counted(made.copies, 'other was', 'others were')} left out: too like training music")
