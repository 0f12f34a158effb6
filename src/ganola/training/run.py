"""A run on disk: its recipe, its corpus, its log, its checkpoint and its model.

recipe.toml         every choice, spelled out
run.json            corpus, budget
log.jsonl           one line a second or so
judged.jsonl        one line each time that its music was judged
doctor.jsonl        the same of the training itself: how it measured, and what was found wrong with it
checkpoint/         state.safetensors
samples/            fixed latents over time, as MIDI and PNG; like curves.png and tensorboard/, from who watches
model.safetensors   what is played: the best on validation music so far
last.safetensors    the same networks as they are now
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from ganola.corpus.store import Corpus, open_corpus
from ganola.errors import InputError
from ganola.folders import TakenError, all_or_none, lock_folder, refuse_existing, remove_folder
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec
from ganola.networks.model_file import MODEL_FILE, save_model
from ganola.networks.record import Calibration, ModelRecord, ValidationRecord
from ganola.records import read_record, record_text
from ganola.storage import write_whole
from ganola.training.checkpoint import restore_checkpoint, save_checkpoint
from ganola.training.logs import LOG
from ganola.training.machine import CPU, has_bfloat16
from ganola.training.recipe import Recipe, read_recipe, recipe_toml
from ganola.training.state import State, fresh_state

RECIPE, RUN = "recipe.toml", "run.json"
LAST = "last.safetensors"
CHECKPOINT = Path("checkpoint") / "state.safetensors"


class Budget(BaseModel):
    """How long to train: minutes of training, or steps of whatever phases a recipe has."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    minutes: float | None = Field(None, gt=0)
    steps: int | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _one_of_two(self) -> "Budget":
        if (self.minutes is None) == (self.steps is None):
            raise ValueError("a budget is minutes or steps, one of the two")
        return self

    def spent(self, state: State) -> float:
        """The fraction of the budget that `state` has spent; 1 or more is all of it."""
        return self._share(state.step, state.seconds)

    def spent_in_phase(self, state: State) -> float:
        """The fraction of the budget that `state` has spent since its phase began."""
        return self._share(state.step - state.phase_step, state.seconds - state.phase_seconds)

    def _share(self, steps: int, seconds: float) -> float:
        return steps / self.steps if self.steps is not None else seconds / (60 * (self.minutes or 0))


def _path_text(value: object) -> str:
    """A path, which may hold what is no UTF-8, where pydantic's own text may not."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("is not the path of a folder")
    return value


class RunRecord(BaseModel):
    """What run.json says: which corpus, and which budget."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corpus: Annotated[str, PlainValidator(_path_text)] = Field(description="as a path from the folder of the run")
    corpus_fingerprint: str
    budget: Budget


@dataclass(frozen=True)
class Run:
    """A training on disk, and what it runs on for now: a run can go on on another device."""

    folder: Path
    corpus: Corpus
    recipe: Recipe
    budget: Budget
    device: torch.device = CPU

    @property
    def spec(self) -> ModelSpec:
        """What its networks are made for."""
        return ModelSpec(grid=self.corpus.grid, tracks=self.corpus.tracks, networks=self.recipe.networks)

    def start(self) -> State:
        """The state to begin or go on with."""
        state = fresh_state(self.recipe, self.spec, self.device)
        if (self.folder / CHECKPOINT).exists():
            restore_checkpoint(self.folder / CHECKPOINT, state)
        return state

    def save(self, state: State) -> None:
        """Keep the state, and the networks as they are now, each whole."""
        save_checkpoint(self.folder / CHECKPOINT, state)
        save_model(self.folder / LAST, state.played, self.record(state))

    def keep(
        self, state: State, validation: ValidationRecord | None = None, calibration: Calibration | None = None
    ) -> None:
        """Make the networks as they are now those that are played; with what was found of them, if they were judged."""
        found = {"validation": validation, "calibration": calibration}
        save_model(self.folder / MODEL_FILE, state.played, self.record(state).model_copy(update=found))

    def write_down(self) -> None:
        """Keep which corpus and which budget this is."""
        about = RunRecord(
            corpus=_way(self.folder, self.corpus.folder),
            corpus_fingerprint=self.corpus.manifest.fingerprint,
            budget=self.budget,
        )
        write_whole(self.folder / RUN, record_text(about, indent=2) + "\n")

    def record(self, state: State) -> ModelRecord:
        """How the model came about."""
        return ModelRecord(
            corpus=self.corpus.manifest.source,
            corpus_fingerprint=self.corpus.manifest.fingerprint,
            common_tonic=self.corpus.manifest.common_tonic,
            tempo=self.corpus.manifest.tempo,
            plan=self.corpus.plan,
            recipe=self.recipe.model_dump(mode="json"),
            steps=state.step,
            samples=state.samples,
        )


