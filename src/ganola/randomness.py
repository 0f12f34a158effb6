"""Every random number of ganola, as a function of the seed, what it is for, and when.

Nothing is carried from step to step, so a training taken up again draws what the uninterrupted one would have drawn,
and phrase 7 of a seed is the same whether six others were asked for or none.
"""

from enum import IntEnum

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor


class Purpose(IntEnum):
    """What random numbers are for. The values are part of what a seed means: never renumber them."""

    WEIGHTS = 0
    ORDER = 1
    CRITIC_STEP = 2
    GENERATED = 3  # in the game
    SNAPSHOTS = 4
    PHRASES = 5
    JUDGED = 6
    CONTROLS = 7
    RESAMPLES = 8
    TWO_SAMPLE = 9
    VALIDATION = 10
    SENSITIVITY = 11
    VAE = 12
    AUGMENTED_CRITIC_STEP = 13
    AUGMENTED_GENERATOR_STEP = 14
    FLOW = 15
    VAE_TRANSPOSITION = 17
    FLOW_REPLAY = 18
    NOISE = 19  # of choices
    INFILL = 20  # answers to music of which a part is kept
    VAE_REPLAY = 21
    VARIATIONS = 30
    INTERPOLATION = 31
    DIRECTIONS = 32  # in which attributes of music grow
    UNRELATED = 33  # phrases, how far apart they are
    POINTS = 34  # where the search for the latents of a phrase begins
    PIECES = 40  # longer than a phrase
    PIECE_VARIATIONS = 41  # of sections that return


def stream(seed: int, purpose: Purpose, when: int = 0) -> np.random.Generator:
    """A random stream of its own for one purpose at one time.

    numpy's, not torch's: on a processor torch heeds only 32 bits of a seed, so that of 100,000 streams some are equal.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, when)))


def latents(count: int, length: int, randomness: np.random.Generator) -> Float[Tensor, "count length"]:
    """r ~ N(0, I), `count` of them of this length (N6)."""
    return torch.from_numpy(randomness.standard_normal((count, length), dtype=np.float32))


def mixing_shares(count: int, randomness: np.random.Generator) -> Float[Tensor, "count"]:
    """eps ~ U[0, 1), one a sample (N12)."""
    return torch.from_numpy(randomness.random(count, dtype=np.float32))
