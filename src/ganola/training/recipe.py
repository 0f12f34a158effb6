"""A recipe: every setting of a training, as one frozen tree, loaded from TOML and changed by `key=value`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError, model_validator

from ganola.errors import InputError
from ganola.faults import toml_fault, value_fault
from ganola.networks.config import NetworkConfig
from ganola.networks.outputs.choices import Softmax
from ganola.networks.outputs.registry import DISCRETISERS
from ganola.records import read_file
from ganola.training.config import FlowConfig, ObjectiveConfig, OptimiserConfig, Section, TrainingConfig, VaeConfig
from ganola.training.renamed_keys import find_new_name, list_renamed
from ganola.wording import did_you_mean, either, nearest

DEFAULT = "default"
_ALL_KEYS = "ganola info chorales shows all keys of a recipe."


class Recipe(Section):
    """Every setting of a training. What a recipe file leaves out is as here: plain, and the adversarial game alone."""

    networks: NetworkConfig = NetworkConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    generator: OptimiserConfig = OptimiserConfig()
    critic: OptimiserConfig = OptimiserConfig()
    vae: VaeConfig = VaeConfig()
    flow: FlowConfig = FlowConfig()
    training: TrainingConfig = TrainingConfig()

    @property
    def replays_flow(self) -> bool:
        """Whether the flow goes on learning encoded music in the game."""
        return self.flow.replay_weight > 0 and self.flow.share > 0

    @property
    def replays_vae(self) -> bool:
        """Whether the decoder goes on learning to decode real music in the game."""
        return self.vae.replay_weight > 0 and self.vae.share > 0 and self.training.trains == "generator"

    @property
    def normalises_over_batch(self) -> bool:
        """Whether what a network makes of a roll depends on the rest of its batch."""
        return "batch" in (self.networks.generator_normalisation, self.networks.critic_normalisation)

    @property
    def smallest_batch(self) -> int:
        """The fewest rolls in a batch of any of its phases."""
        supervised = [phase.batch for phase in (self.vae, self.flow) if phase.share]
        return min([self.training.batch, *supervised])

    @model_validator(mode="after")
    def _refuse_batch_norm_under_a_penalty(self) -> "Recipe":
        if self.networks.critic_normalisation == "batch" and self.objective.penalty != "none":
            raise ValueError(
                "batch normalisation in the critic makes each sample's judgement depend on the rest of the batch, "
                "so a per-sample gradient penalty would measure nothing; set networks.critic_normalisation to "
                "layer, spectral or none, or objective.penalty to none"
            )
        return self

    @model_validator(mode="after")
    def _refuse_what_no_phase_trains(self) -> "Recipe":
        if (self.networks.prior == "flow") != (self.flow.share > 0):
            raise ValueError("networks.prior = flow and a flow.share above 0 belong together; set both or neither")
        if self.flow.share and not self.vae.share:
            raise ValueError(
                "a flow learns from what a VAE encodes; set vae.share above 0, or do without both: "
                "flow.share = 0, networks.prior = normal, training.trains = generator, networks.rest_gradient = true"
            )
        if self.training.trains != "generator" and not self.flow.share:
            raise ValueError("this recipe has no flow that the game could train; set training.trains to generator")
        chooses = issubclass(DISCRETISERS[self.networks.output], Softmax)
        if chooses and not (self.networks.rest_gradient or self.vae.share):
            raise ValueError("without a VAE no voice would learn to rest; set networks.rest_gradient to true")
        if self.vae.share + self.flow.share > 1:
            raise ValueError("vae.share and flow.share are more than the whole budget; lower one of them")
        return self

    @model_validator(mode="after")
    def _refuse_batch_norm_of_one(self) -> "Recipe":
        norms = (self.networks.generator_normalisation, self.networks.critic_normalisation)
        if self.training.batch == 1 and "batch" in norms:
            raise ValueError("a batch of one has nothing to normalise over; set training.batch to 2 or more")
        if self.vae.share and self.vae.batch == 1 and norms[0] == "batch":
            raise ValueError("a batch of one has nothing to normalise over; set vae.batch to 2 or more")
        return self


def preset_names() -> list[str]:
    """Return the names of the recipes that come with ganola."""
    return sorted(
        file.name.removesuffix(".toml")
        for file in resources.files("ganola.recipes").iterdir()
        if file.name.endswith(".toml")
    )


def load_recipe(name_or_file: str, changes: Sequence[str] = ()) -> Recipe:
    """Return a preset by name, or the recipe in a TOML file, with `key=value` changes laid over it.

    Raises InputError for an unknown preset, key or value.
    """
    tree = read_tree(name_or_file)
    apply_changes(tree, changes)
    return parse_recipe(tree, name_or_file)


def read_tree(name_or_file: str) -> dict[str, Any]:
    """Return a preset by name, or what a TOML file holds, as plain values. Raises InputError where there is none."""
    if name_or_file in preset_names():
        text = (resources.files("ganola.recipes") / f"{name_or_file}.toml").read_text(encoding="utf-8")
    else:
        text = _read(Path(name_or_file))
    return _parse_toml(text, name_or_file)


def apply_changes(tree: dict[str, Any], changes: Sequence[str]) -> None:
    """Lay `changes`, each key=value, over a tree. Raises InputError for an unknown key."""
    for change in changes:
        _apply_change(tree, change)


def read_recipe(path: Path, remedy: str) -> Recipe:
    """Return the recipe in a TOML file. Raises InputError where it is none; with `remedy` where it is one of 0.1."""
    return parse_recipe(_parse_toml(_read(path), str(path)), str(path), remedy)


def parse_recipe(tree: dict[str, Any], name: str, remedy_of_old: str = "") -> Recipe:
    """Return the recipe that a tree of plain values describes.

    Raises InputError that names the first wrong key, or all those of ganola 0.1.
    """
    if renamed := list_renamed(tree):
        now = ", ".join(f"{old} is now {new}" for old, new in renamed.items())
        raise InputError(f"the recipe {name} has keys of ganola 0.1", remedy_of_old or f"Rename them: {now}.")
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        raise _explain(error.errors()[0], name) from error


def find_faults(tree: dict[str, Any], name: str) -> list[InputError]:
    """Return all that keeps a tree of plain values from being a recipe, as `parse_recipe` would raise it."""
    try:
        parse_recipe(tree, name)
    except InputError as error:
        cause = error.__cause__
        return [_explain(one, name) for one in cause.errors()] if isinstance(cause, ValidationError) else [error]
    return []


def _explain(problem: Mapping[str, Any], name: str) -> InputError:
    """Return what is wrong with a recipe, of one of pydantic's `errors()`."""
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return InputError(f"the recipe {name} has an unknown key {place}", _suggest(place))
    fault, meant = value_fault(problem)
    return InputError(f"the recipe {name} does not work: {fault}", meant or "Correct it and try again.")


