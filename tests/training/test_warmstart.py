"""The warm start: the generator as the decoder of a variational autoencoder, then the game, in one training."""

import json
import math
import re

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ganola.corpus.windows import windows_of
from ganola.errors import InputError, MachineError
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.objectives.augmentation import MAX_SEMITONES
from ganola.training import loop
from ganola.training.logs import LOG
from ganola.training.loop import train
from ganola.training.recipe import parse_recipe
from ganola.training.run import CHECKPOINT, Budget, new_run, open_run
from ganola.training.state import begin_phase, encode, fresh_state
from ganola.training.steps import NotFiniteError, prior_step, training_step, warm_step
from tests.training.conftest import small_recipe
from tests.training.test_loop import stop_after
from tests.training.test_steps import copies, same, state_and_rolls

WARM = {"share": 0.6, "batch": 4, "kl_weight": 0.01, "learning_rate": 3e-3}


def warm_recipe(**sections: dict[str, object]):
    networks = {"architecture": "residual", "width": 8, "encoder_width": 8, "generator_normalisation": "none"}
    return small_recipe(networks=networks, warm_start=WARM | sections.pop("warm_start", {}), **sections)


def flow_recipe(**sections: dict[str, object]):
    """A warm start, the prior, and the game, in five steps: 2, 2 and 1."""
    tree = warm_recipe(warm_start={"share": 0.4}).model_dump()
    tree["networks"] |= {"prior": "flow", "flow_width": 8}
    tree["prior"] = {"share": 0.4, "batch": 7}
    for section, choices in sections.items():
        tree[section] |= choices
    return parse_recipe(tree, "flow")


RESUMED = {
    "warm start": warm_recipe(),
    "with a flow": flow_recipe(),
    "with an anchor": flow_recipe(
        warm_start={"share": 0.2}, prior={"share": 0.2, "anchor": 0.1}, training={"teaches": "prior"}
    ),
}


@pytest.fixture(autouse=True)
def _log_every_step(monkeypatch) -> None:
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_LOG_LINES", 0.0)


@pytest.mark.parametrize("output", ["softmax", "straight-through"])
def test_an_autoencoder_learns_a_few_phrases_by_heart(corpus, output) -> None:
    recipe = warm_recipe()
    recipe = recipe.model_copy(update={"networks": recipe.networks.model_copy(update={"output": output})})
    state, _ = state_and_rolls(corpus, recipe)
    rolls = to_network_input(windows_of(corpus, "train").rolls(np.arange(4)), 2)
    records = [warm_step(state, rolls, progress=0.2) for _ in range(150)]
    assert records[-1].reconstruction < 0.3 * records[0].reconstruction
    assert records[-1].divergence > 1  # the latents carry which phrase it is
    assert state.samples == 150 * 4


def test_a_warm_step_teaches_encoder_and_generator_and_leaves_the_critic_alone(corpus) -> None:
    state, rolls = state_and_rolls(corpus, warm_recipe())
    critic, generator, encoder = (
        copies(network) for network in (state.networks.critic, state.networks.generator, state.networks.encoder)
    )
    warm_step(state, rolls[:4], progress=0.5)
    assert same(state.networks.critic, critic)
    assert not same(state.networks.generator, generator)
    assert not same(state.networks.encoder, encoder)


def test_the_divergence_weighs_more_and_the_rate_falls_as_it_goes_on(corpus) -> None:
    recipe = warm_recipe(warm_start={"kl_weight": 0.8, "kl_rise": 0.5})
    rates = []
    for progress in (0.0, 0.5, 1.0):
        state, rolls = state_and_rolls(corpus, recipe)
        warm_step(state, rolls[:4], progress)
        rates.append(state.warm_optimiser.param_groups[0]["lr"])
    assert rates == pytest.approx([3e-3, 3e-3 * 0.525, 3e-3 * 0.05])


