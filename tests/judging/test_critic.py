import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from ganola.judging.critic import (
    BATCH,
    BLIND,
    Calibration,
    as_rolls,
    blame,
    blame_of_notes,
    calibrate,
    judgements,
    probability,
    reliability,
)
from ganola.music.grid import Grid
from ganola.music.roll import decode, encode, to_planes
from ganola.music.score import Notes

GRID = Grid(lowest=60, pitches=5, steps_per_quarter=2, metre="3/4", bars=1)


def logistic(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


def normal(count: int, mean: float, seed: int) -> np.ndarray:
    """Numbers whose mean and variance are exactly `mean` and 1."""
    drawn = np.random.default_rng(seed).standard_normal(count)
    return mean + (drawn - drawn.mean()) / drawn.std()


class Linear(nn.Module):
    """D(x) = w . x + 3, with dropout that only a critic in training has."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 2, 6, 5, generator=torch.Generator().manual_seed(3)))
        self.dropout = nn.Dropout(0.5)

    def forward(self, roll: torch.Tensor) -> torch.Tensor:
        return (self.dropout(roll) * self.weight).flatten(start_dim=1).sum(dim=1) + 3


class Squared(nn.Module):
    """D(x) = (number of sounding cells)^2 of one plane, normalised over the batch but for its learned statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1, affine=False, eps=0.0)

    def forward(self, roll: torch.Tensor) -> torch.Tensor:
        return self.norm(roll.flatten(1, 2)).flatten(start_dim=1).sum(dim=1) ** 2


def phrases(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 3, (count, 2, 6, 5)).astype(np.uint8)


# From D to J


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
    expected = probability(one, real)
    np.testing.assert_allclose(probability(other, 1000 * real - 77), expected, rtol=1e-5)


def test_numbers_that_separate_the_two_have_a_finite_calibration() -> None:
    fitted = calibrate(np.array([2.0, 2.1, 2.5]), np.array([-1.0, 0.0]))
    assert np.isfinite([fitted.slope, fitted.offset]).all()
    j = probability(fitted, np.array([-1.0, 2.5]))
    assert j[0] < 0.25 < 0.75 < j[1]


@pytest.mark.parametrize(("real", "fake"), [([7.3] * 4, [7.3] * 9), ([0.0], [0.0, 0.0]), ([0.1, 0.2], [0.8, 0.9, 0.7])])
def test_a_critic_that_cannot_tell_or_tells_it_backwards_is_blind(real: list[float], fake: list[float]) -> None:
    fitted = calibrate(np.array(real), np.array(fake))
    assert fitted == BLIND
    assert fitted.is_constant
    assert probability(fitted, np.array([-50.0, 7.3])).tolist() == [0.5, 0.5]


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
    j = probability(Calibration(slope=0.5, offset=1.0), logits)
    np.testing.assert_allclose(j[1:-1], logistic(0.5 * logits[1:-1].astype(np.float64) + 1.0))
    assert (j[0], j[-1]) == (0.0, 1.0)


# From music to D


def test_a_critic_sees_two_planes_or_one() -> None:
    cells = np.stack([encode(Notes.of([(0, 0, 4, 60), (1, 2, 3, 64)]), 2, 6, GRID)])
    two, one = as_rolls(cells, 2), as_rolls(cells, 1)
    assert np.array_equal(two.numpy(), to_planes(cells))
    assert np.array_equal(one[:, :, 0].numpy(), cells != 0)


def test_a_sustain_that_nothing_began_is_seen_as_the_note_that_is_heard() -> None:
    for cells in phrases(20):
        heard = encode(decode(cells, GRID), 2, 6, GRID)
        assert np.array_equal(as_rolls(cells[None], 2).numpy(), to_planes(heard[None]))
        assert np.array_equal(as_rolls(cells[None], 1), as_rolls(heard[None], 1))


def test_judgements_are_what_the_critic_says_when_it_does_not_train() -> None:
    critic = Linear().train()
    rolls = as_rolls(phrases(BATCH + 5), 2)
    expected = (rolls.float() * critic.weight).flatten(start_dim=1).sum(dim=1).detach().numpy() + 3
    np.testing.assert_allclose(judgements(critic, rolls), expected, rtol=1e-5)
    assert critic.training
    assert judgements(critic, rolls[:0]).shape == (0,)


