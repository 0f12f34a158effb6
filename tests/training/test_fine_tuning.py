from dataclasses import replace

import pytest
import torch

from ganola.errors import InputError
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.networks.record import ModelId
from ganola.training.budget import Budget
from ganola.training.fine_tuning import (
    Pretrained,
    fine_tuning_notices,
    fine_tuning_recipe,
    load_pretrained,
)
from ganola.training.loop import train
from ganola.training.run import CHECKPOINT, LAST, new_run, open_run
from tests.corpora import band_corpus
from tests.training.support import MLP, copies, flow_recipe, same, small_recipe, state_and_rolls, stop_after


@pytest.fixture(scope="module")
def base(corpus, tmp_path_factory) -> Pretrained:
    """A model with a flow, an encoder and a critic, after a step of each phase."""
    run = new_run(tmp_path_factory.mktemp("base") / "run", corpus, flow_recipe(networks=MLP), Budget(steps=5))
    state = train(run)
    run.keep(state)
    return Pretrained(load_model(run.folder / MODEL_FILE), "base", "runs/base")


@pytest.fixture(scope="module")
def recipe(base):
    return fine_tuning_recipe(base, changes=["training.seed=1"])


def new_fine_tuning(folder, corpus, recipe, base, steps=5):
    return new_run(folder, corpus, recipe, Budget(steps=steps), pretrained=base)


def test_every_network_begins_with_the_weights_of_the_model(corpus, recipe, base, tmp_path) -> None:
    model, state = base.model, new_fine_tuning(tmp_path / "run", corpus, recipe, base).start()
    new, _ = state_and_rolls(corpus, recipe)
    assert not same(new.networks.generator, copies(model.generator))
    for network in (state.networks.generator, state.ema):
        assert all(
            torch.equal(one, two)
            for one, two in zip(network.state_dict().values(), model.generator.state_dict().values(), strict=True)
        )
    assert same(state.networks.critic, copies(model.critic))
    assert same(state.networks.encoder, copies(model.encoder))
    assert (state.step, state.phase) == (0, "vae")


def test_it_resumes_bit_for_bit_though_the_first_model_is_gone(corpus, recipe, base, tmp_path) -> None:
    whole = train(new_fine_tuning(tmp_path / "whole", corpus, recipe, base))
    for stopped_at in (0, 3):
        folder = tmp_path / f"stopped-{stopped_at}"
        train(new_fine_tuning(folder, corpus, recipe, base), [], stop_after(stopped_at))
        state = train(open_run(folder))
        assert same(state.ema, copies(whole.ema))
        assert (folder / LAST).read_bytes() == (tmp_path / "whole" / LAST).read_bytes()
        sizes = [(tmp_path / run / CHECKPOINT).stat().st_size for run in (folder.name, "whole")]
        assert abs(sizes[0] - sizes[1]) < 100  # nothing is kept twice; the seconds have more digits or fewer


def test_a_run_and_its_models_say_which_model_it_began_with(corpus, recipe, base, tmp_path) -> None:
    run = new_fine_tuning(tmp_path / "run", corpus, recipe, base)
    assert open_run(run.folder).from_model == ModelId(name="base", digest=base.model.digest)
    run.keep(run.start())
    assert load_model(run.folder / MODEL_FILE).record.from_model == run.from_model
    assert base.model.record.from_model is None
    assert b"from_model" not in (tmp_path / "run" / CHECKPOINT).read_bytes()


def test_one_that_lost_its_first_checkpoint_is_refused_and_never_begins_anew(corpus, recipe, base, tmp_path) -> None:
    run = new_fine_tuning(tmp_path / "run", corpus, recipe, base)
    (run.folder / CHECKPOINT).unlink()
    with pytest.raises(InputError, match="has lost its checkpoint"):
        open_run(run.folder)


def test_the_recipe_is_the_models_own_but_gentler(base) -> None:
    own, recipe = (
        flow_recipe(networks=MLP).model_dump(),
        fine_tuning_recipe(base, changes=["flow.learning_rate=2e-3"]).model_dump(),
    )
    own["training"]["precision"] = "fastest"
    own["vae"] |= {"learning_rate": 3e-4, "kl_warmup": 0.0}
    own["flow"]["learning_rate"] = 2e-3
    assert recipe == own


