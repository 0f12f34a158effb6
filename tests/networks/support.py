"""What tests of networks share: grids, and numbers that are the same each time."""

import numpy as np
import torch

from ganola.music.grid import Grid

ODD_GRID = Grid(lowest=41, pitches=31, steps_per_quarter=3, metre="3/4", bars=3)
SMALL_GRID = Grid(lowest=48, pitches=24, steps_per_quarter=2, metre="4/4", bars=2)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    """Numbers from N(0, 1)."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def uniform(*shape: int) -> torch.Tensor:
    """Numbers from U[0, 1)."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def seeded(seed: int = 0) -> np.random.Generator:
    """A stream of random numbers."""
    return np.random.default_rng(seed)
