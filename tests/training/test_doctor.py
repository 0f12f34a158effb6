"""Each illness brought about for real, and healthy trainings of which nothing is said."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ganola.corpus.windows import windows_of
from ganola.errors import TrainingError
from ganola.networks.inputs import to_network_input
from ganola.networks.outputs.choices import REST
from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.penalties import PENALTIES
from ganola.records import record_text
from ganola.training import diagnostics
from ganola.training.budget import Budget
from ganola.training.callbacks import validation as validating
from ganola.training.callbacks.doctor import DoctorCallback
from ganola.training.diagnostics import Diagnostics, DiagnosticsMeter, gradient_growth
from ganola.training.doctor import PATIENCE, Doctor
from ganola.training.logs import DOCTOR, LOG, DoctorLine
from ganola.training.loop import train
from ganola.training.recipe import load_recipe, preset_names, recipe_toml
from ganola.training.run import CHECKPOINT, new_run, open_run
from ganola.training.state import State
from ganola.training.symptoms import SYMPTOMS, VANISHED_GRADIENT_RATIO
from tests.corpora import tiny_corpus
from tests.training.support import SMALL_VAE, Watcher, small_recipe, stop_after

pytestmark = pytest.mark.usefixtures("_log_every_step")

STILL = {"learning_rate": 1e-9}  # a player that stays as it is
OFTEN = {"validate_every_samples": 20}


def untouched(_: State) -> None:
    pass


def findings(folder, corpus, recipe, steps: int, spoil=untouched):
    """What the doctor finds in a training whose first state was spoilt."""
    run, watcher = new_run(folder, corpus, recipe, Budget(steps=steps)), Watcher()
    state = run.start()
    spoil(state)
    run.save(state)
    train(run, [watcher])
    return watcher.problems


def both(state: State) -> list[torch.nn.Module]:
    return [state.networks.generator, state.ema]


def silence(state: State, track: slice = slice(None)) -> None:
    for generator in both(state):
        with torch.no_grad():
            generator.rest_hold_head.bias.view(generator.rest_hold_shape)[track, REST] = 1e3


def forget_latents(state: State) -> None:
    for generator in both(state):
        with torch.no_grad():
            generator.pitch_head.weight.zero_()
            generator.rest_hold_head.weight.zero_()
            shape = generator.pitch_head.bias.shape
            generator.pitch_head.bias.copy_(torch.randn(shape, generator=torch.Generator().manual_seed(3)))


def blind(state: State) -> None:
    for weight in state.networks.critic.parameters():
        weight.data.zero_()


ILL = {
    "silence": (small_recipe(generator=STILL, training=OFTEN), 12, silence),
    "dead tracks": (small_recipe(generator=STILL, training=OFTEN), 12, lambda state: silence(state, slice(1, 2))),
    "collapse": (small_recipe(generator=STILL, training=OFTEN), 12, forget_latents),
    "critic blind": (small_recipe(generator=STILL, critic=STILL, training=OFTEN), 12, blind),
    "critic ahead": (
        small_recipe(
            generator=STILL,
            critic={"learning_rate": 1e-2},
            objective={"loss": "minimax", "penalty": "none"},
            training={"validate_every_samples": 100},
        ),
        100,
        untouched,
    ),
    "exploding gradients": (
        small_recipe(
            critic={"learning_rate": 1.0}, objective={"loss": "wasserstein", "penalty": "none"}, training=OFTEN
        ),
        30,
        untouched,
    ),
    "worsening": (
        small_recipe(
            networks={"generator_normalisation": "none", "encoder_width": 8, "width": 64},
            vae=SMALL_VAE | {"share": 0.9, "batch": 16},
            generator={"learning_rate": 1.0},
            training={"validate_every_samples": 400, "batch": 100},
        ),
        160,
        untouched,
    ),
    "overfitted critic": (small_recipe(generator=STILL, critic=STILL, training=OFTEN), 12, None),
}


def fitted_by_heart(larger):
    """Spoils a critic: it learns a few training windows by heart, all other music being generated to it."""

    def spoil(state: State) -> None:
        critic, few = state.networks.critic, DiagnosticsMeter(larger, state.networks.spec, None).training
        training, test = (
            to_network_input(windows.rolls(np.arange(len(windows))), 2)
            for windows in (windows_of(larger, "train"), windows_of(larger, "test"))
        )
        known = {roll.numpy().tobytes() for roll in few}
        rest = torch.stack([roll for roll in training if roll.numpy().tobytes() not in known])
        noise = torch.randn(64, state.networks.spec.latent, generator=torch.Generator().manual_seed(3))
        with torch.no_grad():
            unreal = torch.cat([rest, test, state.networks.soft_rolls(noise)])
        optimiser = torch.optim.Adam(critic.parameters(), lr=3e-3)
        for _ in range(150):
            optimiser.zero_grad()
            OBJECTIVES["hinge"].critic(critic(few), critic(unreal)).backward()
            optimiser.step()

    return spoil


# What an illness brings with it.
BESIDES = {"worsening": {"collapse"}}


@pytest.fixture(scope="module")
def larger(tmp_path_factory):
    """A corpus with several validation tunes."""
    return tiny_corpus(tmp_path_factory.mktemp("larger"), tunes=60)


@pytest.mark.parametrize("name", ILL)
def test_it_finds(tmp_path, larger, name) -> None:
    recipe, steps, spoil = ILL[name]
    found = findings(tmp_path / "run", larger, recipe, steps, spoil or fitted_by_heart(larger))
    mine = [finding for finding in found if finding.name == name]
    assert len(mine) == 1
    assert "\n" not in mine[0].sentence
    changed = tmp_path / "recipe.toml"
    changed.write_text(recipe_toml(recipe))
    assert load_recipe(str(changed), list(mine[0].advice)) != recipe
    assert {finding.name for finding in found} <= {name} | BESIDES.get(name, set())


@pytest.mark.parametrize("loss", ["wasserstein", "relativistic"])
def test_of_a_healthy_game_it_says_nothing(tmp_path, larger, loss) -> None:
    penalty = {"penalty": "gradient"} if loss == "wasserstein" else {"penalty": "r1", "penalty_weight": 1.0}
    recipe = small_recipe(
        networks={"generator_normalisation": "none", "encoder_width": 8, "width": 32},
        vae=SMALL_VAE | {"share": 0.5, "batch": 16, "kl_weight": 0.5},
        objective={"loss": loss} | penalty,
        critic={"learning_rate": 3e-4},
        generator={"learning_rate": 1e-4},
        training={"validate_every_samples": 200, "critic_steps": 1, "batch": 16},
    )
    assert findings(tmp_path / "run", larger, recipe, 200) == []
    moments = [line["diagnostics"] for line in lines_of(tmp_path / "run") if line["diagnostics"]]
    assert [moment["trains"] for moment in moments].count("generator") > PATIENCE
    assert all((moment["critic_auc"] is not None) == (moment["trains"] == "generator") for moment in moments)


def test_without_validation_music_it_says_what_needs_none(tmp_path, corpus, monkeypatch) -> None:
    monkeypatch.setattr(validating, "load_validation", lambda _: None)
    found = findings(tmp_path / "run", corpus, *ILL["silence"])
    assert [finding.name for finding in found] == ["silence"]
    moments = [line["diagnostics"] for line in lines_of(tmp_path / "run") if line["diagnostics"]]
    assert all(moment["ratio"] is None and moment["train_vs_validation_auc"] is None for moment in moments)


def lines_of(folder):
    return [json.loads(line) for line in (folder / DOCTOR).read_text().splitlines()]


@pytest.mark.parametrize("stopped_at", [1, 5, 10])
def test_stopped_and_resumed_it_finds_the_same_at_the_same_moments(tmp_path, corpus, stopped_at) -> None:
    recipe, steps, spoil = ILL["collapse"]
    findings(tmp_path / "whole", corpus, recipe, steps, spoil)
    run = new_run(tmp_path / "stopped", corpus, recipe, Budget(steps=steps))
    state = run.start()
    spoil(state)
    run.save(state)
    train(run, [], stop_after(stopped_at))
    with (run.folder / DOCTOR).open("a") as file:  # as a run that was killed before its next checkpoint leaves it
        file.write(record_text(DoctorLine(11, 110, first_gradients={"critic": 1e-9})) + "\n" + '{"step": 11, "sam')
    train(open_run(run.folder), [])
    assert lines_of(tmp_path / "stopped") == lines_of(tmp_path / "whole")
    one, other = (load_file(tmp_path / name / CHECKPOINT) for name in ("stopped", "whole"))
    assert all(torch.equal(one[key], other[key]) for key in other)


@pytest.mark.parametrize("normalisation", ["batch", "layer"])
def test_a_diagnosis_does_not_change_a_training(tmp_path, corpus, monkeypatch, normalisation) -> None:
    norms = {"generator_normalisation": normalisation, "critic_normalisation": normalisation}
    recipe = small_recipe(networks=norms, objective={"penalty": "none"}, training=OFTEN)
    findings(tmp_path / "examined", corpus, recipe, 6)
    monkeypatch.setattr(DoctorCallback, "diagnose", lambda *_: None)
    findings(tmp_path / "alone", corpus, recipe, 6)
    one, other = (load_file(tmp_path / name / CHECKPOINT) for name in ("examined", "alone"))
    assert all(torch.equal(one[key], other[key]) for key in other)


def test_a_strict_training_stops_with_everything_saved_and_can_go_on(tmp_path, corpus) -> None:
    recipe, steps, spoil = ILL["silence"]
    findings(tmp_path / "whole", corpus, recipe, steps, spoil)
    run, watcher = new_run(tmp_path / "strict", corpus, recipe, Budget(steps=steps)), Watcher()
    state = run.start()
    spoil(state)
    run.save(state)
    with pytest.raises(TrainingError, match="The generator is silent") as stopped:
        train(run, [watcher], strict=True)
    assert stopped.value.exit_status == 3
    assert "--set vae.share=0.5" in stopped.value.remedy
    assert watcher.steps[-1].step == 2 * PATIENCE
    assert load_file(run.folder / CHECKPOINT).keys() == load_file(tmp_path / "whole" / CHECKPOINT).keys()
    with pytest.raises(TrainingError):  # what was ill is ill at the next moment, too
        train(open_run(run.folder), [watcher], strict=True)
    assert watcher.steps[-1].step == 2 * PATIENCE + 2
    train(open_run(run.folder), [])
    assert lines_of(tmp_path / "strict") == lines_of(tmp_path / "whole")
    assert len((run.folder / LOG).read_text().splitlines()) == steps


HEALTHY = Diagnostics(
    step=1, samples=10, trains="generator", generator_frozen=False, silent_share=0.0, dead_tracks=(), variety=0.9,
    ratio=8.0, best_ratio=6.0, critic_auc=0.98, gradient_ratio=20.0, loss_saturation=0.7, train_vs_validation_auc=0.55,
    overfit_ratio=0.1, gradient_growth=3.0, growing_network="critic",
)  # fmt: skip


def found_in(moments: list[Diagnostics]) -> list[list[str]]:
    doctor = Doctor(small_recipe())
    return [[finding.name for finding in doctor.diagnose(moment)] for moment in moments]


def test_it_says_a_thing_when_it_has_lasted_and_again_when_it_comes_back() -> None:
    mute = replace(HEALTHY, silent_share=1.0)
    assert found_in([mute] * 2 + [HEALTHY] + [mute] * 2) == [[]] * 5
    assert found_in([mute] * 10) == [[], [], ["silence"], *[[]] * 7]
    assert found_in([mute] * 3 + [HEALTHY] * 2 + [mute] * 4) == [[], [], ["silence"], *[[]] * 6]
    assert found_in([mute] * 3 + [HEALTHY] * 3 + [mute] * 3)[2::6] == [["silence"], ["silence"]]


SHOWN = {
    "silence": replace(HEALTHY, silent_share=0.995),
    "dead tracks": replace(HEALTHY, dead_tracks=("Bass",)),
    "collapse": replace(HEALTHY, variety=0.1),
    "critic ahead": replace(HEALTHY, critic_auc=1.0, gradient_ratio=0.001),
    "critic blind": replace(HEALTHY, critic_auc=0.5),
    "exploding gradients": replace(HEALTHY, gradient_growth=1e6),
    "worsening": replace(HEALTHY, ratio=30.0),
    "overfitted critic": replace(HEALTHY, train_vs_validation_auc=0.97, overfit_ratio=0.9),
}


@pytest.mark.parametrize("name", SHOWN)
def test_each_symptom_shows_alone(name) -> None:
    assert found_in([HEALTHY] * 4) == [[]] * 4
    assert found_in([SHOWN[name]] * PATIENCE)[-1] == [name]


def test_there_is_no_symptom_without_a_test() -> None:
    assert {symptom.name for symptom in SYMPTOMS} == SHOWN.keys() == ILL.keys()


def test_in_its_warmup_a_critic_may_be_ahead_and_near_real_music_it_may_be_blind() -> None:
    assert found_in([replace(SHOWN["critic ahead"], generator_frozen=True)] * 4) == [[]] * 4
    assert found_in([replace(HEALTHY, critic_auc=0.5, ratio=1.2, best_ratio=1.1)] * 4) == [[]] * 4
    assert found_in([replace(HEALTHY, critic_auc=0.5, ratio=None, best_ratio=None)] * 4) == [[]] * 4


def test_a_generator_that_gets_better_fast_may_be_monotonous_meanwhile() -> None:
    poor = [
        replace(HEALTHY, variety=0.1, ratio=10.0 * 0.8**moment, best_ratio=10.0 * 0.8**moment) for moment in range(8)
    ]
    assert found_in(poor) == [[]] * 8
    assert found_in([*poor, *[poor[-1]] * 3])[-1] == ["collapse"]


def test_what_it_advises_can_be_set_in_every_recipe() -> None:
    recipes = [load_recipe(name) for name in preset_names()]
    recipes += [
        small_recipe(
            objective={"loss": loss, "penalty": penalty},
            networks={"critic_normalisation": normalisation},
            vae={"share": share},
        )
        for loss, penalty, normalisation, share in product(OBJECTIVES, PENALTIES, ("none", "layer"), (0.0, 0.5))
    ]
    recipes += [
        small_recipe(objective={"loss": loss, "penalty": "none"}, networks={"critic_normalisation": "batch"})
        for loss in OBJECTIVES
    ]
    for recipe, symptom, trains in product(recipes, SYMPTOMS, ("vae", "flow", "generator")):
        advice = symptom.advice(recipe, replace(SHOWN[symptom.name], trains=trains, growing_network=trains))
        tree = recipe.model_dump()
        for change in advice:
            (section, key), value = change.split("=")[0].split("."), change.split("=")[1]
            assert key in tree[section]
            tree[section][key] = value
        assert advice
        assert type(recipe).model_validate(tree) != recipe


def test_a_rank_needs_no_scale() -> None:
    one, other = torch.tensor([3.0, 1.0]), torch.tensor([0.0, 1.0, 2.0, 5.0])
    assert diagnostics.auc(one, other) == pytest.approx((3 + 1 + 0.5) / 8)
    assert diagnostics.auc(1e6 * one, 1e6 * other) == diagnostics.auc(one, other)
    assert diagnostics.auc(torch.zeros(3), torch.zeros(2)) == 0.5
    assert diagnostics.auc(one, torch.tensor([float("inf")])) is None


def test_a_linear_critic_is_a_straight_way_and_a_flat_one_none() -> None:
    real, fake = torch.zeros(3, 1, 2, 4, 5), torch.zeros(3, 1, 2, 4, 5)
    real[:, 0, 0, 1, 2] = 1.0
    slope = torch.zeros_like(real)
    slope[:, 0, 0, 1, 2] = 7.0  # D(x) = 7 x[1, 2], so that D(real) - D(fake) = 7, over a way of length 1
    assert diagnostics.gradient_ratio(torch.full((3,), 7.0), real - fake, slope) == pytest.approx(1.0)
    assert diagnostics.gradient_ratio(torch.full((3,), 7.0), real - fake, 1e-3 * slope) == pytest.approx(1e-3)
    assert diagnostics.gradient_ratio(torch.full((3,), 7.0), real - fake, 1e-3 * slope) < VANISHED_GRADIENT_RATIO
    assert diagnostics.gradient_ratio(torch.full((3,), -7.0), real - fake, slope) is None


def test_how_saturated_a_loss_is() -> None:
    none, far = torch.zeros(4), torch.full((4,), 30.0)
    assert diagnostics.loss_saturation("wasserstein", far, -far) == pytest.approx(0.0)
    assert diagnostics.loss_saturation("minimax", none, none) == pytest.approx(0.5)
    assert diagnostics.loss_saturation("minimax", far, -far) == pytest.approx(1.0, abs=1e-9)
    assert diagnostics.loss_saturation("hinge", far, -far) == 1.0


def test_where_validation_logits_lie() -> None:
    training, fake = torch.tensor([5.0, 5.0, 90.0]), torch.tensor([1.0, 1.0])
    assert diagnostics.overfit_ratio(training, torch.tensor([4.0]), fake) == pytest.approx(0.25)
    assert diagnostics.overfit_ratio(fake, training, training) is None


def test_growth_is_that_of_the_network_that_grew_most() -> None:
    assert gradient_growth({"critic": 2.0, "generator": 4.0}, {"critic": 6.0, "generator": 40.0}) == (10.0, "generator")
    assert gradient_growth({"critic": 0.0}, {"critic": 6.0}) == (None, None)
