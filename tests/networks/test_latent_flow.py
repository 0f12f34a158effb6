import math

import numpy as np
import pytest
import torch

from ganola.music.grid import Grid
from ganola.networks.initialise import build
from ganola.networks.latent_flow import LatentFlow, latent_to_beats, reaches
from tests.networks.support import ODD_GRID, SMALL_GRID, normal

LENGTH = 6


@pytest.fixture
def prior(make_spec) -> LatentFlow:
    return build(LatentFlow, make_spec(flow_width=16), kind="he", randomness=np.random.default_rng(0))


def stirred(prior: LatentFlow) -> LatentFlow:
    """One that moves what passes, as after much teaching."""
    with torch.no_grad():
        prior.flow.output_layer.weight.copy_(normal(*prior.flow.output_layer.weight.shape) * 0.2)
    return prior


def test_before_it_is_taught_it_changes_nothing(prior) -> None:
    r = normal(5, LENGTH)
    assert torch.equal(prior(r), r)


def test_a_latent_is_dealt_out_to_beats_and_zeros_fill_the_rest() -> None:
    latent = torch.arange(1.0, 6.0)[None]
    assert latent_to_beats(latent, 3).tolist() == [[[1, 2, 3], [4, 5, 0]]]


@pytest.mark.parametrize("grid", [SMALL_GRID, ODD_GRID], ids=["small", "odd"])
def test_it_fits_any_grid(make_spec, grid) -> None:
    prior = build(LatentFlow, make_spec(flow_width=8, grid=grid), kind="he", randomness=np.random.default_rng(0))
    assert stirred(prior)(normal(3, LENGTH)).shape == (3, LENGTH)


def test_standardised_it_draws_with_the_mean_and_deviation_of_encoded_music(prior) -> None:
    means, variances = normal(50, LENGTH) * 3 + 1, normal(50, LENGTH, seed=1).square()
    prior.standardise(means, variances)
    found = prior(normal(5_000, LENGTH))
    assert torch.allclose(found.mean(dim=0), means.mean(dim=0), atol=0.1)
    assert torch.allclose(found.var(dim=0), means.var(dim=0, correction=0) + variances.mean(dim=0), rtol=0.05)


def test_one_phrase_over_and_over_leaves_it_usable(prior) -> None:
    prior.standardise(torch.ones(4, LENGTH), torch.zeros(4, LENGTH))
    assert torch.allclose(prior(torch.zeros(1, LENGTH)), torch.ones(1, LENGTH))
    assert prior.flow_matching_loss(torch.ones(4, LENGTH), normal(4, LENGTH), torch.ones(4)).isfinite().all()


def test_its_inverse_leads_back(prior) -> None:
    prior.standardise(normal(50, LENGTH), normal(50, LENGTH).square())
    r = normal(4, LENGTH, seed=2)
    latent = stirred(prior)(r)
    assert not torch.allclose(latent, prior.mean + prior.deviation * r, atol=0.1)
    assert torch.allclose(prior.inverse(latent), r, atol=1e-3)


@pytest.mark.parametrize(
    ("guidance", "monophonic", "meant"),
    [("auto", (True, True), 1.5), ("auto", (True, False), 1.0), (0.4, (True, False), 0.4), (0.0, (True, True), 0.0)],
)
def test_the_music_of_voices_is_guided_more_than_that_of_bands(make_spec, guidance, monophonic, meant) -> None:
    prior = LatentFlow(make_spec("residual", flow_width=16, guidance=guidance, monophonic=monophonic))
    assert prior.guidance == meant
    assert (prior.guide is None) == (meant == 0)


def guided(make_spec, guidance: float, guide_every: int = 1) -> LatentFlow:
    """One that moves what passes, and was moving otherwise early on."""
    spec = make_spec(flow_width=16, guidance=guidance, guide_every=guide_every)
    prior = build(LatentFlow, spec, kind="he", randomness=np.random.default_rng(0))
    with torch.no_grad():
        prior.guide.output_layer.weight.copy_(normal(*prior.guide.output_layer.weight.shape, seed=1) * 0.05)
    return stirred(prior)


