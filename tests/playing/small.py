"""A small model of a melody and a bass, and an answer to music that plays the same wherever it is asked to."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import torch

from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, SUSTAIN
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.generator import Generator
from ganola.networks.model import Model
from ganola.networks.outputs.logits import Logits
from ganola.playing.given import Given
from ganola.playing.infill import Answer
from tests.models import record_of

MELODY, BASS = Track(name="Melody", program=73, monophonic=True), Track(name="Bass", program=32)
SPEC = ModelSpec(
    grid=Grid(lowest=36, pitches=48, steps_per_quarter=2, metre="4/4", bars=2),
    tracks=(MELODY, BASS),
    networks=NetworkConfig(output="straight-through", latent=6),
)
RANGES = (72, 40)  # the pitch that each track of the model plays


class OnePitchEach(Generator):
    """Each track strikes its pitch at step 0, whatever the latent."""

    def decode(self, latent: torch.Tensor) -> Logits:
        cells = torch.full((len(latent), 2, 2, self.spec.grid.steps, self.spec.grid.pitches), -1.0)
        for track, pitch in enumerate(RANGES):
            cells[:, track, 0, 0, pitch - self.spec.grid.lowest] = 1.0
        return Logits(cells)


def small_model(spec: ModelSpec = SPEC, **record: object) -> Model:
    return Model(spec, OnePitchEach(spec), None, record_of(spec, **record), "0123456789ab")


def random_answers(
    model: Model,
    given: Given,
    count: int,
    seed: int,
    *,
    more: Mapping[str, float] = MappingProxyType({}),
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Answer]:
    """Answers in which what is not kept is any notes at all, whatever they are to have more of."""
    del more
    found = []
    for number in range(1, count + 1):
        random = np.random.default_rng([seed, number])
        cells = np.where(random.random(given.cells.shape) < 0.02, ONSET, OFF).astype(np.uint8)
        held = (cells[:, :-1] != OFF) & (random.random(cells[:, 1:].shape) < 0.6)
        cells[:, 1:][held & (cells[:, 1:] == OFF)] = SUSTAIN
        latents = torch.zeros(1, model.spec.latent)
        found.append(Answer(number, np.where(given.kept[:, :, None], given.cells, cells), latents))
        progress(number, count)
    return found
