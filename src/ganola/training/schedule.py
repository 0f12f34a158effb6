"""What changes as a phase goes on: its learning rate, the weight of one of its losses, the slope of its outputs."""

import math

from torch.optim import Adam

from ganola.networks.generator import Generator
from ganola.networks.outputs.discretiser import Annealed

SLOWER = 1 / 3


def cosine_learning_rate(optimiser: Adam, learning_rate: float, progress: float) -> None:
    """Lower the optimiser's learning rate along a cosine, to a twentieth as `progress` goes from 0 to 1."""
    set_learning_rate(optimiser, learning_rate * (0.05 + 0.95 * (1 + math.cos(math.pi * min(progress, 1.0))) / 2))


def set_learning_rate(optimiser: Adam, learning_rate: float) -> None:
    """Give an optimiser this learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate


def slowed(returns: int) -> float:
    """Return the share of its learning rates with which a game goes on that went back to its best so often."""
    return float(SLOWER**returns)


def linear_warmup(progress: float, end: float) -> float:
    """Return the share, 0 to 1, of a weight that rises in a line until `progress` is `end`; 1 where `end` is 0."""
    return min(1.0, progress / end if end else 1.0)


def annealed_slope(progress: float, final: float) -> float:
    """Return the slope of annealed outputs, from 1 to `final` as `progress` goes from 0 to 1.

    Its inverse, the temperature of a Gumbel-softmax, falls exponentially, as in Jang et al. 2016 (arXiv 1611.01144).
    (Chung et al. 2016, arXiv 1609.01704, raise the slope in a line, from 1 to 5.)
    """
    return float(final ** min(progress, 1.0))


def anneal(generator: Generator, slope: float) -> None:
    """Raise the slope of a generator's outputs to this, if they are annealed."""
    if not isinstance(generator.discretiser, Annealed):
        return
    for part in generator.modules():
        if isinstance(part, Annealed):
            part.raise_slope(slope)
