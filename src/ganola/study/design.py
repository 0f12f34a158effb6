"""The design of a study: its questions as axes with values, its corpora, seeds and budget, and the cells they make.

A cell is a value of a question, a corpus and a seed; each is a training. Where several values make the same recipe (a
value of an axis that the base has already, say), one training stands for all of them.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from ganola.corpus.archives import ARCHIVE_SUFFIX
from ganola.study.records import BASE, BASE_NAME, CellId
from ganola.training.budget import Budget
from ganola.training.recipe import Recipe, load_recipe, toml_value

PRODUCT = "product"  # the question whose values are the combinations of a product
ALL_RUNGS = "the whole ladder"  # the last rung beside the base, as a report calls it
_MOST_SEEDS = 1000
_LONGEST_FOLDER = 80  # letters of the part of a folder's name that says which value it is


def _refuse_lists(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise ValueError("a value of a recipe's key is a number, a text, true or false")
    return value


Value = Annotated[bool | int | float | str, BeforeValidator(_refuse_lists)]  # of a recipe's key


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Axis(_Part):
    """A question, and the values to be compared: those of one recipe key, or named bundles of keys."""

    name: str = Field(min_length=1, max_length=60)
    question: str = ""
    literature: str = Field("", description="what is published about it")
    key: str = ""
    values: tuple[Value, ...] = ()
    bundles: dict[str, dict[str, Value]] = {}

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """Return what each of its values lays over a recipe, as key=value, by the value's name."""
        if self.bundles:
            return {name: tuple(map(_change, keys.items())) for name, keys in self.bundles.items()}
        return {_value_name(value): (_change((self.key, value)),) for value in self.values}

    @model_validator(mode="after")
    def _refuse_none_or_both(self) -> "Axis":
        if self.name in (BASE.question, PRODUCT):
            raise ValueError(f"the name {self.name} means something else in a study; choose another")
        for name in (BASE_NAME, ALL_RUNGS):
            if name in self.choices:
                raise ValueError(f"a value called {name} means something else in a report; choose another name")
        if bool(self.bundles) == bool(self.key or self.values):
            raise ValueError("an axis has a key with values, or bundles: one of the two")
        if not self.bundles and not (self.key and self.values):
            raise ValueError("an axis needs a key and its values")
        if not self.bundles and len(self.choices) < len(self.values):
            raise ValueError("two of its values are equal")
        return self


class JudgingConfig(_Part):
    """How the best models are judged on test music."""

    phrases: int = Field(1000, ge=2, description="of each model")


class Study(_Part):
    """All that determines a study. Paths in it are as seen from here, not from its file (see `study_file`)."""

    title: str = ""
    corpora: tuple[str, ...] = Field(min_length=1, description="corpora, folders of music or built-in collections")
    recipe: str = Field(min_length=1, description="a preset or a TOML file: the base")
    changes: tuple[str, ...] = Field((), description="key=value, laid over the base")
    seeds: tuple[int, ...] = Field(min_length=1, description="of the trainings of each cell; in a file also how many")
    design: Literal["one-at-a-time", "product", "ladder"] = "one-at-a-time"
    budget: Budget = Field(description="of each training")
    tests: JudgingConfig = JudgingConfig()
    axes: tuple[Axis, ...] = Field(min_length=1)

    @field_validator("seeds", mode="before")
    @classmethod
    def _count_seeds(cls, given: object) -> object:
        if not isinstance(given, int):
            return given
        if isinstance(given, bool) or not 1 <= given <= _MOST_SEEDS:
            raise ValueError(f"seeds are how many there are, from 1 to {_MOST_SEEDS}, or a list of them")
        return tuple(range(given))

    @field_validator("seeds")
    @classmethod
    def _refuse_strange_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds) or min(seeds) < 0:
            raise ValueError("seeds are different whole numbers, 0 or more, or how many of them there are")
        return seeds

    @property
    def corpus_names(self) -> dict[str, str]:
        """Return its corpora as they are given, by their names."""
        return {corpus_name(given): given for given in self.corpora}


