"""`ganola corpus`: build, show and export a collection of music as networks see it."""

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ganola.cli.console import counting, say, show, table
from ganola.errors import InputError

if TYPE_CHECKING:
    from ganola.corpus.build import BuildRequest
    from ganola.corpus.store import Corpus

app = typer.Typer(help="Build, show and export a corpus.", no_args_is_help=True, rich_markup_mode="rich")

Folder = Annotated[Path, typer.Argument(help="The corpus.", metavar="DIR")]
WINDOWS_PICTURE = "windows.png"


@app.command(epilog="Example: ganola corpus build chorales --out chorales.corpus")
def build(
    source: Annotated[str, typer.Argument(help="[bold]chorales[/] (built in), or a folder of MIDI files.")],
    to: Annotated[Path, typer.Option("--out", help="The folder to make.", metavar="DIR")],
    bars: Annotated[int, typer.Option(help="Bars in a phrase.", min=1, max=64)] = 4,
    steps_per_beat: Annotated[int, typer.Option(help="Steps in a quarter note.", min=1, max=48)] = 4,
    beats_per_bar: Annotated[
        int | None, typer.Option(help="Quarter notes in a bar; else what most pieces have.", min=1, max=32)
    ] = None,
    keep_keys: Annotated[bool, typer.Option(help="Leave every piece in its key.")] = False,
    workers: Annotated[int | None, typer.Option(help="Processes; else one a core.", min=1)] = None,
) -> None:
    """Read a collection, bring it to one key and one grid, and split it by piece.

    Stopped half-way, the same command goes on where it was.
    """
    from ganola.corpus.build import BuildRequest

    request = BuildRequest(
        bars=bars, steps_per_beat=steps_per_beat, beats_per_bar=beats_per_bar, common_tonic=not keep_keys
    )
    _summarise(build_corpus(source, to, request, workers))


@app.command("show", epilog="Example: ganola corpus show chorales.corpus")
def show_corpus(folder: Folder) -> None:
    """Say what a corpus holds and what was left out, and draw some of its windows."""
    import numpy as np

    from ganola.corpus.store import open_corpus
    from ganola.corpus.windows import windows_of
    from ganola.music.roll import from_planes
    from ganola.rendering.picture import contact_sheet, png_bytes
    from ganola.storage import write_whole

    corpus = open_corpus(folder)
    _summarise(corpus)
    windows = windows_of(corpus, "train")
    chosen = np.linspace(0, len(windows) - 1, num=min(8, len(windows))).astype(int)
    rolls = from_planes(windows.rolls(chosen))
    sheet = contact_sheet([("training windows", list(rolls))], corpus.grid, corpus.tracks)
    picture = folder / WINDOWS_PICTURE
    write_whole(picture, png_bytes(sheet))
    say(f"Some of its windows: {picture}")


@app.command(epilog="Example: ganola corpus export chorales.corpus --split test --out held-out")
def export(
    folder: Folder,
    to: Annotated[Path, typer.Option("--out", help="The folder to make.", metavar="FOLDER")],
    split: Annotated[Literal["train", "validation", "test"], typer.Option(help="Which pieces.")] = "test",
) -> None:
    """Write a split's pieces as MIDI, exactly as the networks see them: same grid, same key."""
    from ganola.corpus.store import open_corpus
    from ganola.music.files import write_midi
    from ganola.music.roll import to_score
    from ganola.storage import new_folder

    corpus = open_corpus(folder)
    pieces = corpus.of_split(split)
    if not pieces:
        raise InputError(f"the {split} split of {folder} has no pieces", "Build a corpus from more music.")
    with new_folder(to), counting("pieces", if_stopped="Nothing was exported.") as advance:
        for done, piece in enumerate(pieces, start=1):
            score = to_score(corpus.piece_cells(piece), corpus.grid, corpus.tracks, piece.tempo)
            about = {
                "corpus": corpus.manifest.fingerprint,
                "piece": piece.name,
                "split": split,
                "key": piece.key,
                "transposed": piece.semitones,
            }
            # Folders are kept, and all that comes before the last .mid: no two pieces share a file.
            write_midi(score, to / f"{piece.name.removesuffix('.mid')}.mid", about)
            advance("writing", done, len(pieces))
    say(f"{len(pieces)} pieces of the {split} split: {to}")


def build_corpus(source: str, to: Path, request: "BuildRequest", workers: int | None = None) -> "Corpus":
    """The corpus of `source`, built in `to` with a progress bar."""
    from ganola.corpus.build import build
    from ganola.corpus.sources import open_source

    collection = open_source(source)
    with counting("files", if_stopped="Nothing is lost: the same command goes on where it was.") as advance:
        return build(collection, to, request, workers=workers or os.cpu_count() or 1, progress=advance)


def _summarise(corpus: "Corpus") -> None:
    from ganola.corpus.store import SPLITS
    from ganola.music.key import pitch_name

    grid, pieces = corpus.grid, corpus.pieces
    say(f"{corpus.folder}: {len(pieces)} pieces of {corpus.manifest.source}")
    say(
        f"  {grid.bars} bars of {grid.beats_per_bar}/4 a phrase, {grid.steps_per_beat} steps a beat, "
        f"{pitch_name(grid.lowest)} to {pitch_name(grid.highest)} ({grid.pitches} pitches)"
    )
    say(f"  {'every piece transposed to C' if corpus.manifest.common_tonic else 'every piece in its own key'}")
    for track in corpus.tracks:
        kind = "drums" if track.drums else "one note at a time" if track.one_note else "many notes"
        say(f"  track {track.name}: General MIDI program {track.program + 1}, {kind}")
    counts = table("split", "pieces", "tunes", "bars", "phrases")
    for split in SPLITS:
        own = corpus.of_split(split)
        phrases = sum(len(piece.window_starts(grid.bars)) for piece in own)
        tunes = len({piece.family for piece in own})
        counts.add_row(split, f"{len(own)}", f"{tunes}", f"{sum(piece.bars for piece in own):,}", f"{phrases:,}")
    show(counts)
    bare = [split for split in SPLITS if not corpus.of_split(split)]
    if bare:
        say(f"  no pieces for {' and '.join(bare)}: too few tunes to split, so results on this corpus cannot be judged")
    say(f"  {sum(piece.notes for piece in pieces):,} notes")
    for count, what in (
        (sum(piece.out_of_range for piece in pieces), "notes left out: outside the range"),
        (sum(piece.left_out for piece in pieces), "notes left out: in tracks that this corpus does not have"),
        (
            sum(piece.merged for piece in pieces),
            "notes merged: begun together on one pitch, or in a one-note track",
        ),
        (sum(piece.shortened for piece in pieces), "notes shortened where the next begins"),
    ):
        if count:
            say(f"  {count:,} {what}")
    keys = Counter(piece.key or "none found" for piece in pieces)
    say("  keys: " + ", ".join(f"{key} {count}" for key, count in keys.most_common(8)))
    if corpus.rejected:
        reasons = Counter(line["reason"] for line in corpus.rejected)
        say(f"  {len(corpus.rejected)} files left out (each in {corpus.folder / 'rejected.jsonl'}):")
        for reason, count in reasons.most_common(8):
            say(f"    {count} × {reason}")  # noqa: RUF001 - a multiplication sign is meant
