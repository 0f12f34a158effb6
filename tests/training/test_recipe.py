import re
import tomllib

import pytest

from ganola.errors import InputError
from ganola.training.recipe import Recipe, load_recipe, parse_recipe, preset_names, recipe_keys, recipe_toml


def test_the_presets_are_there_and_valid() -> None:
    assert {"default", "prototype", "musegan"} <= set(preset_names())
    assert all(isinstance(load_recipe(name), Recipe) for name in preset_names())


def test_what_a_recipe_file_leaves_out_is_plain(tmp_path) -> None:
    (tmp_path / "bare.toml").write_text("[training]\nbatch = 7\n")
    recipe = load_recipe(str(tmp_path / "bare.toml"))
    assert recipe == Recipe(training=Recipe().training.model_copy(update={"batch": 7}))
    assert (recipe.networks.architecture, recipe.warm_start.share) == ("mlp", 0)


def test_the_default_warms_the_generator_up_and_lets_the_critic_lead() -> None:
    recipe = load_recipe("default")
    assert 0 < recipe.warm_start.share < 1
    assert recipe.training.critic_lead > 0


def test_the_prototype_is_the_notes_to_the_letter() -> None:
    recipe = load_recipe("prototype")
    assert recipe.networks.architecture == "mirror"
    assert recipe.networks.planes == "sounding"
    assert recipe.networks.initialisation == "normal-0.02"
    assert (recipe.objective.loss, recipe.objective.penalty, recipe.objective.penalty_weight) == (
        "wasserstein",
        "gradient",
        10,
    )


def test_a_recipe_survives_its_toml() -> None:
    recipe = load_recipe("musegan", ["training.batch=7", "networks.planes=onset-sustain"])
    assert parse_recipe(tomllib.loads(recipe_toml(recipe)), "again") == recipe


def test_changes_are_laid_over_a_preset() -> None:
    recipe = load_recipe("prototype", ["critic.learning_rate=0.003", "networks.architecture = mlp"])
    assert recipe.critic.learning_rate == 0.003
    assert recipe.networks.architecture == "mlp"
    assert recipe.generator == load_recipe("prototype").generator


def test_a_file_is_a_recipe_too(tmp_path) -> None:
    (tmp_path / "mine.toml").write_text("[training]\nbatch = 3\n")
    assert load_recipe(str(tmp_path / "mine.toml")).training.batch == 3


@pytest.mark.parametrize(
    ("changes", "problem", "remedy"),
    [
        (["training.bacth=3"], "no key training.bacth", "training.batch"),
        (["training.batch"], "not of the form key=value", "--set"),
        (["training.batch=0"], "training.batch is 0", "Correct"),
        (["training.batch=many"], "training.batch is many", "Correct"),
        (["networks.architecture=transformer"], "networks.architecture is transformer, and has to be mlp, ", "Correct"),
        (["zzz=1"], "no key zzz", "ganola info"),
    ],
)
def test_a_wrong_change_is_named_with_its_remedy(changes, problem, remedy) -> None:
    with pytest.raises(InputError) as caught:
        load_recipe("prototype", changes)
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy


def test_an_unknown_recipe_names_the_presets() -> None:
    with pytest.raises(InputError) as caught:
        load_recipe("museGAN")
    assert "musegan" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[training\n", "not valid TOML"),
        ("[training]\nbacth = 3\n", "unknown key training.bacth"),
        ("[trianing]\nbatch = 3\n", "unknown key trianing"),
        ("training = 3\n", "training is 3"),
    ],
)
def test_a_wrong_file_is_refused_in_words(tmp_path, text, problem) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    with pytest.raises(InputError, match=r"wrong\.toml") as caught:
        load_recipe(str(tmp_path / "wrong.toml"))
    assert problem in caught.value.problem


def test_batch_norm_in_a_critic_under_a_penalty_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match="depend on the rest of the batch"):
        load_recipe("prototype", ["networks.critic_normalisation=batch"])
    unpenalised = load_recipe("prototype", ["networks.critic_normalisation=batch", "objective.penalty=none"])
    assert unpenalised.networks.critic_normalisation == "batch"


def test_every_key_can_be_set() -> None:
    defaults = Recipe().model_dump()
    changes = [f"{key}={defaults[key.split('.')[0]][key.split('.')[1]]}" for key in recipe_keys()]
    assert load_recipe("prototype", changes) == Recipe()


def test_a_batch_of_one_under_batch_norm_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match="nothing to normalise over"):
        load_recipe("prototype", ["training.batch=1"])
    assert load_recipe("prototype", ["training.batch=1", "networks.generator_normalisation=none"]).training.batch == 1


@pytest.mark.parametrize("value", ["inf", "nan"])
def test_numbers_must_be_finite(value) -> None:
    for key in ("critic.learning_rate", "networks.guidance"):
        with pytest.raises(InputError, match=key):
            load_recipe("default", [f"{key}={value}"])


def test_a_section_that_is_a_number_is_refused(tmp_path) -> None:
    (tmp_path / "wrong.toml").write_text("networks = 3\n")
    with pytest.raises(InputError, match="no section"):
        load_recipe(str(tmp_path / "wrong.toml"), ["networks.width=4"])


@pytest.mark.parametrize("value", ["words", "-1", "2.5", "true", "[1]", "{}", ""])
def test_no_wrong_value_is_told_in_the_words_of_a_library(value) -> None:
    problems = [problem for key in recipe_keys() if (problem := _refusal(f"{key}={value}"))]
    assert len(problems) > 10
    for problem in problems:
        assert re.search(r"has to be|belong together|; set |; lower ", problem), problem
        assert "nput" not in problem


def _refusal(change: str) -> str:
    try:
        load_recipe("default", [change])
    except InputError as error:
        return error.problem
    return ""
