import pytest
import torch
from torch import nn

from ganola.objectives.penalties import (
    PENALTIES,
    STEP,
    centring_penalty,
    finite_difference_penalty,
    gradient_norms,
    gradient_penalty,
    interpolate,
    one_sided_penalty,
    r1_penalty,
    r1_r2_penalty,
    r2_penalty,
)


def rolls(seed: int, count: int = 5) -> torch.Tensor:
    return torch.rand(count, 2, 1, 3, 4, generator=torch.Generator().manual_seed(seed))


class LinearCritic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.arange(24.0) / 10)

    def forward(self, roll: torch.Tensor) -> torch.Tensor:
        return roll.flatten(1) @ self.weight


class SquareCritic(nn.Module):
    """D(x) = |x|^2 / 2, whose gradient is x itself."""

    def forward(self, roll: torch.Tensor) -> torch.Tensor:
        return roll.flatten(1).square().sum(1) / 2


def test_a_mix_weighs_each_sample_with_its_own_eps() -> None:
    real, fake = torch.ones(3, 2, 2), torch.zeros(3, 2, 2)
    mix = interpolate(real, fake, torch.tensor([0.0, 0.25, 1.0]))
    assert mix[:, 0, 0].tolist() == [0.0, 0.25, 1.0]
    assert (mix == mix[:, :1, :1]).all()


def test_a_linear_critics_gradient_norm_is_that_of_its_weight() -> None:
    critic = LinearCritic()
    assert gradient_norms(critic, rolls(0)).tolist() == pytest.approx([critic.weight.norm().item()] * 5, rel=1e-6)


def test_each_sample_has_its_own_norm_not_the_batchs() -> None:
    own = rolls(1)
    expected = own.flatten(1).norm(dim=1)
    assert gradient_norms(SquareCritic(), own).tolist() == pytest.approx(expected.tolist(), rel=1e-6)


def test_the_penalty_is_the_mean_of_squares_about_one_at_the_mixes() -> None:
    real, fake, eps = rolls(2), rolls(3), torch.tensor([0.1, 0.9, 0.3, 0.0, 1.0])
    norms = interpolate(real, fake, eps).flatten(1).norm(dim=1)
    expected = ((norms - 1) ** 2).mean().item()
    assert gradient_penalty(SquareCritic(), real, fake, eps).item() == pytest.approx(expected, rel=1e-6)


def test_the_one_sided_penalty_lets_gentle_slopes_be() -> None:
    real, fake, eps = rolls(2) / 3, rolls(3) / 3, torch.tensor([0.1, 0.9, 0.3, 0.0, 1.0])
    real[0] *= 4
    norms = interpolate(real, fake, eps).flatten(1).norm(dim=1)
    assert (norms < 1).any()
    assert (norms > 1).any()
    expected = sum(max(norm - 1, 0) ** 2 for norm in norms.tolist()) / 5
    assert one_sided_penalty(SquareCritic(), real, fake, eps).item() == pytest.approx(expected, rel=1e-5)


def test_r1_and_r2_of_a_linear_critic_are_half_the_square_of_its_weight() -> None:
    critic, eps = LinearCritic(), torch.zeros(5)
    half = critic.weight.square().sum().item() / 2
    assert r1_penalty(critic, rolls(0), rolls(1), eps).item() == pytest.approx(half, rel=1e-6)
    assert r2_penalty(critic, rolls(0), rolls(1), eps).item() == pytest.approx(half, rel=1e-6)
    assert r1_r2_penalty(critic, rolls(0), rolls(1), eps).item() == pytest.approx(2 * half, rel=1e-6)


def test_r1_is_taken_at_real_rolls_and_r2_at_generated_ones() -> None:
    real, fake, eps = rolls(2), rolls(3), torch.zeros(5)
    at_real, at_fake = (own.square().sum().item() / 5 / 2 for own in (real, fake))
    assert r1_penalty(SquareCritic(), real, fake, eps).item() == pytest.approx(at_real, rel=1e-6)
    assert r2_penalty(SquareCritic(), real, fake, eps).item() == pytest.approx(at_fake, rel=1e-6)
    assert r1_r2_penalty(SquareCritic(), real, fake, eps).item() == pytest.approx(at_real + at_fake, rel=1e-6)


