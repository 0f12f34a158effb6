"""Every random number of a training, as a function of the seed, what it is for, and when.

Nothing is carried from step to step, so a training taken up again draws what the uninterrupted one would have drawn.
"""

from enum import IntEnum

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


class Purpose(IntEnum):
    """What random numbers are for. The values are part of what a seed means: never renumber them."""

    WEIGHTS = 0
    ORDER = 1
    CRITIC_STEP = 2
    GENERATOR_STEP = 3
    SNAPSHOTS = 4


def generator(seed: int, purpose: Purpose, when: int = 0) -> torch.Generator:
    """A random stream of its own for one purpose at one time."""
    state = np.random.SeedSequence([seed, purpose, when]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


def latents(count: int, length: int, randomness: torch.Generator) -> Float[Tensor, "count length"]:
    """r ~ N(0, I), `count` of them of this length (N6)."""
    return torch.randn(count, length, generator=randomness)


class Order:
    """The order in which a training sees `total` windows: shuffled anew each epoch, without end."""

    def __init__(self, total: int, seed: int) -> None:
        self.total = total
        self.seed = seed
        self._epoch = -1
        self._shuffled = np.zeros(0, dtype=np.int64)

    def batch(self, index: int, size: int) -> Int[np.ndarray, "size"]:
        """The windows of batch `index`, where every batch has `size`; a batch may span two epochs."""
        places = np.arange(index * size, (index + 1) * size)
        epochs = places // self.total
        return np.concatenate(
            [self._of_epoch(int(epoch))[places[epochs == epoch] % self.total] for epoch in np.unique(epochs)]
        )

    def _of_epoch(self, epoch: int) -> Int[np.ndarray, "total"]:
        if epoch != self._epoch:
            stream = np.random.default_rng(np.random.SeedSequence([self.seed, Purpose.ORDER, epoch]))
            self._shuffled = stream.permutation(self.total)
            self._epoch = epoch
        return self._shuffled
