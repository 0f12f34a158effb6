"""`ganola train`: from a corpus to a model, with the training to watch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ganola.app.defaults import DEFAULT_MUSIC
from ganola.cli.console import interrupted, say
from ganola.cli.options import FreeTiming, KeepKeys, MetreOption, Steps, Tracks, Voices
from ganola.errors import InputError

EXAMPLE = "ganola train chorales.corpus --minutes 10 --out runs/bach"

Music = Annotated[
    str | None,
    typer.Argument(
        help="A corpus; or a folder or archive of music, or a built-in collection, which becomes a corpus beside. "
        f"Else {DEFAULT_MUSIC}.",
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Change a choice of the recipe, such as training.batch=64; ganola info shows them all.",
        metavar="KEY=VALUE",
    ),
]
FromModel = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="Begin with the weights of a model: a model file, a run, or chorales, which comes with ganola.",
        metavar="MODEL",
    ),
]
Resume = Annotated[
    Path | None,
    typer.Option(help="Go on with a run; --minutes, --steps or --samples give it a new total.", metavar="RUN"),
]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Cores of the processor to compute on; else as many as torch takes. Another number rounds otherwise, and "
        "then the same seed is another model.",
        min=1,
    ),
]


def train(
    music: Music = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="default, gan, prototype, musegan, or a TOML file; with --from, else the model's own.",
            metavar="NAME|FILE",
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Minutes of training; judging and saving come on top.", min=0.01)
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of training, instead of minutes.", min=1)] = None,
    samples: Annotated[
        int | None, typer.Option(help="Samples to show it in all parts together, instead of minutes.", min=1)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed and as many steps give the same model.", min=0)
    ] = None,
    changes: Changes = None,
    to: Annotated[Path | None, typer.Option("--out", help="The folder to make.", metavar="RUN")] = None,
    from_model: FromModel = None,
    resume: Resume = None,
    device: Annotated[
        str, typer.Option(help="Where to compute: cpu, or cuda for a graphics card.", metavar="cpu|cuda")
    ] = "cpu",
    threads: Threads = None,
    tracks: Tracks = None,
    voices: Voices = None,
    metre: MetreOption = None,
    bars: Annotated[int | None, typer.Option(help="Bars in a phrase; else 4.", min=1, max=64)] = None,
    steps_per_quarter: Steps = None,
    keep_keys: KeepKeys = False,
    free_timing: FreeTiming = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop where the doctor finds something wrong, with exit status 3.")
    ] = False,
) -> None:
    """Train a generator and a critic. Ctrl-C stops with everything saved; --resume goes on.

    Of a folder of music, --tracks to --free-timing say how its corpus is built; see ganola corpus build.
    """
    from ganola.app.projects import load_pretrained_model
    from ganola.app.train import begin_run, follow_run, resume_run, train_run
    from ganola.cli.training import TrainingWatcher
    from ganola.training.budget import choose_budget
    from ganola.training.run import CHECKPOINT
    from ganola.training.torchrun import is_follower

    if is_follower():
        follow_run(device, threads)
        return
    budget = choose_budget(minutes=minutes, steps=steps, samples=samples)
    wished = {"tracks": tracks, "voices": voices, "metre": metre, "bars": bars, "steps_per_quarter": steps_per_quarter}
    wished |= {"keep_keys": keep_keys or None, "free_timing": free_timing or None}
    asked = {name: value for name, value in wished.items() if value is not None}
    watcher = TrainingWatcher()
    if resume is not None:
        fixed = {"MUSIC": music, "--recipe": recipe, "--seed": seed, "--set": changes, "--out": to}
        fixed |= {"--from": from_model}
        _refuse_changes(fixed | {f"--{name.replace('_', '-')}": value for name, value in asked.items()})
        run = resume_run(resume, budget, device=device, watcher=watcher)
    else:
        seeded = [*(changes or []), *([f"training.seed={seed}"] if seed is not None else [])]
        run = begin_run(
            music,
            recipe,
            budget,
            pretrained=load_pretrained_model(from_model) if from_model else None,
            folder=to,
            changes=seeded,
            device=device,
            asked=asked,
            watcher=watcher,
        )
    go_on = f"ganola train --resume {run.folder}"
    try:
        result = train_run(run, threads=threads, strict=strict, discard=resume is None, watcher=watcher)
    except KeyboardInterrupt:
        kept = (run.folder / CHECKPOINT).exists()
        interrupted(f"It goes on from where it was last saved: {go_on}" if kept else "Nothing was saved.")
    if not result.finished:
        interrupted(f"Everything is saved. Go on with: {go_on}")
    say(f"Hear it: ganola generate {run.folder}")
    say(f"See how good it is, and whether it copied: ganola evaluate {run.folder}")


def _refuse_changes(fixed: Mapping[str, object]) -> None:
    """Raise InputError where any of these options is given, for it cannot change in a run that goes on."""
    for option, value in fixed.items():
        if value is not None:
            raise InputError(f"{option} cannot change in a run that goes on", f"Leave {option} out.")
