import math

import pytest
import torch

from ganola.networks.outputs.choices import HOLD, REST, monophonic_classes
from ganola.networks.outputs.logits import Logits
from tests.networks.outputs.support import PITCHES, STEPS, some_rolls


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
    assert torch.equal(discretiser(second, before=whole[:, :, :, half - 1].sum(dim=2)), whole[:, :, :, half:])
    assert planes == "sounding" or not torch.equal(discretiser(second), whole[:, :, :, half:])