def new_run(folder: Path, corpus: Corpus, recipe: Recipe, budget: Budget, device: torch.device = CPU) -> Run:
    """A run that begins. Raises TakenError where `folder` already holds something, or another begins there."""
    recipe = settled(recipe, corpus.tracks, device)
    run = Run(folder, corpus, recipe, budget, device)
    with lock_folder(folder):
        refuse_existing(folder)
        with all_or_none([folder / RECIPE, folder / RUN]):
            write_whole(folder / RECIPE, recipe_toml(recipe))
            run.write_down()
    return run


@contextmanager
def discard_unsaved(run: Run) -> Iterator[None]:
    """Take a run that begins away again if the block fails before anything is saved, lest it bar the next one's way."""
    try:
        yield
    except TakenError:
        raise  # it is another's
    except BaseException:
        if not (run.folder / CHECKPOINT).exists():
            remove_folder(run.folder)
        raise


def run_in(folder: Path, corpus: Corpus, recipe: Recipe, name: str, budget: Budget) -> Run:
    """The run in `folder`, to go on with under this budget, or a new one. Raises InputError where that one learns by
    another recipe than this, which is called `name`."""
    if not (folder / RUN).exists():
        return new_run(folder, corpus, recipe, budget)
    run = open_run(folder, budget)
    if run.recipe != settled(recipe, corpus.tracks, run.device):
        raise InputError(
            f"{folder} was trained with another recipe than {name} is now",
            f"Move {folder} away, or name another folder.",
        )
    return run


def settled(recipe: Recipe, tracks: tuple[Track, ...], device: torch.device) -> Recipe:
    """The recipe for this music and this machine: what suits them is spelled out, so that a run that goes on elsewhere
    is the same run."""
    choices, suited = recipe.training, {}
    if choices.precision == "fastest":
        suited["precision"] = "bfloat16" if has_bfloat16(device) else "float32"
    if choices.teaches == "suited":
        suited["teaches"] = "prior" if all(track.monophonic for track in tracks) else "generator"
    return recipe.model_copy(update={"training": choices.model_copy(update=suited)})


def open_run(folder: Path, budget: Budget | None = None, device: torch.device = CPU) -> Run:
    """The run in `folder`, to go on with, under a new budget if one is given.

    Raises InputError where there is none, it is damaged, or its corpus has changed.
    """
    if not (folder / RUN).exists():
        raise InputError(f"{folder} is not a run", "Name the folder that ganola train made.")
    about = read_record(folder / RUN, RunRecord, "Train again in another folder.")
    recipe = read_recipe(folder / RECIPE)
    corpus = open_corpus(_corpus_folder(folder, about))
    if corpus.manifest.fingerprint != about.corpus_fingerprint:
        raise InputError(
            f"the corpus {corpus.folder} is not the one that {folder} was training on",
            "Put the old corpus back, or train again in another folder.",
        )
    if not (folder / CHECKPOINT).exists() and (folder / LOG).exists() and (folder / LOG).stat().st_size:
        raise InputError(
            f"the run {folder} has lost its checkpoint {CHECKPOINT}, so it cannot go on",
            "Put it back. The model still plays; to train anew, name another folder.",
        )
    return Run(folder, corpus, recipe, budget or about.budget, device)


def corpus_beside(model: Path) -> Corpus | None:
    """The corpus that the run of this model file was trained on, where the file lies in its run."""
    folder = model.parent
    if not (folder / RUN).exists():
        return None
    return open_corpus(_corpus_folder(folder, read_record(folder / RUN, RunRecord, "Name its corpus: --corpus DIR.")))


def _corpus_folder(folder: Path, about: RunRecord) -> Path:
    return Path(os.path.normpath(folder.resolve() / about.corpus))


def _way(start: Path, end: Path) -> str:
    """The way from one folder to another, so that both can be moved together; all of it where they share no drive."""
    try:
        return Path(os.path.relpath(end.resolve(), start.resolve())).as_posix()
    except ValueError:
        return str(end.resolve())
