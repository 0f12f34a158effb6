"""`ganola corpus`: survey, build, show and export a collection of music as networks see it."""

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from ganola.cli.account import explain, print_summary
from ganola.cli.console import say
from ganola.cli.options import Bars, ClusterOption, FreeTiming, KeepKeys, MetreOption, Steps, Tracks, Voices, Workers
from ganola.wording import counted

app = typer.Typer(help="Survey, build, show and export a corpus.", no_args_is_help=True, rich_markup_mode="rich")

Folder = Annotated[Path, typer.Argument(help="The corpus.", metavar="DIR")]
Music = Annotated[
    str,
    typer.Argument(
        help="A folder or zip archive of music, or a built-in collection: chorales, quartets, palestrina, madrigals, "
        "folk.",
        metavar="SOURCE",
    ),
]


@app.command("survey", epilog="Example: ganola corpus survey my-music --out my-music.survey")
def survey_source(
    source: Music,
    to: Annotated[Path, typer.Option("--out", help="The folder to make.", metavar="DIR")],
    tracks: Tracks = None,
    voices: Voices = None,
    metre: MetreOption = None,
    bars: Bars = 4,
    steps_per_quarter: Steps = None,
    keep_keys: KeepKeys = False,
    free_timing: FreeTiming = False,
    workers: Workers = None,
) -> None:
    """Read everything in a collection and propose a plan for it, with reasons, counts and a picture.

    The plan is a text file: edit it, then build by it with corpus build SOURCE --plan FILE.
    """
    from ganola.app.build import SURVEY_PICTURE, make_build_options, survey_music
    from ganola.cli.watching import ConsoleWatcher
    from ganola.corpus.plan import PLAN
    from ganola.corpus.store import REJECTED

    options = make_build_options(
        tracks=tracks,
        voices=voices,
        metre=metre,
        bars=bars,
        steps_per_quarter=steps_per_quarter,
        keep_keys=keep_keys,
        free_timing=free_timing,
    )
    result = survey_music(source, to, options, workers=workers, watcher=ConsoleWatcher())
    explain(result.proposal)
    if result.unusable:
        say(f"{counted(result.unusable, 'file')} left out: {to / REJECTED} says why")
    say(f"A picture of it: {to / SURVEY_PICTURE}")
    say(f"The plan: {to / PLAN}")
    words = ["ganola", "corpus", "build", source, "--plan", str(to / PLAN), "--out", str(result.corpus_folder)]
    say(f"Build by it: {shlex.join(words)}")


@app.command(epilog="Example: ganola corpus build my-music --out my-music.corpus")
def build(
    source: Music,
    to: Annotated[Path, typer.Option("--out", help="The folder to make.", metavar="DIR")],
    plan: Annotated[
        Path | None,
        typer.Option(
            help="A plan that corpus survey wrote, and you perhaps edited; or a model, whose plan is taken.",
            metavar="FILE|MODEL",
        ),
    ] = None,
    tracks: Tracks = None,
    voices: Voices = None,
    metre: MetreOption = None,
    bars: Bars = 4,
    steps_per_quarter: Steps = None,
    keep_keys: KeepKeys = False,
    free_timing: FreeTiming = False,
    no_fingerprint: Annotated[
        bool,
        typer.Option("--no-fingerprint", help="Do not look for copies of a tune: faster, but splits may share one."),
    ] = False,
    workers: Workers = None,
    cluster: ClusterOption = None,
) -> None:
    """Read a collection, bring it to one key and one grid, and split it by piece.

    Stopped half-way, the same command goes on where it was.
    """
    from ganola.app.build import build_corpus, make_build_options
    from ganola.cli.watching import ConsoleWatcher

    options = make_build_options(
        tracks=tracks,
        voices=voices,
        metre=metre,
        bars=bars,
        steps_per_quarter=steps_per_quarter,
        keep_keys=keep_keys,
        free_timing=free_timing,
    )
    corpus = build_corpus(
        source,
        to,
        options,
        plan=plan,
        fingerprints=not no_fingerprint,
        workers=workers,
        cluster=cluster,
        watcher=ConsoleWatcher(),
    )
    print_summary(corpus)


@app.command("show", epilog="Example: ganola corpus show chorales.corpus")
def show_corpus(
    folder: Folder,
    files: Annotated[bool, typer.Option("--files", help="Say what became of every file instead.")] = False,
) -> None:
    """Say what a corpus holds and what was left out, and draw some of its windows."""
    from ganola.app.summary import WINDOWS_PICTURE, describe_files, windows_png
    from ganola.corpus.store import open_corpus
    from ganola.storage import write_whole

    corpus = open_corpus(folder)
    if files:
        for name, use in describe_files(corpus).items():
            say(f"{name}: {use}")
        return
    print_summary(corpus)
    picture = folder / WINDOWS_PICTURE
    write_whole(picture, windows_png(corpus))
    say(f"Some of its windows: {picture}")


@app.command(epilog="Example: ganola corpus export chorales.corpus --split test --out held-out")
def export(
    folder: Folder,
    to: Annotated[Path, typer.Option("--out", help="The folder to make.", metavar="FOLDER")],
    split: Annotated[Literal["train", "validation", "test"], typer.Option(help="Which pieces.")] = "test",
) -> None:
    """Write a split's pieces as MIDI, exactly as the networks see them: same grid, same key."""
    from ganola.app.export import export_split
    from ganola.cli.watching import ConsoleWatcher

    count = export_split(folder, to, split, watcher=ConsoleWatcher())
    say(f"{counted(count, 'piece')} of the {split} split: {to}")
