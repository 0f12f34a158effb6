"""One training of a study: an ordinary run, begun or gone on with, and the record of what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganola.app.train import summarise_findings, train_run
from ganola.app.watcher import Watcher
from ganola.corpus.store import Corpus, open_corpus
from ganola.errors import InputError, MachineError
from ganola.events import Validated
from ganola.judging.bootstrap import Estimate
from ganola.judging.diversity import dead_tracks
from ganola.judging.reference import sample_windows, too_few_tunes
from ganola.judging.validation import WINDOWS, has_validation
from ganola.judging.windows import independent
from ganola.networks.model import Model
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.playing.audition import validation_ratio
from ganola.playing.generate import generate
from ganola.study.design import Cell
from ganola.study.records import RUNS, Point, TrialRecord
from ganola.training.budget import Budget
from ganola.training.device import limit_threads, select_device
from ganola.training.logs import VALIDATION, read_lines
from ganola.training.optimisation import NotFiniteError
from ganola.training.run import RUN, Run, new_run, open_run, resolve_recipe

PHRASES = 128  # of the model that is kept, in which a track may be dead
_SILENT = "The phrases of its model are silent."
_NO_MODEL = "It has no model: it ended before its music was judged."


@dataclass(frozen=True)
class Trial:
    """A training that is to be done: all that another process, or another machine, has to know of it."""

    study: Path  # folder of the study
    cell: Cell
    corpus: Path
    budget: Budget
    threads: int
    device: str = "cpu"

    @property
    def folder(self) -> Path:
        """Return the folder of its run."""
        return self.study / RUNS / self.cell.name


class _Stopping(Watcher):
    """Says nothing; a training ends after its step when `stop` returns True."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self.stop_requested = stop  # type: ignore[method-assign]


def run_trial(trial: Trial, stop: Callable[[], bool] = lambda: False) -> TrialRecord:
    """Train until the budget is spent, and return the record.

    Raises KeyboardInterrupt where `stop` ended it, with everything saved; InputError where the run in its folder is
    another one, and MachineError where the machine fails. Numbers that are not finite are a result, and recorded.
    """
    with limit_threads(trial.threads):
        run = open_trial_run(trial)
        try:
            result = train_run(run, threads=trial.threads, processes=1, keep_diary=False, watcher=_Stopping(stop))
        except MachineError as error:
            if not isinstance(error.__cause__, NotFiniteError):
                raise
            return _record(trial, run, None, f"{error.problem}.")
        if not result.finished:
            raise KeyboardInterrupt
        return _record(trial, run, result.ratio)


def open_trial_run(trial: Trial) -> Run:
    """Return the run of a trial, which is made where there is none. Raises InputError where it is another one."""
    corpus, device = open_corpus(trial.corpus), select_device(trial.device)
    if not (trial.folder / RUN).exists():
        return new_run(trial.folder, corpus, trial.cell.recipe, trial.budget, device)
    run = open_run(trial.folder, trial.budget, device)
    refuse_other_run(run, trial.cell, corpus)
    return run


def refuse_other_run(run: Run, cell: Cell, corpus: Corpus) -> None:
    """Raise InputError where a run is not that of this cell on this corpus."""
    known = run.recipe.training.precision
    if run.recipe != resolve_recipe(cell.recipe, corpus.grid, corpus.tracks, run.device, known):
        raise InputError(f"{run.folder} was trained by another recipe", "Move it away, or name another --out.")
    if run.corpus.manifest.fingerprint != corpus.manifest.fingerprint:
        raise InputError(f"{run.folder} was trained on another corpus", "Move it away, or name another --out.")


def _record(trial: Trial, run: Run, ratio: Estimate | float | None, failed: str = "") -> TrialRecord:
    """Return what came of a trial; of one that failed the counts are those that were saved last."""
    cell, state = trial.cell, run.start()
    model = load_model(run.folder / MODEL_FILE) if (run.folder / MODEL_FILE).exists() else None
    cells = np.stack([phrase.cells for phrase in generate(model, PHRASES, cell.seed)]) if model else None
    if failed and model is not None and model.record.validation is not None:
        ratio = validation_ratio(model, run.corpus, cell.seed)
    dead = () if cells is None else _dead_tracks(cells, run.corpus)
    return TrialRecord(
        question=cell.id.question,
        value=cell.id.value,
        corpus=cell.corpus,
        seed=cell.seed,
        folder=trial.folder.relative_to(trial.study).as_posix(),
        steps=state.step,
        samples=state.samples,
        seconds=state.seconds,
        processor_seconds=state.processor_seconds,
        ratio=Estimate(ratio, ratio, ratio) if isinstance(ratio, float) else ratio,
        unmeasured="" if ratio is not None else _why_unmeasured(run.corpus, model, dead),
        kept_samples=model.record.samples if model else None,
        failed=failed,
        findings=summarise_findings(run.folder),
        dead_tracks=dead,
        curve=tuple(
            Point(samples=line.samples, processor_seconds=line.processor_seconds, ratio=line.ratio)
            for line in read_lines(run.folder / VALIDATION, Validated)[0]
        ),
    )


def _dead_tracks(cells: np.ndarray, corpus: Corpus) -> tuple[str, ...]:
    split = "validation" if has_validation(corpus) else "train"
    return dead_tracks(independent("", cells), sample_windows(corpus, split, WINDOWS, 0), corpus.tracks)


def _why_unmeasured(corpus: Corpus, model: Model | None, dead: tuple[str, ...]) -> str:
    if model is None:
        return _NO_MODEL
    if few := too_few_tunes(corpus):
        return few
    if not has_validation(corpus):
        return "The corpus has no validation music."
    return _SILENT if len(dead) == len(corpus.tracks) else "No distance tells real music from noise on this corpus."
