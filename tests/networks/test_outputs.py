import math

import pytest
import torch
from torch.autograd import gradcheck

from ganola.networks.outputs import (
    HOLD,
    REST,
    Logits,
    binary_step,
    monophonic_classes,
    straight_through,
    straight_through_argmax,
)
from ganola.networks.sustain import sustain_scan
from tests.networks.support import SMALL_GRID

STEPS, PITCHES = SMALL_GRID.steps, SMALL_GRID.pitches


def test_straight_through_has_the_hard_value_and_the_soft_gradient() -> None:
    logits = torch.tensor([-2.0, 0.5, 3.0], requires_grad=True)
    pitch = binary_step(logits)
    assert pitch.tolist() == [0.0, 1.0, 1.0]
    pitch.sum().backward()
    soft = logits.detach().sigmoid()
    assert torch.allclose(logits.grad, soft * (1 - soft))


def test_straight_through_values_are_exact() -> None:
    soft = torch.rand(1000, generator=torch.Generator().manual_seed(0))
    hard = (soft > 0.5).float()
    assert torch.equal(straight_through(hard, soft), hard)


def test_argmax_chooses_the_likeliest_with_the_softmax_gradient() -> None:
    logits = torch.tensor([[0.1, 2.0, -1.0]], requires_grad=True)
    chosen = straight_through_argmax(logits)
    assert chosen.tolist() == [[0.0, 1.0, 0.0]]
    chosen[0, 0].backward()
    p = logits.detach().softmax(-1)[0]
    assert torch.allclose(logits.grad[0], torch.stack([p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2]]))


def test_a_hold_sounds_what_sounded_and_nothing_after_a_rest() -> None:
    # Steps: C4, hold, hold, rest, hold, D4, hold.
    onset = torch.zeros(1, 1, 7, 3)
    onset[0, 0, 0, 0] = onset[0, 0, 5, 2] = 1
    hold = torch.tensor([[[0.0, 1, 1, 0, 1, 0, 1]]]).unsqueeze(3)
    sustain = sustain_scan(onset, hold)[0, 0]
    assert sustain[:, 0].tolist() == [0, 1, 1, 0, 0, 0, 0]
    assert sustain[:, 2].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_the_scan_has_the_gradient_of_what_it_computes() -> None:
    randomness = torch.Generator().manual_seed(1)
    onset = torch.rand(2, 1, 4, 3, dtype=torch.float64, generator=randomness, requires_grad=True)
    hold = torch.rand(2, 1, 4, 1, dtype=torch.float64, generator=randomness, requires_grad=True)
    assert gradcheck(sustain_scan, (onset, hold))
    before = torch.rand(2, 1, 3, dtype=torch.float64, generator=randomness, requires_grad=True)
    assert gradcheck(sustain_scan, (onset, hold.detach().expand(-1, -1, -1, 3).clone().requires_grad_(), before))


def played(spec, rest_hold: torch.Tensor, pitch: torch.Tensor) -> torch.Tensor:
    logits = torch.full((1, len(spec.tracks), spec.discretiser.logit_planes, STEPS, PITCHES), -9.0)
    logits[0, 0, 0] = pitch
    of_all = torch.zeros(1, len(spec.tracks), 2, STEPS)
    of_all[0, 0] = rest_hold
    return spec.discretiser.hard(Logits(logits, of_all))[0, 0]


def test_a_monophonic_track_never_sounds_two_pitches(make_spec) -> None:
    spec = make_spec(monophonic=(True, False))
    noise = torch.randn(2 + PITCHES, STEPS, generator=torch.Generator().manual_seed(2))
    roll = played(spec, noise[:2], noise[2:].T)
    assert (roll.any(dim=0).sum(dim=1) <= 1).all()
    assert roll.any()


def test_a_hold_at_the_first_step_is_impossible(make_spec) -> None:
    spec = make_spec(monophonic=(True, False))
    rest_hold = torch.full((2, STEPS), -5.0)
    rest_hold[HOLD] = 5.0
    pitches = torch.full((STEPS, PITCHES), -1.0)
    pitches[:, 7] = 1.0
    onset, sustain = played(spec, rest_hold, pitches)
    assert onset.nonzero().tolist() == [[0, 7]]
    assert sustain[1:, 7].all()


