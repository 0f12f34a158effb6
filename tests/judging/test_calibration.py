"""From D to J, and how reliable J is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ganola.judging.calibration import CONSTANT, calibrate, measure_reliability, probability_real
from ganola.networks.record import Calibration


def logistic(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


def normal(count: int, mean: float, seed: int) -> np.ndarray:
    """Numbers whose mean and variance are exactly `mean` and 1."""
    drawn = np.random.default_rng(seed).standard_normal(count)
    return mean + (drawn - drawn.mean()) / drawn.std()


def test_two_normal_clouds_of_one_width_have_a_known_calibration() -> None:
    # log(p(D | real) / p(D | fake)) of N(3, 1) against N(1, 1) is 2 D - 4.
    fitted = calibrate(normal(4000, 3, 1), normal(4000, 1, 2))
    assert fitted.slope == pytest.approx(2, rel=0.03)
    assert fitted.offset == pytest.approx(-4, rel=0.03)
    assert not fitted.is_constant


def test_how_many_there_are_of_each_does_not_matter() -> None:
    many, few = calibrate(normal(9000, 3, 1), normal(600, 1, 2)), calibrate(normal(600, 3, 1), normal(9000, 1, 2))
    for fitted in (many, few):
        assert -fitted.offset / fitted.slope == pytest.approx(2, abs=0.03)  # the D of which J is a half


def test_the_unit_of_d_does_not_matter() -> None:
    real, fake = normal(300, 3, 1), normal(500, 1, 2)
    one, other = calibrate(real, fake), calibrate(1000 * real - 77, 1000 * fake - 77)
    expected = probability_real(one, real)
    np.testing.assert_allclose(probability_real(other, 1000 * real - 77), expected, rtol=1e-5)


def test_numbers_that_separate_the_two_have_a_finite_calibration() -> None:
    fitted = calibrate(np.array([2.0, 2.1, 2.5]), np.array([-1.0, 0.0]))
    assert np.isfinite([fitted.slope, fitted.offset]).all()
    j = probability_real(fitted, np.array([-1.0, 2.5]))
    assert j[0] < 0.25 < 0.75 < j[1]


@pytest.mark.parametrize(("real", "fake"), [([7.3] * 4, [7.3] * 9), ([0.0], [0.0, 0.0]), ([0.1, 0.2], [0.8, 0.9, 0.7])])
def test_a_critic_that_cannot_tell_or_tells_it_backwards_is_blind(real: list[float], fake: list[float]) -> None:
    fitted = calibrate(np.array(real), np.array(fake))
    assert fitted == CONSTANT
    assert fitted.is_constant
    assert probability_real(fitted, np.array([-50.0, 7.3])).tolist() == [0.5, 0.5]


def test_what_cannot_be_calibrated_is_refused() -> None:
    some = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="not finite"):
        calibrate(np.array([1.0, np.nan]), some)
    with pytest.raises(ValueError, match="not finite"):
        calibrate(some, np.array([np.inf]))
    with pytest.raises(ValueError, match="needs real and generated"):
        calibrate(some, np.zeros(0))


def test_j_is_the_logistic_function_of_the_line() -> None:
    logits = np.array([-1e4, -1.0, 0.25, 3.0, 1e4], dtype=np.float32)
    j = probability_real(Calibration(slope=0.5, offset=1.0), logits)
    np.testing.assert_allclose(j[1:-1], logistic(0.5 * logits[1:-1].astype(np.float64) + 1.0))
    assert (j[0], j[-1]) == (0.0, 1.0)


def test_a_predictor_that_is_right_as_often_as_it_says_has_no_error() -> None:
    said = np.repeat([0.15, 0.65, 0.95], [20, 20, 40])
    is_real = np.concatenate([np.arange(20) < 3, np.arange(20) < 13, np.arange(40) < 38])
    found = measure_reliability(said, is_real)
    np.testing.assert_allclose(found.predicted, [0.15, 0.65, 0.95])
    np.testing.assert_allclose(found.observed, [0.15, 0.65, 0.95])
    assert found.count.tolist() == [20, 20, 40]
    assert found.expected_error == pytest.approx(0, abs=1e-12)
    # The variance of a coin that falls so: p (1 - p).
    assert found.brier == pytest.approx((20 * 0.15 * 0.85 + 20 * 0.65 * 0.35 + 40 * 0.95 * 0.05) / 80)


def test_one_that_is_always_sure_and_sometimes_wrong_is_off_by_as_much() -> None:
    found = measure_reliability(np.array([1.0, 1.0, 1.0, 1.0, 0.0]), np.array([True, True, True, False, False]))
    assert found.count.tolist() == [1, 4]
    assert found.observed.tolist() == [0.0, 0.75]
    assert found.expected_error == pytest.approx(0.25 * 4 / 5)
    assert found.brier == pytest.approx(1 / 5)


def test_one_that_says_a_half_of_everything_has_a_quarter() -> None:
    found = measure_reliability(np.full(8, 0.5), np.arange(8) < 4)
    assert (found.expected_error, found.brier, found.count.tolist()) == (0.0, 0.25, [8])


def test_no_judgements_have_no_reliability() -> None:
    with pytest.raises(ValueError, match="no judgements"):
        measure_reliability(np.zeros(0), np.zeros(0, dtype=bool))


@given(
    arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1, allow_subnormal=False)),
    st.integers(1, 12),
    st.integers(0, 2**32 - 1),
)
def test_every_judgement_is_in_one_bin_and_none_is_changed(said: np.ndarray, bins: int, seed: int) -> None:
    is_real = np.random.default_rng(seed).random(len(said)) < 0.3
    before = said.copy()
    found = measure_reliability(said, is_real, bins)
    assert found.count.sum() == len(said)
    assert (found.observed * found.count).sum() == pytest.approx(is_real.sum())
    assert 0 <= found.expected_error <= 1
    assert np.array_equal(said, before)
