import itertools

import numpy as np
import torch

from ganola.randomness import Purpose, latents, mixing_shares, stream


def test_streams_differ_by_seed_purpose_and_time_and_repeat() -> None:
    keys = list(itertools.product((0, 1, 2**32, 2**32 + 1), Purpose, (0, 1, 4, 2**32)))
    draws = [tuple(latents(1, 8, stream(*key))[0].tolist()) for key in keys]
    assert len(set(draws)) == len(keys)
    assert draws == [tuple(latents(1, 8, stream(*key))[0].tolist()) for key in keys]


def test_no_two_of_many_phrases_draw_alike() -> None:
    drawn = {stream(0, Purpose.PHRASES, number).standard_normal() for number in range(2000)}
    assert len(drawn) == 2000


def test_latents_are_standard_normal() -> None:
    drawn = latents(4000, 16, stream(7, Purpose.SNAPSHOTS))
    assert drawn.dtype == torch.float32
    assert abs(drawn.mean().item()) < 0.01
    assert abs(drawn.std().item() - 1) < 0.01


def test_mixing_shares_are_uniform() -> None:
    drawn = mixing_shares(10_000, stream(7, Purpose.CRITIC_STEP))
    assert ((drawn >= 0) & (drawn < 1)).all()
    assert abs(drawn.mean().item() - 0.5) < 0.02
    assert abs(drawn.var().item() - 1 / 12) < 0.005


def test_the_global_generators_are_never_asked() -> None:
    before, numpys = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002 - the state that must not move
    latents(3, 3, stream(0, Purpose.WEIGHTS))
    assert torch.equal(torch.get_rng_state(), before)
    assert (np.random.get_state()[1] == numpys).all()  # noqa: NPY002
