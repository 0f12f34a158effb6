"""In which order a training sees the windows of its corpus."""

import numpy as np
from jaxtyping import Int

from ganola.corpus.balance import thin_largest_tune
from ganola.randomness import Purpose, stream


class Order:
    """The order of windows: shuffled anew each epoch, without end.

    `tune` is the tune of each window. An epoch shows every window once; but of a tune that is larger than all the
    others together it shows only as many as these have, and each epoch others.
    """

    def __init__(self, tune: Int[np.ndarray, "windows"], seed: int) -> None:
        self.tune = tune
        self.total = len(thin_largest_tune(np.arange(len(tune)), tune))  # windows of an epoch
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
            self._shuffled = thin_largest_tune(
                stream(self.seed, Purpose.ORDER, epoch).permutation(len(self.tune)), self.tune
            )
            self._epoch = epoch
        return self._shuffled
