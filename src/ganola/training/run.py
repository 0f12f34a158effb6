"""A run on disk: its recipe, its corpus, its logs, its checkpoint and its model.

recipe.toml         every setting, spelled out
run.json            corpus, budget, and the model whose weights it began with, if with a model's
log.jsonl           a line for each logged step: two a second
validation.jsonl    a line for each validation of its music
doctor.jsonl        a line for each diagnosis of the training itself
checkpoint/         state.safetensors
samples/            fixed latents over time, as MIDI and PNG; like curves.png and tensorboard/, written by callbacks
model.safetensors   the model to play: the best on validation music so far
last.safetensors    the same networks as they are now
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from ganola.corpus.store import Corpus, open_corpus
from ganola.errors import InputError, MachineError
from ganola.folders import TakenError, all_or_none, lock_folder, refuse_existing, remove_folder
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, resolve_guidance, resolve_latent, resolve_temperature
from ganola.networks.inputs import CPU
from ganola.networks.model_file import MODEL_FILE, save_model
from ganola.networks.record import Calibration, ModelId, ModelRecord, ValidationRecord
from ganola.records import read_record, record_text
from ganola.storage import write_whole
from ganola.training.budget import Budget
from ganola.training.build import build_state
from ganola.training.checkpoint import restore_checkpoint, save_checkpoint
from ganola.training.device import fastest_precision
from ganola.training.fine_tuning import Pretrained, load_pretrained, refuse_other_shape
from ganola.training.logs import LOG
from ganola.training.optimisation import NotFiniteError, raise_if_not_finite, raise_if_too_large
from ganola.training.recipe import Recipe, read_recipe, recipe_toml
from ganola.training.state import State
from ganola.wording import counted

RECIPE, RUN = "recipe.toml", "run.json"
LAST = "last.safetensors"
CHECKPOINT = Path("checkpoint") / "state.safetensors"


def _path_text(value: object) -> str:
    """A path, which may hold what is no UTF-8, where pydantic's own text may not."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("is not the path of a folder")
    return value


