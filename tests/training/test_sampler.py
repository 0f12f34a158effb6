import numpy as np

from ganola.training.sampler import EpochSampler


def test_an_epoch_shows_every_window_once_even_where_batches_straddle_epochs() -> None:
    sampler = EpochSampler(np.arange(10), seed=1)
    seen = np.concatenate([sampler.indices(4 * index, 4) for index in range(5)])
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10].tolist() != seen[10:].tolist()


def test_a_batch_larger_than_an_epoch_holds_every_window() -> None:
    assert sorted(np.bincount(EpochSampler(np.arange(3), seed=0).indices(0, 7))) == [2, 2, 3]


def test_a_batch_does_not_depend_on_what_was_asked_before() -> None:
    walked = EpochSampler(np.arange(10), seed=1)
    for index in range(7):
        walked.indices(4 * index, 4)
    assert walked.indices(12, 4).tolist() == EpochSampler(np.arange(10), seed=1).indices(12, 4).tolist()


def test_batches_of_any_size_go_on_where_the_last_one_ended() -> None:
    sampler = EpochSampler(np.arange(10), seed=1)
    assert np.concatenate([sampler.indices(0, 3), sampler.indices(3, 8)]).tolist() == sampler.indices(0, 11).tolist()


def test_another_seed_is_another_order() -> None:
    assert (
        EpochSampler(np.arange(50), seed=1).indices(0, 50).tolist()
        != EpochSampler(np.arange(50), seed=2).indices(0, 50).tolist()
    )


def test_a_tune_larger_than_all_the_others_is_shown_as_often_as_these_and_in_time_all_of_it() -> None:
    tune = np.array([0] * 3 + [1] * 20 + [2] * 2)
    sampler = EpochSampler(tune, seed=1)
    assert sampler.epoch_size == 10
    epochs = [sampler.indices(10 * epoch, 10) for epoch in range(40)]
    for epoch in epochs:
        assert np.bincount(tune[epoch]).tolist() == [3, 5, 2]
        assert len(set(epoch.tolist())) == 10
    assert set(np.concatenate(epochs).tolist()) == set(range(25))
    assert EpochSampler(tune, seed=1).indices(93, 9).tolist() == np.concatenate(epochs)[93:102].tolist()
