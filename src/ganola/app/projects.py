"""Which corpus, run or model is meant: one of a person's own, the newest of their runs, or what comes with ganola."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganola.app.defaults import BUILT_IN, RUNS
from ganola.corpus.collections import COLLECTIONS
from ganola.corpus.store import Corpus, open_corpus
from ganola.errors import InputError
from ganola.judging.closeness import is_far
from ganola.networks.model import Model
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.training.fine_tuning import Pretrained
from ganola.training.run import RUN, corpus_beside
from ganola.wording import did_you_mean

MODELS = Path(__file__).parents[1] / "models"  # those that come with ganola
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that was chosen because nobody named one; `far_run` is a newer run whose music is too far from real."""

    path: Path
    far_run: Path | None = None
    far_ratio: float = 0.0


def find_model(given: Path) -> Path:
    """Return the model file that a person names; what lies in their folder goes before a built-in model."""
    if given.is_dir():
        return given / MODEL_FILE
    return given if given.exists() else built_in_models().get(str(given), given)


def existing_model(given: Path) -> Path:
    """Return the model file that a person names. Raises InputError where there is none."""
    path = find_model(given)
    if path.exists():
        return path
    if is_run(given):
        raise InputError(
            f"{given} has no model to play: its training was stopped before it learned anything",
            f"Go on with: ganola train --resume {given}",
        )
    if given.is_dir():
        raise InputError(f"there is no {path.name} in {given}", "Name a run: a folder that ganola train made.")
    known = [*built_in_models(), *map(str, RUNS.glob("*"))]
    remedy = did_you_mean(str(given), known, f"Name a run, a model file, or {BUILT_IN}, which comes with ganola.")
    raise InputError(f"there is no file {given}", remedy)


def load_pretrained_model(given: Path) -> Pretrained:
    """Return the model that a person names, to begin a training with. Raises InputError where there is none."""
    path = existing_model(given)
    return Pretrained(load_model(path), model_name(path), str(given))


def choose_model() -> ModelChoice:
    """Return the newest model in RUNS, unless anybody hears that its music is not real; else the built-in one."""
    path = newest_model()
    ratio = far_ratio(load_model(path))
    if ratio is None:
        return ModelChoice(path)
    return ModelChoice(built_in_models()[BUILT_IN], far_run=path.parent, far_ratio=ratio)


def newest_model() -> Path:
    """Return the newest model in RUNS, else the one that comes with ganola."""
    found = sorted(RUNS.glob(f"*/{MODEL_FILE}"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else built_in_models()[BUILT_IN]


def built_in_models() -> dict[str, Path]:
    """Return the models that come with ganola, each by the name of the collection that it learned."""
    return {path.stem: path for path in MODELS.glob("*.safetensors")}


def is_built_in(model: Path) -> bool:
    """Return whether a model file is one that comes with ganola."""
    return model.parent == MODELS


def is_run(folder: Path) -> bool:
    """Return whether a folder is a run."""
    return (folder / RUN).exists()


def model_name(model: Path) -> str:
    """Return what a model file is called, as a part of the names of files: its own name, or that of its run's folder.

    What may not stand in a file's name on every system becomes a hyphen.
    """
    return _part_of_a_name(model.absolute().parent.name if model.name == MODEL_FILE else model.stem) or "model"


def file_stem(music: Path) -> str:
    """Return what a file of music is called, as a part of the names of files, without its ending."""
    return _part_of_a_name(music.stem) or "music"


def _part_of_a_name(name: str) -> str:
    return re.sub(r"[^\w.]+", "-", name).strip("-.")[:_LONGEST_NAME]


def is_model(given: Path) -> bool:
    """Return whether a person means a model by this name, and not a folder or an archive of music.

    Raises InputError where it is a run without a model.
    """
    found = existing_model(given) if is_run(given) else find_model(given)
    return found.suffix == ".safetensors" and (found.exists() or not given.is_dir())


def far_ratio(model: Model) -> float | None:
    """Return how far a model's music is from real music, where that is known and anybody hears it; else None."""
    judged = model.record.validation
    return judged.ratio if judged is not None and is_far(judged.ratio) else None


def corpus_for(music: Sequence[Path], given: Path | None = None) -> Corpus:
    """Return the corpus that a person names, or that of the first run among `music`.

    Raises InputError where there is neither, or where some of `music` does not exist.
    """
    for path in music:
        if not path.exists() and not find_model(path).exists():
            remedy = did_you_mean(str(path), [*built_in_models(), *map(str, RUNS.glob("*"))], "Check the name.")
            raise InputError(f"{path} does not exist", remedy)
    if given is not None:
        return open_corpus(given)
    for path in music:
        try:
            beside = corpus_beside(path / MODEL_FILE if path.is_dir() else path)
        except InputError as error:
            remedy = "Name the corpus that the model was trained on, wherever it is now: --corpus DIR."
            raise InputError(error.problem, remedy) from error
        if beside is not None:
            return beside
    raise InputError("nothing says which corpus of real music to compare this with", _corpus_remedy(music))


def _corpus_remedy(music: Sequence[Path]) -> str:
    """Return what to do where nothing says which corpus of real music to compare `music` with."""
    built_in = [model.stem for model in map(find_model, music) if is_built_in(model)]
    learned = [name for name in built_in if name in COLLECTIONS]
    if not learned:
        return "Name it: --corpus DIR; ganola corpus build makes one."
    corpus = f"{learned[0]}.corpus"
    return f"Name it: --corpus {corpus}; made by: ganola corpus build {learned[0]} --out {corpus}"
