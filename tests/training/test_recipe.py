import re
import tomllib

import pytest

from ganola.errors import InputError
from ganola.objectives.adversarial import OBJECTIVES
from ganola.training.recipe import Recipe, load_recipe, parse_recipe, preset_names, recipe_keys, recipe_toml
from ganola.training.renamed_keys import RENAMED_KEYS, RENAMED_SECTIONS
from tests.training.support import small_recipe


def test_the_presets_are_there_and_valid() -> None:
    assert {"default", "gan", "prototype", "musegan"} <= set(preset_names())
    assert all(isinstance(load_recipe(name), Recipe) for name in preset_names())


def test_what_a_recipe_file_leaves_out_is_plain(tmp_path) -> None:
    (tmp_path / "bare.toml").write_text("[training]\nbatch = 7\n")
    recipe = load_recipe(str(tmp_path / "bare.toml"))
    assert recipe == Recipe(training=Recipe().training.model_copy(update={"batch": 7}))
    assert (recipe.networks.architecture, recipe.vae.share) == ("mlp", 0)


def test_the_default_begins_with_a_vae_and_warms_the_critic_up() -> None:
    recipe = load_recipe("default")
    assert 0 < recipe.vae.share < 1
    assert recipe.training.critic_warmup > 0


def test_the_prototype_is_the_notes_to_the_letter() -> None:
    recipe = load_recipe("prototype")
    assert recipe.networks.architecture == "mirror"
    assert recipe.networks.planes == "sounding"
    assert recipe.networks.output == "sigmoid"
    assert (recipe.objective.loss, recipe.objective.penalty, recipe.objective.penalty_weight) == (
        "wasserstein",
        "gradient",
        10,
    )


def test_the_preset_gan_is_the_game_alone() -> None:
    recipe = load_recipe("gan")
    assert (recipe.vae.share, recipe.flow.share, recipe.training.critic_warmup) == (0, 0, 0)
    assert (recipe.networks.prior, recipe.networks.architecture) == ("normal", "timeline")


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
        (
            ["networks.architecture=transformer"],
            "architecture is transformer, and has to be dcgan, mirror, ",
            "Correct",
        ),
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


def test_a_vae_of_one_roll_a_batch_is_refused_with_batch_normalisation() -> None:
    with pytest.raises(InputError, match=r"vae.batch"):
        small_recipe(networks={"generator_normalisation": "batch"}, vae={"share": 0.5, "batch": 1})


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"networks": {"prior": "flow"}, "vae": {"share": 0.5}}, "belong together"),
        ({"vae": {"share": 0.5}, "flow": {"share": 0.1}}, "belong together"),
        ({"networks": {"prior": "flow"}, "flow": {"share": 0.1}}, "vae.share above 0"),
        ({"networks": {"prior": "flow"}, "vae": {"share": 0.7}, "flow": {"share": 0.4}}, "the whole budget"),
        ({"training": {"trains": "flow"}}, "has no flow"),
        ({"networks": {"rest_gradient": False}}, "no voice would learn to rest"),
    ],
)
def test_a_flow_that_cannot_learn_is_refused(sections, said) -> None:
    with pytest.raises(InputError, match=said):
        small_recipe(**sections)


OLD_RECIPE = """
[warm_start]
share = 0.5
kl_rise = 0.5

[prior]
anchor = 0.1

[training]
teaches = "suited"
"""


def test_the_keys_of_0_1_are_refused_with_what_each_is_called_now(tmp_path) -> None:
    (tmp_path / "old.toml").write_text(OLD_RECIPE)
    with pytest.raises(InputError, match=r"old\.toml has keys of ganola 0\.1") as refused:
        load_recipe(str(tmp_path / "old.toml"))
    assert refused.value.remedy == (
        "Rename them: warm_start.share is now vae.share, warm_start.kl_rise is now vae.kl_warmup, "
        "prior.anchor is now flow.replay_weight, "
        "training.teaches is now training.trains (its prior is now flow, its suited now auto)."
    )


@pytest.mark.parametrize("change", ["warm_start.share=0.5", "prior.learning_rate=1"])
def test_a_change_by_a_key_of_0_1_says_what_it_is_called_now(change) -> None:
    with pytest.raises(InputError, match="no key") as refused:
        load_recipe("default", [change])
    new = change.split("=")[0].replace("warm_start", "vae").replace("prior", "flow")
    assert refused.value.remedy == f"It is called {new} now."


def test_every_new_name_is_a_key() -> None:
    new = [name.split()[0] for name in RENAMED_KEYS.values()]
    assert set(new) <= set(recipe_keys())
    assert set(RENAMED_SECTIONS.values()) <= {key.split(".")[0] for key in recipe_keys()}


def test_a_choice_is_one_of_its_registry_at_the_time() -> None:
    with pytest.raises(InputError, match=r"objective\.loss is mine, and has to be wasserstein, minimax"):
        load_recipe("default", ["objective.loss=mine"])
    OBJECTIVES["mine"] = OBJECTIVES["hinge"]
    try:
        assert load_recipe("default", ["objective.loss=mine"]).objective.loss == "mine"
    finally:
        del OBJECTIVES["mine"]


@pytest.mark.parametrize("given", ["-1", "11", "nan", "true", "warm"])
def test_a_temperature_that_is_none_is_refused_in_plain_words(given) -> None:
    with pytest.raises(
        InputError, match=rf"networks.temperature is {given}, and has to be a number from 0 to 10 or auto"
    ):
        load_recipe("default", [f"networks.temperature={given}"])
