"""Several phases in one budget: which is when, resumed at any step, and under a larger budget."""

import json
import re

import pytest
import torch
from safetensors.torch import load_file

from ganola.corpus.windows import windows_of
from ganola.errors import MachineError
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.training.budget import Budget
from ganola.training.logs import LOG
from ganola.training.loop import train
from ganola.training.optimisation import NotFiniteError
from ganola.training.phases import base, flow, vae
from ganola.training.phases.flow import flow_step
from ganola.training.run import CHECKPOINT, Run, new_run, open_run
from tests.training.support import MLP, Watcher, flow_recipe, stop_after, vae_recipe

pytestmark = pytest.mark.usefixtures("_log_every_step")

RESUMED = {
    "with a vae": vae_recipe(networks=MLP),
    "with a flow": flow_recipe(),
    "with replay": flow_recipe(
        networks=MLP, vae={"share": 0.2, "replay_weight": 0.01}, flow={"share": 0.2, "replay_weight": 0.1}
    ),
}


@pytest.mark.parametrize(
    ("stopped_at", "game_begins"),
    [(2, 12 + 16 + 10), (5, 3 + 16 + 10), (9, 3 + 4 + 10)],
    ids=["in the vae", "while the flow learns", "while the critic warms up"],
)
def test_a_larger_budget_gives_a_phase_under_way_its_share_of_it(
    tmp_path, corpus, monkeypatch, stopped_at, game_begins
) -> None:
    seen: list[float] = []

    def step(state, indices, progress):
        seen.append(progress)
        return flow_step(state, indices, progress)

    monkeypatch.setattr(flow, "flow_step", step)
    recipe = flow_recipe(networks=MLP, vae={"share": 0.3}, flow={"share": 0.4}, training={"critic_warmup": 0.8})
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=10))  # 3 of the VAE, 4 of the flow, 3 of warm-up
    train(run, [], stop_after(stopped_at))
    seen.clear()
    state = train(open_run(run.folder, Budget(steps=40)), [])
    assert seen == sorted(seen)
    assert all(0 <= progress < 1 for progress in seen)
    assert seen[-1:] == ([15 / 16] if stopped_at < 7 else [])
    assert (state.phase, state.phase_start_step) == ("adversarial", game_begins)


@pytest.mark.parametrize("stopped_at", [1, 3, 5])
def test_a_budget_of_samples_is_shared_out_in_samples(tmp_path, corpus, stopped_at) -> None:
    """Of 100, the VAE has 40 (two batches of 20), the flow 30 (one of 40), the game the rest (batches of 5, twice)."""
    recipe = flow_recipe(
        networks=MLP,
        vae={"share": 0.4, "batch": 20},
        flow={"share": 0.3, "batch": 40},
        training={"batch": 5, "critic_steps": 2, "critic_warmup": 0.0},
    )
    run = new_run(tmp_path / "run", corpus, recipe, Budget(samples=100))
    stopped = train(run, [], stop_after(stopped_at))
    assert (stopped.step, stopped.samples) == {1: (1, 20), 3: (3, 80), 5: (5, 100)}[stopped_at]
    assert stopped.phase == {1: "vae", 3: "flow", 5: "adversarial"}[stopped_at]
    state = train(open_run(run.folder), [])
    assert (state.step, state.samples, state.phase_start_samples) == (5, 100, 80)
    state = train(open_run(run.folder, Budget(samples=145)), [])
    assert (state.step, state.samples) == (10, 150)  # the last step is not cut


def test_the_critic_warms_up_for_its_share_of_the_game(tmp_path, corpus) -> None:
    recipe = flow_recipe(
        networks=MLP,
        vae={"share": 0.2},
        flow={"share": 0.3},
        training={"critic_warmup": 0.4, "validate_every_samples": 1},
    )
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=10))
    assert generator_learned(run) == [False] * 7 + [True] * 3
    longer = open_run(run.folder, Budget(steps=30))
    assert generator_learned(longer) == [True] * 20, "once the game has begun it goes on"


@pytest.mark.parametrize(("least", "steps"), [(1, 3), (10, 10)], ids=["after its epochs", "not before enough steps"])
@pytest.mark.parametrize("stopped_at", [3, 12])
def test_the_flow_ends_after_its_epochs_and_leaves_the_rest_to_the_game(
    tmp_path, corpus, monkeypatch, least, steps, stopped_at
) -> None:
    """The flow's share is 16 steps of 7 samples; two fifths of an epoch of 50 are 20, in its third step."""
    monkeypatch.setattr(base, "LEAST_STEPS", least)
    assert len(windows_of(corpus, "train")) == 50
    recipe = flow_recipe(networks=MLP, vae={"share": 0.1}, flow={"share": 0.8, "most_epochs": 0.4})
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=20))
    train(run, [], stop_after(stopped_at))
    state = train(open_run(run.folder), [])
    assert (state.step, state.phase, state.phase_start_step) == (20, "adversarial", 2 + steps)


def test_the_vae_ends_after_its_epochs_too(tmp_path, corpus, monkeypatch) -> None:
    """Its share is 10 steps of 4 samples; a fifth of an epoch is in its third step."""
    monkeypatch.setattr(base, "LEAST_STEPS", 1)
    run = new_run(tmp_path / "run", corpus, vae_recipe(vae={"share": 0.5, "most_epochs": 0.2}), Budget(steps=20))
    state = train(run, [])
    assert (state.step, state.phase, state.phase_start_step) == (20, "adversarial", 3)


