"""`ganola corpus`: survey, build, show and export a collection of music as networks see it."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ganola.cli.account import explain, introduce, list_files, summarise
from ganola.cli.console import counting, say, warn
from ganola.errors import InputError
from ganola.wording import counted

if TYPE_CHECKING:
    from ganola.corpus.plan import WrittenPlan
    from ganola.corpus.proposal import Proposal, Wishes
    from ganola.corpus.sources import Source
    from ganola.corpus.store import Corpus

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
Live = Annotated[bool, typer.Option("--live", help="Take pieces too that keep to no beat.")]
Workers = Annotated[int | None, typer.Option(help="Processes; else one a core.", min=1)]
WINDOWS_PICTURE, SURVEY_PICTURE = "windows.png", "survey.png"
NOTHING_LOST = "Nothing is lost: the same command goes on where it was."


@app.command("survey", epilog="Example: ganola corpus survey my-music --out my-music.survey")
def survey_source(
    source: Music,
    to: Annotated[Path, typer.Option("--out", help="The folder to make.", metavar="DIR")],
    tracks: Tracks = None,
    voices: Voices = None,
    metre: MetreOption = None,
    bars: Bars = 4,
    steps_per_beat: Steps = None,
    keep_keys: KeepKeys = False,
    live: Live = False,
    workers: Workers = None,
) -> None:
    """Read everything in a collection and propose a plan for it, with reasons, counts and a picture.

    The plan is a text file: edit it, then build by it with corpus build SOURCE --plan FILE.
    """
    from ganola.corpus.build import survey
    from ganola.corpus.plan import PLAN
    from ganola.corpus.sources import open_source
    from ganola.corpus.store import REJECTED
    from ganola.rendering.survey import survey_png
    from ganola.storage import write_whole

    wishes = _wishes(tracks, voices, metre, bars, steps_per_beat, keep_keys, live)
    opened = open_source(source)
    introduce(opened)

    def draw(proposal: "Proposal") -> None:
        write_whole(to / SURVEY_PICTURE, survey_png(proposal, title=opened.name))

    with counting("files", if_stopped=NOTHING_LOST) as advance:
        proposal, unusable = survey(
            opened,
            to,
            wishes,
            workers=workers or os.cpu_count() or 1,
            progress=advance,
            notice=warn,
            draw=draw,
        )
    explain(proposal)
    if unusable:
        say(f"{counted(unusable, 'file')} left out: {to / REJECTED} says why")
    say(f"A picture of it: {to / SURVEY_PICTURE}")
    say(f"The plan: {to / PLAN}")
    words = ["ganola", "corpus", "build", source, "--plan", str(to / PLAN), "--out", str(_corpus_folder(opened))]
    say(f"Build by it: {shlex.join(words)}")


@app.command(epilog="Example: ganola corpus build my-music --out my-music.corpus")
def build(
    source: Music,
    to: Annotated[Path, typer.Option("--out", help="The folder to make.", metavar="DIR")],
    plan: Annotated[
        Path | None, typer.Option(help="A plan that corpus survey wrote, and you perhaps edited.", metavar="FILE")
    ] = None,
    tracks: Tracks = None,
    voices: Voices = None,
    metre: MetreOption = None,
    bars: Bars = 4,
    steps_per_beat: Steps = None,
    keep_keys: KeepKeys = False,
    live: Live = False,
    no_fingerprint: Annotated[
        bool,
        typer.Option("--no-fingerprint", help="Do not look for copies of a tune: faster, but splits may share one."),
    ] = False,
    workers: Workers = None,
) -> None:
    """Read a collection, bring it to one key and one grid, and split it by piece.

    Stopped half-way, the same command goes on where it was.
    """
    from ganola.corpus.plan import PLAN, load_plan
    from ganola.corpus.sources import open_source

    wishes = _wishes(tracks, voices, metre, bars, steps_per_beat, keep_keys, live)
    if plan is not None and wishes != _wishes():
        raise InputError("--plan settles what the other options ask for", "Edit the plan, or leave it out.")
    opened = open_source(source)
    followed = load_plan(plan / PLAN if plan.is_dir() else plan) if plan else None
    summarise(build_corpus(opened, to, wishes, plan=followed, fingerprints=not no_fingerprint, workers=workers))


@app.command("show", epilog="Example: ganola corpus show chorales.corpus")
def show_corpus(
    folder: Folder,
    files: Annotated[bool, typer.Option("--files", help="Say what became of every file instead.")] = False,
) -> None:
    """Say what a corpus holds and what was left out, and draw some of its windows."""
    import numpy as np

    from ganola.corpus.store import open_corpus
    from ganola.corpus.windows import windows_of
    from ganola.music.roll import from_planes
    from ganola.rendering.picture import contact_sheet, png_bytes
    from ganola.storage import write_whole

    corpus = open_corpus(folder)
    if files:
        list_files(corpus)
        return
    summarise(corpus)
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
    from ganola.folders import begin_folder
    from ganola.music.io.midi.write import write_midi
    from ganola.music.key import key_of
    from ganola.music.roll import to_score
    from ganola.storage import within

    corpus = open_corpus(folder)
    pieces = corpus.of_split(split)
    tonic = 0 if corpus.manifest.common_tonic else None
    if not pieces:
        raise InputError(f"the {split} split of {folder} has no pieces", "Build a corpus from more music.")
    with begin_folder(to) as unfinished, counting("pieces", if_stopped="Nothing was exported.") as advance:
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
            path = within(unfinished.folder, f"{piece.name.removesuffix('.mid')}.mid")
            write_midi(score, path, about, title=piece.name, key=key_of(score, tonic))
            advance("writing", done, len(pieces))
        unfinished.finish()
    say(f"{counted(len(pieces), 'piece')} of the {split} split: {to}")


def build_corpus(
    source: "Source",
    to: Path,
    wishes: "Wishes | None" = None,
    *,
    plan: "WrittenPlan | None" = None,
    fingerprints: bool = True,
    workers: int | None = None,
) -> "Corpus":
    """The corpus of `source`, built in `to` while a person watches."""
    from ganola.corpus.build import build

    introduce(source)
    with counting("files", if_stopped=NOTHING_LOST) as advance:
        return build(
            source,
            to,
            wishes or _wishes(),
            plan=plan,
            fingerprints=fingerprints,
            workers=workers or os.cpu_count() or 1,
            progress=advance,
            explain=explain,
            notice=warn,
        )


def open_or_build(place: str, asked: Mapping[str, Any] | None = None) -> "Corpus":
    """The corpus at `place`, or that of the folder, archive or collection called so, built beside if need be.

    `asked` are options of `corpus build` that a person gave. Raises InputError where there is a corpus of others.
    """
    asked = asked or {}
    from ganola.corpus.sources import open_source
    from ganola.corpus.store import MANIFEST, open_corpus

    wishes = _wishes(**asked)
    if (Path(place) / MANIFEST).exists() or Path(place).suffix == ".corpus":
        return _as_asked(open_corpus(Path(place)), asked)
    source = open_source(place)
    folder = _corpus_folder(source)
    if not (folder / MANIFEST).exists():
        say(f"Building {folder} from {place}.")
        corpus = build_corpus(source, folder, wishes)
        summarise(corpus)
        return corpus
    corpus = _as_asked(open_corpus(folder), asked)
    if corpus.manifest.stamp != source.stamp():
        raise InputError(
            f"{folder} was built from other music than is in {place} now",
            f"Remove it to have it built anew, or train on it as it is: ganola train {folder}.",
        )
    return corpus


def _as_asked(corpus: "Corpus", asked: Mapping[str, Any]) -> "Corpus":
    """The corpus, if it was built as asked. Raises InputError where it was not."""
    if not asked:
        return corpus
    plan = corpus.plan
    built = {
        "tracks": plan.tracks_by,
        "voices": len(plan.tracks),
        "metre": str(plan.metre),
        "bars": plan.bars,
        "steps_per_beat": plan.steps_per_beat,
        "keep_keys": not plan.common_tonic,
        "live": plan.live,
    }
    for name, value in asked.items():
        if value != built[name]:
            option = f"--{name.replace('_', '-')}"
            was, asked_for = (
                (f"without {option}", option)
                if value is True
                else (f"with {option} {built[name]}", f"{option} {value}")
            )
            raise InputError(
                f"{corpus.folder} is there already, built {was}: {asked_for} cannot change it",
                f"Leave {option} out; or build another corpus with it, by ganola corpus build, and name that.",
            )
    return corpus


def _corpus_folder(source: "Source") -> Path:
    """Where the corpus of a collection goes if nobody says: here, under its name."""
    from ganola.corpus.archives import ARCHIVE_SUFFIX

    return Path(f"{source.name.removesuffix(ARCHIVE_SUFFIX)}.corpus")


def _wishes(
    tracks: Literal["merged", "named", "families", "voices"] | None = None,
    voices: int | None = None,
    metre: str | None = None,
    bars: int = 4,
    steps_per_beat: int | None = None,
    keep_keys: bool = False,
    live: bool = False,
) -> "Wishes":
    from ganola.corpus.proposal import Wishes
    from ganola.music.grid import Grid
    from ganola.music.metre import TimeSignature

    if voices is not None and tracks != "voices":
        raise InputError("--voices says how many voices a keyboard is split into", "Add --tracks voices.")
    signature = None
    if metre is not None:
        try:
            signature = TimeSignature.parse(metre)
            Grid(metre=signature, steps_per_beat=steps_per_beat or 24)
        except ValueError as error:
            where = f" with {counted(steps_per_beat, 'step')} a quarter note" if steps_per_beat else ""
            raise InputError(
                f"--metre {metre} is no metre that works{where}", "Write it as 4/4, 3/4, 6/8 ..."
            ) from error
    return Wishes(
        tracks_by=tracks,
        voices=voices,
        metre=signature,
        bars=bars,
        steps_per_beat=steps_per_beat,
        common_tonic=not keep_keys,
        live=live,
    )
