"""`ganola train`: from a corpus to a model, with the training to watch."""

import threading
from contextlib import closing, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganola.cli.console import interrupted, say, warn
from ganola.cli.corpus import KeepKeys, Live, MetreOption, Steps, Tracks, Voices, open_or_build
from ganola.cli.interrupts import on_interrupt
from ganola.errors import InputError
from ganola.folders import TakenError, claimed_folder, refuse_existing
from ganola.storage import write_whole
from ganola.wording import counted, printable_path

if TYPE_CHECKING:
    from ganola.judging.bootstrap import Estimate
    from ganola.training.logs import DoctorLine
    from ganola.training.run import Run

DEFAULT_MUSIC, DEFAULT_CORPUS = "chorales", "chorales.corpus"
RUNS = Path("runs")
DEFAULT_MINUTES = 5.0
CURVES = "curves.png"


def train(
    music: Annotated[
        str | None,
        typer.Argument(
            help="A corpus; or a folder or archive of music, or a built-in collection, which becomes a corpus beside. "
            f"Else {DEFAULT_MUSIC}.",
        ),
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="prototype, musegan, default, or a TOML file.", metavar="NAME|FILE")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Minutes of training; judging and saving come on top.", min=0.01)
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of training, instead of minutes.", min=1)] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed and as many steps give the same model.", min=0)
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Change a choice of the recipe, such as training.batch=64; ganola info shows them all.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="The folder to make.", metavar="RUN")] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with a run; --minutes or --steps give it a new total.", metavar="RUN"),
    ] = None,
    device: Annotated[
        str, typer.Option(help="Where to compute: cpu, or cuda for a graphics card.", metavar="cpu|cuda")
    ] = "cpu",
    threads: Annotated[
        int | None,
        typer.Option(
            help="Threads of the processor to compute with; else as many as torch takes. Another number may round "
            "otherwise, and then the same seed is another model.",
            min=1,
        ),
    ] = None,
    tracks: Tracks = None,
    voices: Voices = None,
    metre: MetreOption = None,
    bars: Annotated[int | None, typer.Option(help="Bars in a phrase; else 4.", min=1, max=64)] = None,
    steps_per_beat: Steps = None,
    keep_keys: KeepKeys = False,
    live: Live = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop where the doctor finds something wrong, with exit status 3.")
    ] = False,
) -> None:
    """Train a generator and a critic. Ctrl-C stops with everything saved; --resume goes on.

    Of a folder of music, --tracks to --live say how its corpus is built; see ganola corpus build.
    """
    from ganola.cli.progress import say_what_begins, say_what_goes_on
    from ganola.training.machine import device_named, threads_of
    from ganola.training.run import CHECKPOINT, Budget, discard_unsaved, new_run, open_run

    if minutes is not None and steps is not None:
        raise InputError("--minutes and --steps are both given", "Give one of the two.")
    budget = Budget(minutes=minutes, steps=steps) if minutes or steps else None
    place = device_named(device)
    wished = {
        "tracks": tracks,
        "voices": voices,
        "metre": metre,
        "bars": bars,
        "steps_per_beat": steps_per_beat,
        "keep_keys": keep_keys or None,
        "live": live or None,
    }
    asked = {name: value for name, value in wished.items() if value is not None}
    if resume is not None:
        fixed = {"MUSIC": music, "--recipe": recipe, "--seed": seed, "--set": changes, "--out": to}
        fixed |= {f"--{name.replace('_', '-')}": value for name, value in asked.items()}
        for option, value in fixed.items():
            if value is not None:
                raise InputError(f"{option} cannot change in a run that goes on", f"Leave {option} out.")
        run = open_run(resume, budget, place)
        say_what_goes_on(run)
    else:
        from ganola.training.recipe import DEFAULT, load_recipe

        seeded = [*(changes or []), *([f"training.seed={seed}"] if seed is not None else [])]
        chosen = load_recipe(recipe or DEFAULT, seeded)
        music = music or (DEFAULT_CORPUS if Path(DEFAULT_CORPUS).exists() else DEFAULT_MUSIC)
        budget = budget or Budget(minutes=DEFAULT_MINUTES)
        stem = Path(recipe or DEFAULT).stem
        with nullcontext(to) if to else claimed_folder(lambda number: RUNS / f"{stem}-{number}") as folder:
            refuse_existing(folder)  # before a corpus is built, which takes its time
            say_what_begins(music, recipe or DEFAULT, budget, folder)
            run = new_run(folder, open_or_build(music, asked), chosen, budget, place)
    go_on = f"ganola train --resume {run.folder}"
    try:
        with threads_of(threads), nullcontext() if resume else discard_unsaved(run):
            finished = train_run(run, go_on=go_on, strict=strict)
    except KeyboardInterrupt:
        kept = (run.folder / CHECKPOINT).exists()
        interrupted(f"It goes on from where it was last saved: {go_on}" if kept else "Nothing was saved.")
    if not finished:
        interrupted(f"Everything is saved. Go on with: {go_on}")
    say(f"Hear it: ganola generate {run.folder}")
    say(f"See how good it is, and whether it copied: ganola evaluate {run.folder}")


