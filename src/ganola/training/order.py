"""In which order a training sees the windows of its corpus."""

import numpy as np
from jaxtyping import Int

from ganola.randomness import Purpose, stream


class Order:
    """The order of `total` windows: shuffled anew each epoch, without end."""

    def __init__(self, total: int, seed: int) -> None:
        self.total = total
        self.seed = seed
        self._epoch = -1
        self._shuffled = np.zeros(0, dtype=np.int64)

    def batch(self, seen: int, size: int) -> Int[np.ndarray, "size"]:
        """The `size` windows that follow the first `seen` ones; a batch may span two epochs."""
        places = np.arange(seen, seen + size)
        epochs = places // self.total
        return np.concatenate(
            [self._of_epoch(int(epoch))[places[epochs == epoch] % self.total] for epoch in np.unique(epochs)]
        )

    def _of_epoch(self, epoch: int) -> Int[np.ndarray, "total"]:
        if epoch != self._epoch:
            self._shuffled = stream(self.seed, Purpose.ORDER, epoch).permutation(self.total)
            self._epoch = epoch
        return self._shuffled