def test_rest_is_silence(make_spec) -> None:
    spec = make_spec(monophonic=(True, False))
    rest_hold = torch.zeros(2, STEPS)
    rest_hold[REST] = 9.0
    assert not played(spec, rest_hold, torch.zeros(STEPS, PITCHES)).any()


def test_tracks_stay_in_their_order_where_some_are_one_note(make_spec) -> None:
    spec = make_spec(monophonic=(False, True, False))
    pitch = torch.full((1, 3, 2, STEPS, PITCHES), -9.0)
    for track, row in enumerate((3, 5, 7)):
        pitch[0, track, 0, :, row] = 9.0
    roll = spec.discretiser.hard(Logits(pitch, torch.full((1, 3, 2, STEPS), -99.0)))[0]
    assert [roll[track, 0].any(dim=0).nonzero().item() for track in range(3)] == [3, 5, 7]


def test_on_one_plane_a_held_note_sounds_on(make_spec) -> None:
    spec = make_spec(planes="sounding", monophonic=(True, True))
    rest_hold = torch.full((2, STEPS), -5.0)
    rest_hold[HOLD, 1:] = 5.0
    pitches = torch.full((STEPS, PITCHES), -1.0)
    pitches[0, 4] = 1.0
    roll = played(spec, rest_hold, pitches)
    assert roll.shape == (1, STEPS, PITCHES)
    assert roll[0, :, 4].all()
    assert roll.sum() == STEPS


def test_sigmoid_shows_training_probabilities_and_listeners_a_threshold(make_spec) -> None:
    spec = make_spec(output="sigmoid", monophonic=(True, False))
    pitch = torch.full((1, 2, 2, STEPS, PITCHES), -0.3)
    pitch[0, 1, 0, 2, 5] = 0.2
    soft, hard = spec.discretiser(Logits(pitch)), spec.discretiser.hard(Logits(pitch))
    assert torch.equal(soft, pitch.sigmoid())
    assert hard.nonzero().tolist() == [[0, 1, 0, 2, 5]]


def test_each_cell_of_a_many_note_track_is_off_onset_or_sustain_and_holds_only_what_sounds(make_spec) -> None:
    spec = make_spec("mlp", monophonic=(False,))
    pitch = torch.full((1, 1, 2, STEPS, PITCHES), -9.0)
    pitch[0, 0, 0, 1, 4] = 5.0  # struck,
    pitch[0, 0, 1, 2:4, 4] = 5.0  # held twice,
    pitch[0, 0, 1, 5, 4] = 5.0  # held after silence: nothing to hold
    pitch[0, 0, :, 2, 7] = torch.tensor([3.0, 5.0])  # both likely, sustain the likelier: again nothing to hold
    pitch[0, 0, :, 3, 8] = torch.tensor([5.0, 3.0])  # both likely, struck
    roll = spec.discretiser.hard(Logits(pitch))[0, 0]
    assert roll[0].nonzero().tolist() == [[1, 4], [3, 8]]
    assert roll[1].nonzero().tolist() == [[2, 4], [3, 4]]


def some_rolls(spec, count: int = 4) -> torch.Tensor:
    """Rolls that the tracks can play: what a discretiser makes of random logits."""
    randomness = torch.Generator().manual_seed(3)
    shape = (count, len(spec.tracks), spec.discretiser.logit_planes, spec.grid.steps, spec.grid.pitches)
    pitch = 4 * torch.randn(shape, generator=randomness) - 3
    rest_hold = 4 * torch.randn(count, len(spec.tracks), 2, spec.grid.steps, generator=randomness) + 3
    return spec.discretiser.hard(Logits(pitch, rest_hold)).float()


def saying(spec, roll: torch.Tensor, sure: float) -> Logits:
    """Logits that say `sure` of every choice that a roll of two planes makes, and 0 of the others."""
    rest_hold = torch.nn.functional.one_hot(monophonic_classes(roll), spec.grid.pitches + 2).float() * sure
    pitch = sure * roll.clone()
    monophonic = [index for index, track in enumerate(spec.tracks) if track.monophonic]
    pitch[:, monophonic, 0] = rest_hold[:, monophonic][..., 2:]
    return Logits(pitch[:, :, : spec.discretiser.logit_planes], rest_hold[..., :2].transpose(2, 3))


