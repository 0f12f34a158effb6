import math

import pytest
import torch

from ganola.objectives.adversarial import MINIMAX, NON_SATURATING, OBJECTIVES, WASSERSTEIN

REAL = torch.tensor([2.0, -1.0, 0.5])
FAKE = torch.tensor([-3.0, 0.25, 1.0])


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_the_wasserstein_critic_minimises_fake_minus_real() -> None:
    assert WASSERSTEIN.critic(REAL, FAKE).item() == pytest.approx((-3 + 0.25 + 1) / 3 - (2 - 1 + 0.5) / 3)


def test_the_wasserstein_generator_minimises_minus_fake() -> None:
    assert WASSERSTEIN.generator(FAKE).item() == pytest.approx(-(-3 + 0.25 + 1) / 3)


def test_the_minimax_value_is_goodfellows() -> None:
    value = sum(math.log(logistic(real)) for real in REAL.tolist()) / 3
    value += sum(math.log(1 - logistic(fake)) for fake in FAKE.tolist()) / 3
    assert MINIMAX.critic(REAL, FAKE).item() == pytest.approx(-value, rel=1e-6)


def test_the_minimax_generator_minimises_its_term_of_the_value() -> None:
    term = sum(math.log(1 - logistic(fake)) for fake in FAKE.tolist()) / 3
    assert MINIMAX.generator(FAKE).item() == pytest.approx(term, rel=1e-6)


def test_the_non_saturating_generator_maximises_the_log_probability_of_real() -> None:
    term = sum(math.log(logistic(fake)) for fake in FAKE.tolist()) / 3
    assert NON_SATURATING.generator(FAKE).item() == pytest.approx(-term, rel=1e-6)


def test_where_the_generator_fails_minimax_has_no_gradient_and_non_saturating_has() -> None:
    gradients = {}
    for name in ("minimax", "non-saturating"):
        fake = torch.tensor([-20.0], requires_grad=True)
        OBJECTIVES[name].generator(fake).backward()
        gradients[name] = fake.grad.item()
    assert abs(gradients["minimax"]) < 1e-8
    assert gradients["non-saturating"] == pytest.approx(-1.0)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_a_better_fake_always_lowers_the_generators_loss_and_raises_the_critics(name: str) -> None:
    objective = OBJECTIVES[name]
    assert objective.generator(FAKE + 1) < objective.generator(FAKE)
    assert objective.critic(REAL, FAKE + 1) > objective.critic(REAL, FAKE)
    assert objective.critic(REAL + 1, FAKE) < objective.critic(REAL, FAKE)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_losses_stay_finite_at_extreme_judgements(name: str) -> None:
    extreme = torch.tensor([-1e4, 1e4])
    assert OBJECTIVES[name].critic(extreme, extreme).isfinite()
    assert OBJECTIVES[name].generator(extreme).isfinite()