def heard_by_the_encoder(corpus, transpose_after: float, rolls: torch.Tensor, passes: float) -> torch.Tensor:
    state, _ = state_and_rolls(corpus, warm_recipe(warm_start={"transpose_after": transpose_after}))
    heard: list[torch.Tensor] = []
    state.networks.encoder.register_forward_pre_hook(lambda _encoder, given: heard.append(given[0]))
    warm_step(state, rolls, progress=0.5, passes=passes)
    return heard[0]


@pytest.mark.parametrize(("passes", "share"), [(0.0, 0.0), (1.0, 0.25), (3.0, 0.5), (9.0, 0.75)])
def test_the_better_music_is_known_the_more_of_it_is_learnt_in_other_keys(corpus, passes, share) -> None:
    rolls = torch.zeros(400, 2, 2, 16, 60)
    rolls[:, :, 0, :, 30] = 1
    pitch = heard_by_the_encoder(corpus, 3.0, rolls, passes)[:, :, 0].argmax(dim=3)
    assert (pitch == pitch[:, :1, :1]).all()  # all of a roll alike
    moved = (pitch[:, 0, 0] - 30).abs()
    assert (moved > 0).float().mean().item() == pytest.approx(share, abs=0.08)
    assert moved.max() <= MAX_SEMITONES
    assert torch.equal(heard_by_the_encoder(corpus, 0.0, rolls, passes), rolls)


def test_a_training_counts_how_often_its_music_was_shown(tmp_path, corpus, monkeypatch) -> None:
    told: list[float] = []

    def step(state, real, progress, passes):
        told.append(passes)
        return warm_step(state, real, progress, passes)

    monkeypatch.setattr(loop, "warm_step", step)
    train(new_run(tmp_path / "run", corpus, warm_recipe(), Budget(steps=5)), [])
    windows = len(windows_of(corpus, "train"))
    assert told == [0.0, 4 / windows, 8 / windows]


def test_the_game_begins_with_the_average_of_the_warm_start(corpus) -> None:
    state, rolls = state_and_rolls(corpus, warm_recipe())
    for _ in range(5):
        warm_step(state, rolls[:4], progress=0.5)
    assert not same(state.networks.generator, copies(state.average))
    begin_phase(state, "game")
    assert same(state.networks.generator, copies(state.average))
    assert (state.phase, state.samples, state.phase_samples) == ("game", 20, 20)
    training_step(state, [rolls, rolls])
    assert (state.samples, state.phase_samples) == (30, 20)


def test_the_prior_learns_where_music_is_encoded_and_nothing_else_changes(corpus) -> None:
    state, rolls = state_and_rolls(corpus, flow_recipe(prior={"learning_rate": 5e-3}))
    for _ in range(100):  # until each roll has a place of its own
        warm_step(state, rolls, progress=0.1)
    begin_phase(state, "prior")
    encode(state, [rolls[:3], rolls[3:]])
    with torch.no_grad():
        belief = state.networks.encoder(rolls)
    for player in (state.average, state.networks.generator):
        assert torch.allclose(player.prior.mean, belief.mean.mean(dim=0), atol=1e-6)
    before = [
        copies(part) for part in (state.networks.encoder, state.networks.critic, state.networks.generator.step_block)
    ]
    flow = copies(state.networks.generator.prior)
    records = [prior_step(state, np.arange(60) % len(rolls), progress=0.0) for _ in range(150)]
    assert sum(record.prior_error for record in records[-10:]) < 0.8 * sum(
        record.prior_error for record in records[:10]
    )
    after = (state.networks.encoder, state.networks.critic, state.networks.generator.step_block)
    assert all(same(part, then) for part, then in zip(after, before, strict=True))
    assert not same(state.networks.generator.prior, flow)