@pytest.mark.parametrize("monophonic", [(True, True), (False, True), (False,)])
def test_a_reconstruction_costs_the_logarithm_of_the_probability_of_each_choice(make_spec, monophonic) -> None:
    spec = make_spec("mlp", monophonic=monophonic)
    roll = some_rolls(spec)
    voices = sum(monophonic)
    steps, pitches, sure = spec.grid.steps, spec.grid.pitches, 1.5
    one_choice_of = steps * math.log((math.exp(sure) + pitches + 1) / math.exp(sure))
    struck = [roll[:, index].sum(dim=(1, 2, 3)) for index, single in enumerate(monophonic) if not single]
    each = math.log((math.exp(sure) + 2) / math.exp(sure))
    expected = torch.full((len(roll),), voices * one_choice_of)
    for sounding in struck:
        expected = expected + sounding * each + (steps * pitches - sounding) * math.log(3)
    found = spec.discretiser.reconstruction_loss(saying(spec, roll, sure), roll)
    assert torch.allclose(found, expected, rtol=1e-5)
    certain = spec.discretiser.reconstruction_loss(saying(spec, roll, 60.0), roll)
    assert (certain < 1e-3 + sum((steps * pitches - sounding) * math.log(3) for sounding in struck) + 1e-2).all()


def test_classes_are_what_a_roll_was_made_of(make_spec) -> None:
    spec = make_spec("mlp", monophonic=(True, True))
    roll = some_rolls(spec)
    rest_hold = monophonic_classes(roll)
    rebuilt = spec.discretiser.hard(saying(spec, roll, 9.0)).float()
    assert torch.equal(rebuilt, roll)
    assert set(rest_hold.unique().tolist()) >= {0, 1, 2}
    sounding = roll.sum(dim=2, keepdim=True)
    held = monophonic_classes(sounding)
    same = (rest_hold == held) | ((rest_hold >= 2) & (held == 1))  # on one plane a repeated note is a held one
    assert same.all()


@pytest.mark.parametrize("output", ["sigmoid", "straight-through"])
def test_cells_on_their_own_cost_what_each_is_worth(make_spec, output) -> None:
    spec = make_spec("mlp", output, monophonic=(True, False))
    roll = some_rolls(make_spec("mlp", monophonic=(True, False)))
    cost = spec.discretiser.reconstruction_loss(Logits(torch.zeros_like(roll)), roll)
    assert cost.tolist() == pytest.approx([roll[0].numel() * math.log(2)] * len(roll), rel=1e-5)


def test_choices_that_are_skipped_get_no_gradient() -> None:
    logits = torch.tensor([3.0, 1.0, 0.0, 2.0], requires_grad=True)
    chosen = straight_through_argmax(logits, skip=1)
    assert chosen.tolist() == [1, 0, 0, 0]
    worth = torch.tensor([5.0, 1.0, -1.0, 2.0])
    (gradient,) = torch.autograd.grad((chosen * worth).sum(), logits)
    others = logits.detach()[1:].softmax(dim=0)
    expected = others * (worth[1:] - (others * worth[1:]).sum())
    assert gradient[0].item() == 0
    assert torch.allclose(gradient[1:], expected)


@pytest.mark.parametrize("planes", ["sounding", "onset-sustain"])
def test_half_a_phrase_goes_on_from_what_sounds(make_spec, planes) -> None:
    spec = make_spec(planes=planes, monophonic=(True, False, True))
    chance = torch.Generator().manual_seed(0)
    pitch, rest_hold = (
        torch.randn(4, 3, spec.discretiser.logit_planes, STEPS, PITCHES, generator=chance),
        torch.zeros(4, 3, 2, STEPS),
    )
    rest_hold[:, :, HOLD] = 9.0 * torch.rand(4, 3, STEPS, generator=chance)
    discretiser, half = spec.discretiser, STEPS // 2
    whole = discretiser(Logits(pitch, rest_hold))
    second = Logits(pitch[:, :, :, half:], rest_hold[..., half:])
    assert torch.equal(discretiser(second, whole[:, :, :, half - 1].sum(dim=2)), whole[:, :, :, half:])
    assert planes == "sounding" or not torch.equal(discretiser(second), whole[:, :, :, half:])