def generator_learned(run) -> list[bool]:
    """Train, and return for each step whether the generator learned."""
    watcher = Watcher()
    train(run, [watcher])
    return ["generator_loss" in step.metrics for step in watcher.steps]


def test_one_budget_holds_both_and_the_log_says_which_is_which(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, vae_recipe(), Budget(steps=5))
    state = train(run, [])
    lines = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    assert [line["phase"] for line in lines] == ["vae"] * 3 + ["adversarial"] * 2
    assert ["reconstruction_loss" in line["metrics"] for line in lines] == [True, True, True, False, False]
    assert ["critic_loss" in line["metrics"] for line in lines] == [False, False, False, True, True]
    assert [line["samples"] for line in lines] == [4, 8, 12, 22, 32]
    assert state.phase_start_samples == 12
    model = load_model(run.folder / MODEL_FILE)
    assert model.encoder is not None
    last = load_model(run.folder / "last.safetensors")
    posterior, kept = (network(torch.zeros(1, 2, 2, 16, 60)) for network in (state.networks.encoder, last.encoder))
    assert torch.equal(posterior.mean, kept.mean)


def test_one_budget_holds_all_three_phases(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, flow_recipe(), Budget(steps=5))
    state = train(run, [])
    lines = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    for key, phase in (("reconstruction_loss", [0, 1]), ("flow_loss", [2, 3]), ("critic_loss", [4])):
        assert [index for index, line in enumerate(lines) if key in line["metrics"]] == phase
    assert [line["samples"] for line in lines] == [4, 8, 15, 22, 32]
    assert state.phase == "adversarial"
    assert state.phase_start_samples == 22


@pytest.fixture(scope="module", params=RESUMED.values(), ids=RESUMED)
def whole(request, tmp_path_factory, corpus) -> Run:
    """A run of five steps that was never stopped."""
    run = new_run(tmp_path_factory.mktemp("whole") / "run", corpus, request.param, Budget(steps=5))
    train(run, [])
    return run


@pytest.mark.parametrize("stopped_at", [1, 2, 3, 4])
def test_resumed_across_a_boundary_it_is_bit_for_bit_the_uninterrupted_run(tmp_path, corpus, whole, stopped_at) -> None:
    folder, recipe = tmp_path / "stopped", whole.recipe
    assert train(new_run(folder, corpus, recipe, Budget(steps=5)), [], stop_after(stopped_at)).step == stopped_at
    train(open_run(folder), [])
    for name in (CHECKPOINT, MODEL_FILE):
        one, other = load_file(folder / name), load_file(whole.folder / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in other)


def test_more_budget_never_goes_back_to_an_earlier_phase(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, vae_recipe(networks=MLP), Budget(steps=5))
    train(run, [])
    state = train(open_run(run.folder, Budget(steps=50)), [], stop_after(2))
    assert state.step == 7
    assert state.phase == "adversarial"


def test_a_vae_can_be_all_there_is(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, vae_recipe(vae={"share": 1.0}), Budget(steps=3))
    state = train(run, [])
    assert state.phase == "vae"
    assert state.samples == 12


@pytest.mark.parametrize(
    ("module", "advice"),
    [(vae, r"vae\.learning_rate=0\.0003"), (flow, r"flow\.learning_rate=1e-05")],
    ids=["vae", "flow"],
)
def test_where_a_phase_breaks_down_its_own_rate_is_advised(tmp_path, corpus, monkeypatch, module, advice) -> None:
    network = module.__name__.rpartition(".")[2]

    def broken(*_):
        raise NotFiniteError(network)

    monkeypatch.setattr(module, f"{network}_step", broken)
    with pytest.raises(MachineError, match=f"the {network}'s loss") as error:
        train(new_run(tmp_path / "run", corpus, flow_recipe(flow={"learning_rate": 1e-4}), Budget(steps=5)), [])
    assert re.search(advice, error.value.remedy)


def test_weights_that_no_model_file_may_hold_end_a_training(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, vae_recipe(vae={"share": 1.0, "learning_rate": 2e6}), Budget(steps=3))
    with pytest.raises(MachineError, match="weights have grown beyond 1,000,000") as error:
        train(run, [])
    assert "vae.learning_rate=2e+05" in error.value.remedy


def test_half_precision_trains_all_phases_and_is_the_same_each_time(tmp_path, corpus) -> None:
    recipe = flow_recipe(training={"precision": "bfloat16"})
    one, other = (new_run(tmp_path / name, corpus, recipe, Budget(steps=5)) for name in "ab")
    for run in (one, other):
        train(run, [])
    plain = new_run(tmp_path / "c", corpus, flow_recipe(), Budget(steps=5))
    train(plain, [])
    weights = [load_file(run.folder / CHECKPOINT) for run in (one, other, plain)]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert any(not torch.equal(weights[0][key], weights[2][key]) for key in weights[0])


def test_what_depends_on_music_and_machine_is_resolved_when_a_run_is_made(tmp_path, corpus) -> None:
    recipe = flow_recipe(networks={"guidance": "auto"}, training={"precision": "fastest", "trains": "auto"})
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    assert run.recipe.networks.guidance == (1.5 if all(track.monophonic for track in corpus.tracks) else 1.0)
    assert run.recipe.training.precision in ("float32", "bfloat16")
    assert run.recipe.training.trains == ("flow" if all(track.monophonic for track in corpus.tracks) else "generator")
    assert open_run(run.folder).recipe == run.recipe
