import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ganola.networks.model import build_networks
from ganola.networks.outputs.cells import Bernoulli, SlopeAnnealing
from ganola.networks.outputs.logits import Logits
from ganola.training.schedule import anneal
from tests.networks.outputs.support import PITCHES, STEPS, some_rolls
from tests.networks.support import normal, seeded, uniform


def test_sigmoid_shows_training_probabilities_and_listeners_a_threshold(make_spec) -> None:
    spec = make_spec(output="sigmoid", monophonic=(True, False))
    pitch = torch.full((1, 2, 2, STEPS, PITCHES), -0.3)
    pitch[0, 1, 0, 2, 5] = 0.2
    soft, hard = spec.discretiser(Logits(pitch)), spec.discretiser.hard(Logits(pitch))
    assert torch.equal(soft, pitch.sigmoid())
    assert hard.nonzero().tolist() == [[0, 1, 0, 2, 5]]


@pytest.mark.parametrize("output", ["sigmoid", "straight-through", "bernoulli", "slope-annealing"])
def test_cells_on_their_own_cost_what_each_is_worth(make_spec, output) -> None:
    spec = make_spec("mlp", output, monophonic=(True, False))
    roll = some_rolls(make_spec("mlp", monophonic=(True, False)))
    cost = spec.discretiser.reconstruction_loss(Logits(torch.zeros_like(roll)), roll)
    assert cost.tolist() == pytest.approx([roll[0].numel() * math.log(2)] * len(roll), rel=1e-5)


def a_row(*numbers: float) -> torch.Tensor:
    """A roll of one step, with a pitch a number."""
    return torch.tensor(numbers).reshape(1, 1, 1, 1, -1)


def test_a_drawn_cell_is_on_where_logit_and_noise_are_above_zero_with_the_gradient_of_its_probability() -> None:
    logits, noise = a_row(-2.0, -2.0, 0.5, 3.0).requires_grad_(), a_row(2.5, 1.5, -0.75, -2.0)
    roll = Bernoulli(1, [False])(Logits(logits), Logits(noise))
    assert roll.flatten().tolist() == [1, 0, 0, 1]
    roll.sum().backward()
    p = logits.detach().sigmoid()
    assert torch.allclose(logits.grad, p * (1 - p))


@pytest.mark.parametrize(("kind", "slope"), [(Bernoulli, 1.0), (SlopeAnnealing, 1.0), (SlopeAnnealing, 3.0)])
def test_a_cell_is_drawn_with_its_probability(kind, slope) -> None:
    discretiser, logits = kind(1, [False]), torch.tensor([-1.5, -0.25, 0.75])
    if slope > 1:
        discretiser.raise_slope(slope)
    noise = discretiser.noise(uniform(20_000, 1, 1, 3))
    drawn = discretiser.hard(Logits(logits.expand_as(noise.pitch)), noise).float().mean(dim=(0, 1, 2, 3))
    assert torch.allclose(drawn, (slope * logits).sigmoid(), atol=0.01)


def test_each_cell_of_each_plane_has_its_own_number() -> None:
    discretiser = Bernoulli(2, [True, False])
    assert discretiser.noise_numbers(5) == 10
    numbers = uniform(3, 2, 4, 10)
    noise = discretiser.noise(numbers.clone()).pitch
    assert noise.shape == (3, 2, 2, 4, 5)
    assert torch.equal(noise[1, 0, 1, 3], numbers[1, 0, 3, 5:].logit())


def test_a_steeper_sigmoid_draws_what_it_says_and_has_its_own_gradient_and_cost() -> None:
    discretiser, slope = SlopeAnnealing(1, [False]), 2.5
    discretiser.raise_slope(slope)
    logits, noise = a_row(-0.75, 0.2, 0.4).requires_grad_(), a_row(0.8, -0.1, -0.5)
    roll = discretiser(Logits(logits), Logits(noise))
    assert roll.flatten().tolist() == [1, 1, 0]
    roll.sum().backward()
    p = (slope * logits.detach()).sigmoid()
    assert torch.allclose(logits.grad, slope * p * (1 - p))
    target = a_row(1.0, 0.0, 1.0)
    cost = binary_cross_entropy_with_logits(slope * logits.detach(), target, reduction="sum")
    assert discretiser.reconstruction_loss(Logits(logits.detach()), target).item() == pytest.approx(cost.item())


def test_a_slope_never_falls() -> None:
    discretiser = SlopeAnnealing(1, [False])
    slopes = []
    for slope in (0.5, 2.0, 1.5, 4.0):
        discretiser.raise_slope(slope)
        slopes.append(discretiser.slope.item())
    assert slopes == [1.0, 2.0, 2.0, 4.0]


@pytest.mark.parametrize("output", ["bernoulli", "slope-annealing"])
def test_training_and_listeners_get_the_same_draw_of_a_latent(make_spec, output) -> None:
    spec, r = make_spec("mlp", output, generator_normalisation="none"), normal(16, 6)
    generator = build_networks(spec, seeded()).generator
    anneal(generator, 2.0)
    seen, played = generator.soft_rolls(r), generator.rolls(r)
    assert torch.equal(seen > 0.5, played)
    assert torch.equal(generator.rolls(r), played)
    assert not torch.equal(generator.discretiser.hard(generator(r)), played)  # which is the likeliest
