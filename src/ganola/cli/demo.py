"""`ganola demo`: the whole instrument in one command, from chorales to music one can hear and see."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganola.cli.console import interrupted, say, show, table
from ganola.cli.corpus import build_corpus
from ganola.cli.evaluate import begin_report, evaluated, tell, write_report
from ganola.cli.generate import PhraseWriter, usual_formats
from ganola.cli.train import train_run
from ganola.storage import write_whole

if TYPE_CHECKING:
    import numpy as np

    from ganola.corpus.store import Corpus
    from ganola.judging.results import Evaluation
    from ganola.networks.model import Model
    from ganola.training.run import Run

PHRASES = 8
JUDGED = 400  # phrases, and windows of real music, that are compared
SEED = 0
SOURCE, DEMO = "chorales", Path("demo")
NAME = "demo"  # of its phrases' files


def demo(
    minutes: Annotated[float, typer.Option(help="Minutes of training.", min=0.01)] = 5.0,
    recipe: Annotated[str, typer.Option(help="A preset, or a TOML file.", metavar="NAME|FILE")] = "default",
    to: Annotated[Path, typer.Option("--out", help="The folder to use.", metavar="FOLDER")] = DEMO,
) -> None:
    """Build the chorales, train on them, and leave phrases, pictures, curves and a report of how real they are.

    A second run reuses what is there; with more minutes it trains on.
    """
    from ganola.folders import lock_folder

    with lock_folder(to):
        _demo(to, recipe, minutes)


def _demo(to: Path, recipe: str, minutes: float) -> None:
    from ganola.networks.model_file import MODEL_FILE, load_model
    from ganola.training.run import discard_unsaved

    _say_what_begins(to / "run", recipe, minutes)
    corpus = _corpus(to / "chorales.corpus")
    run = _run(to / "run", corpus, recipe, minutes)
    with discard_unsaved(run):
        finished = train_run(run, go_on=_command(to, recipe))
    if not finished:
        interrupted("Everything is saved. The same command goes on where it was.")
    model = load_model(to / "run" / MODEL_FILE)
    generated = _play(model, to / "phrases")
    _draw(generated, corpus, to / "contact-sheet.png")
    evaluation = evaluated([to / "run"], corpus, "test", JUDGED, SEED, os.cpu_count() or 1)
    with begin_report(to / "report.html", replace=True) as unfinished:
        write_report(evaluation, unfinished)
        unfinished.finish()
    _tell(evaluation)
    for what, place in (
        ("phrases", to / "phrases"),
        ("generated above real", to / "contact-sheet.png"),
        ("how far from real music, and was it copied", to / "report.html"),
        ("training curves", to / "run" / "curves.png"),
        ("model", to / "run" / MODEL_FILE),
    ):
        say(f"  {what}: {place}")


def _say_what_begins(folder: Path, recipe: str, minutes: float) -> None:
    from ganola.cli.progress import say_what_begins
    from ganola.training.run import Budget

    say_what_begins(SOURCE, recipe, Budget(minutes=minutes), folder)
    say(f"Then it plays {PHRASES} phrases, and measures how far they are from music that it never heard.")


def _command(folder: Path, recipe: str) -> str:
    """The command that trains on: this one, but for its minutes."""
    from ganola.training.recipe import DEFAULT

    places = f" --out {folder}" if folder != DEMO else ""
    return f"ganola demo{places}{f' --recipe {recipe}' if recipe != DEFAULT else ''}"


def _corpus(folder: Path) -> "Corpus":
    from ganola.corpus.sources import open_source
    from ganola.corpus.store import MANIFEST, open_corpus

    if (folder / MANIFEST).exists():
        return open_corpus(folder)
    say("Reading Bach's chorales.")
    return build_corpus(open_source(SOURCE), folder)


def _run(folder: Path, corpus: "Corpus", recipe: str, minutes: float) -> "Run":
    """The training to begin or to go on with; one that is as long already takes no further step."""
    from ganola.training.recipe import load_recipe
    from ganola.training.run import Budget, run_in

    return run_in(folder, corpus, load_recipe(recipe), recipe, Budget(minutes=minutes))


def _play(model: "Model", folder: Path) -> "list[np.ndarray]":
    """Phrases of the model, written as MIDI, PNG and, where it can be made, WAV; their cells."""
    from ganola.folders import begin_folder
    from ganola.playing.generate import generate

    writer = PhraseWriter(model, NAME, usual_formats())
    phrases = list(generate(model, PHRASES, SEED))
    with begin_folder(folder, replace=True) as unfinished:
        for phrase in phrases:
            writer.write(phrase, unfinished.folder)
        unfinished.finish()
    return [phrase.cells for phrase in phrases]


def _draw(generated: "list[np.ndarray]", corpus: "Corpus", path: Path) -> None:
    import numpy as np

    from ganola.corpus.windows import windows_of
    from ganola.music.roll import from_planes
    from ganola.rendering.picture import contact_sheet, png_bytes

    windows = windows_of(corpus, "test")
    spread = np.linspace(0, len(windows) - 1, num=min(PHRASES, len(windows))).astype(int)  # of different pieces
    real = list(from_planes(windows.rolls(spread)))
    own = f"generated: seed {SEED}, phrases 1 to {PHRASES}, at {corpus.manifest.tempo:g} quarter notes a minute"
    sheet = contact_sheet([(own, generated), ("real (held out)", real)], corpus.grid, corpus.tracks)
    write_whole(path, png_bytes(sheet))


def _tell(evaluation: "Evaluation") -> None:
    rows = table(
        "feature",
        "generated",
        "held-out",
        "distance",
        "floor",
        title="Means of musical features; distance of generated, and of training (floor), from held-out music",
    )
    for row in evaluation.results[0].features:
        if len(row.labels) == 1:  # the others are drawn in the report
            means = (f"{mean:.2f}" if mean is not None else "-" for mean in (row.generated[0], row.held_out[0]))
            rows.add_row(row.name, *means, f"{row.distance.value:.2f}", f"{row.floor.value:.2f}")
    show(rows)
    tell(evaluation)