@pytest.mark.parametrize(("teaches", "decoder_learns"), [("prior", False), ("generator", True)])
def test_the_game_teaches_the_flow_alone_or_all_of_the_generator(corpus, teaches, decoder_learns) -> None:
    recipe = flow_recipe(networks={"guidance": 1.5}, training={"teaches": teaches})
    state, rolls = state_and_rolls(corpus, recipe)
    begin_phase(state, "game")
    prior = state.networks.generator.prior
    flow, early, decoder = copies(prior.flow), copies(prior.guide), copies(state.networks.generator.step_block)
    for _ in range(2):  # the flow's last layer begins at zero, so that the others learn from the second step on
        training_step(state, [rolls, rolls])
    assert not same(prior.flow, flow)
    assert same(prior.guide, early), "the guide is what the flow was, and stays that"
    assert same(state.networks.generator.step_block, decoder) != decoder_learns
    assert all(parameter.requires_grad for parameter in state.networks.generator.parameters())


def test_an_anchor_holds_a_flow_that_learns_in_the_game_where_music_is(corpus) -> None:
    errors = []
    for anchor in (0.0, 1.0):
        recipe = flow_recipe(prior={"anchor": anchor}, training={"teaches": "prior"}, generator={"learning_rate": 3e-3})
        state, rolls = state_and_rolls(corpus, recipe)
        begin_phase(state, "prior")
        encode(state, [rolls])
        for _ in range(50):
            prior_step(state, np.arange(60) % len(rolls), progress=0.5)
        begin_phase(state, "game")
        for _ in range(50):
            training_step(state, [rolls, rolls])
        errors.append(float(prior_step(state, np.arange(600) % len(rolls), progress=1.0).prior_error))
    drifted, held = errors
    assert held < 0.8 * drifted


def test_an_anchor_is_for_a_game_that_teaches_the_flow_alone() -> None:
    assert flow_recipe(prior={"anchor": 0.1}, training={"teaches": "prior"}).anchored
    assert not flow_recipe(prior={"anchor": 0.1}, training={"teaches": "generator"}).anchored
    assert not flow_recipe(training={"teaches": "prior"}).anchored


def test_encoding_music_does_not_count_as_training(tmp_path, corpus, monkeypatch) -> None:
    clock = SlowClock()
    monkeypatch.setattr(loop.time, "monotonic", clock)
    monkeypatch.setattr(loop, "encode", lambda state, music: (clock.wait(1000), encode(state, music)))
    state = train(new_run(tmp_path / "run", corpus, flow_recipe(), Budget(steps=5)), [])
    assert clock.now > 1000
    assert state.seconds < 1000


