"""A recipe: every choice of a training, as one frozen tree, loaded from TOML and changed by `key=value`."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ganola.errors import InputError
from ganola.faults import toml_fault, value_fault
from ganola.networks.config import NetworkConfig
from ganola.records import read_file
from ganola.wording import did_you_mean, either, nearest

DEFAULT = "default"
_ALL_KEYS = "ganola info chorales shows all keys of a recipe."

Phase = Literal["warm start", "prior", "critic's lead", "game"]
Player = Literal["autoencoder", "flow", "generator", "critic"]

# The section of a recipe that says how each player learns.
SECTIONS: dict[Player, str] = {
    "autoencoder": "warm_start",
    "flow": "prior",
    "generator": "generator",
    "critic": "critic",
}


class ObjectiveChoices(BaseModel):
    """What the players play for."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    loss: Literal["wasserstein", "minimax", "non-saturating", "hinge", "least-squares", "relativistic"] = "wasserstein"
    penalty: Literal["gradient", "one-sided", "r1", "r2", "r1-r2", "none"] = "gradient"
    penalty_weight: float = Field(10.0, ge=0, description="lambda of a gradient penalty (N12), gamma of R1 and R2")
    augment: Literal["none", "transpose", "shift", "silence", "all"] = Field(
        "none", description="what is done alike to real and generated rolls before the critic hears them (N3)"
    )
    augment_probability: float = Field(
        0.3, ge=0, le=1, description="of each kind, in each roll; from a half on the generator may learn it too"
    )


class OptimiserChoices(BaseModel):
    """Adam's numbers (Kingma and Ba 2015, arXiv 1412.6980)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    learning_rate: float = Field(1e-3, gt=0)
    beta1: float = Field(0.5, ge=0, lt=1)
    beta2: float = Field(0.9, ge=0, lt=1)


class WarmStartChoices(BaseModel):
    """How the generator learns as the decoder of a variational autoencoder first (N9)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    share: float = Field(0.0, ge=0, le=1, description="of the budget; 0 is no warm start")
    kl_weight: float = Field(0.3, ge=0, description="of a nat of divergence beside a nat of reconstruction (beta)")
    kl_rise: float = Field(0.5, ge=0, le=1, description="share of the warm start over which it rises from nothing")
    learning_rate: float = Field(1e-3, gt=0, description="at first; it falls along a cosine to a twentieth")
    batch: int = Field(32, ge=1, description="rolls in a batch")
    transpose_after: float = Field(
        0.0,
        ge=0,
        description="passes through the music after which every second roll is learnt in another key, and ever more "
        "then, lest it be known by heart; 0 is never",
    )


class PriorChoices(BaseModel):
    """How a prior that is a flow learns where a warm start encodes music."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    share: float = Field(0.0, ge=0, le=1, description="of the budget, after the warm start")
    learning_rate: float = Field(1e-3, gt=0, description="at first; it falls along a cosine to a twentieth")
    batch: int = Field(64, ge=1, description="encoded rolls in a batch")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of a layer's channels that each sample does without")
    anchor: float = Field(
        0.0,
        ge=0,
        description="weight of the flow's squared error on encoded music beside the generator's loss, in a game that "
        "teaches the flow alone: it keeps the flow where music is",
    )


class TrainingChoices(BaseModel):
    """How the game is played."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    batch: int = Field(32, ge=1, description="rolls in a batch (B)")
    critic_steps: int = Field(1, ge=1, description="critic steps per generator step")
    teaches: Literal["generator", "prior", "suited"] = Field(
        "generator",
        description="what of the generator learns in the game: all of it, or its flow alone; suited is the flow alone "
        "where every track is of one note at a time",
    )
    critic_lead: float = Field(
        0.0, ge=0, lt=1, description="share of the game, at its beginning, in which only the critic learns"
    )
    average_samples: float = Field(
        10_000, gt=0, description="half-life of the generator's moving average, in real rolls shown"
    )
    judge_every: int = Field(
        5_000, ge=1, description="real rolls shown in the game between two judgements on validation music"
    )
    precision: Literal["float32", "bfloat16", "fastest"] = Field(
        "float32", description="of the players' products; fastest is bfloat16 where the device has it"
    )
    seed: int = Field(0, ge=0)


