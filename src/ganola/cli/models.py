"""Which model file a person means: one of theirs, the newest of their runs, or one that comes with ganola."""

import re
from collections.abc import Sequence
from pathlib import Path

from ganola.cli.train import RUNS
from ganola.errors import InputError
from ganola.wording import did_you_mean

MODELS = Path(__file__).parents[1] / "models"  # those that come with ganola
BUILT_IN = "chorales"  # what is played where no model is named, and there is none in RUNS
_LONGEST_NAME = 60
MODEL_HELP = f"A model file or a run; or {BUILT_IN}, which comes with ganola."


def find_model(given: Path) -> Path:
    """The model file that a person names; what lies in their folder goes before a built-in model of that name."""
    from ganola.networks.model_file import MODEL_FILE

    if given.is_dir():
        return given / MODEL_FILE
    return given if given.exists() else built_in_models().get(str(given), given)


def existing_model(given: Path) -> Path:
    """The same. Raises InputError where there is none."""
    path = find_model(given)
    if path.exists():
        return path
    if _is_run(given):
        raise InputError(
            f"{given} has no model to play: its training was stopped before it learned anything",
            f"Go on with: ganola train --resume {given}",
        )
    if given.is_dir():
        raise InputError(f"there is no {path.name} in {given}", "Name a run: a folder that ganola train made.")
    known = [*built_in_models(), *map(str, RUNS.glob("*"))]
    remedy = did_you_mean(str(given), known, f"Name a run, a model file, or {BUILT_IN}, which comes with ganola.")
    raise InputError(f"there is no file {given}", remedy)


def newest_model() -> Path:
    """The newest model in RUNS, else the one that comes with ganola."""
    from ganola.networks.model_file import MODEL_FILE

    found = sorted(RUNS.glob(f"*/{MODEL_FILE}"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else built_in_models()[BUILT_IN]


def built_in_models() -> dict[str, Path]:
    """The models that come with ganola, each by the name of the collection that it learned."""
    return {path.stem: path for path in MODELS.glob("*.safetensors")}


def is_built_in(model: Path) -> bool:
    """Whether a model file is one that comes with ganola."""
    return model.parent == MODELS


def model_name(model: Path) -> str:
    """What a model file is called, as a part of the names of files: its own name, or that of its run's folder.

    What may not stand in a file's name on every system becomes a hyphen.
    """
    from ganola.networks.model_file import MODEL_FILE

    name = model.absolute().parent.name if model.name == MODEL_FILE else model.stem
    return re.sub(r"[^\w.]+", "-", name).strip("-.")[:_LONGEST_NAME] or "model"


def is_model(given: Path) -> bool:
    """Whether a person means a model by this name, and not a folder or an archive of music.

    Raises InputError where it is a run without a model.
    """
    found = existing_model(given) if _is_run(given) else find_model(given)
    return found.suffix == ".safetensors" and (found.exists() or not given.is_dir())


def _is_run(given: Path) -> bool:
    from ganola.training.run import RUN

    return (given / RUN).exists()


def corpus_remedy(music: Sequence[Path]) -> str:
    """What to do where nothing says which corpus of real music to hold `music` against."""
    learned = [model.stem for model in map(find_model, music) if is_built_in(model)]
    if not learned:
        return "Name it: --corpus DIR; ganola corpus build makes one."
    corpus = f"{learned[0]}.corpus"
    return f"Name it: --corpus {corpus}; made by: ganola corpus build {learned[0]} --out {corpus}"
