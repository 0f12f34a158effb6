"""Train a model: begin a run from a corpus, a recipe and a budget, or go on with one, and say what came of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ganola.app.build import open_or_build, plan_of_model
from ganola.app.defaults import DEFAULT_CORPUS, DEFAULT_MINUTES, DEFAULT_MUSIC, RUNS
from ganola.app.stopwatch import Stopwatch
from ganola.app.watcher import SILENT, Watcher
from ganola.corpus.split import FEWEST_TO_CHOOSE
from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.events import Callback, StepLogged, Validated
from ganola.folders import TakenError, claimed_folder, refuse_existing
from ganola.judging.bootstrap import Estimate
from ganola.judging.reference import too_few_tunes
from ganola.judging.validation import has_validation
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.playing.audition import validation_ratio
from ganola.rendering.curves import curves_png
from ganola.rendering.diary import Diary
from ganola.storage import write_whole
from ganola.training.budget import Budget
from ganola.training.device import limit_threads, select_device
from ganola.training.fine_tuning import Pretrained, fine_tuning_notices, fine_tuning_recipe
from ganola.training.followers import count_processes
from ganola.training.logs import DOCTOR, LOG, VALIDATION, DoctorLine, damaged_lines, read_lines
from ganola.training.loop import follow
from ganola.training.loop import train as run_loop
from ganola.training.recipe import DEFAULT, load_recipe
from ganola.training.run import Run, discard_unsaved, new_run, open_run
from ganola.training.torchrun import follow_launched
from ganola.wording import counted, printable_path

CURVES = "curves.png"


@dataclass(frozen=True, slots=True)
class FindingSummary:
    """What the doctor found in a training: from how many samples on, and whether it is so still."""

    name: str
    samples: int
    present: bool


@dataclass(frozen=True)
class TrainingResult:
    """What is known of a training that ended, whether its budget is spent or it was stopped."""

    folder: Path
    budget: Budget
    steps: int
    samples: int
    seconds: float  # of training
    clock: float  # seconds on the wall, of this call
    finished: bool  # whether the budget is spent
    moved: bool  # whether it took any step now
    kept: bool  # whether there is a model to play
    ratio: Estimate | float | None  # how far the model is from real music; None where that is not known
    unmeasured: str = ""  # why it is not
    copied: float = 0.0  # the share of copies of training music among the model's phrases, as far as that was measured
    speed: float | None = None  # the mean speed, of the full one of a quiet machine
    findings: tuple[FindingSummary, ...] = ()


def begin_run(
    music: str | Corpus | None = None,
    recipe: str | None = None,
    budget: Budget | None = None,
    *,
    pretrained: Pretrained | None = None,
    folder: Path | None = None,
    changes: Sequence[str] = (),
    device: str = "cpu",
    asked: Mapping[str, Any] | None = None,
    watcher: Watcher = SILENT,
) -> Run:
    """Make a run that has yet to be trained, in `folder`, by default the next free one in RUNS.

    `music` is what `open_or_build` takes, with its `asked`, or a corpus; `recipe` a preset or a TOML file, over which
    `changes`, each key=value, are laid. The run begins with the weights of `pretrained`, if that is given; then a
    corpus is built by its plan, and its own recipe is the default (see `fine_tuning`). Raises TakenError where the
    folder is in use, and InputError where the corpus does not fit the pretrained model.
    """
    if pretrained:
        _refuse_options(asked or {}, pretrained)
    on = select_device(device)
    chosen = fine_tuning_recipe(pretrained, recipe, changes) if pretrained else load_recipe(recipe or DEFAULT, changes)
    budget = budget or Budget(minutes=DEFAULT_MINUTES)
    music = music or (DEFAULT_CORPUS if Path(DEFAULT_CORPUS).exists() else DEFAULT_MUSIC)
    stem = Path(recipe).stem if recipe else pretrained.name if pretrained else DEFAULT
    with nullcontext(folder) if folder else claimed_folder(lambda number: RUNS / f"{stem}-{number}") as place:
        refuse_existing(place)  # before a corpus is built, which takes its time
        name = str(music.folder) if isinstance(music, Corpus) else music
        watcher.on_run(name, recipe or (f"of {pretrained.given}" if pretrained else DEFAULT), budget, place, pretrained)
        plan = plan_of_model(pretrained.model) if pretrained else None
        corpus = music if isinstance(music, Corpus) else open_or_build(music, asked, plan=plan, watcher=watcher)
        for notice in fine_tuning_notices(pretrained, chosen, corpus) if pretrained else ():
            watcher.on_notice(notice)
        return new_run(place, corpus, chosen, budget, on, pretrained)


def _refuse_options(asked: Mapping[str, Any], pretrained: Pretrained) -> None:
    """Raise InputError where options of a corpus are asked for, for its plan is that of the pretrained model."""
    for name in asked:
        option = f"--{name.replace('_', '-')}"
        raise InputError(f"{option} cannot change how {pretrained.given} reads music", f"Leave {option} out.")


def resume_run(folder: Path, budget: Budget | None = None, *, device: str = "cpu", watcher: Watcher = SILENT) -> Run:
    """Open the run in `folder`, to train it further, up to a new total `budget` if one is given."""
    run = open_run(folder, budget, select_device(device))
    watcher.on_resume(run)
    return run


def train_run(
    run: Run,
    callbacks: Sequence[Callback] = (),
    *,
    threads: int | None = None,
    processes: int | None = None,
    strict: bool = False,
    discard: bool = False,
    keep_diary: bool = True,
    watcher: Watcher = SILENT,
) -> TrainingResult:
    """Train a run until its budget is spent or `watcher` asks to stop; draw its curves, and measure its best model.

    Without `keep_diary` it writes no phrases of the same latents over time as pictures and sound, which take a while.

    It computes on as many cores as `threads` says, by default all that torch takes, in so many `processes`, by default
    as many as pay (see `count_processes`). With `discard` a run that fails before anything is saved is removed.

    Raises TrainingError where `strict` and the doctor finds something wrong, MachineError where numbers are not finite
    or a process of the training is killed, TakenError where another ganola trains it.
    """
    with limit_threads(threads), discard_unsaved(run) if discard else nullcontext():
        processes = processes or count_processes(run.recipe, run.device, torch.get_num_threads())
        result = _train(run, callbacks, processes, strict, keep_diary, watcher)
        watcher.on_trained(result)
        return result


def follow_run(device: str = "cpu", threads: int | None = None) -> None:
    """Take the steps of the training that torchrun started with rank 0, in another process that it started."""
    with limit_threads(threads):
        follow_launched(select_device(device), follow)


def draw_curves(run: Run) -> None:
    """Draw the losses and other numbers in a run's logs, to CURVES in its folder."""
    if (run.folder / LOG).exists():
        steps = read_lines(run.folder / LOG, StepLogged)[0]
        validated = read_lines(run.folder / VALIDATION, Validated)[0]
        write_whole(run.folder / CURVES, curves_png(steps, validated, title=printable_path(run.folder.name)))