class Recipe(BaseModel):
    """Every choice of a training. What a recipe file leaves out is as here: plain, and without a warm start."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    networks: NetworkConfig = NetworkConfig()
    objective: ObjectiveChoices = ObjectiveChoices()
    generator: OptimiserChoices = OptimiserChoices()
    critic: OptimiserChoices = OptimiserChoices()
    warm_start: WarmStartChoices = WarmStartChoices()
    prior: PriorChoices = PriorChoices()
    training: TrainingChoices = TrainingChoices()

    @property
    def shares(self) -> dict[Phase, float]:
        """The phases before the game of the two, in order, and what share of the budget each has."""
        warm, prior = self.warm_start.share, self.prior.share
        lead = self.training.critic_lead * (1 - warm - prior)
        shares: dict[Phase, float] = {"warm start": warm, "prior": prior, "critic's lead": lead}
        return {phase: share for phase, share in shares.items() if share > 0}

    @property
    def anchored(self) -> bool:
        """Whether the flow hears of encoded music in the game too."""
        return self.prior.anchor > 0 and self.training.teaches == "prior"

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
    def _refuse_what_its_phases_do_not_teach(self) -> "Recipe":
        if (self.networks.prior == "flow") != (self.prior.share > 0):
            raise ValueError("networks.prior = flow and a prior.share above 0 belong together; set both or neither")
        if self.prior.share and not self.warm_start.share:
            raise ValueError(
                "a flow learns where a warm start encodes music; set warm_start.share above 0, or do without both: "
                "prior.share = 0, networks.prior = normal, training.teaches = generator, networks.rest_gradient = true"
            )
        if self.training.teaches != "generator" and not self.prior.share:
            raise ValueError("this recipe has no flow that a game could teach; set training.teaches to generator")
        if self.networks.output == "softmax" and not (self.networks.rest_gradient or self.warm_start.share):
            raise ValueError("without a warm start no voice would learn to rest; set networks.rest_gradient to true")
        if self.warm_start.share + self.prior.share > 1:
            raise ValueError("warm_start.share and prior.share are more than the whole budget; lower one of them")
        return self

    @model_validator(mode="after")
    def _refuse_batch_norm_of_one(self) -> "Recipe":
        norms = (self.networks.generator_normalisation, self.networks.critic_normalisation)
        if self.training.batch == 1 and "batch" in norms:
            raise ValueError("a batch of one has nothing to normalise over; set training.batch to 2 or more")
        if self.warm_start.share and self.warm_start.batch == 1 and norms[0] == "batch":
            raise ValueError("a batch of one has nothing to normalise over; set warm_start.batch to 2 or more")
        return self


def preset_names() -> list[str]:
    """The recipes that come with ganola."""
    return sorted(
        file.name.removesuffix(".toml")
        for file in resources.files("ganola.recipes").iterdir()
        if file.name.endswith(".toml")
    )


def load_recipe(name_or_file: str, changes: list[str] | None = None) -> Recipe:
    """A preset by name, or a TOML file, with `key=value` changes laid over it.

    Raises InputError for an unknown preset, key or value.
    """
    if name_or_file in preset_names():
        text = (resources.files("ganola.recipes") / f"{name_or_file}.toml").read_text(encoding="utf-8")
    else:
        text = _read(Path(name_or_file))
    tree = _tree(text, name_or_file)
    for change in changes or []:
        _lay_over(tree, change)
    return parse_recipe(tree, name_or_file)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file. Raises InputError where it is none."""
    return parse_recipe(_tree(_read(path), str(path)), str(path))


def parse_recipe(tree: dict[str, Any], name: str) -> Recipe:
    """The recipe that a tree of plain values describes. Raises InputError that names the first wrong key."""
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            raise InputError(f"the recipe {name} has an unknown key {place}", _suggestion(place)) from error
        fault, meant = value_fault(problem)
        remedy = meant or "Correct it and try again."
        raise InputError(f"the recipe {name} does not work: {fault}", remedy) from error


def recipe_toml(recipe: Recipe) -> str:
    """The recipe, every choice spelled out, as TOML."""
    return tomli_w.dumps(recipe.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class Difference:
    """A choice that two recipes make differently, as TOML writes it."""

    key: str
    before: str
    now: str


def first_difference(before: Recipe, now: Recipe) -> Difference | None:
    """Return the first choice that differs between two recipes, if any does."""
    one, other = before.model_dump(mode="json"), now.model_dump(mode="json")
    for key in recipe_keys():
        section, name = key.split(".")
        values = one[section][name], other[section][name]
        if values[0] != values[1]:
            return Difference(key, *(tomli_w.dumps({"": value}).partition("= ")[2].strip() for value in values))
    return None


def recipe_keys() -> list[str]:
    """Every key that `--set` knows."""
    tree = Recipe().model_dump()
    return [f"{section}.{key}" for section, choices in tree.items() for key in choices]


def _lay_over(tree: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    key = key.strip()
    if not equals:
        raise InputError(f"{change!r} is not of the form key=value", "For example: --set training.batch=32")
    if key not in recipe_keys():
        raise InputError(f"a recipe has no key {key}", _suggestion(key))
    section, name = key.split(".")
    if not isinstance(tree.setdefault(section, {}), dict):
        raise InputError(f"the recipe has {section} = {tree[section]!r}, which is no section", f"Write [{section}].")
    tree[section][name] = _value(text.strip())


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # no TOML, or absurdly long or nested
        return text


def _tree(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # no TOML, or absurdly long or nested
        raise InputError(f"the recipe {name} {toml_fault(error)}", "Correct that line and try again.") from error


def _suggestion(key: str) -> str:
    """The keys that may have been meant: the nearest, or all of that name where no section is given."""
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