def train_run(run: "Run", *, go_on: str, strict: bool = False) -> bool:
    """Train a run while a person watches, and draw its curves; whether its budget is spent (or else, stopped).

    `go_on` is the command that goes on with it. A `strict` one raises TrainingError where the doctor finds something
    wrong.
    """
    from ganola.cli.outcome import Outcome, advice_lines, result_lines
    from ganola.cli.progress import Display, say_what_it_learns_from
    from ganola.corpus.split import FEWEST_TO_CHOOSE
    from ganola.judging.reference import too_few_tunes
    from ganola.judging.validation import has_validation
    from ganola.networks.model_file import MODEL_FILE
    from ganola.rendering.diary import Diary
    from ganola.training.logs import DOCTOR, DoctorLine, damaged_lines, read_lines
    from ganola.training.loop import train as train_loop

    if not has_validation(run.corpus):
        warn("There is no validation music to judge by, so that the newest model is kept, be it the best or not.")
        warn(f"A corpus of {FEWEST_TO_CHOOSE} pieces or more keeps some apart.")
    for name, count in damaged_lines(run.folder).items():
        warn(f"{run.folder / name}: {counted(count, 'damaged line is', 'damaged lines are')} left out.")
    few = too_few_tunes(run.corpus)
    diary = Diary(run.folder, run.corpus.grid, run.corpus.tracks, run.corpus.manifest.tempo)
    say_what_it_learns_from(run)
    stop = _StopSignal()
    with Display(run, measured=not few) as display:
        try:
            with closing(diary), on_interrupt(stop.ask):
                state = train_loop(run, [display, diary], stop.is_set, strict=strict)
        except TakenError:
            raise  # it is another's
        except BaseException:
            _draw_curves(run)
            raise
        _draw_curves(run)
        display.finish()
        finished = run.budget.spent(state) >= 1
        ratio = None if few else _how_far(run, state.best, finished=finished)
    outcome = Outcome(
        folder=str(run.folder),
        budget=run.budget,
        go_on=go_on,
        steps=state.step,
        samples=state.samples,
        seconds=state.seconds,
        clock=display.seconds,
        finished=finished,
        moved=display.moved,
        kept=(run.folder / MODEL_FILE).exists(),
        ratio=ratio,
        unmeasured=few or "How far it is from real music is not known.",
        speed=display.contention.mean_speed,
    )
    for line in result_lines(outcome):
        say(line)
    _recall(read_lines(run.folder / DOCTOR, DoctorLine)[0])
    for line in advice_lines(outcome):
        say(line)
    return finished


def _draw_curves(run: "Run") -> None:
    from ganola.rendering.curves import curves_png
    from ganola.training.logs import JUDGED, LOG, JudgedMoment, LogLine, read_lines

    if (run.folder / LOG).exists():
        lines, judged = read_lines(run.folder / LOG, LogLine)[0], read_lines(run.folder / JUDGED, JudgedMoment)[0]
        logged = [[asdict(line) for line in log] for log in (lines, judged)]
        write_whole(run.folder / CURVES, curves_png(*logged, title=printable_path(run.folder.name)))


def _how_far(run: "Run", best: float | None, *, finished: bool) -> "Estimate | float | None":
    """How far the model that is kept is from validation music; with its interval, unless somebody wants to stop."""
    from ganola.networks.model_file import MODEL_FILE, load_model
    from ganola.playing.audition import validation_ratio

    if best is None or not finished:
        return best
    return validation_ratio(load_model(run.folder / MODEL_FILE), run.corpus, run.recipe.training.seed)


def _recall(examinations: "list[DoctorLine]") -> None:
    """Say briefly what the doctor found in a training, and whether it is so still."""
    found = {finding.name: finding.samples for line in examinations for finding in line.found}
    present = next((line.present for line in reversed(examinations) if line.chart is not None), ())
    if found:
        named = (
            f"{name} from {counted(samples, 'sample')} on" + ("" if name in present else ", gone since")
            for name, samples in found.items()
        )
        warn(f"The doctor found: {'; '.join(named)} (doctor.jsonl says more)")


class _StopSignal(threading.Event):
    """Set by the first Ctrl-C; another one, two seconds later or more, ends at once."""

    def ask(self) -> None:
        """Ask a training to stop after its step. Raises KeyboardInterrupt where it was asked before."""
        if self.is_set():
            raise KeyboardInterrupt
        self.set()
        with suppress(RuntimeError):  # where Ctrl-C comes while something is printed
            warn("Stopping after this step.")
