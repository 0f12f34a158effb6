import numpy as np
import torch

from ganola.training.randomness import Order, Purpose, generator, latents


def test_streams_differ_by_seed_purpose_and_time_and_repeat() -> None:
    keys = [
        (0, Purpose.CRITIC_STEP, 3),
        (1, Purpose.CRITIC_STEP, 3),
        (0, Purpose.GENERATOR_STEP, 3),
        (0, Purpose.CRITIC_STEP, 4),
    ]
    draws = [latents(1, 8, generator(*key)) for key in keys]
    assert all(not torch.equal(one, other) for i, one in enumerate(draws) for other in draws[:i])
    assert torch.equal(draws[0], latents(1, 8, generator(*keys[0])))


def test_latents_are_standard_normal() -> None:
    drawn = latents(4000, 16, generator(7, Purpose.SNAPSHOTS))
    assert abs(drawn.mean().item()) < 0.01
    assert abs(drawn.std().item() - 1) < 0.01


def test_the_global_generator_is_never_asked() -> None:
    before = torch.get_rng_state()
    latents(3, 3, generator(0, Purpose.WEIGHTS))
    assert torch.equal(torch.get_rng_state(), before)


def test_an_epoch_shows_every_window_once_even_where_batches_straddle_epochs() -> None:
    order = Order(total=10, seed=1)
    seen = np.concatenate([order.batch(index, 4) for index in range(5)])
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10].tolist() != seen[10:].tolist()


def test_a_batch_larger_than_an_epoch_holds_every_window() -> None:
    assert np.bincount(Order(total=3, seed=0).batch(0, 7)).tolist() in ([3, 2, 2], [2, 3, 2], [2, 2, 3])


def test_a_batch_does_not_depend_on_what_was_asked_before() -> None:
    walked = Order(total=10, seed=1)
    for index in range(7):
        walked.batch(index, 4)
    assert walked.batch(3, 4).tolist() == Order(total=10, seed=1).batch(3, 4).tolist()