def _train(
    run: Run, callbacks: Sequence[Callback], processes: int, strict: bool, keep_diary: bool, watcher: Watcher
) -> TrainingResult:
    for warning in _warnings(run):
        watcher.on_notice(warning)
    few = too_few_tunes(run.corpus)
    watch = Stopwatch(run)
    with watcher.training(run, watch, measured=not few, processes=processes) as observers:
        try:
            with _open_diary(run, keep_diary) as diary:
                watchers = [watch, *observers, *callbacks, *diary]
                state = run_loop(run, watchers, watcher.stop_requested, strict=strict, processes=processes)
        except TakenError:
            raise  # it is another's
        except BaseException:
            draw_curves(run)
            raise
        draw_curves(run)
        watcher.on_last_step()
        finished = run.budget.spent(state) >= 1
        ratio = None if few else _measure(run, state.best_ratio, finished=finished)
        return TrainingResult(
            folder=run.folder,
            budget=run.budget,
            steps=state.step,
            samples=state.samples,
            seconds=state.seconds,
            clock=watch.seconds,
            finished=finished,
            moved=watch.moved,
            kept=(run.folder / MODEL_FILE).exists(),
            ratio=ratio,
            unmeasured=few or "How far it is from real music is not known.",
            copied=state.best_copied,
            speed=watch.mean_speed,
            findings=summarise_findings(run.folder),
        )


@contextmanager
def _open_diary(run: Run, keep_diary: bool) -> Iterator[list[Diary]]:
    """Open the diary of a run, which is closed with the block; or none."""
    if not keep_diary:
        yield []
        return
    with closing(Diary(run.folder, run.corpus.grid, run.corpus.tracks, run.corpus.manifest.tempo)) as diary:
        yield [diary]


def _warnings(run: Run) -> Iterable[str]:
    if not has_validation(run.corpus):
        yield "There is no validation music to judge by, so that the newest model is kept, be it the best or not."
        yield f"A corpus of {FEWEST_TO_CHOOSE} pieces or more keeps some apart."
    for name, count in damaged_lines(run.folder).items():
        yield f"{run.folder / name}: {counted(count, 'damaged line is', 'damaged lines are')} left out."


def _measure(run: Run, best: float | None, *, finished: bool) -> Estimate | float | None:
    """Return how far the model that is kept is from validation music; with its interval, unless it was stopped."""
    if best is None or not finished:
        return best
    return validation_ratio(load_model(run.folder / MODEL_FILE), run.corpus, run.recipe.training.seed)


def summarise_findings(run: Path) -> tuple[FindingSummary, ...]:
    """Return what the doctor found in the run in this folder, in the order in which it did."""
    lines = read_lines(run / DOCTOR, DoctorLine)[0]
    found = {finding.name: finding.samples for line in lines for finding in line.begun}
    present = next((line.present for line in reversed(lines) if line.diagnostics is not None), ())
    return tuple(FindingSummary(name, samples, name in present) for name, samples in found.items())
