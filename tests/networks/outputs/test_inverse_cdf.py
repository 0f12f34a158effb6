import math

import pytest
import torch

from ganola.networks.outputs.inverse_cdf import to_gumbel, to_logistic
from tests.networks.support import uniform


def test_known_quantiles() -> None:
    assert to_gumbel(torch.tensor([math.exp(-1), 0.5])).tolist() == pytest.approx([0, -math.log(math.log(2))], abs=1e-6)
    assert to_logistic(torch.tensor([0.5, 0.75, 0.2])).tolist() == pytest.approx([0, math.log(3), -math.log(4)])


@pytest.mark.parametrize("to_noise", [to_gumbel, to_logistic])
def test_the_ends_are_finite_and_the_order_stays(to_noise) -> None:
    noise = to_noise(torch.tensor([0.0, 0.1, 0.6, 1 - 2.0**-24]))
    assert noise.isfinite().all()
    assert (noise.diff() > 0).all()


def test_the_difference_of_two_gumbel_numbers_is_logistic() -> None:
    one, other = to_gumbel(uniform(2, 200_000))
    shares = [((one - other) <= at).float().mean().item() for at in (-1.0, 0.5)]
    assert shares == pytest.approx([1 / (1 + math.exp(1.0)), 1 / (1 + math.exp(-0.5))], abs=0.005)
