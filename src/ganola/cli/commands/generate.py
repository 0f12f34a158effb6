"""`ganola generate`: new phrases from a trained model, to hear, see and open elsewhere."""

from typing import TYPE_CHECKING, Annotated

import typer

from ganola.cli.console import interrupted, say, warn
from ganola.cli.options import (
    CopiesOfOption,
    FormatOption,
    KeyOption,
    MoreOption,
    NoCopiesOption,
    OutOption,
    PlayedModel,
    TempoOption,
    make_output,
    parse_wishes,
)
from ganola.errors import InputError
from ganola.wording import counted

if TYPE_CHECKING:
    from ganola.playing.piece_form import PieceForm

EXAMPLE = "ganola generate runs/bach --count 4 --key D --out phrases"


def generate(
    model: PlayedModel = None,
    to: OutOption = None,
    count: Annotated[int, typer.Option(help="How many phrases.", min=1, max=100_000)] = 8,
    seed: Annotated[int, typer.Option(help="The same seed gives the same phrases.", min=0)] = 0,
    tempo: TempoOption = None,
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
    key: KeyOption = None,
    formats: FormatOption = None,
    no_copies: NoCopiesOption = False,
    corpus: CopiesOfOption = None,
    more: MoreOption = None,
) -> None:
    """Play new phrases and write them as MIDI, sound, pictures or notation."""
    from ganola.app.generate import generate_files
    from ganola.cli.watching import ConsoleWatcher

    piece = _form(bars, form, loop=loop, variation=variation)
    made = generate_files(
        model,
        count=count,
        seed=seed,
        form=piece,
        tempo=tempo,
        key=key,
        output=make_output(to, formats, no_copies=no_copies, corpus=corpus),
        more=parse_wishes(more),
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
