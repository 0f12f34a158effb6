"""Distances between tables whose distributions are known."""

import math

import numpy as np
import pytest

from ganola.judging.bootstrap import bootstrap_weights, estimate, estimate_of_ratio
from ganola.judging.distances import (
    density_and_coverage,
    fit_scaler,
    frechet_distances,
    kernel_width,
    overlaps,
    squared_mmds,
    wasserstein_distances,
)
from ganola.judging.features.catalogue import Catalogue
from ganola.music.grid import Grid
from ganola.music.tracks import Track

COLUMNS = 6


def normal(seed: int, mean: float = 0.0, std: float = 1.0, windows: int = 3000) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, std, (windows, COLUMNS))


def once(table: np.ndarray) -> np.ndarray:
    """Weights of the music as it is."""
    return np.ones((1, len(table)))


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    return float(frechet_distances(one, once(one), other, once(other))[0])


def test_the_frechet_distance_of_gaussians_is_the_closed_form() -> None:
    # |m1 - m2|^2 + d (s1 - s2)^2 for N(m, s^2 I).
    one, other = normal(0), normal(1, mean=0.5, std=2.0)
    assert frechet(one, other) == pytest.approx(COLUMNS * (0.5**2 + (1 - 2) ** 2), rel=0.05)


def test_the_frechet_distance_knows_covariance() -> None:
    mixing = np.eye(COLUMNS) + np.eye(COLUMNS, k=1)
    one = normal(2)
    root = np.linalg.svd(mixing, compute_uv=False)
    expected = COLUMNS + np.trace(mixing.T @ mixing) - 2 * root.sum()
    assert frechet(one, one @ mixing) == pytest.approx(expected, rel=0.05)


def test_a_collection_is_at_no_distance_from_itself_even_where_a_feature_never_varies() -> None:
    table = normal(3)
    table[:, 4] = 7.0
    assert frechet(table, table) == pytest.approx(0, abs=1e-6)


def test_weights_count_windows_as_often_as_they_say() -> None:
    one, other = normal(4, windows=40), normal(5, std=2.0, windows=50)
    weights = np.random.default_rng(6).integers(0, 4, (3, 40)).astype(float)
    found = frechet_distances(one, weights, other, np.ones((3, 50)))
    repeated = [frechet(np.repeat(one, own.astype(int), axis=0), other) for own in weights]
    np.testing.assert_allclose(found, repeated, rtol=1e-9)
    ways = wasserstein_distances(one, weights, other, np.ones((3, 50)))
    again = [
        wasserstein_distances(rows := np.repeat(one, own.astype(int), axis=0), once(rows), other, once(other))[0]
        for own in weights
    ]
    np.testing.assert_allclose(ways, again, rtol=1e-9)


