import math
from itertools import product

import pytest
import torch

from ganola.music.grid import Grid
from ganola.networks.architectures import architecture_names
from ganola.networks.architectures.musegan import octave_kernels
from ganola.networks.architectures.residual.track_decoder import MAX_OTHER_LINES
from ganola.networks.model import build_networks, parameter_count
from ganola.networks.outputs.registry import DISCRETISERS
from ganola.training.schedule import anneal
from tests.networks.support import ODD_GRID, SMALL_GRID, normal, seeded, uniform

ARCHITECTURES = architecture_names()
OUTPUTS = tuple(DISCRETISERS)
ONE_BAR = Grid(lowest=60, pitches=7, steps_per_quarter=5, metre="2/4", bars=1)


@pytest.mark.parametrize(("architecture", "output"), list(product(ARCHITECTURES, OUTPUTS)))
@pytest.mark.parametrize("grid", [SMALL_GRID, ODD_GRID, ONE_BAR], ids=["small", "odd", "one bar"])
@pytest.mark.parametrize("planes", ["sounding", "onset-sustain"])
@pytest.mark.parametrize("monophonic", [(True,), (False, True), (False, False, False)], ids=["1", "2", "3"])
def test_every_architecture_plays_and_judges_any_grid_and_tracks(
    make_spec, architecture, output, grid, planes, monophonic
):
    spec = make_spec(architecture, output, planes, monophonic, grid)
    networks = build_networks(spec, seeded())
    rolls = networks.soft_rolls(normal(3, 6))
    assert rolls.shape == (3, len(monophonic), spec.planes, grid.steps, grid.pitches)
    assert ((rolls >= 0) & (rolls <= 1)).all()
    assert networks.critic(rolls).shape == (3,)


@pytest.mark.parametrize(("architecture", "output"), list(product(ARCHITECTURES, OUTPUTS)))
def test_the_critics_judgement_reaches_every_weight_of_the_generator(make_spec, architecture, output):
    networks = build_networks(make_spec(architecture, output), seeded())
    networks.critic(networks.soft_rolls(normal(4, 6))).sum().backward()
    silent = [name for name, parameter in networks.generator.named_parameters() if parameter.grad is None]
    assert silent == []
    assert all(parameter.grad is not None for parameter in networks.critic.parameters())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_cell_of_a_roll_matters_to_the_critic(make_spec, architecture):
    spec = make_spec(architecture, "sigmoid", grid=ODD_GRID)
    critic = build_networks(spec, seeded()).critic
    roll = uniform(2, 3, 2, ODD_GRID.steps, ODD_GRID.pitches).requires_grad_()
    critic(roll).sum().backward()
    assert (roll.grad.abs().sum(dim=0) > 0).all()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_without_normalisation_a_judgement_does_not_depend_on_its_company(make_spec, architecture):
    critic = build_networks(make_spec(architecture, critic_normalisation="layer"), seeded()).critic
    rolls = uniform(5, 3, 2, SMALL_GRID.steps, SMALL_GRID.pitches)
    assert torch.allclose(critic(rolls)[:2], critic(rolls[:2]), atol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_weights_come_from_the_given_randomness_alone(make_spec, architecture):
    before = torch.get_rng_state()
    one, same, other = (build_networks(make_spec(architecture), seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    ones, sames, others = (list(networks.generator.parameters()) for networks in (one, same, other))
    assert all(torch.equal(a, b) for a, b in zip(ones, sames, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(ones, others, strict=True))


@pytest.mark.parametrize(("kind", "std"), [("normal-0.02", 0.02), ("normal-1", 1.0)])
def test_initial_weights_have_the_spread_asked_for(make_spec, kind, std):
    networks = build_networks(make_spec("mirror", initialisation=kind), seeded())
    weights = torch.cat([p.flatten() for n, p in networks.critic.named_parameters() if n.endswith("weight")])
    assert weights.std().item() == pytest.approx(std, rel=0.05)


def test_he_weights_keep_the_size_of_signals(make_spec):
    spec = make_spec("mlp", initialisation="he", grid=Grid(lowest=36, pitches=48))
    critic = build_networks(
        spec.model_copy(update={"networks": spec.networks.model_copy(update={"width": 400})}), seeded()
    ).critic
    signal = normal(64, 3, 2, 64, 48)
    hidden = critic.body[:2](signal.flatten(1))
    assert hidden.square().mean().item() == pytest.approx(1.0, rel=0.15)


@pytest.mark.parametrize("pitches", [1, 12, 13, 24, 25, 36, 48, 72, 88, 128])
def test_octave_kernels_lead_to_the_octaves_that_hold_the_pitches(pitches):
    first, second = octave_kernels(pitches)
    assert first + second - 1 == math.ceil(pitches / 12)


def test_weights_counts_each_number_once():
    assert parameter_count(torch.nn.Linear(3, 5)) == 20


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_track_depends_on_those_before_it_and_on_its_own_past(make_spec, output) -> None:
    spec = make_spec("residual", output, monophonic=(True, False, True))
    generator = build_networks(spec, seeded()).generator
    roll, latent = uniform(2, 3, 2, SMALL_GRID.steps, SMALL_GRID.pitches), normal(2, 6)
    forced = generator.decode_teacher_forced(latent, roll).pitch
    other, step = roll.clone(), SMALL_GRID.steps // 2
    other[:, 1, :, step] = 1 - other[:, 1, :, step]
    changed = (generator.decode_teacher_forced(latent, other).pitch != forced).any(dim=4).any(dim=2).any(dim=0)
    assert changed.any(dim=1).tolist() == [False, True, True]
    assert changed[1].tolist() == [later == step + 1 for later in range(SMALL_GRID.steps)]


@pytest.mark.parametrize(("output", "planes"), list(product(OUTPUTS, ["sounding", "onset-sustain"])))
def test_teacher_forcing_with_its_own_roll_gives_the_same_logits(make_spec, output, planes) -> None:
    """What the VAE trains is what is played."""
    spec, latent = make_spec("residual", output, planes), normal(3, 6)
    generator = build_networks(spec, seeded()).generator
    anneal(generator, 1e6)  # until shares of choices are choices
    free = generator.decode(latent)
    forced = generator.decode_teacher_forced(latent, generator.discretiser(free))
    assert torch.allclose(forced.pitch, free.pitch, atol=1e-5)
    assert free.rest_hold is None or torch.allclose(forced.rest_hold, free.rest_hold, atol=1e-5)


def test_drums_have_no_intervals(make_spec) -> None:
    spec = make_spec("residual", monophonic=(False, False, True))
    pitched, drums, voice = spec.tracks
    spec = spec.model_copy(update={"tracks": (pitched, drums.model_copy(update={"drums": True}), voice)})
    decoders = build_networks(spec, seeded()).generator.track_decoders
    assert [decoder.own for decoder in decoders] == [2, 0, 1]
    assert [decoder.others for decoder in decoders] == [
        0,
        0,
        2,
    ]  # the voice gets the highest and the lowest notes of the first


def test_a_track_gets_the_intervals_to_the_nearest_lines_only(make_spec) -> None:
    decoders = build_networks(make_spec("residual", monophonic=(True,) * 7), seeded()).generator.track_decoders
    assert [decoder.others for decoder in decoders] == [0, 1, 2, 3, MAX_OTHER_LINES, MAX_OTHER_LINES, MAX_OTHER_LINES]
