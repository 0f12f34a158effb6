"""Real music in the game keeps what it trains where music is."""

import numpy as np
import pytest
import torch

from ganola.training.phases.adversarial import adversarial_step
from ganola.training.phases.flow import encode, flow_step
from ganola.training.phases.replay import replay_loss
from ganola.training.phases.vae import vae_step
from ganola.training.state import State, begin_phase
from tests.training.support import MLP, copies, flow_recipe, same, state_and_rolls, vae_recipe


def flow_loss_after_a_game(corpus, weight: float, trains: str) -> float:
    recipe = flow_recipe(
        networks=MLP, flow={"replay_weight": weight}, training={"trains": trains}, generator={"learning_rate": 3e-3}
    )
    state, rolls = state_and_rolls(corpus, recipe)
    begin_phase(state, "flow")
    encode(state, [rolls])
    for _ in range(50):
        flow_step(state, np.arange(60) % len(rolls), progress=0.5)
    begin_phase(state, "adversarial")
    for _ in range(50):
        adversarial_step(state, [rolls, rolls])
    return float(flow_step(state, np.arange(600) % len(rolls), progress=1.0).metrics["flow_loss"])


@pytest.mark.parametrize("trains", ["flow", "generator"])
def test_a_flow_that_hears_encoded_music_in_the_game_stays_where_music_is(corpus, trains) -> None:
    drifted, held = (flow_loss_after_a_game(corpus, weight, trains) for weight in (0.0, 1.0))
    assert held < 0.8 * drifted


def nats(state: State, rolls: torch.Tensor) -> float:
    with torch.no_grad():
        logits = state.networks.generator.decode_teacher_forced(state.networks.encoder(rolls).mean, rolls)
        return float(state.networks.generator.discretiser.reconstruction_loss(logits, rolls).mean())


def nats_after_a_game(corpus, weight: float) -> float:
    recipe = vae_recipe(vae={"replay_weight": weight, "batch": 5}, generator={"learning_rate": 3e-3})
    state, rolls = state_and_rolls(corpus, recipe)
    for _ in range(60):
        vae_step(state, rolls, progress=0.2)
    begin_phase(state, "adversarial")
    encoder = copies(state.networks.encoder)
    for _ in range(30):
        adversarial_step(state, [rolls, rolls])
    assert same(state.networks.encoder, encoder)
    return nats(state, rolls)


def test_a_decoder_that_hears_real_rolls_in_the_game_stays_where_music_is(corpus) -> None:
    drifted, held = (nats_after_a_game(corpus, weight) for weight in (0.0, 0.1))
    assert held < 0.8 * drifted


@pytest.mark.parametrize(
    ("trains", "flow_weight", "vae_weight", "replayed"),
    [
        ("generator", 0.1, 0.01, (True, True)),
        ("flow", 0.1, 0.01, (True, False)),  # the decoder does not learn
        ("generator", 0.0, 0.01, (False, True)),
        ("generator", 0.1, 0.0, (True, False)),
        ("flow", 0.0, 0.0, (False, False)),
    ],
)
def test_what_the_game_trains_is_replayed(corpus, trains, flow_weight, vae_weight, replayed) -> None:
    recipe = flow_recipe(
        vae={"replay_weight": vae_weight}, flow={"replay_weight": flow_weight}, training={"trains": trains}
    )
    assert (recipe.replays_flow, recipe.replays_vae) == replayed
    state, rolls = state_and_rolls(corpus, recipe)
    encode(state, [rolls])
    loss = replay_loss(state, rolls)
    assert (loss.item() > 0) == any(replayed)
    if any(replayed):
        loss.backward()
    learns = [bool(part.weight.grad is not None and part.weight.grad.any()) for part in heads(state)]
    assert learns == list(replayed)


def heads(state: State) -> tuple[torch.nn.Module, ...]:
    """The last layers of the flow and of the first track's decoder."""
    generator = state.networks.generator
    return generator.prior.flow.output_layer, generator.track_decoders[0].pitch_head


def test_without_a_vae_there_is_nothing_to_replay() -> None:
    recipe = vae_recipe(vae={"share": 0.0, "replay_weight": 0.1}, networks={"rest_gradient": True})
    assert not recipe.replays_vae
