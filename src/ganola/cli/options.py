"""Options and arguments that several commands have."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ganola.app.defaults import BUILT_IN, RUNS
from ganola.errors import InputError
from ganola.playing.formats import FORMATS, USUAL_FORMATS, parse_formats

if TYPE_CHECKING:
    from ganola.app.output import Output

MODEL_HELP = f"A model file or a run; or {BUILT_IN}, which comes with ganola."

Tracks = Annotated[
    Literal["merged", "named", "families", "voices"] | None,
    typer.Option(
        help="One track of all notes; a track for each name that pieces share; for each family of instruments; or the "
        "voices of a keyboard. Else as the survey finds best."
    ),
]
Voices = Annotated[int | None, typer.Option(help="With --tracks voices: how many.", min=1, max=8)]
MetreOption = Annotated[
    str | None, typer.Option("--metre", help="The metre, such as 6/8; else that of most pieces.", metavar="N/N")
]
Bars = Annotated[int, typer.Option(help="Bars in a phrase.", min=1, max=64)]
Steps = Annotated[int | None, typer.Option(help="Steps in a quarter note; else as the notes need.", min=1, max=48)]
KeepKeys = Annotated[bool, typer.Option("--keep-keys", help="Leave every piece in its key.")]
FreeTiming = Annotated[bool, typer.Option("--free-timing", help="Take pieces too that keep to no beat.")]
Workers = Annotated[int | None, typer.Option(help="Processes; else one a core.", min=1)]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Use a Ray cluster: auto, the one that this machine belongs to; or local.",
        metavar="HOST:PORT|auto|local",
    ),
]
Model = Annotated[Path, typer.Argument(help=MODEL_HELP, metavar="MODEL")]
PlayedModel = Annotated[
    Path | None,
    typer.Argument(
        help=f"A model file or a run; else the newest in {RUNS}/, or else {BUILT_IN}, which comes with ganola.",
        metavar="[MODEL]",
    ),
]
MoreOption = Annotated[
    str | None,
    typer.Option(
        "--more",
        help="More or less of some attributes, in standard deviations, such as density=+1,register=-0.5; "
        "ganola attributes shows them.",
        metavar="NAME=N,...",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", help="The folder to make; else phrases-1, infill-1 ..., or the next that is free.", metavar="FOLDER"
    ),
]
TempoOption = Annotated[
    float | None,
    typer.Option(
        "--tempo", help="Quarter notes a minute; else those of FILE, or of the music learned from.", min=10, max=400
    ),
]
KeyOption = Annotated[
    str | None, typer.Option("--key", help="The tonic: C, D, Bb, F# ...; else that of FILE, or C.", metavar="K")
]
FormatOption = Annotated[
    str | None,
    typer.Option("--format", help=f"Any of {','.join(FORMATS)}, joined by commas; else {','.join(USUAL_FORMATS)}."),
]
NoCopiesOption = Annotated[
    bool,
    typer.Option(
        "--no-copies",
        help="Leave out what is more like the training music than held-out music is; see ganola evaluate.",
    ),
]
CopiesOfOption = Annotated[
    Path | None,
    typer.Option("--corpus", help="With --no-copies: the training music; else that of the run.", metavar="DIR"),
]


def parse_wishes(more: str | None) -> dict[str, float]:
    """Return what --more asks for: nothing where it is not given. Raises InputError as `parse_more` does."""
    from ganola.playing.attributes import parse_more

    return {} if more is None else parse_more(more)


def make_output(
    to: Path | None, formats: str | None, *, no_copies: bool = False, corpus: Path | None = None
) -> "Output":
    """Return where music goes and as what. Raises InputError for an unknown format, and options without a meaning."""
    from ganola.app.output import Output

    if corpus is not None and not no_copies:
        raise InputError("--corpus says what must not be copied", "Add --no-copies.")
    return Output(to, None if formats is None else parse_formats(formats), no_copies, corpus)