def test_a_phrases_judgement_does_not_depend_on_its_company() -> None:
    critic = Squared()
    critic.norm.running_mean.fill_(0.25)
    rolls = as_rolls(phrases(9), 1)[:, :1]
    np.testing.assert_allclose(judgements(critic, rolls)[4:5], judgements(critic, rolls[4:5]), rtol=1e-6)


# From D to the notes


def test_a_linear_critics_blame_is_weight_times_roll() -> None:
    critic = Linear().train()
    rolls = as_rolls(phrases(BATCH + 3), 2)
    before = rolls.clone()
    found = blame(critic, rolls)
    expected = (critic.weight * rolls).sum(dim=2).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)) + 3, judgements(critic, rolls), rtol=1e-4)
    assert torch.equal(rolls, before)
    assert critic.training
    assert critic.weight.grad is None


def test_blame_is_the_gradient_at_the_phrase_itself_whatever_its_company() -> None:
    # With n sounding cells D = n^2, so that each adds 2n to first order.
    rolls = as_rolls(phrases(4), 1)[:, :1]
    found = blame(Squared(), rolls)
    for roll, own in zip(rolls[:, 0, 0].numpy(), found[:, 0], strict=True):
        np.testing.assert_allclose(own, np.where(roll, 2 * roll.sum(), 0), rtol=1e-5)


def test_silence_is_not_to_blame() -> None:
    assert not blame(Linear(), as_rolls(np.zeros((1, 2, 6, 5), dtype=np.uint8), 2)).any()
    assert blame(Linear(), as_rolls(phrases(0), 2)).shape == (0, 2, 6, 5)


def test_a_note_is_to_blame_for_all_of_its_cells() -> None:
    notes = Notes.of([(1, 2, 6, 61), (0, 0, 3, 64), (0, 3, 4, 64)])
    assert (encode(notes, 2, 6, GRID) != 0).sum() == 8
    of_cells = np.arange(60.0).reshape(2, 6, 5)
    found = blame_of_notes(of_cells, notes, GRID)
    assert found.tolist() == [41 + 46 + 51 + 56, 4 + 9 + 14, 19]


# Whether J can be relied on


def test_a_predictor_that_is_right_as_often_as_it_says_has_no_error() -> None:
    said = np.repeat([0.15, 0.65, 0.95], [20, 20, 40])
    is_real = np.concatenate([np.arange(20) < 3, np.arange(20) < 13, np.arange(40) < 38])
    found = reliability(said, is_real)
    np.testing.assert_allclose(found.predicted, [0.15, 0.65, 0.95])
    np.testing.assert_allclose(found.observed, [0.15, 0.65, 0.95])
    assert found.count.tolist() == [20, 20, 40]
    assert found.expected_error == pytest.approx(0, abs=1e-12)
    # The variance of a coin that falls so: p (1 - p).
    assert found.brier == pytest.approx((20 * 0.15 * 0.85 + 20 * 0.65 * 0.35 + 40 * 0.95 * 0.05) / 80)


def test_one_that_is_always_sure_and_sometimes_wrong_is_off_by_as_much() -> None:
    found = reliability(np.array([1.0, 1.0, 1.0, 1.0, 0.0]), np.array([True, True, True, False, False]))
    assert found.count.tolist() == [1, 4]
    assert found.observed.tolist() == [0.0, 0.75]
    assert found.expected_error == pytest.approx(0.25 * 4 / 5)
    assert found.brier == pytest.approx(1 / 5)


def test_one_that_says_a_half_of_everything_has_a_quarter() -> None:
    found = reliability(np.full(8, 0.5), np.arange(8) < 4)
    assert (found.expected_error, found.brier, found.count.tolist()) == (0.0, 0.25, [8])


def test_no_judgements_have_no_reliability() -> None:
    with pytest.raises(ValueError, match="no judgements"):
        reliability(np.zeros(0), np.zeros(0, dtype=bool))


@given(
    arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1, allow_subnormal=False)),
    st.integers(1, 12),
    st.integers(0, 2**32 - 1),
)
def test_every_judgement_is_in_one_bin_and_none_is_changed(said: np.ndarray, bins: int, seed: int) -> None:
    is_real = np.random.default_rng(seed).random(len(said)) < 0.3
    before = said.copy()
    found = reliability(said, is_real, bins)
    assert found.count.sum() == len(said)
    assert (found.observed * found.count).sum() == pytest.approx(is_real.sum())
    assert 0 <= found.expected_error <= 1
    assert np.array_equal(said, before)
