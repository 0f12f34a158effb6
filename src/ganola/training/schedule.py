"""What changes as a phase goes on: its learning rate, and the weight of one of its losses."""

import math

from torch.optim import Adam


def cosine_learning_rate(optimiser: Adam, learning_rate: float, progress: float) -> None:
    """Lower the optimiser's learning rate along a cosine, to a twentieth as `progress` goes from 0 to 1."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate * (0.05 + 0.95 * (1 + math.cos(math.pi * min(progress, 1.0))) / 2)


def linear_warmup(progress: float, end: float) -> float:
    """Return the share, 0 to 1, of a weight that rises in a line until `progress` is `end`; 1 where `end` is 0."""
    return min(1.0, progress / end if end else 1.0)
