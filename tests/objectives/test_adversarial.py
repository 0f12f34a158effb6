import math

import pytest
import torch

from ganola.objectives.adversarial import (
    HINGE,
    LEAST_SQUARES,
    MINIMAX,
    NON_SATURATING,
    OBJECTIVES,
    RELATIVISTIC,
    WASSERSTEIN,
)

REAL = torch.tensor([2.0, -1.0, 0.5])
FAKE = torch.tensor([-3.0, 0.25, 1.0])


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_the_wasserstein_critic_minimises_fake_minus_real() -> None:
    assert WASSERSTEIN.critic(REAL, FAKE).item() == pytest.approx((-3 + 0.25 + 1) / 3 - (2 - 1 + 0.5) / 3)


def test_the_wasserstein_generator_minimises_minus_fake() -> None:
    assert WASSERSTEIN.generator(REAL, FAKE).item() == pytest.approx(-(-3 + 0.25 + 1) / 3)


def test_the_minimax_value_is_goodfellows() -> None:
    value = sum(math.log(logistic(real)) for real in REAL.tolist()) / 3
    value += sum(math.log(1 - logistic(fake)) for fake in FAKE.tolist()) / 3
    assert MINIMAX.critic(REAL, FAKE).item() == pytest.approx(-value, rel=1e-6)


def test_the_minimax_generator_minimises_its_term_of_the_value() -> None:
    term = sum(math.log(1 - logistic(fake)) for fake in FAKE.tolist()) / 3
    assert MINIMAX.generator(REAL, FAKE).item() == pytest.approx(term, rel=1e-6)


def test_the_non_saturating_generator_maximises_the_log_probability_of_real() -> None:
    term = sum(math.log(logistic(fake)) for fake in FAKE.tolist()) / 3
    assert NON_SATURATING.generator(REAL, FAKE).item() == pytest.approx(-term, rel=1e-6)


def test_where_the_generator_fails_minimax_has_no_gradient_and_non_saturating_has() -> None:
    gradients = {}
    for name in ("minimax", "non-saturating"):
        fake = torch.tensor([-20.0], requires_grad=True)
        OBJECTIVES[name].generator(torch.zeros(1), fake).backward()
        gradients[name] = fake.grad.item()
    assert abs(gradients["minimax"]) < 1e-8
    assert gradients["non-saturating"] == pytest.approx(-1.0)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_a_better_fake_always_lowers_the_generators_loss_and_raises_the_critics(name: str) -> None:
    objective = OBJECTIVES[name]
    real, fake = REAL / 4, FAKE / 6  # near enough that a margin and a target of 1 are not yet passed
    assert objective.generator(real, fake + 0.3) < objective.generator(real, fake)
    assert objective.critic(real, fake + 0.8) > objective.critic(real, fake)
    assert objective.critic(real + 0.3, fake) < objective.critic(real, fake)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_losses_stay_finite_at_extreme_judgements(name: str) -> None:
    extreme = torch.tensor([-1e4, 1e4])
    assert OBJECTIVES[name].critic(extreme, extreme).isfinite()
    assert OBJECTIVES[name].generator(extreme, extreme).isfinite()


def test_the_hinge_forgets_what_is_right_by_a_margin_of_one() -> None:
    # Real 2, -1, 0.5 lack 0, 2 and 0.5; fake -3, 0.25, 1 exceed by 0, 1.25 and 2.
    assert HINGE.critic(REAL, FAKE).item() == pytest.approx((0 + 2 + 0.5) / 3 + (0 + 1.25 + 2) / 3)
    assert HINGE.generator(REAL, FAKE).item() == pytest.approx(-(-3 + 0.25 + 1) / 3)


def test_least_squares_wants_one_for_real_and_nought_for_generated() -> None:
    assert LEAST_SQUARES.critic(REAL, FAKE).item() == pytest.approx((1 + 4 + 0.25) / 6 + (9 + 0.0625 + 1) / 6)
    assert LEAST_SQUARES.generator(REAL, FAKE).item() == pytest.approx((16 + 0.5625 + 0) / 6)


def test_the_relativistic_loss_compares_each_real_roll_with_the_generated_one_beside_it() -> None:
    margins = [2 - -3, -1 - 0.25, 0.5 - 1]
    critic = -sum(math.log(logistic(margin)) for margin in margins) / 3
    generator = -sum(math.log(logistic(-margin)) for margin in margins) / 3
    assert RELATIVISTIC.critic(REAL, FAKE).item() == pytest.approx(critic, rel=1e-6)
    assert RELATIVISTIC.generator(REAL, FAKE).item() == pytest.approx(generator, rel=1e-6)
    # Only differences count: no constant added to D changes the game.
    assert RELATIVISTIC.critic(REAL + 5, FAKE + 5).item() == pytest.approx(critic, rel=1e-5)
