"""Real music beside the critic's judgement, so that what the game trains stays where music is.

The gradient that comes through discrete choices leads away from music in the end (docs/decisions/0013, 0031). What the
phases before the game have learned is learned on in its steps: the flow by encoded music, the decoder by real rolls.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ganola.randomness import Purpose, stream
from ganola.training.phases.flow import encode_once, flow_loss
from ganola.training.phases.vae import encode_and_decode
from ganola.training.sampler import Rolls, TrainingData
from ganola.training.state import State

REPLAYED_BATCHES = 4  # of the flow in a step of the game, so that chance in them does not hide what the critic says


def prepare_replay(state: State, data: TrainingData) -> None:
    """Make sure that the music is encoded that the recipe replays, if any."""
    if state.recipe.replays_flow:
        encode_once(state, data)


def replay_loss(state: State, real: Rolls) -> Float[Tensor, ""]:
    """Return this process's part of what the recipe adds to the generator's loss: the weighted losses of the phases
    before the game, on encoded music drawn for this step, and on `real` rolls, its rows of a batch of the game."""
    recipe, seed = state.recipe, state.recipe.training.seed
    loss = torch.zeros((), device=state.device)
    if recipe.replays_flow:
        randomness = stream(seed, Purpose.FLOW_REPLAY, state.step)
        loss = loss + recipe.flow.replay_weight * flow_loss(state, draw_encoded(state, randomness), randomness)
    if recipe.replays_vae:
        share = state.team.share(recipe.training.batch)
        _, nats = encode_and_decode(state, share, real, stream(seed, Purpose.VAE_REPLAY, state.step))
        loss = loss + recipe.vae.replay_weight * share.weight * nats.mean()
    return loss


def draw_encoded(state: State, randomness: np.random.Generator) -> np.ndarray:
    """Return which of the encoded windows the flow hears in a step of the game."""
    assert state.encoded is not None  # noqa: S101 - see `prepare_replay`
    return randomness.integers(len(state.encoded.mean), size=REPLAYED_BATCHES * state.recipe.flow.batch)
