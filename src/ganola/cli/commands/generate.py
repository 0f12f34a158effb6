"""`ganola generate`: new phrases from a trained model, to hear, see and open elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganola.app.defaults import BUILT_IN, RUNS
from ganola.cli.console import interrupted, say, warn
from ganola.cli.options import MoreOption
from ganola.errors import InputError
from ganola.playing.formats import FORMATS, USUAL_FORMATS, parse_formats
from ganola.wording import counted

if TYPE_CHECKING:
    from ganola.playing.piece_form import PieceForm

EXAMPLE = "ganola generate runs/bach --count 4 --key D --out phrases"


def generate(
    model: Annotated[
        Path | None,
        typer.Argument(
            help=f"A model file or a run; else the newest in {RUNS}/, or else {BUILT_IN}, which comes with ganola.",
            metavar="[MODEL]",
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", help="The folder to make; else phrases-1, or the next.", metavar="FOLDER")
    ] = None,
    count: Annotated[int, typer.Option(help="How many phrases.", min=1, max=100_000)] = 8,
    seed: Annotated[int, typer.Option(help="The same seed gives the same phrases.", min=0)] = 0,
    tempo: Annotated[
        float | None,
        typer.Option(help="Quarter notes a minute; else that of the music learned from.", min=10, max=400),
    ] = None,
    bars: Annotated[
        int | None, typer.Option(help="Longer music: pieces of so many bars in place of phrases.", metavar="N")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            help="With --bars: the sections of a piece, all of one length; a letter that returns is the same music.",
            metavar="AABA",
        ),
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="With --bars: the end of a piece meets its beginning.")] = False,
    variation: Annotated[
        float | None,
        typer.Option(help="With --form: the share of the bars of a section that are new when it returns, 0 to 1."),
    ] = None,
    key: Annotated[str | None, typer.Option(help="The tonic: C, D, Bb, F# ...", metavar="K")] = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            help=f"Any of {','.join(FORMATS)}, joined by commas; else {','.join(USUAL_FORMATS)}. "
            "A wav takes 10 MB a minute.",
        ),
    ] = None,
    no_copies: Annotated[
        bool,
        typer.Option(
            "--no-copies",
            help="Leave out phrases that are more like the training music than held-out music is; see ganola evaluate.",
        ),
    ] = False,
    corpus: Annotated[
        Path | None, typer.Option(help="With --no-copies: the training music; else that of the run.", metavar="DIR")
    ] = None,
    more: MoreOption = None,
) -> None:
    """Play new phrases and write them as MIDI, sound, pictures or notation."""
    from ganola.app.generate import generate_files
    from ganola.cli.watching import ConsoleWatcher
    from ganola.playing.attributes import parse_more

    if corpus is not None and not no_copies:
        raise InputError("--corpus says what must not be copied", "Add --no-copies.")
    piece = _form(bars, form, loop=loop, variation=variation)
    made = generate_files(
        model,
        folder=to,
        count=count,
        seed=seed,
        form=piece,
        tempo=tempo,
        key=key,
        formats=None if formats is None else parse_formats(formats),
        no_copies=no_copies,
        corpus=corpus,
        more={} if more is None else parse_more(more),
        watcher=ConsoleWatcher(),
    )
    for error in made.unwritten:
        warn(error.problem)
    total = counted(count, "phrase" if piece is None else "piece")
    if made.written < count:
        interrupted(f"{made.written:,} of {total} were kept: {made.folder}")
    say(f"{total}: {made.folder}")
    if made.copies is not None:
        left_out = counted(made.copies.rejected, "other was", "others were")
        say(f"{left_out} left out, more than {made.copies.threshold:.2f} alike to training music")


def _form(bars: int | None, form: str | None, *, loop: bool, variation: float | None) -> "PieceForm | None":
    """Return the form of the pieces that are asked for; None where it is phrases."""
    from ganola.playing.piece_form import parse_form

    if bars is not None:
        return parse_form(bars, form, loop=loop, variation=variation or 0.0)
    given = [name for name, used in (("--form", form), ("--loop", loop), ("--variation", variation)) if used]
    if given:
        raise InputError(f"{given[0]} is for music longer than a phrase", "Say how long: --bars 32.")
    return None
