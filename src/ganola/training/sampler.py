"""Which windows of its corpus a training sees, in which order, and the batches made of them.

Everything follows from the seed and how many samples were seen before, so a training that resumes sees the same.
"""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ganola.corpus.balance import thin_largest_tune
from ganola.corpus.windows import Windows
from ganola.networks.inputs import CPU, to_network_input
from ganola.randomness import Purpose, stream
from ganola.training.team import ALONE, Team

Rolls = Float[Tensor, "batch tracks planes steps pitches"]

ENCODED_WINDOWS = 16_384  # at most, from which a latent flow learns
ENCODED_AT_ONCE = 32


class EpochSampler:
    """Shuffles windows anew each epoch, without end.

    `tune` is the tune of each window. An epoch shows every window once; but of a tune that is larger than all the
    others together it shows only as many as these have, and other ones each epoch.
    """

    def __init__(self, tune: Int[np.ndarray, "windows"], seed: int) -> None:
        self.tune = tune
        self.epoch_size = len(thin_largest_tune(np.arange(len(tune)), tune))
        self.seed = seed
        self._epoch = -1
        self._shuffled = np.zeros(0, dtype=np.int64)

    def indices(self, seen: int, size: int) -> Int[np.ndarray, "size"]:
        """Return the `size` windows that follow the first `seen` ones. They may span epochs."""
        positions = np.arange(seen, seen + size)
        epochs = positions // self.epoch_size
        return np.concatenate(
            [self._shuffle(int(epoch))[positions[epochs == epoch] % self.epoch_size] for epoch in np.unique(epochs)]
        )

    def _shuffle(self, epoch: int) -> Int[np.ndarray, "epoch_size"]:
        if epoch != self._epoch:
            self._shuffled = thin_largest_tune(
                stream(self.seed, Purpose.ORDER, epoch).permutation(len(self.tune)), self.tune
            )
            self._epoch = epoch
        return self._shuffled


class TrainingData:
    """The training windows as batches on a device, and those of them that are encoded for a latent flow: of both, what
    one process of a team gets.

    `planes` is how many planes the networks see, `encoded_windows` how many windows are encoded at most.
    """

    def __init__(
        self,
        windows: Windows,
        planes: int,
        seed: int,
        device: torch.device = CPU,
        team: Team = ALONE,
        encoded_windows: int = ENCODED_WINDOWS,
    ) -> None:
        self.windows, self.planes, self.device, self.team = windows, planes, device, team
        self.sampler = EpochSampler(windows.tune, seed)
        self.to_encode = choose_to_encode(windows.tune, encoded_windows)
        self.encoded_sampler = EpochSampler(np.arange(len(self.to_encode)), seed)

    def rolls(self, seen: int, size: int) -> Rolls:
        """Return this process's share of the `size` rolls that follow the first `seen` ones."""
        chosen = self.sampler.indices(seen, size)[self.team.share(size).rows]
        return to_network_input(self.windows.rolls(chosen), self.planes, self.device)

    def epochs(self, seen: int) -> float:
        """Return how many epochs `seen` samples are."""
        return seen / self.sampler.epoch_size

    def encoded_indices(self, seen: int, size: int) -> Int[np.ndarray, "size"]:
        """Return which of the encoded windows follow the first `seen` samples."""
        return self.encoded_sampler.indices(seen, size)

    def rolls_to_encode(self) -> Iterator[Rolls]:
        """Yield the rolls that this process encodes, some at once: which are together is the same for any team."""
        begins = range(0, len(self.to_encode), ENCODED_AT_ONCE)
        for begin in begins[self.team.share(len(begins)).rows]:
            chosen = self.to_encode[begin : begin + ENCODED_AT_ONCE]
            yield to_network_input(self.windows.rolls(chosen), self.planes, self.device)


def choose_to_encode(tune: Int[np.ndarray, "windows"], count: int) -> Int[np.ndarray, "encoded"]:
    """Return `count` windows from all over the corpus, at most, and no more of a tune than an epoch shows."""
    among = thin_largest_tune(np.arange(len(tune)), tune)
    return among[np.linspace(0, len(among) - 1, min(count, len(among))).astype(np.int64)]
