"""The one number and its interval, on made-up features whose truth is known."""

from dataclasses import dataclass

import numpy as np
import pytest

from ganola.judging import bootstrap, real_baseline
from ganola.judging.bootstrap import bootstrap_deviations, bootstrap_weights, student_deviations
from ganola.judging.features.catalogue import FEATURES, Catalogue
from ganola.judging.real_baseline import FEW_TUNES, RealBaseline
from ganola.judging.windows import WindowSet, independent
from ganola.music.grid import Grid
from ganola.music.tracks import Track

COLUMNS = 3


@dataclass(frozen=True)
class AsGiven(Catalogue):
    """A catalogue whose features are the cells themselves."""

    def measure(self, cells, *, workers: int = 1):  # noqa: ARG002
        return cells.reshape(len(cells), -1).astype(np.float64)

    def columns(self):
        for column in range(COLUMNS):
            yield FEATURES[0], ("",), slice(column, column + 1)


CATALOGUE = AsGiven(Grid(), (Track(name="Flute"),), (), ())


def tunes(randomness: np.random.Generator, count: int, windows: int = 12, shift: float = 0.0) -> WindowSet:
    """Tunes that differ from one another as much as their windows do from each other."""
    means = randomness.normal(120 + shift, 12, (count, 1, COLUMNS))
    values = (means + randomness.normal(0, 12, (count, windows, COLUMNS))).clip(0, 255)
    cells = values.astype(np.uint8).reshape(count * windows, 1, 1, COLUMNS)
    return WindowSet("made up", cells, np.arange(count).repeat(windows))


def baseline(randomness: np.random.Generator, held_out: int, training: int) -> RealBaseline:
    return RealBaseline(tunes(randomness, held_out), tunes(randomness, training), CATALOGUE, seed=0)


def ratios(real: RealBaseline, music: WindowSet) -> np.ndarray:
    """Of music, and of every other split of real music."""
    table = real.scaler.transform(CATALOGUE.measure(music.cells))
    weights = bootstrap_weights(music.group, np.random.default_rng(0))
    return real.ratios(table, weights, len(music), len(np.unique(music.group)))


@pytest.mark.parametrize(("held_out", "training"), [(2, 3), (2, 8), (4, 16)])
def test_of_few_tunes_the_interval_holds_the_truth_as_often_as_it_says(monkeypatch, held_out, training) -> None:
    """Other real music of as many tunes as there is training music: which is closer is a coin's toss, the truth 1."""
    for module in (bootstrap, real_baseline):
        monkeypatch.setattr(module, "RESAMPLES", 40)  # enough, for it is how much they vary that counts
    held = 0
    trials = 60
    for seed in range(trials):
        randomness = np.random.default_rng(seed)
        real = baseline(randomness, held_out, training)
        found = real.estimate(ratios(real, tunes(randomness, training)))
        held += found.low <= 1 <= found.high
    assert held >= 0.9 * trials


def test_music_that_is_wrong_is_told_even_by_few_tunes() -> None:
    randomness = np.random.default_rng(1)
    real = baseline(randomness, 2, 8)
    found = real.estimate(ratios(real, independent("far", tunes(randomness, 30, shift=100).cells)))
    assert found.low > 1


def test_other_splits_hold_out_as_many_tunes_and_no_tune_is_on_both_sides() -> None:
    real = baseline(np.random.default_rng(2), 2, 5)
    first, *others = real.resplits
    assert set(real.tune[first.held_out]) == {0, 1}
    assert set(real.tune[first.training]) == {2, 3, 4, 5, 6}
    for resplit in others:
        out, into = (set(real.tune[rows].tolist()) for rows in (resplit.held_out, resplit.training))
        assert len(out) == 2
        assert out | into == set(range(7))
        assert not out & into
    assert len({tuple(resplit.held_out.tolist()) for resplit in others}) > 10  # of 21


def test_many_tunes_say_themselves_how_sure_they_are() -> None:
    real = baseline(np.random.default_rng(3), FEW_TUNES, 30)
    assert not real.cross_validated
    assert all(set(real.tune[one.held_out].tolist()) == set(range(FEW_TUNES)) for one in real.resplits)


def test_single_windows_have_a_distance_too() -> None:
    """Five pieces of a phrase each, two of them held out: other splits may hold out any."""
    randomness = np.random.default_rng(4)
    real = RealBaseline(tunes(randomness, 2, 1), tunes(randomness, 3, 1), CATALOGUE, seed=0)
    assert np.isfinite(ratios(real, independent("some", tunes(randomness, 5).cells))).all()


def test_few_values_need_more_deviations() -> None:
    assert student_deviations(4) == pytest.approx(2.776, abs=1e-3)  # tables of Student's t
    assert student_deviations(10**6) == pytest.approx(1.96, abs=1e-3)
    assert bootstrap_deviations(3) == pytest.approx(4.303 * 1.5**0.5, abs=1e-3)
