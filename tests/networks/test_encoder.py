import math

import pytest
import torch

from ganola.networks.encoder import DiagonalGaussian, Encoder
from ganola.networks.initialise import build
from tests.networks.support import ODD_GRID, SMALL_GRID, seeded


@pytest.mark.parametrize("grid", [SMALL_GRID, ODD_GRID], ids=["small", "odd"])
@pytest.mark.parametrize("planes", ["sounding", "onset-sustain"])
@pytest.mark.parametrize("monophonic", [(True,), (False, True)])
def test_an_encoder_reads_any_grid_and_tracks(make_spec, grid, planes, monophonic) -> None:
    spec = make_spec("mlp", planes=planes, monophonic=monophonic, grid=grid, encoder_width=8)
    encoder = build(Encoder, spec, kind="he", randomness=seeded())
    roll = torch.zeros(3, len(monophonic), spec.planes, grid.steps, grid.pitches)
    roll[1, 0, 0, 2, 4] = 1
    posterior = encoder(roll)
    assert posterior.mean.shape == posterior.log_variance.shape == (3, spec.latent)
    assert torch.equal(posterior.mean[0], posterior.mean[2])
    assert not torch.equal(posterior.mean[0], posterior.mean[1])


def test_kl_is_the_closed_form() -> None:
    posterior = DiagonalGaussian(
        torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.0, math.log(4.0)], [0.0, 0.0]])
    )
    # N(1, 1): 1/2; N(0, 4): (4 - 1 - log 4) / 2.
    assert posterior.kl().tolist() == pytest.approx([0.5 + (3 - math.log(4)) / 2, 0.0])


def test_a_sample_is_the_mean_and_so_many_deviations() -> None:
    posterior = DiagonalGaussian(torch.tensor([[2.0]]), torch.tensor([[math.log(9.0)]]))
    assert posterior.sample(torch.tensor([[-1.5]])).item() == pytest.approx(2 - 4.5)


def test_no_logarithm_of_a_variance_is_out_of_all_bounds(make_spec) -> None:
    encoder = build(Encoder, make_spec("mlp", encoder_width=8), kind="normal-1", randomness=seeded())
    roll = torch.ones(2, 3, 2, SMALL_GRID.steps, SMALL_GRID.pitches)
    posterior = encoder(roll)
    assert posterior.log_variance.abs().max() <= 10
    assert posterior.kl().isfinite().all()