def test_a_trained_flow_keeps_its_guide_and_one_that_never_was_gets_one(corpus, recipe, base, tmp_path) -> None:
    recipe = recipe.model_copy(update={"networks": recipe.networks.model_copy(update={"guidance": 1.5})})
    first = train(new_run(tmp_path / "first", corpus, recipe, Budget(steps=5)), [], stop_after(1))  # of the VAE
    run = new_run(tmp_path / "untrained", corpus, recipe, Budget(steps=2))
    run.keep(first)
    untrained = Pretrained(load_model(run.folder / MODEL_FILE), "untrained", "untrained")
    state = train(new_fine_tuning(tmp_path / "second", corpus, recipe, untrained, steps=4))  # two of VAE, two of flow
    assert not state.keeps_guide
    assert not same(state.ema.prior.guide, copies(untrained.model.generator.prior.guide))
    run.keep(state)
    trained = Pretrained(load_model(run.folder / MODEL_FILE), "trained", "trained")
    train(new_fine_tuning(tmp_path / "third", corpus, recipe, trained, steps=4), [], stop_after(2))
    state = train(open_run(tmp_path / "third"))
    assert (state.phase, state.keeps_guide) == ("flow", True)
    assert same(state.ema.prior.guide, copies(trained.model.generator.prior.guide))
    assert not same(state.ema.prior.flow, copies(trained.model.generator.prior.flow))


def test_another_recipe_gets_the_networks_of_the_model(base) -> None:
    recipe = fine_tuning_recipe(base, "default", ["training.batch=7"])
    assert recipe.networks == base.model.spec.networks
    assert (recipe.objective.loss, recipe.training.batch) == ("relativistic", 7)


def test_other_networks_than_the_models_are_refused(base) -> None:
    width = base.model.spec.networks.width
    assert fine_tuning_recipe(base, changes=[f"networks.width={width}"]).networks.width == width
    with pytest.raises(InputError, match=rf"networks.width is {width} in runs/base.*cannot change it to 99"):
        fine_tuning_recipe(base, changes=["networks.width=99"])
    with pytest.raises(InputError, match=r'networks\.prior is "flow" in .*cannot change it to "normal"'):
        fine_tuning_recipe(base, changes=["networks.prior=normal", "flow.share=0"])


def test_a_recipe_that_its_networks_do_not_fit_is_refused_by_both_names(base) -> None:
    with pytest.raises(InputError, match=r"prototype with the networks of runs/base does not work: .*flow\.share"):
        fine_tuning_recipe(base, "prototype")


def test_a_corpus_of_other_tracks_is_refused_with_the_command_that_builds_one_that_fits(recipe, base, tmp_path) -> None:
    band = band_corpus(tmp_path, ("line", "chords"))
    with pytest.raises(InputError, match=r"runs/base plays .*not the grid and tracks of .*band\.corpus") as refused:
        new_fine_tuning(tmp_path / "run", band, recipe, base)
    assert "ganola corpus build MUSIC --plan runs/base --out OTHER.corpus" in refused.value.remedy
    assert not (tmp_path / "run").exists()


def test_what_a_model_lacks_begins_anew_and_that_is_said(corpus, recipe, base) -> None:
    bare = Pretrained(replace(base.model, critic=None, encoder=None), "bare", "bare")
    assert list(fine_tuning_notices(base, recipe, corpus)) == []
    assert list(fine_tuning_notices(bare, recipe, corpus)) == [
        "bare was kept without its critic: a new one learns from nothing.",
        "bare has no encoder: a new one learns from nothing.",
    ]
    assert len(list(fine_tuning_notices(bare, small_recipe(), corpus))) == 1  # the game alone needs no encoder
    state, _ = state_and_rolls(corpus, recipe)
    critic, encoder = copies(state.networks.critic), copies(state.networks.encoder)
    load_pretrained(state, bare.model)
    assert same(state.networks.critic, critic)
    assert same(state.networks.encoder, encoder)
    assert same(state.networks.generator, copies(base.model.generator))


def test_music_in_other_keys_than_the_models_is_said(corpus, recipe, base) -> None:
    record = base.model.record.model_copy(update={"common_tonic": False})
    own_keys = replace(base, model=replace(base.model, record=record))
    (notice,) = fine_tuning_notices(own_keys, recipe, corpus)
    assert notice.startswith("runs/base learned music in its own keys, and ")
    assert notice.endswith("tiny.corpus is transposed to C: it has to learn that anew.")
