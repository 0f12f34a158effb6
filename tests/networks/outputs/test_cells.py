import math

import pytest
import torch

from ganola.networks.outputs.logits import Logits
from tests.networks.outputs.support import PITCHES, STEPS, some_rolls


def test_sigmoid_shows_training_probabilities_and_listeners_a_threshold(make_spec) -> None:
    spec = make_spec(output="sigmoid", monophonic=(True, False))
    pitch = torch.full((1, 2, 2, STEPS, PITCHES), -0.3)
    pitch[0, 1, 0, 2, 5] = 0.2
    soft, hard = spec.discretiser(Logits(pitch)), spec.discretiser.hard(Logits(pitch))
    assert torch.equal(soft, pitch.sigmoid())
    assert hard.nonzero().tolist() == [[0, 1, 0, 2, 5]]


@pytest.mark.parametrize("output", ["sigmoid", "straight-through"])
def test_cells_on_their_own_cost_what_each_is_worth(make_spec, output) -> None:
    spec = make_spec("mlp", output, monophonic=(True, False))
    roll = some_rolls(make_spec("mlp", monophonic=(True, False)))
    cost = spec.discretiser.reconstruction_loss(Logits(torch.zeros_like(roll)), roll)
    assert cost.tolist() == pytest.approx([roll[0].numel() * math.log(2)] * len(roll), rel=1e-5)