def test_guided_it_goes_further_away_from_what_was_said_early_on(make_spec) -> None:
    prior, at, angle = guided(make_spec, 2.0), normal(5, LENGTH), torch.full((5,), 0.3)
    now, early = prior.flow(at, angle), prior.guide(at, angle)
    assert torch.allclose(prior.velocity(at, angle), early + 3.0 * (now - early), atol=1e-5)


def test_without_guidance_nothing_early_is_kept(prior) -> None:
    at, angle = normal(5, LENGTH), torch.full((5,), 0.3)
    assert prior.guide is None
    assert torch.equal(stirred(prior).velocity(at, angle), prior.flow(at, angle))


def test_while_early_and_now_are_one_guidance_changes_nothing(make_spec) -> None:
    prior, r = guided(make_spec, 2.0), normal(5, LENGTH)
    prior.snapshot_guide(prior.flow)
    plain = build(LatentFlow, make_spec(flow_width=16), kind="he", randomness=np.random.default_rng(0))
    plain.flow.load_state_dict(prior.flow.state_dict())
    assert torch.equal(prior(r), plain(r))


def test_guided_too_its_inverse_leads_back(make_spec) -> None:
    prior, r = guided(make_spec, 1.5), normal(4, LENGTH, seed=2)
    assert torch.allclose(prior.inverse(prior(r)), r, atol=1e-3)


@pytest.mark.parametrize(
    ("every", "weights"), [(1, [0.5] * 8), (3, [1.5, 0, 0, 1.5, 0, 0, 1.0, 0]), (9, [4.0, 0, 0, 0, 0, 0, 0, 0])]
)
def test_the_guide_is_asked_at_every_so_many_steps_and_weighs_as_much_in_all(make_spec, every, weights) -> None:
    prior, r = guided(make_spec, 0.5, every), normal(4, LENGTH, seed=2)
    by_hand, asked = r, []
    prior.guide.register_forward_hook(lambda *_: asked.append(1))
    latent = prior(r)
    assert len(asked) == len([weight for weight in weights if weight])
    for step, weight in enumerate(weights):
        angle = torch.tensor([math.pi / 2 * step / 8])
        v = prior.flow(by_hand, angle)
        by_hand = by_hand + math.pi / 16 * (v + weight * (v - prior.guide(by_hand, angle)))
    assert torch.allclose(latent, prior.from_standard(by_hand), atol=1e-4)
    assert torch.allclose(prior.follow(r, torch.zeros(4)), latent, atol=1e-4)
    assert torch.allclose(prior.inverse(latent), r, atol=1e-3)


def test_guidance_does_not_change_what_the_flow_learns(make_spec) -> None:
    guided_one, plain = (
        build(LatentFlow, make_spec(flow_width=16, guidance=guidance), kind="he", randomness=np.random.default_rng(0))
        for guidance in (1.5, 0.0)
    )
    plain.flow.load_state_dict(stirred(guided_one).flow.state_dict())
    latent, noise, angle = normal(5, LENGTH), normal(5, LENGTH, seed=1), torch.full((5,), 0.3)
    assert torch.equal(
        guided_one.flow_matching_loss(latent, noise, angle), plain.flow_matching_loss(latent, noise, angle)
    )


def test_the_error_is_of_the_velocity_on_the_circle_from_noise_to_latents(prior) -> None:
    latent, noise = torch.full((1, LENGTH), 2.0), torch.full((1, LENGTH), 1.0)
    # It says that nothing moves; at 30 degrees truth is cos 30 * latent - sin 30 * noise in each dimension.
    expected = LENGTH * (math.cos(math.pi / 6) * 2 - 0.5) ** 2
    assert prior.flow_matching_loss(latent, noise, torch.tensor([math.pi / 6])).item() == pytest.approx(
        expected, rel=1e-5
    )