def test_wasserstein_is_how_far_values_have_to_move() -> None:
    one = np.array([[0.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    other = np.array([[1.0, 5.0], [3.0, 5.0], [5.0, 8.0]])
    np.testing.assert_allclose(wasserstein_distances(one, once(one), other, once(other))[0], [1.0, 1.0])


def test_wasserstein_between_collections_of_different_sizes_is_scipys() -> None:
    from scipy.stats import wasserstein_distance

    one, other = normal(7, windows=31), normal(8, mean=0.4, windows=50)
    found = wasserstein_distances(one, once(one), other, once(other))[0]
    expected = [wasserstein_distance(one[:, column], other[:, column]) for column in range(COLUMNS)]
    np.testing.assert_allclose(found, expected)


def test_the_discrepancy_of_point_masses_is_the_closed_form() -> None:
    # Two points, of different groups, at 0 and two at distance 3: 1 + 1 - 2 exp(-9 / (2 w^2)).
    one, other = np.zeros((2, 1)), np.full((2, 1), 3.0)
    groups = np.array([0, 1])
    found = squared_mmds(one, groups, once(one), other, groups, once(other), width=2.0)
    assert found[0] == pytest.approx(2 - 2 * math.exp(-9 / 8))


def test_the_discrepancy_is_unbiased_even_where_windows_of_a_piece_are_alike() -> None:
    """Ten windows a piece, all but the same: over many draws of one distribution its mean is zero."""

    def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
        randomness = np.random.default_rng(seed)
        pieces = randomness.normal(size=(12, 2))
        return np.repeat(pieces, 10, axis=0) + randomness.normal(0, 0.01, (120, 2)), np.repeat(np.arange(12), 10)

    found = []
    for trial in range(150):
        (one, group), (other, others) = drawn(2 * trial), drawn(2 * trial + 1)
        found.append(squared_mmds(one, group, once(one), other, others, once(other), width=1.5)[0])
    error = np.std(found) / math.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error
    assert min(found) < 0 < max(found)


def test_the_kernel_is_as_wide_as_windows_are_apart() -> None:
    assert kernel_width(np.array([[0.0], [1.0], [4.0]])) == 3.0  # of 1, 3 and 4
    assert kernel_width(np.zeros((3, 2))) == 1.0


def test_density_and_coverage_of_music_among_its_like_are_near_one() -> None:
    real, generated = normal(9, windows=800), normal(10, windows=800)
    near = density_and_coverage(generated, once(generated), real, np.arange(800), once(real))
    assert near.density[0] == pytest.approx(1, abs=0.1)
    assert near.coverage[0] > 0.94  # 1 - 2^-5 is what is to be expected


def test_one_phrase_over_and_over_is_dense_but_covers_little() -> None:
    real = normal(11, windows=500)
    generated = np.zeros((500, COLUMNS))
    near = density_and_coverage(generated, once(generated), real, np.arange(500), once(real))
    assert near.density[0] > 1
    assert near.coverage[0] < 0.5


def test_what_is_far_is_neither_dense_nor_covers() -> None:
    real, generated = normal(12, windows=100), normal(13, mean=50.0, windows=100)
    near = density_and_coverage(generated, once(generated), real, np.arange(100), once(real))
    assert (near.density[0], near.coverage[0]) == (0, 0)


def test_neighbours_are_sought_in_other_pieces() -> None:
    """Two windows a piece, the same twice: without groups each would be its own neighbour's, and reach nowhere."""
    real = np.repeat(normal(14, windows=300), 2, axis=0)
    generated = normal(15, windows=600)
    group = np.repeat(np.arange(300), 2)
    near = density_and_coverage(generated, once(generated), real, group, once(real))
    assert near.density[0] == pytest.approx(1, abs=0.15)


def test_overlap_is_the_area_in_common() -> None:
    one, other = np.array([[0.0], [0.0], [0.0], [24.0]]), np.array([[0.0], [12.5], [12.5], [12.5]])
    np.testing.assert_allclose(overlaps(one, other), [1 / 4])
    np.testing.assert_allclose(overlaps(one, one), [1.0])
    constant = np.full((3, 1), 2.0)
    np.testing.assert_allclose(overlaps(constant, constant), [1.0])


GRID = Grid(lowest=60, pitches=12, steps_per_quarter=2, metre="4/4", bars=2)
CATALOGUE = Catalogue.of(GRID, (Track(name="one"),))


def test_spreads_are_standard_deviations_but_no_less_than_what_counts() -> None:
    count = len(CATALOGUE.feature_of_column)
    training = np.random.default_rng(16).normal(3.0, 4.0, (5000, count))
    training[:, 0] = 17.0  # notes a bar, all alike
    training[:2000, 1] = np.nan
    measured = fit_scaler(training, CATALOGUE)
    assert measured.spread[0] == 0.5
    assert measured.mean[0] == 17.0
    assert measured.spread[1] == pytest.approx(4.0, rel=0.05)
    assert measured.mean[1] == pytest.approx(3.0, rel=0.05)


def test_what_was_not_measured_stands_where_training_music_stands() -> None:
    count = len(CATALOGUE.feature_of_column)
    measured = fit_scaler(np.random.default_rng(17).normal(size=(100, count)), CATALOGUE)
    nothing = measured.transform(np.full((2, count), np.nan))
    np.testing.assert_allclose(nothing, 0, atol=1e-12)


def test_a_feature_of_many_columns_weighs_as_much_as_one_of_a_single_one() -> None:
    measured = fit_scaler(np.zeros((3, len(CATALOGUE.feature_of_column))), CATALOGUE)
    for _, labels, own in CATALOGUE.columns():
        assert (measured.weight[own] ** 2).sum() == pytest.approx(1), labels


def test_a_column_that_training_has_nothing_for_does_no_harm() -> None:
    training = np.full((3, len(CATALOGUE.feature_of_column)), np.nan)
    assert np.isfinite(fit_scaler(training, CATALOGUE).transform(training)).all()


def test_resamples_draw_whole_groups() -> None:
    group = np.array([0, 0, 1, 2, 2, 2])
    weights = bootstrap_weights(group, np.random.default_rng(18))
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 4]).all()
    firsts = weights[1:, [0, 2, 3]]
    assert (firsts.sum(axis=1) == 3).all()
    assert firsts.std() > 0


def test_intervals_hold_the_value_and_widen_with_the_spread() -> None:
    values = np.concatenate([[2.0], np.random.default_rng(19).normal(2.5, 0.5, 4000)])
    found = estimate(values)
    assert found.value == 2.0
    assert (found.low, found.high) == pytest.approx((2 - 0.98, 2 + 0.98), abs=0.05)
    ratio = estimate_of_ratio(np.concatenate([[10.0], np.exp(np.random.default_rng(20).normal(2.0, 0.3, 4000))]))
    assert ratio.low * ratio.high == pytest.approx(100.0)
    assert ratio.high / 10 == pytest.approx(math.exp(1.96 * 0.3), rel=0.05)


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    """Of 200 intervals for the mean of grouped windows, about 95 in 100 hold it: by windows it would be a third."""
    held = 0
    for trial in range(200):
        randomness = np.random.default_rng(1000 + trial)
        values = np.repeat(randomness.normal(size=40), 15)
        weights = bootstrap_weights(np.repeat(np.arange(40), 15), randomness)
        found = estimate((weights @ values) / weights.sum(axis=1))
        held += found.low <= 0 <= found.high
    assert 176 <= held <= 199


def test_a_window_that_has_too_few_of_other_tunes_does_not_count() -> None:
    real, group = normal(21, windows=60), np.array([0] * 56 + [1] * 2 + [2] * 2)
    far = normal(22, mean=50.0, windows=100)
    near = density_and_coverage(far, once(far), real, group, once(real))
    assert (near.density[0], near.coverage[0]) == (0, 0)


def test_a_resample_of_one_tune_has_no_discrepancy_and_widens_no_interval() -> None:
    table, group = normal(23, windows=30), np.repeat(np.arange(3), 10)
    weights = np.ones((4, 30))
    weights[2] = np.where(group == 1, 3.0, 0.0)
    found = squared_mmds(table, group, weights, table, group, np.ones((4, 30)), width=2.0)
    assert np.isnan(found).tolist() == [False, False, True, False]
    assert estimate(found).low == estimate(found[[0, 1, 3]]).low


def test_one_window_has_a_kernel_all_the_same() -> None:
    assert kernel_width(np.ones((1, 3))) == 1.0
