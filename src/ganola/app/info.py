"""What a model file is, and how it came about."""

from dataclasses import dataclass
from pathlib import Path

from ganola.app.projects import existing_model, is_run
from ganola.networks.model import Model, parameter_count
from ganola.networks.model_file import load_model
from ganola.training.logs import seconds_at
from ganola.training.recipe import parse_recipe, recipe_toml


@dataclass(frozen=True)
class ModelInfo:
    """A model, its file, how many weights each of its networks has, and its recipe as TOML."""

    path: Path
    size: int  # bytes
    model: Model
    weights: dict[str, int]  # of generator, critic and encoder, as far as it has them
    seconds: float | None  # of training, where the log of its run says it
    recipe: str


def model_info(given: Path) -> ModelInfo:
    """Return what is known of the model that a person names. Raises InputError where there is none."""
    path = existing_model(given)
    model = load_model(path)
    networks = {"generator": model.generator, "critic": model.critic, "encoder": model.encoder}
    return ModelInfo(
        path=path,
        size=path.stat().st_size,
        model=model,
        weights={name: parameter_count(network) for name, network in networks.items() if network is not None},
        seconds=seconds_at(path.parent, model.record.steps) if is_run(path.parent) else None,
        recipe=recipe_toml(parse_recipe(model.record.recipe, f"of {path}")),
    )
