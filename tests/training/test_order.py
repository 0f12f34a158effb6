import numpy as np

from ganola.training.order import Order


def test_an_epoch_shows_every_window_once_even_where_batches_straddle_epochs() -> None:
    order = Order(np.arange(10), seed=1)
    seen = np.concatenate([order.batch(4 * index, 4) for index in range(5)])
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10].tolist() != seen[10:].tolist()


def test_a_batch_larger_than_an_epoch_holds_every_window() -> None:
    assert sorted(np.bincount(Order(np.arange(3), seed=0).batch(0, 7))) == [2, 2, 3]


def test_a_batch_does_not_depend_on_what_was_asked_before() -> None:
    walked = Order(np.arange(10), seed=1)
    for index in range(7):
        walked.batch(4 * index, 4)
    assert walked.batch(12, 4).tolist() == Order(np.arange(10), seed=1).batch(12, 4).tolist()


def test_batches_of_any_size_go_on_where_the_last_one_ended() -> None:
    order = Order(np.arange(10), seed=1)
    assert np.concatenate([order.batch(0, 3), order.batch(3, 8)]).tolist() == order.batch(0, 11).tolist()


def test_another_seed_is_another_order() -> None:
    assert Order(np.arange(50), seed=1).batch(0, 50).tolist() != Order(np.arange(50), seed=2).batch(0, 50).tolist()


def test_a_tune_larger_than_all_the_others_is_shown_as_often_as_these_and_in_time_all_of_it() -> None:
    tune = np.array([0] * 3 + [1] * 20 + [2] * 2)
    order = Order(tune, seed=1)
    assert order.total == 10
    epochs = [order.batch(10 * epoch, 10) for epoch in range(40)]
    for epoch in epochs:
        assert np.bincount(tune[epoch]).tolist() == [3, 5, 2]
        assert len(set(epoch.tolist())) == 10
    assert set(np.concatenate(epochs).tolist()) == set(range(25))
    assert Order(tune, seed=1).batch(93, 9).tolist() == np.concatenate(epochs)[93:102].tolist()