class SlowClock:
    """A clock that goes on by a thousandth of a second whenever it is asked, and by more when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.wait(0.001)
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    ("stopped_at", "game_begins"),
    [(2, 12 + 16 + 10), (5, 3 + 16 + 10), (9, 3 + 4 + 10)],
    ids=["in the warm start", "while the flow learns", "while the critic leads"],
)
def test_a_larger_budget_gives_a_phase_under_way_its_share_of_it(
    tmp_path, corpus, monkeypatch, stopped_at, game_begins
) -> None:
    told: list[float] = []

    def step(state, places, progress):
        told.append(progress)
        return prior_step(state, places, progress)

    monkeypatch.setattr(loop, "prior_step", step)
    recipe = flow_recipe(warm_start={"share": 0.3}, prior={"share": 0.4}, training={"critic_lead": 0.8})
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=10))  # 3 of warm start, 4 of the flow, 3 of a lead
    train(run, [], stop_after(stopped_at))
    told.clear()
    state = train(open_run(run.folder, Budget(steps=40)), [])
    assert told == sorted(told)
    assert all(0 <= progress < 1 for progress in told)
    assert told[-1:] == ([15 / 16] if stopped_at < 7 else [])
    assert (state.phase, state.phase_step) == ("game", game_begins)


def test_after_a_warm_start_the_critic_leads_for_its_share_of_the_game(tmp_path, corpus) -> None:
    recipe = flow_recipe(
        warm_start={"share": 0.2}, prior={"share": 0.3}, training={"critic_lead": 0.4, "judge_every": 1}
    )
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=10))
    assert taught_in(train_logged(run)) == [False] * 7 + [True] * 3
    longer = open_run(run.folder, Budget(steps=30))
    assert taught_in(train_logged(longer)) == [True] * 20, "once the game has begun it goes on"


def train_logged(run) -> list[object]:
    """What each step of a training gave."""
    records: list[object] = []

    class Watcher:
        def moment(self, moment) -> None:
            records.append(moment.record)

        def judged(self, moment) -> None: ...

        def found(self, finding) -> None: ...

        def snapshot(self, samples, rolls) -> None: ...

    train(run, [Watcher()])
    return records


def taught_in(records) -> list[bool]:
    return [record.generator_loss is not None for record in records]


def test_the_flow_is_asked_most_often_in_the_middle_of_its_way(corpus, monkeypatch) -> None:
    state, rolls = state_and_rolls(corpus, flow_recipe())
    begin_phase(state, "prior")
    encode(state, [rolls])
    prior, asked = state.networks.generator.prior, []
    error = prior.error

    def listened(latent, noise, angle, kept):
        asked.append(angle)
        return error(latent, noise, angle, kept)

    monkeypatch.setattr(prior, "error", listened)
    prior_step(state, np.arange(4000) % len(rolls), progress=0.5)
    way = asked[0] / (math.pi / 2)
    assert ((way > 0) & (way < 1)).all()
    # A standard normal lies within +-log 3, where the logistic function passes 1/4 and 3/4, in 72.8% of all cases.
    assert ((way > 0.25) & (way < 0.75)).float().mean().item() == pytest.approx(0.728, abs=0.025)


def test_guidance_is_away_from_what_the_flow_knew_early_in_its_phase(corpus) -> None:
    state, rolls = state_and_rolls(corpus, flow_recipe(networks={"guidance": 1.5}))
    begin_phase(state, "prior")
    encode(state, [rolls])
    places = np.arange(60) % len(rolls)
    for progress in (0.0, 0.04):
        prior_step(state, places, progress)
    early = copies(state.average.prior.flow)
    for progress in (0.06, 0.5, 1.0):
        prior_step(state, places, progress)
    for generator in (state.networks.generator, state.average):
        assert same(generator.prior.guide, early)
        assert not same(generator.prior.flow, early)


def test_one_budget_holds_both_and_the_log_says_which_is_which(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, warm_recipe(), Budget(steps=5))
    state = train(run, [])
    lines = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    assert [line["reconstruction"] is not None for line in lines] == [True, True, True, False, False]
    assert [line["critic_loss"] is not None for line in lines] == [False, False, False, True, True]
    assert [line["samples"] for line in lines] == [4, 8, 12, 22, 32]
    assert state.phase_samples == 12
    model = load_model(run.folder / MODEL_FILE)
    assert model.encoder is not None
    last = load_model(run.folder / "last.safetensors")
    belief, kept = (network(torch.zeros(1, 2, 2, 16, 60)) for network in (state.networks.encoder, last.encoder))
    assert torch.equal(belief.mean, kept.mean)


def test_one_budget_holds_all_three_phases(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, flow_recipe(), Budget(steps=5))
    state = train(run, [])
    lines = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    for key, phase in (("reconstruction", [0, 1]), ("prior_error", [2, 3]), ("critic_loss", [4])):
        assert [index for index, line in enumerate(lines) if line[key] is not None] == phase
    assert [line["samples"] for line in lines] == [4, 8, 15, 22, 32]
    assert state.phase == "game"
    assert state.phase_samples == 22


@pytest.mark.parametrize("stopped_at", [1, 2, 3, 4])
@pytest.mark.parametrize("recipe", RESUMED.values(), ids=RESUMED)
def test_resumed_across_a_boundary_it_is_bit_for_bit_the_uninterrupted_run(
    tmp_path, corpus, recipe, stopped_at
) -> None:
    whole = new_run(tmp_path / "whole", corpus, recipe, Budget(steps=5))
    train(whole, [])
    folder = tmp_path / "stopped"
    assert train(new_run(folder, corpus, recipe, Budget(steps=5)), [], stop_after(stopped_at)).step == stopped_at
    train(open_run(folder), [])
    for name in (CHECKPOINT, MODEL_FILE):
        one, other = load_file(folder / name), load_file(whole.folder / name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in other)


def test_more_budget_never_goes_back_to_the_warm_start(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, warm_recipe(), Budget(steps=5))
    train(run, [])
    state = train(open_run(run.folder, Budget(steps=50)), [], stop_after(2))
    assert state.step == 7
    assert state.phase == "game"


def test_a_warm_start_can_be_all_there_is(tmp_path, corpus) -> None:
    run = new_run(tmp_path / "run", corpus, warm_recipe(warm_start={"share": 1.0}), Budget(steps=3))
    state = train(run, [])
    assert state.phase == "warm start"
    assert state.samples == 12


def test_without_a_warm_start_there_is_no_encoder(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    assert train(run, []).networks.encoder is None
    assert load_model(run.folder / MODEL_FILE).encoder is None


def test_an_encoder_leaves_the_players_first_weights_as_they_were(corpus) -> None:
    warm, cold = warm_recipe(), warm_recipe(warm_start={"share": 0.0})
    states = [fresh_state(recipe, state_and_rolls(corpus, recipe)[0].networks.spec) for recipe in (warm, cold)]
    assert same(states[0].networks.critic, copies(states[1].networks.critic))


def test_a_warm_start_of_one_roll_a_batch_is_refused_with_batch_normalisation() -> None:
    with pytest.raises(InputError, match=r"warm_start.batch"):
        small_recipe(networks={"generator_normalisation": "batch"}, warm_start={"share": 0.5, "batch": 1})


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"networks": {"prior": "flow"}, "warm_start": {"share": 0.5}}, "belong together"),
        ({"warm_start": {"share": 0.5}, "prior": {"share": 0.1}}, "belong together"),
        ({"networks": {"prior": "flow"}, "prior": {"share": 0.1}}, "warm_start.share above 0"),
        ({"networks": {"prior": "flow"}, "warm_start": {"share": 0.7}, "prior": {"share": 0.4}}, "the whole budget"),
        ({"training": {"teaches": "prior"}}, "has no flow"),
        ({"networks": {"rest_gradient": False}}, "no voice would learn to rest"),
    ],
)
def test_a_flow_that_cannot_learn_is_refused(sections, said) -> None:
    with pytest.raises(InputError, match=said):
        small_recipe(**sections)


@pytest.mark.parametrize(
    ("step", "advice"),
    [("warm_step", r"warm_start\.learning_rate=0\.0003"), ("prior_step", r"prior\.learning_rate=1e-05")],
)
def test_where_a_phase_breaks_down_its_own_rate_is_advised(tmp_path, corpus, monkeypatch, step, advice) -> None:
    player = {"warm_step": "autoencoder", "prior_step": "flow"}[step]

    def broken(*_):
        raise NotFiniteError(player)

    monkeypatch.setattr(loop, step, broken)
    with pytest.raises(MachineError, match=f"the {player}'s loss") as error:
        train(new_run(tmp_path / "run", corpus, flow_recipe(prior={"learning_rate": 1e-4}), Budget(steps=5)), [])
    assert re.search(advice, error.value.remedy)


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


def test_what_suits_music_and_machine_is_settled_when_a_run_is_made(tmp_path, corpus) -> None:
    recipe = flow_recipe(training={"precision": "fastest", "teaches": "suited"})
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=1))
    assert run.recipe.training.precision in ("float32", "bfloat16")
    assert run.recipe.training.teaches == ("prior" if all(track.monophonic for track in corpus.tracks) else "generator")
    assert open_run(run.folder).recipe == run.recipe
