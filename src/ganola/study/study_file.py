"""Studies as TOML: read with all faults found at once, before anything runs, and written beside what they found."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ValidationError

from ganola.corpus.collections import COLLECTIONS
from ganola.corpus.open import open_source
from ganola.corpus.store import MANIFEST, open_corpus
from ganola.errors import InputError
from ganola.faults import toml_fault, value_fault
from ganola.records import read_file
from ganola.storage import write_whole
from ganola.study.design import PRODUCT, Axis, JudgingConfig, Study, corpus_name, folder_name, list_values
from ganola.study.records import RECIPE, STUDY, CellId
from ganola.training.budget import Budget
from ganola.training.recipe import apply_changes, find_faults, load_recipe, preset_names, read_tree, recipe_toml
from ganola.training.run import relative_path
from ganola.wording import counted, did_you_mean

_SEED_KEY = "training.seed"
_TABLES: dict[str, type[BaseModel]] = {"": Study, "axes": Axis, "budget": Budget, "tests": JudgingConfig}

Tree = dict[str, Any]


def study_names() -> list[str]:
    """Return the names of the studies that come with ganola."""
    files = (file.name for file in resources.files("ganola.studies").iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))


def load_study(name_or_file: str) -> Study:
    """Return a study that comes with ganola by its name, or the one in a TOML file, beside which its paths begin.

    Raises InputError that says all that is wrong with it.
    """
    tree, home = _read_tree(name_or_file)
    tree = _with_paths(tree, home)
    faults = list(find_study_faults(tree))
    if faults:
        raise InputError(
            f"the study {name_or_file} cannot be done as it is: {counted(len(faults), 'fault')}",
            "Nothing has run. Correct the file and try again." if len(faults) == 1 else "Correct them and try again.",
            faults,
        )
    return Study.model_validate(tree)


def read_study(folder: Path) -> Study:
    """Return the study that `save_study` wrote to a folder, be its music still there or not. Raises InputError."""
    if not (folder / STUDY).is_file():
        raise InputError(f"there is no study in {folder}", "Name the folder that `ganola study` wrote its results to.")
    tree, home = _read_tree(str(folder / STUDY))
    try:
        return Study.model_validate(_with_paths(tree, home))
    except ValidationError as error:
        fault = _explain(error.errors()[0], tree)
        raise InputError(f"{folder / STUDY} is not as it was written: {fault}", "Put it back.") from error


def save_study(study: Study, folder: Path) -> None:
    """Write a study to `folder`, with its base recipe spelled out beside it, so that `load_study` reads both there."""
    write_whole(folder / RECIPE, recipe_toml(load_recipe(study.recipe)))
    tree = study.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    tree["recipe"] = RECIPE
    tree["corpora"] = [given if given in COLLECTIONS else relative_path(folder, Path(given)) for given in study.corpora]
    write_whole(folder / STUDY, tomli_w.dumps(tree))


def find_study_faults(tree: Tree) -> Iterator[str]:
    """Yield all that is wrong with a study, each in a line that says where."""
    study: Study | None = None
    try:
        study = Study.model_validate(tree)
    except ValidationError as error:
        yield from (_explain(problem, tree) for problem in error.errors())
    axes = study.axes if study else tuple(_sound_axes(tree))
    yield from _faults_of_names(tree, axes)
    yield from _faults_of_design(tree.get("design"), axes)
    yield from _faults_of_corpora(_texts(tree.get("corpora")))
    if study:
        values = list(list_values(study))
        yield from _faults_of_folders(study.corpus_names, [cell for cell, _ in values])
    else:
        values = [(CellId(axis.name, name), changes) for axis in axes for name, changes in axis.choices.items()]
    yield from _faults_of_recipes(tree.get("recipe"), _texts(tree.get("changes")), values)


def _read_tree(name_or_file: str) -> tuple[Tree, Path]:
    """Return what the file of a study holds, and where its paths begin."""
    if name_or_file in study_names():
        text = (resources.files("ganola.studies") / f"{name_or_file}.toml").read_text(encoding="utf-8")
        return tomllib.loads(text), Path()
    path, names = Path(name_or_file), study_names()
    remedy = did_you_mean(name_or_file, names, f"Name a TOML file, or one of: {', '.join(names)}.")
    if not path.exists():
        raise InputError(f"there is no study {path}", remedy)
    try:
        return tomllib.loads(read_file(path, remedy).decode()), path.parent
    except (ValueError, RecursionError) as error:  # no text, no TOML, or absurdly long or nested
        raise InputError(f"the study {path} {toml_fault(error)}", "Correct that and try again.") from error


def _with_paths(tree: Tree, home: Path) -> Tree:
    """Return the tree with its paths as seen from here."""
    located = dict(tree)
    if isinstance(recipe := tree.get("recipe"), str) and recipe not in preset_names():
        located["recipe"] = str(home / recipe)
    if isinstance(corpora := tree.get("corpora"), list):
        located["corpora"] = [
            str(home / one) if isinstance(one, str) and one and one not in COLLECTIONS else one for one in corpora
        ]
    return located


def _explain(problem: Any, tree: Tree) -> str:
    """Return one of pydantic's `errors()` in words, with the axis that it is about by its name."""
    place: Sequence[int | str] = problem["loc"]
    axis, table = "", str(place[0]) if len(place) > 1 else ""
    if place[:1] == ("axes",) and len(place) > 1:
        number = int(place[1])
        name = tree["axes"][number].get("name") if isinstance(tree["axes"][number], dict) else None
        axis, place = f"axis {name if isinstance(name, str) and name else number + 1}: ", place[2:]
    shown = [part + 1 if isinstance(part, int) else part for part in place]
    fault, meant = value_fault({**problem, "loc": shown})
    if problem["type"] == "extra_forbidden" and table in _TABLES:
        meant = did_you_mean(str(place[-1]), list(_TABLES[table].model_fields)) or None
    return f"{axis}{fault}.{f' {meant}' if meant else ''}"