class RunRecord(BaseModel):
    """What run.json says: which corpus, which budget, and which model it began from, if from one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corpus: Annotated[str, PlainValidator(_path_text)] = Field(description="as a path from the folder of the run")
    corpus_fingerprint: str
    budget: Budget
    from_model: ModelId | None = None


@dataclass(frozen=True)
class Run:
    """A training on disk, and what it runs on for now: a run can go on on another device."""

    folder: Path
    corpus: Corpus
    recipe: Recipe
    budget: Budget
    device: torch.device = CPU
    from_model: ModelId | None = None  # whose weights it began with; its checkpoint has them

    @property
    def spec(self) -> ModelSpec:
        """What its networks are built for."""
        return ModelSpec(grid=self.corpus.grid, tracks=self.corpus.tracks, networks=self.recipe.networks)

    def start(self) -> State:
        """Return the state to begin or resume with. Raises InputError for a checkpoint that cannot be used."""
        state = build_state(self.recipe, self.spec, self.device)
        if (self.folder / CHECKPOINT).exists():
            restore_checkpoint(self.folder / CHECKPOINT, state)
        return state

    def save(self, state: State) -> None:
        """Save the state, and the networks as they are now, each whole."""
        save_checkpoint(self.folder / CHECKPOINT, state)
        save_model(self.folder / LAST, state.ema_networks, self.record(state))

    def keep(
        self, state: State, validation: ValidationRecord | None = None, calibration: Calibration | None = None
    ) -> None:
        """Save the networks as they are now as the model to play, with the results of their validation, if any."""
        found = {"validation": validation, "calibration": calibration}
        save_model(self.folder / MODEL_FILE, state.ema_networks, self.record(state).model_copy(update=found))

    def write_record(self) -> None:
        """Write run.json (see `RunRecord`)."""
        about = RunRecord(
            corpus=relative_path(self.folder, self.corpus.folder),
            corpus_fingerprint=self.corpus.manifest.fingerprint,
            budget=self.budget,
            from_model=self.from_model,
        )
        write_whole(self.folder / RUN, record_text(about, indent=2) + "\n")

    def check_finite(self, state: State) -> None:
        """Raise MachineError where a step since the last call was not finite, or weights are far too large. Waits for
        the device."""
        with self.explain_not_finite(state):
            raise_if_not_finite(state)
            raise_if_too_large(state)

    @contextmanager
    def explain_not_finite(self, state: State) -> Iterator[None]:
        """Raise MachineError, with what to change, where the block raises NotFiniteError."""
        try:
            yield
        except NotFiniteError as error:
            section = error.network
            rate = getattr(self.recipe, section).learning_rate / 10
            raise MachineError(
                f"{error}, at step {state.step} after {counted(state.samples, 'sample')}",
                f"What was saved before that is in {self.folder}. Try a lower learning rate, "
                f"for example --set {section}.learning_rate={rate:.1g}, in a new run.",
            ) from error

    def record(self, state: State) -> ModelRecord:
        """Return how the model came about."""
        return ModelRecord(
            corpus=self.corpus.manifest.source,
            corpus_fingerprint=self.corpus.manifest.fingerprint,
            common_tonic=self.corpus.manifest.common_tonic,
            tempo=self.corpus.manifest.tempo,
            plan=self.corpus.plan,
            recipe=self.recipe.model_dump(mode="json"),
            steps=state.step,
            samples=state.samples,
            from_model=self.from_model,
        )


def new_run(
    folder: Path,
    corpus: Corpus,
    recipe: Recipe,
    budget: Budget,
    device: torch.device = CPU,
    pretrained: Pretrained | None = None,
) -> Run:
    """Make a new run, with the weights of `pretrained` in its checkpoint, if that is given.

    Raises TakenError where `folder` already holds something, or another begins there, and InputError where a corpus
    does not fit the pretrained model.
    """
    if pretrained is not None:
        refuse_other_shape(corpus, pretrained)
    recipe = resolve_recipe(recipe, corpus.grid, corpus.tracks, device)
    run = Run(folder, corpus, recipe, budget, device, pretrained.id if pretrained else None)
    with lock_folder(folder):
        refuse_existing(folder)
        with all_or_none([folder / RECIPE, folder / RUN]):
            write_whole(folder / RECIPE, recipe_toml(recipe))
            run.write_record()
    if pretrained is not None:
        with discard_unsaved(run):
            state = build_state(run.recipe, run.spec)
            load_pretrained(state, pretrained.model)
            save_checkpoint(run.folder / CHECKPOINT, state)
    return run


@contextmanager
def discard_unsaved(run: Run) -> Iterator[None]:
    """Remove a new run if the block fails before anything is saved, so that the next one can have its folder."""
    try:
        yield
    except TakenError:
        raise  # it is another's
    except BaseException:
        if not (run.folder / CHECKPOINT).exists():
            remove_folder(run.folder)
        raise


def open_or_create_run(folder: Path, corpus: Corpus, recipe: Recipe, name: str, budget: Budget) -> Run:
    """Return the run in `folder` under this budget, or a new one.

    `name` is what the recipe is called. Raises InputError where the run has another one.
    """
    if not (folder / RUN).exists():
        return new_run(folder, corpus, recipe, budget)
    run = open_run(folder, budget)
    known = run.recipe.training.precision
    if run.recipe != resolve_recipe(recipe, corpus.grid, corpus.tracks, run.device, known):
        raise InputError(
            f"{folder} was trained with another recipe than {name} is now",
            f"Move {folder} away, or name another folder.",
        )
    return run


def resolve_recipe(
    recipe: Recipe, grid: Grid, tracks: tuple[Track, ...], device: torch.device, precision: str | None = None
) -> Recipe:
    """Return the recipe with what it leaves to the music and the machine spelled out.

    A run that resumes on another device keeps what was chosen. `precision` is what the fastest is known to be.
    """
    config = recipe.training
    chosen: dict[str, str] = {}
    if config.precision == "fastest":
        chosen["precision"] = precision or fastest_precision(device)
    if config.trains == "auto":
        chosen["trains"] = "flow" if all(track.monophonic for track in tracks) else "generator"
    own = recipe.networks
    networks = {
        "latent": resolve_latent(own, grid),
        "guidance": resolve_guidance(own, tracks),
        "temperature": resolve_temperature(own, tracks),
    }
    sections = {"networks": own.model_copy(update=networks), "training": config.model_copy(update=chosen)}
    return recipe.model_copy(update=sections)


def open_run(folder: Path, budget: Budget | None = None, device: torch.device = CPU) -> Run:
    """Return the run in `folder`, under a new budget if one is given.

    Raises InputError where there is none, it is damaged, or its corpus has changed.
    """
    if not (folder / RUN).exists():
        raise InputError(f"{folder} is not a run", "Name the folder that ganola train made.")
    about = read_record(folder / RUN, RunRecord, "Train again in another folder.")
    recipe = read_recipe(folder / RECIPE, "Train again in another folder.")
    corpus = open_corpus(_corpus_folder(folder, about))
    if corpus.manifest.fingerprint != about.corpus_fingerprint:
        raise InputError(
            f"the corpus {corpus.folder} is not the one that {folder} was training on",
            "Put the old corpus back, or train again in another folder.",
        )
    begun = about.from_model is not None or ((folder / LOG).exists() and (folder / LOG).stat().st_size > 0)
    if begun and not (folder / CHECKPOINT).exists():
        raise InputError(
            f"the run {folder} has lost its checkpoint {CHECKPOINT}, so it cannot go on",
            "Put it back. The model still plays; to train anew, name another folder.",
        )
    return Run(folder, corpus, recipe, budget or about.budget, device, about.from_model)


def corpus_beside(model: Path) -> Corpus | None:
    """Return the corpus that this model file was trained on, or None where the file lies in no run."""
    folder = model.parent
    if not (folder / RUN).exists():
        return None
    return open_corpus(_corpus_folder(folder, read_record(folder / RUN, RunRecord, "Name its corpus: --corpus DIR.")))


def _corpus_folder(folder: Path, about: RunRecord) -> Path:
    return Path(os.path.normpath(folder.resolve() / about.corpus))


def relative_path(start: Path, end: Path) -> str:
    """Return the path from one folder to another, so that both can be moved together; absolute across drives."""
    try:
        return Path(os.path.relpath(end.resolve(), start.resolve())).as_posix()
    except ValueError:
        return str(end.resolve())