@dataclass(frozen=True)
class Setting:
    """A recipe of a study, without a seed; `answers` are all values that it stands for, the first of them its own."""

    id: CellId
    recipe: Recipe
    answers: tuple[CellId, ...]


@dataclass(frozen=True)
class Cell:
    """A training of a study: a setting on a corpus with a seed."""

    id: CellId  # which value of which question it is
    corpus: str  # by its name
    seed: int
    name: str  # of its folder
    recipe: Recipe  # all of it, with the seed

    @property
    def key(self) -> tuple[CellId, str, int]:
        """Return what tells it from all others, and what its record has too."""
        return self.id, self.corpus, self.seed


def expand(study: Study) -> list[Cell]:
    """Return the trainings of a study, in an order that soon gives a table: all of one seed first.

    Raises InputError where a recipe does not work.
    """
    settings = list_settings(study)
    return [
        Cell(
            setting.id,
            corpus,
            seed,
            folder_name(corpus, setting.id, seed),
            with_seed(setting.recipe, seed),
        )
        for seed in study.seeds
        for corpus in study.corpus_names
        for setting in settings
    ]


def list_settings(study: Study) -> list[Setting]:
    """Return the different recipes of a study, the base first, unless it is a product."""
    found: dict[Recipe, Setting] = {}
    for cell, changes in list_values(study):
        recipe = with_seed(load_recipe(study.recipe, [*study.changes, *changes]), 0)
        first = found.get(recipe, Setting(cell, recipe, ()))
        found[recipe] = Setting(first.id, recipe, (*first.answers, cell))
    return list(found.values())


def list_values(study: Study) -> Iterator[tuple[CellId, tuple[str, ...]]]:
    """Yield every value that a study asks about, with what it lays over the base."""
    if study.design == "product":
        for combination in product(*(axis.choices.items() for axis in study.axes)):
            names = [f"{axis.name}={name}" for axis, (name, _) in zip(study.axes, combination, strict=True)]
            yield CellId(PRODUCT, ", ".join(names)), sum((changes for _, changes in combination), ())
        return
    yield BASE, ()
    kept: tuple[str, ...] = ()
    for axis in study.axes:
        for name, changes in axis.choices.items():
            yield CellId(axis.name, name), (*kept, *changes)
            if study.design == "ladder":
                kept = (*kept, *changes)


def find_stand_ins(settings: Iterable[Setting]) -> Mapping[CellId, CellId]:
    """Return, for every value that a study asks about, the one whose training stands for it; most often its own."""
    return {cell: setting.id for setting in settings for cell in setting.answers}


def with_seed(recipe: Recipe, seed: int) -> Recipe:
    """Return the recipe with another seed."""
    return recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": seed})})


def corpus_name(given: str) -> str:
    """Return what a corpus is called: the name of its folder, archive or collection, without an ending."""
    whole = os.path.abspath(given)  # noqa: PTH100 - . and .. have a name then, and a link keeps its own
    return Path(whole).name.removesuffix(ARCHIVE_SUFFIX).removesuffix(".corpus")


def _value_name(value: bool | int | float | str) -> str:
    """Return what a value of a key is called."""
    return value if isinstance(value, str) else toml_value(value)


def folder_name(corpus: str, cell: CellId, seed: int) -> str:
    """Return the name of the folder of a training: short, and such that it can be a file's name on every system."""
    words = "base" if cell == BASE else f"{cell.question}-{cell.value}"
    plain = re.sub(r"[^\w.]+", "-", f"{corpus}-{words}").strip("-.")
    if len(plain) > _LONGEST_FOLDER:
        plain = f"{plain[:_LONGEST_FOLDER]}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
    return f"{plain}-seed{seed}"


def _change(setting: tuple[str, bool | int | float | str]) -> str:
    key, value = setting
    return f"{key}={toml_value(value)}"