def test_taught_it_draws_from_what_no_normal_distribution_matches(prior) -> None:
    """Two islands: latents are all near +1 or all near -1 (in standard units), and never in between."""
    randomness = np.random.default_rng(0)
    optimiser = torch.optim.Adam(prior.parameters(), lr=1e-2, fused=True)

    def islands(count: int) -> torch.Tensor:
        side = torch.from_numpy(randomness.choice([-1.0, 1.0], (count, 1))).float()
        return side + 0.1 * torch.from_numpy(randomness.standard_normal((count, LENGTH))).float()

    prior.standardise(islands(500), torch.zeros(500, LENGTH))
    before = None
    for _ in range(150):
        angle = torch.from_numpy(randomness.random(64)).float() * math.pi / 2
        noise = torch.from_numpy(randomness.standard_normal((64, LENGTH))).float()
        error = prior.flow_matching_loss(islands(64), noise, angle).mean()
        before = before or error.item()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
    with torch.no_grad():
        found = prior(normal(400, LENGTH))
    assert error.item() < 0.5 * before
    assert ((found.mean(dim=1).abs() - 1).abs() < 0.3).float().mean() > 0.9
    assert 0.4 < (found.mean(dim=1) > 0).float().mean() < 0.6


@pytest.mark.parametrize(
    ("bars", "metre", "beats"),
    [
        (1, "4/4", [1, 1, 1, 1]),
        (4, "4/4", [1, 1, 1, 1]),
        (5, "4/4", [1, 1, 1, 16]),
        (8, "3/4", [1, 1, 1, 12]),
        (16, "6/8", [1, 1, 8, 16]),
        (64, "4/4", [16, 32, 64, 128]),
    ],
)
def test_in_long_phrases_blocks_reach_whole_bars_away(bars, metre, beats) -> None:
    assert reaches(Grid(bars=bars, metre=metre)) == beats


def test_taught_on_eight_bars_it_draws_a_theme_that_returns_after_four(make_spec) -> None:
    """The last 16 beats are the first 16 again, too far away for what reaches from beat to beat."""
    grid = Grid(lowest=60, pitches=2, steps_per_quarter=1, bars=8)
    spec = make_spec(flow_width=16, grid=grid, latent=32)
    prior = build(LatentFlow, spec, kind="he", randomness=np.random.default_rng(0))
    randomness = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(prior.parameters(), lr=1e-2, fused=True)
    for _ in range(150):
        latent = torch.randn(64, 16, generator=randomness).repeat(1, 2)
        angle = torch.rand(64, generator=randomness) * math.pi / 2
        error = prior.flow_matching_loss(latent, torch.randn(64, 32, generator=randomness), angle).mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
    with torch.no_grad():
        first, last = prior(normal(400, 32)).chunk(2, dim=1)
    assert torch.corrcoef(torch.stack([first.flatten(), last.flatten()]))[0, 1] > 0.9


def test_a_share_of_the_channels_is_done_without_and_the_others_make_up_for_it(prior) -> None:
    kept = prior.flow.dropout_mask(500, 0.25, np.random.default_rng(0))
    assert kept.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert (kept == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    latent, noise, angle = normal(500, LENGTH), normal(500, LENGTH, seed=1), torch.ones(500)
    stirred(prior)
    torch.nn.init.normal_(prior.flow.blocks[0].second.weight, generator=torch.Generator().manual_seed(0))
    assert torch.equal(
        prior.flow_matching_loss(latent, noise, angle, torch.ones_like(kept)),
        prior.flow_matching_loss(latent, noise, angle),
    )
    assert not torch.equal(
        prior.flow_matching_loss(latent, noise, angle, kept), prior.flow_matching_loss(latent, noise, angle)
    )
