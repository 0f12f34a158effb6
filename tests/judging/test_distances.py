import numpy as np
import pytest

from ganola.judging.distances import compare, frechet_distance
from ganola.judging.features import FEATURES, features
from ganola.music.grid import Grid

COUNT = len(FEATURES)


def normal(seed: int, mean: float = 0.0, std: float = 1.0, windows: int = 4000) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, std, (windows, COUNT))


def test_the_frechet_distance_of_gaussians_is_the_closed_form() -> None:
    # |m1 - m2|^2 + d (s1 - s2)^2 for N(m, s^2 I).
    one, other = normal(0), normal(1, mean=0.5, std=2.0)
    assert frechet_distance(one, other) == pytest.approx(COUNT * (0.5**2 + (1 - 2) ** 2), rel=0.05)


def test_the_frechet_distance_knows_covariance() -> None:
    mixing = np.eye(COUNT) + np.eye(COUNT, k=1)
    one = normal(2)
    root = np.linalg.svd(mixing, compute_uv=False)
    expected = COUNT + np.trace(mixing.T @ mixing) - 2 * root.sum()
    assert frechet_distance(one, one @ mixing) == pytest.approx(expected, rel=0.05)


def test_a_collection_is_at_no_distance_from_itself_even_where_a_feature_never_varies() -> None:
    table = normal(3)
    table[:, 4] = 7.0
    assert frechet_distance(table, table) == pytest.approx(0, abs=1e-6)
    assert compare(table, table, table).distance == pytest.approx(0, abs=1e-6)


def test_a_comparison_prints_each_feature_beside_its_floor() -> None:
    held_out, training = normal(4), normal(5, std=2.0)
    shifted = held_out.copy()
    shifted[:, 2] += 3.0
    result = compare(shifted, held_out, training)
    assert [row.name for row in result.rows] == list(FEATURES)
    # Moved by 3, in the training windows' standard deviations of 2.
    assert result.rows[2].distance == pytest.approx(1.5, rel=0.05)
    assert result.rows[3].distance == pytest.approx(0, abs=1e-9)
    assert result.rows[3].floor == pytest.approx(0.5 * np.sqrt(2 / np.pi), rel=0.1)
    assert result.ratio == pytest.approx(result.distance / result.floor)


def test_worse_music_is_further_away() -> None:
    """Real-like walks, the same with some notes moved, and noise of the same density rank as they should."""
    grid = Grid(lowest=48, pitches=36, steps_per_beat=2, metre="4/4", bars=2)
    randomness = np.random.default_rng(6)

    def walks(count: int) -> np.ndarray:
        cells = np.zeros((count, 1, grid.steps, grid.pitches), dtype=np.uint8)
        for window in cells:
            degree = np.clip(np.cumsum(randomness.integers(-1, 2, grid.steps)) + 10, 0, 20)
            scale = [0, 2, 4, 5, 7, 9, 11]
            window[0, np.arange(grid.steps), [12 * (d // 7) + scale[d % 7] for d in degree]] = 1
        return cells

    held_out, training, moved = walks(300), walks(300), walks(300)
    some = randomness.random(300) < 0.3
    moved[some] = np.roll(moved[some], 1, axis=3) * (randomness.random((some.sum(), 1, grid.steps, 1)) < 0.8)
    noise = (randomness.random(held_out.shape) < held_out.mean()).astype(np.uint8)
    real = features(held_out, grid), features(training, grid)
    slight, hopeless = (compare(features(cells, grid), *real) for cells in (moved, noise))
    assert 1 < slight.ratio < hopeless.ratio
