"""Studies as files: what comes with ganola, and all faults of a file at once."""

from pathlib import Path

import pytest

from ganola.errors import InputError
from ganola.study.design import expand, list_settings
from ganola.study.study_file import load_study, read_study, save_study, study_names
from ganola.training.recipe import load_recipe
from tests.corpora import tiny_corpus, write_tunes

SOUND = """
corpora = ["tiny.corpus"]
recipe = "own.toml"
changes = ["networks.width=8"]
seeds = [4, 2]
budget = { steps = 3 }
[[axes]]
name = "loss"
key = "objective.loss"
values = ["minimax"]
"""

WRONG = """
tilte = "?"
corpora = ["choralez", "gone.corpus", "folk", "a/folk"]
recipe = "prototype"
changes = ["networks.widht=16", "training.seed=3"]
seeds = 0
design = "ladder"
[budget]
samples = 100
steps = 3
[[axes]]
name = "loss"
key = "objective.loss"
values = ["minmax", "hinge", ["a"]]
[[axes]]
name = "norm"
key = "networks.critic_normalisation"
values = ["batch", "layer"]
[[axes]]
name = "norm"
key = "networks.width"
values = [8, 0]
[[axes]]
key = "networks.width"
values = []
"""


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_study(str(folder / "study.toml"))
    return list(raised.value.details)


def test_all_faults_of_a_study_are_said_at_once(tmp_path) -> None:
    faults = faults_of(tmp_path, WRONG)
    expected = (
        "tilte is unknown. Did you mean title?",
        "seeds: seeds are how many there are",
        "budget: a budget is minutes, processor_minutes, steps or samples",
        "axis loss: values.3: a value of a recipe's key is",
        "axis 4: name is missing",
        "axes: several are called norm",
        "corpora: several are called folk",
        "axis norm: a rung of a ladder has one value, and this has 2",
        "corpora: there is no folder " + str(tmp_path / "choralez"),
        "corpora: there is no corpus " + str(tmp_path / "gone.corpus"),
        "changes: a recipe has no key networks.widht. Did you mean networks.width?",
        "changes: training.seed is for seeds to say",
        "axis norm, value batch: the recipe does not work: batch normalisation in the critic",
        "axis norm, value 0: the recipe does not work: networks.width is 0, and has to be 1 or more",
    )
    for fault in expected:
        assert sum(said.startswith(fault) for said in faults) >= 1, fault
    assert len(faults) <= len(expected) + 3  # two axes called norm; a/folk is nowhere


def test_a_missing_budget_and_a_recipe_that_is_nowhere_are_faults(tmp_path) -> None:
    tiny_corpus(tmp_path)
    faults = faults_of(tmp_path, SOUND.replace("budget = { steps = 3 }", ""))
    assert [fault.partition(".")[0] for fault in faults][:1] == ["budget is missing"]
    assert any(fault.startswith("recipe: there is no recipe") for fault in faults)


def test_axes_that_set_one_key_cannot_be_combined(tmp_path) -> None:
    tiny_corpus(tmp_path)
    more = (
        SOUND.replace("own.toml", "prototype") + '[[axes]]\nname = "again"\nkey = "objective.loss"\nvalues = ["hinge"]'
    )
    (fault,) = faults_of(tmp_path, f'design = "product"\n{more}')
    assert fault.startswith("axes: several set objective.loss")


def test_paths_in_a_study_begin_at_its_file_and_stay_where_it_is_kept(tmp_path) -> None:
    home = tmp_path / "home"
    tiny_corpus(home)
    (home / "own.toml").write_text("[training]\nbatch = 3\n")
    (home / "study.toml").write_text(SOUND)
    study = load_study(str(home / "study.toml"))
    assert study.corpora == (str(home / "tiny.corpus"),)
    assert {(cell.recipe.training.batch, cell.recipe.networks.width) for cell in expand(study)} == {(3, 8)}
    (tmp_path / "out").mkdir()
    save_study(study, tmp_path / "out")
    (home / "own.toml").unlink()
    kept = read_study(tmp_path / "out")
    assert expand(kept) == expand(study.model_copy(update={"recipe": str(tmp_path / "out" / "recipe.toml")}))
    assert (kept.seeds, kept.budget) == (study.seeds, study.budget)
    assert Path(kept.corpora[0]).samefile(home / "tiny.corpus")


def test_no_toml_is_said_with_its_line(tmp_path) -> None:
    (tmp_path / "study.toml").write_text("a = 1\nb =\n")
    with pytest.raises(InputError, match="not valid TOML in line 2"):
        load_study(str(tmp_path / "study.toml"))


def test_an_unknown_study_is_perhaps_another() -> None:
    with pytest.raises(InputError) as raised:
        load_study("quik")
    assert raised.value.remedy == "Did you mean quick?"


@pytest.mark.parametrize("name", study_names())
def test_the_studies_that_come_with_ganola_are_sound(name) -> None:
    study = load_study(name)
    assert all(axis.question for axis in study.axes)
    assert len(list_settings(study)) > len(study.axes)


def test_the_last_rung_of_the_ladder_is_the_default_recipe() -> None:
    last = list_settings(load_study("ladder"))[-1].recipe
    default = load_recipe("default", ['training.precision="float32"'])
    assert last == default


def test_no_two_trainings_share_a_folder_whatever_their_corpora_are_called(tmp_path) -> None:
    for name in ("my songs", "my-songs"):
        (tmp_path / name).mkdir()
        write_tunes(tmp_path / name, 1)
    (tmp_path / "own.toml").write_text('[networks]\narchitecture = "mlp"\n')
    text = SOUND.replace('["tiny.corpus"]', '["my songs", "my-songs"]')
    assert faults_of(tmp_path, text) == [
        "names: the base on my-songs is too like the base on my songs. Rename one of them.",
        "names: loss minimax on my-songs is too like loss minimax on my songs. Rename one of them.",
    ]


def test_a_value_is_not_called_what_a_report_calls_something_else(tmp_path) -> None:
    text = SOUND.replace('key = "objective.loss"\nvalues = ["minimax"]', 'bundles = { "the base" = {} }')
    faults = faults_of(tmp_path, text)
    assert any("a value called the base means something else in a report" in fault for fault in faults)
