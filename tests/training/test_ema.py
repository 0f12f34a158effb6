import pytest
import torch

from ganola.training.ema import ema_decay, ema_update


def test_the_average_follows_the_generator_and_copies_counters() -> None:
    average, network = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    network.weight.data.fill_(3.0)
    network.num_batches_tracked.fill_(8)
    ema_update(average, network, decay=0.75)
    assert average.weight.tolist() == [1.5, 1.5]
    assert average.num_batches_tracked.item() == 8


def test_the_averages_half_life_is_in_samples_and_shorter_early() -> None:
    # 10 samples a step, half-life 40 samples: four steps halve the past.
    assert ema_decay(40.0, samples=10_000, step_samples=10) ** 4 == pytest.approx(0.5)
    assert ema_decay(40.0, samples=400, step_samples=10) ** 2 == pytest.approx(0.5)
    assert ema_decay(40.0, samples=0, step_samples=10) == 0.0
