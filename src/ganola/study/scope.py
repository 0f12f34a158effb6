"""How much a study is, before it begins: how many trainings, about how long, and how much room on the disk."""

import shutil
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError

from ganola.corpus.store import Corpus, open_corpus
from ganola.corpus.windows import windows_of
from ganola.errors import InputError
from ganola.events import StepLogged
from ganola.faults import value_fault
from ganola.judging.validation import PHRASES, load_validation
from ganola.music.roll import from_planes
from ganola.networks.config import ModelSpec
from ganola.randomness import Purpose, latents, stream
from ganola.study.design import with_seed
from ganola.study.trial import Trial
from ganola.training.build import build_state
from ganola.training.device import limit_threads, select_device
from ganola.training.optimisation import NotFiniteError
from ganola.training.phases.registry import build_phases
from ganola.training.recipe import Recipe
from ganola.training.remaining_time import RemainingTime
from ganola.training.run import resolve_recipe
from ganola.training.sampler import TrainingData
from ganola.training.state import State

STEPS = 3  # that are taken to see how long one is: the first warms up
SECONDS_AROUND = 12.0  # of a trial: its process loads torch, and its model is measured and drawn
COPIES = 10  # of the weights on the disk: Adam's moments, the average, two models, and a checkpoint being written
BYTES_BESIDE = 2_000_000  # of a run: its logs, pictures and phrases


@dataclass(frozen=True)
class Scope:
    """How much a study is. Seconds are an estimate, by the clock, from a few steps."""

    trials: int
    done: int
    settings: int
    corpora: int
    seeds: int
    workers: int
    seconds: dict[str, float]  # of each trial that is left, by its folder's name, each on its own
    size: int  # bytes of those that are left

    @property
    def seconds_left(self) -> float:
        """Return how long the trials that are left take, by the clock."""
        own = self.seconds.values()
        return max(sum(own) / self.workers, max(own, default=0.0))


def measure_scope(trials: Sequence[Trial], missing: Sequence[Trial], workers: int) -> Scope:
    """Measure how long the missing trials take, from a few steps of each recipe on each corpus.

    Raises InputError where networks cannot be built for a corpus, or the disk has too little room.
    """
    measured: dict[tuple[Path, Recipe], tuple[float, int]] = {}
    judging = {folder: _seconds_of_validation(folder, missing) for folder in {trial.corpus for trial in missing}}
    for trial in missing:
        kind = _kind(trial)
        if kind not in measured:
            measured[kind] = _measure(trial, judging[trial.corpus])
    scope = Scope(
        trials=len(trials),
        done=len(trials) - len(missing),
        settings=len({trial.cell.id for trial in trials}),
        corpora=len({trial.corpus for trial in trials}),
        seeds=len({trial.cell.seed for trial in trials}),
        workers=workers,
        seconds={trial.cell.name: measured[_kind(trial)][0] for trial in missing},
        size=sum(measured[_kind(trial)][1] for trial in missing),
    )
    if missing:
        _refuse_full_disk(scope, missing[0].study)
    return scope


def _kind(trial: Trial) -> tuple[Path, Recipe]:
    """Return what decides how long a trial takes."""
    return trial.corpus, with_seed(trial.cell.recipe, 0)


def _measure(trial: Trial, judging: float) -> tuple[float, int]:
    """Return about how many seconds a trial takes, and how many bytes its run."""
    with limit_threads(trial.threads):
        corpus = open_corpus(trial.corpus)
        state, data = _start(trial, corpus)
        phase = build_phases(state.recipe)[0]
        phase.prepare(state, data)
        with suppress(NotFiniteError):  # that is for the training to find
            for _ in range(STEPS):
                began = time.monotonic()
                phase.step(state, data, 0.0)
        speed = phase.samples_per_step / (time.monotonic() - began)
    remaining = RemainingTime(state.recipe, trial.budget)
    event = StepLogged(1, 0, 0.0, 0.0, speed, phase.name, {}, {}, validations=1, overhead_seconds=judging)
    networks = (state.networks.generator, state.networks.critic, state.networks.encoder)
    weights = sum(weight.nbytes for network in networks if network is not None for weight in network.parameters())
    return SECONDS_AROUND + remaining.update(event), COPIES * weights + BYTES_BESIDE


def _start(trial: Trial, corpus: Corpus) -> tuple[State, TrainingData]:
    device = select_device(trial.device)
    recipe = resolve_recipe(trial.cell.recipe, corpus.grid, corpus.tracks, device)
    try:
        spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=recipe.networks)
        state = build_state(recipe, spec, device)
    except ValidationError as error:
        raise InputError(
            f"{trial.cell.id.question}, {trial.cell.id.value} does not fit the music of {trial.cell.corpus}: "
            f"{value_fault(error.errors()[0])[0]}",
            "Change it, or leave it out.",
        ) from error
    torch.set_flush_denormal(True)  # as a training does
    return state, TrainingData(windows_of(corpus, "train"), spec.planes, recipe.training.seed, device)


def _seconds_of_validation(folder: Path, missing: Iterable[Trial]) -> float:
    """Return how long one validation on this corpus takes, by the first recipe on it."""
    trial = next(trial for trial in missing if trial.corpus == folder)
    with limit_threads(trial.threads):
        corpus = open_corpus(folder)
        held = load_validation(corpus)
        if held is None:
            return 0.0
        state, _ = _start(trial, corpus)
        began = time.monotonic()
        with torch.inference_mode():
            r = latents(PHRASES, state.networks.spec.latent, stream(0, Purpose.VALIDATION)).to(state.device)
            held.score(from_planes(state.ema.rolls(r).cpu().numpy()))
        return time.monotonic() - began


def _refuse_full_disk(scope: Scope, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if scope.size > free:
        raise InputError(
            f"the study needs about {scope.size / 1e9:.1f} GB, and {folder} has {free / 1e9:.1f} GB left",
            "Free some space, or name an --out on another disk.",
        )