def test_the_penalty_teaches_the_critic_and_nobody_else() -> None:
    critic = LinearCritic()
    fake = rolls(4).requires_grad_()
    gradient_penalty(critic, rolls(5), fake, torch.full((5,), 0.5)).backward()
    norm = critic.weight.detach().norm()
    assert torch.allclose(critic.weight.grad, 2 * (norm - 1) * critic.weight.detach() / norm, rtol=1e-5)
    assert fake.grad is None


def test_batch_normalisation_breaks_the_per_sample_gradient() -> None:
    """Why a recipe with both is refused: the norm of one sample changes with its company."""

    def norm_of_first(normalisation: nn.Module, company: torch.Tensor) -> float:
        torch.manual_seed(0)
        critic = nn.Sequential(nn.Flatten(), nn.Linear(24, 8), normalisation, nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0))
        batch = torch.cat([rolls(6, 1), company])
        return gradient_norms(critic, batch)[0].item()

    alone, other = rolls(7, 4), 3 * rolls(8, 4)
    assert norm_of_first(nn.LayerNorm(8), alone) == pytest.approx(norm_of_first(nn.LayerNorm(8), other), rel=1e-4)
    assert abs(norm_of_first(nn.BatchNorm1d(8), alone) - norm_of_first(nn.BatchNorm1d(8), other)) > 1e-3


def test_finite_differences_of_a_linear_critic_are_its_slopes_along_the_noise() -> None:
    critic, n = LinearCritic(), rolls(9) - 0.5
    along = (n.flatten(1) @ critic.weight).square().mean().item()  # once half for real and half for generated rolls
    assert finite_difference_penalty(critic, rolls(0), rolls(1), n).item() == pytest.approx(along, rel=1e-3)


def test_finite_differences_are_taken_at_real_and_generated_rolls_alike() -> None:
    """Of D(x) = |x|^2 / 2 they are (x n + e |n|^2 / 2)^2."""
    real, fake, n = (own.double() for own in (rolls(2), rolls(3), rolls(9) - 0.5))
    each = [
        ((own * n).flatten(1).sum(1) + STEP / 2 * n.flatten(1).square().sum(1)).square().mean().item() / 2
        for own in (real, fake)
    ]
    assert finite_difference_penalty(SquareCritic(), real, fake, n).item() == pytest.approx(sum(each), rel=1e-9)


def test_the_mean_of_finite_differences_is_the_penalty_of_gradients() -> None:
    real, fake = (rolls(seed, 1).double() for seed in (2, 3))
    n = torch.randn(20_000, *real.shape[1:], dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    many = finite_difference_penalty(SquareCritic(), real.expand_as(n), fake.expand_as(n), n).item()
    assert many == pytest.approx(r1_r2_penalty(SquareCritic(), real, fake, torch.zeros(1)).item(), rel=0.03)


def test_finite_differences_teach_the_critic_by_one_backward_pass() -> None:
    critic, n = LinearCritic(), rolls(9) - 0.5
    finite_difference_penalty(critic, rolls(5), rolls(4), n).backward()
    own = n.flatten(1)
    expected = 2 * (own * (own @ critic.weight.detach())[:, None]).mean(dim=0)
    assert torch.allclose(critic.weight.grad, expected, rtol=2e-3, atol=1e-3)


def test_those_of_them_that_need_noise_in_each_cell_say_so() -> None:
    assert [name for name, penalty in PENALTIES.items() if penalty.per_cell] == ["finite-difference"]


def test_judgements_that_are_opposite_are_centred() -> None:
    real, fake = torch.tensor([1.0, 3.0, -0.5]), torch.tensor([-1.0, 1.0, -1.5])
    assert centring_penalty(real, fake).item() == pytest.approx((0 + 16 + 4) / 3)