def recipe_toml(recipe: Recipe) -> str:
    """Return the recipe as TOML, every setting spelled out."""
    return tomli_w.dumps(recipe.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that differs between two recipes, as TOML writes it."""

    key: str
    before: str
    now: str


def first_difference(before: Recipe, now: Recipe) -> Difference | None:
    """Return the first setting that differs between two recipes, if any does."""
    one, other = before.model_dump(mode="json"), now.model_dump(mode="json")
    for key in recipe_keys():
        section, name = key.split(".")
        values = one[section][name], other[section][name]
        if values[0] != values[1]:
            return Difference(key, *map(toml_value, values))
    return None


def toml_value(value: object) -> str:
    """Return a value as TOML writes it."""
    return tomli_w.dumps({"": value}).partition("= ")[2].strip()


def recipe_keys() -> list[str]:
    """Return every key that `--set` knows."""
    tree = Recipe().model_dump()
    return [f"{section}.{key}" for section, values in tree.items() for key in values]


def _apply_change(tree: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    key = key.strip()
    if not equals:
        raise InputError(f"{change!r} is not of the form key=value", "For example: --set training.batch=32")
    if key not in recipe_keys():
        raise InputError(f"a recipe has no key {key}", _suggest(key))
    section, name = key.split(".")
    if not isinstance(tree.setdefault(section, {}), dict):
        raise InputError(f"the recipe has {section} = {tree[section]!r}, which is no section", f"Write [{section}].")
    tree[section][name] = _parse_value(text.strip())


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # no TOML, or absurdly long or nested
        return text


def _parse_toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # no TOML, or absurdly long or nested
        raise InputError(f"the recipe {name} {toml_fault(error)}", "Correct that line and try again.") from error


def _suggest(key: str) -> str:
    """Return which keys may have been meant: the new name of an old key, the nearest, or all of that name."""
    if new := find_new_name(key):
        return f"It is called {new} now."
    keys = recipe_keys()
    if "." in key:
        return did_you_mean(key, keys, _ALL_KEYS)
    name = nearest(key, [own.split(".")[1] for own in keys])
    meant = [own for own in keys if own.split(".")[1] == name]
    return f"Did you mean {either(meant)}?" if meant else _ALL_KEYS


def _read(path: Path) -> str:
    if not path.exists() or path.is_dir():
        raise InputError(
            f"there is no recipe {path}",
            did_you_mean(str(path), preset_names(), f"Name a TOML file, or one of: {', '.join(preset_names())}."),
        )
    try:
        return read_file(path).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"the recipe {path} cannot be read as text", "Name a TOML file.") from error
