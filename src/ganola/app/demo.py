"""The whole instrument in one call: from chorales to music one can hear and see, and a report of how real it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ganola.app.build import build_corpus
from ganola.app.defaults import DEMO
from ganola.app.evaluate import evaluate
from ganola.app.generate import write_phrase
from ganola.app.output import usual_formats_here
from ganola.app.report import begin_report, write_report
from ganola.app.train import CURVES, train_run
from ganola.app.watcher import SILENT, Watcher
from ganola.corpus.store import MANIFEST, Corpus, open_corpus
from ganola.corpus.windows import windows_of
from ganola.folders import begin_folder, lock_folder
from ganola.judging.results import Evaluation
from ganola.music.roll import from_planes
from ganola.networks.model import Model
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.playing.export import Exporter
from ganola.playing.generate import generate
from ganola.rendering.picture import contact_sheet, png_bytes
from ganola.storage import write_whole
from ganola.training.budget import Budget
from ganola.training.recipe import DEFAULT, load_recipe
from ganola.training.run import Run, open_or_create_run

SOURCE = "chorales"
PHRASES = 8
JUDGED = 400  # phrases, and windows of real music, that are compared
SEED = 0
NAME = "demo"  # of its phrases' files

Cells = UInt8[np.ndarray, "tracks steps pitches"]


@dataclass(frozen=True)
class DemoResult:
    """What a demo made: what each file or folder is, and where; without an evaluation where it was stopped."""

    evaluation: Evaluation | None
    places: dict[str, Path]


def run_demo(
    folder: Path = DEMO, recipe: str = DEFAULT, minutes: float = 5.0, *, watcher: Watcher = SILENT
) -> DemoResult:
    """Build the chorales, train on them, and leave phrases, pictures, curves and a report in `folder`.

    A second call reuses what is there, and trains further up to `minutes` in all. Raises TakenError where another
    ganola is at work in `folder`, and InputError where its run has another recipe.
    """
    with lock_folder(folder):
        run_folder = folder / "run"
        watcher.on_run(SOURCE, recipe, Budget(minutes=minutes), run_folder)
        corpus = _corpus(folder / f"{SOURCE}.corpus", watcher)
        run = open_or_create_demo_run(run_folder, corpus, recipe, minutes)
        if not train_run(run, discard=True, watcher=watcher).finished:
            return DemoResult(None, {})
        model = load_model(run_folder / MODEL_FILE)
        write_whole(folder / "contact-sheet.png", _sheet(_play(model, folder / "phrases", watcher), corpus))
        evaluation = evaluate([run_folder], corpus, count=JUDGED, seed=SEED, watcher=watcher)
        with begin_report(folder / "report.html", replace=True) as unfinished:
            write_report(evaluation, unfinished)
            unfinished.finish()
        places = {
            "phrases": folder / "phrases",
            "generated above real": folder / "contact-sheet.png",
            "how far from real music, and was it copied": folder / "report.html",
            "training curves": run_folder / CURVES,
            "model": run_folder / MODEL_FILE,
        }
        return DemoResult(evaluation, places)


def open_or_create_demo_run(folder: Path, corpus: Corpus, recipe: str, minutes: float) -> Run:
    """Return the training to begin or to go on with; one that is as long already takes no further step."""
    return open_or_create_run(folder, corpus, load_recipe(recipe), recipe, Budget(minutes=minutes))


def _corpus(folder: Path, watcher: Watcher) -> Corpus:
    if (folder / MANIFEST).exists():
        return open_corpus(folder)
    watcher.on_build(SOURCE, folder)
    return build_corpus(SOURCE, folder, watcher=watcher)


def _play(model: Model, folder: Path, watcher: Watcher) -> list[Cells]:
    """Return the cells of some phrases, which are written as MIDI, PNG and, where it can be made, WAV."""
    exporter, formats = Exporter(model, NAME), usual_formats_here(watcher)
    phrases = list(generate(model, PHRASES, SEED))
    with begin_folder(folder, replace=True) as unfinished:
        for phrase in phrases:
            write_phrase(exporter, phrase, formats, unfinished.folder)
        unfinished.finish()
    return [phrase.cells for phrase in phrases]


def _sheet(generated: Sequence[Cells], corpus: Corpus) -> bytes:
    """Return a picture of generated phrases above held-out windows, as PNG."""
    windows = windows_of(corpus, "test")
    spread = np.linspace(0, len(windows) - 1, num=min(PHRASES, len(windows))).astype(int)  # of different pieces
    real = list(from_planes(windows.rolls(spread)))
    own = f"generated: seed {SEED}, phrases 1 to {PHRASES}, at {corpus.manifest.tempo:g} quarter notes a minute"
    return png_bytes(contact_sheet([(own, generated), ("real (held out)", real)], corpus.grid, corpus.tracks))
