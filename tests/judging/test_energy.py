"""The energy distance against values worked out by hand, and what it hears where styles are many."""

import numpy as np
import pytest

from ganola.judging import energy
from ganola.judging.distances import frechet_distances
from ganola.judging.energy import EnergyBaseline, energy_distances, fit_whitening
from ganola.judging.real_baseline import RealBaseline
from tests.judging.test_real_baseline import CATALOGUE, COLUMNS, baseline, tunes


def distance(one: list[float], other: list[float], weights: list[float] | None = None) -> float:
    """Of numbers on a line; `weights` are those of the first ones."""
    tables = [np.array(own)[:, None] for own in (one, other)]
    own = np.array([weights]) if weights else np.ones((1, len(one)))
    return float(energy_distances(tables[0], own, tables[1], np.ones((1, len(other))))[0])


def test_values_worked_out_by_hand() -> None:
    assert distance([0.0], [3.0]) == pytest.approx(6.0)  # 2 x 3 - 0 - 0
    assert distance([0.0, 2.0], [1.0]) == pytest.approx(1.0)  # 2 x 1 - (0 + 2 + 2 + 0) / 4
    assert distance([0.0, 4.0], [0.0], [3.0, 1.0]) == pytest.approx(0.5)  # 2 x 4 / 4 - 2 x 4 x 3 / 16
    assert distance([1.0, 5.0, 6.0], [6.0, 1.0, 5.0]) == pytest.approx(0.0, abs=1e-6)


def test_resamples_are_weights_and_blocks_change_nothing(monkeypatch) -> None:
    randomness = np.random.default_rng(0)
    one, other = randomness.normal(size=(30, 4)), randomness.normal(1.0, size=(20, 4))
    weights = randomness.integers(0, 3, (5, 30)).astype(np.float64), randomness.integers(1, 3, (5, 20)) * 1.0
    whole = energy_distances(one, weights[0], other, weights[1])
    repeated = [
        energy_distances(
            one.repeat(own.astype(int), axis=0),
            np.ones((1, int(own.sum()))),
            other.repeat(their.astype(int), axis=0),
            np.ones((1, int(their.sum()))),
        )[0]
        for own, their in zip(*weights, strict=True)
    ]
    assert whole == pytest.approx(repeated, rel=1e-6)
    monkeypatch.setattr(energy, "ROWS", 7)
    assert energy_distances(one, weights[0], other, weights[1]) == pytest.approx(whole)


def test_whitened_music_varies_alike_in_all_directions_but_by_what_is_too_little_to_hear() -> None:
    table = np.random.default_rng(1).normal(size=(500, 3)) @ np.array(
        [[5.0, 1.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]
    )
    white = table @ fit_whitening(table, np.array([0.0, 0.0, 0.5]))
    spread = np.linalg.eigvalsh(np.cov(white.T))
    assert spread == pytest.approx([0.0, 1.0, 1.0], abs=1e-6)  # what never varies is not blown up


def test_among_many_styles_it_hears_what_the_frechet_distance_does_not() -> None:
    """Styles differ widely along (1, 1), and each wanders a little along (1, -1), where the altered music is off."""
    randomness = np.random.default_rng(2)

    def music(off: float) -> np.ndarray:
        style = randomness.normal(0, 5.0, (250, 1)) * [1.0, 1.0]
        return style + (off + randomness.normal(0, 0.2, (250, 1))) * [1.0, -1.0]

    held_out, training, other, altered = music(0.0), music(0.0), music(0.0), music(0.15)
    ones = np.ones((1, 250))

    def times(find, change: np.ndarray) -> float:
        tables = [own @ change for own in (altered, other, held_out)]
        far, real = (float(find(own, ones, tables[2], ones)[0]) for own in tables[:2])
        return far / real

    assert times(frechet_distances, np.eye(2)) < 2
    assert times(energy_distances, fit_whitening(training, np.zeros(2))) > 5


@pytest.mark.parametrize(("held_out", "training"), [(4, 16), (20, 30)])
def test_it_has_the_splits_and_draws_of_the_other_baseline(held_out: int, training: int) -> None:
    randomness = np.random.default_rng(3)
    real = baseline(randomness, held_out, training)
    found = EnergyBaseline(real)
    music = tunes(randomness, 10)
    table = real.scaler.transform(CATALOGUE.measure(music.cells))
    weights = np.ones((len(real.resplits), len(table)))
    ratios = found.ratios(table, weights, len(table), 10)
    assert ratios[0] == pytest.approx(found.distance(table) / found.floor(len(table), 10))
    assert found.estimate(ratios).low < 1 < found.estimate(ratios).high  # it is music of the same kind
    far = real.scaler.transform(CATALOGUE.measure(tunes(randomness, 10, shift=60).cells))
    assert found.distance(far) > 10 * found.floor(len(far), 10)


def test_distances_are_of_the_splits() -> None:
    """The second split holds out other tunes: its distance is that of a baseline of these."""
    randomness = np.random.default_rng(4)
    real = baseline(randomness, 3, 9)
    found, table = EnergyBaseline(real), real.table[:20]
    split = real.resplits[1]
    white = found.whitening
    expected = energy_distances(
        table @ white, np.ones((1, 20)), real.table[split.held_out] @ white, split.held_out_weights[None]
    )
    assert found.distances(table, np.ones((len(real.resplits), 20)))[1] == pytest.approx(expected[0])


def test_nothing_is_changed() -> None:
    real: RealBaseline = baseline(np.random.default_rng(5), 3, 9)
    before = real.table.copy()
    EnergyBaseline(real).floors(24, 3)
    assert np.array_equal(real.table, before)
    assert real.table.shape[1] == COLUMNS