def _sound_axes(tree: Tree) -> Iterator[Axis]:
    """Yield the axes that can be understood."""
    given = tree.get("axes")
    for one in given if isinstance(given, list) else ():
        try:
            yield Axis.model_validate(one)
        except ValidationError:
            continue


def _texts(given: object) -> list[str]:
    return [one for one in given if isinstance(one, str) and one] if isinstance(given, list) else []


def _faults_of_names(tree: Tree, axes: Sequence[Axis]) -> Iterator[str]:
    for name in _repeated(axis.name for axis in axes):
        yield f"axes: several are called {name}. Give each a name of its own."
    for name in _repeated(corpus_name(one) for one in _texts(tree.get("corpora"))):
        yield f"corpora: several are called {name}. Rename a folder."


def _faults_of_folders(corpora: Iterable[str], cells: Iterable[CellId]) -> Iterator[str]:
    """Yield which trainings would share a folder, for their names are too like one another."""
    folders: dict[str, tuple[str, CellId]] = {}
    for corpus, cell in product(corpora, cells):
        first = folders.setdefault(folder_name(corpus, cell, 0).casefold(), (corpus, cell))
        if first != (corpus, cell):
            own, other = (f"{value.words} on {name}" for name, value in ((corpus, cell), first))
            yield f"names: {own} is too like {other}. Rename one of them."


def _faults_of_design(design: object, axes: Sequence[Axis]) -> Iterator[str]:
    if design == "ladder":
        for axis in axes:
            if len(axis.choices) > 1:
                yield f"axis {axis.name}: a rung of a ladder has one value, and this has {len(axis.choices)}."
    if design == PRODUCT:
        keys = [{_key(change) for changes in axis.choices.values() for change in changes} for axis in axes]
        for key in _repeated(key for own in keys for key in own):
            yield f"axes: several set {key}, which cannot be combined. Make bundles of one axis of them."


def _faults_of_corpora(corpora: Iterable[str]) -> Iterator[str]:
    for given in corpora:
        try:
            if (Path(given) / MANIFEST).exists() or given.endswith(".corpus"):
                open_corpus(Path(given))
            else:
                open_source(given)
        except InputError as error:
            yield f"corpora: {error.problem}. {error.remedy}"


def _faults_of_recipes(
    recipe: object, changes: Iterable[str], values: Iterable[tuple[CellId, tuple[str, ...]]]
) -> Iterator[str]:
    """Yield what is wrong with the base, then with each value laid over it, each fault once."""
    known: set[str] = set()
    base: Tree = {}
    try:
        base = read_tree(recipe) if isinstance(recipe, str) and recipe else {}
    except InputError as error:
        yield f"recipe: {error.problem}. {error.remedy}"
    yield from _lay_over(base, changes, "changes", known)
    for cell, own in values:
        where = f"axis {cell.question}, value {cell.value}" if cell.question != PRODUCT else cell.value
        yield from _lay_over(deepcopy(base), own, where if own else "recipe", known)


def _lay_over(tree: Tree, changes: Iterable[str], where: str, known: set[str]) -> Iterator[str]:
    """Lay changes over a tree, and yield what is then wrong with it and not `known`."""
    faults: list[InputError] = []
    for change in changes:
        if _key(change) == _SEED_KEY:
            faults.append(InputError(f"{_SEED_KEY} is for seeds to say", "Leave it out."))
        try:
            apply_changes(tree, [change])
        except InputError as error:
            faults.append(error)
    for fault in (*faults, *find_faults(tree, "")):
        problem = fault.problem.replace("the recipe  ", "the recipe ")
        if problem not in known:
            known.add(problem)
            yield f"{where}: {problem}. {fault.remedy}"


def _key(change: str) -> str:
    return change.partition("=")[0].strip()


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
