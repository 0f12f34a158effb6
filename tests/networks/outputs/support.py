"""What tests of outputs share: rolls that tracks can play."""

import torch

from ganola.networks.outputs.logits import Logits
from tests.networks.support import SMALL_GRID

STEPS, PITCHES = SMALL_GRID.steps, SMALL_GRID.pitches


def some_rolls(spec, count: int = 4) -> torch.Tensor:
    """Rolls that the tracks can play: what a discretiser makes of random logits."""
    randomness = torch.Generator().manual_seed(3)
    shape = (count, len(spec.tracks), spec.discretiser.logit_planes, spec.grid.steps, spec.grid.pitches)
    pitch = 4 * torch.randn(shape, generator=randomness) - 3
    rest_hold = 4 * torch.randn(count, len(spec.tracks), 2, spec.grid.steps, generator=randomness) + 3
    return spec.discretiser.hard(Logits(pitch, rest_hold)).float()
