"""What a critic says of phrases: D, one raw number each."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn

from ganola.music.roll import find_onsets, sounding
from ganola.networks.inputs import CPU, to_network_input

BATCH = 64  # phrases that pass the critic at once

Cells = UInt8[np.ndarray, "phrases tracks steps pitches"]


def critic_scores(critic: nn.Module, cells: Cells, planes: int) -> Float[np.ndarray, "phrases"]:
    """Return D of each phrase; `planes` is how many planes a track the critic gets."""
    with evaluation_mode(critic), torch.inference_mode():
        scores = [critic(batch).cpu() for batch in critic_batches(critic, cells, planes)]
    return torch.cat([torch.zeros(0), *scores]).numpy()


def critic_batches(
    critic: nn.Module, cells: Cells, planes: int
) -> Iterator[Float[Tensor, "batch tracks planes steps pitches"]]:
    """Yield phrases as the critic gets them, in batches, on its device."""
    device = next((parameter.device for parameter in critic.parameters()), CPU)
    for first in range(0, len(cells), BATCH):
        yield to_network_input(played_planes(cells[first : first + BATCH]), planes, device)


def played_planes(cells: Cells) -> Bool[np.ndarray, "phrases tracks 2 steps pitches"]:
    """Return the planes of what a listener hears: a sustain that continues nothing begins a note.

    So music that is written to a file and read again is judged alike.
    """
    sounds, onset = sounding(cells), find_onsets(cells)
    return np.stack([onset, sounds & ~onset], axis=2)


@contextmanager
def evaluation_mode(critic: nn.Module) -> Iterator[None]:
    """Put the critic in evaluation mode, so that no phrase's D depends on its batch, and back afterwards."""
    training = critic.training
    critic.eval()
    try:
        yield
    finally:
        critic.train(training)
