import torch
from torch.autograd import gradcheck

from ganola.networks.discretise import (
    HOLD,
    REST,
    Discretiser,
    Logits,
    binary,
    held,
    one_choice,
    straight_through,
)
from tests.networks.conftest import SMALL_GRID

STEPS, PITCHES = SMALL_GRID.steps, SMALL_GRID.pitches


def test_straight_through_has_the_hard_value_and_the_soft_gradient() -> None:
    logits = torch.tensor([-2.0, 0.5, 3.0], requires_grad=True)
    cells = binary(logits)
    assert cells.tolist() == [0.0, 1.0, 1.0]
    cells.sum().backward()
    soft = logits.detach().sigmoid()
    assert torch.allclose(logits.grad, soft * (1 - soft))


def test_straight_through_values_are_exact() -> None:
    soft = torch.rand(1000, generator=torch.Generator().manual_seed(0))
    hard = (soft > 0.5).float()
    assert torch.equal(straight_through(hard, soft), hard)


def test_one_choice_chooses_the_likeliest_with_the_softmax_gradient() -> None:
    logits = torch.tensor([[0.1, 2.0, -1.0]], requires_grad=True)
    chosen = one_choice(logits)
    assert chosen.tolist() == [[0.0, 1.0, 0.0]]
    chosen[0, 0].backward()
    p = logits.detach().softmax(-1)[0]
    assert torch.allclose(logits.grad[0], torch.stack([p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2]]))


def test_a_hold_sounds_what_sounded_and_nothing_after_a_rest() -> None:
    # Steps: C4, hold, hold, rest, hold, D4, hold.
    onset = torch.zeros(1, 1, 7, 3)
    onset[0, 0, 0, 0] = onset[0, 0, 5, 2] = 1
    hold = torch.tensor([[[0.0, 1, 1, 0, 1, 0, 1]]])
    sustain = held(onset, hold)[0, 0]
    assert sustain[:, 0].tolist() == [0, 1, 1, 0, 0, 0, 0]
    assert sustain[:, 2].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_the_scan_has_the_gradient_of_what_it_computes() -> None:
    randomness = torch.Generator().manual_seed(1)
    onset = torch.rand(2, 1, 4, 3, dtype=torch.float64, generator=randomness, requires_grad=True)
    hold = torch.rand(2, 1, 4, dtype=torch.float64, generator=randomness, requires_grad=True)
    assert gradcheck(held, (onset, hold))


def played(spec, moves: torch.Tensor, pitches: torch.Tensor) -> torch.Tensor:
    cells = torch.full((1, len(spec.tracks), spec.logit_planes, STEPS, PITCHES), -9.0)
    cells[0, 0, 0] = pitches
    full_moves = torch.zeros(1, len(spec.tracks), 2, STEPS)
    full_moves[0, 0] = moves
    return Discretiser(spec).hard(Logits(cells, full_moves))[0, 0]


def test_a_one_note_track_never_sounds_two_pitches(make_spec) -> None:
    spec = make_spec(one_note=(True, False))
    noise = torch.randn(2 + PITCHES, STEPS, generator=torch.Generator().manual_seed(2))
    roll = played(spec, noise[:2], noise[2:].T)
    assert (roll.any(dim=0).sum(dim=1) <= 1).all()
    assert roll.any()


def test_a_hold_at_the_first_step_is_impossible(make_spec) -> None:
    spec = make_spec(one_note=(True, False))
    moves = torch.full((2, STEPS), -5.0)
    moves[HOLD] = 5.0
    pitches = torch.full((STEPS, PITCHES), -1.0)
    pitches[:, 7] = 1.0
    onset, sustain = played(spec, moves, pitches)
    assert onset.nonzero().tolist() == [[0, 7]]
    assert sustain[1:, 7].all()


def test_rest_is_silence(make_spec) -> None:
    spec = make_spec(one_note=(True, False))
    moves = torch.zeros(2, STEPS)
    moves[REST] = 9.0
    assert not played(spec, moves, torch.zeros(STEPS, PITCHES)).any()


def test_tracks_stay_in_their_order_where_some_are_one_note(make_spec) -> None:
    spec = make_spec(one_note=(False, True, False))
    cells = torch.full((1, 3, 2, STEPS, PITCHES), -9.0)
    for track, pitch in enumerate((3, 5, 7)):
        cells[0, track, 0, :, pitch] = 9.0
    roll = Discretiser(spec).hard(Logits(cells, torch.full((1, 3, 2, STEPS), -99.0)))[0]
    assert [roll[track, 0].any(dim=0).nonzero().item() for track in range(3)] == [3, 5, 7]


def test_on_one_plane_a_held_note_sounds_on(make_spec) -> None:
    spec = make_spec(planes="sounding", one_note=(True, True))
    moves = torch.full((2, STEPS), -5.0)
    moves[HOLD, 1:] = 5.0
    pitches = torch.full((STEPS, PITCHES), -1.0)
    pitches[0, 4] = 1.0
    roll = played(spec, moves, pitches)
    assert roll.shape == (1, STEPS, PITCHES)
    assert roll[0, :, 4].all()
    assert roll.sum() == STEPS


def test_sigmoid_shows_training_probabilities_and_listeners_a_threshold(make_spec) -> None:
    spec = make_spec(output="sigmoid", one_note=(True, False))
    cells = torch.full((1, 2, 2, STEPS, PITCHES), -0.3)
    cells[0, 1, 0, 2, 5] = 0.2
    soft, hard = Discretiser(spec)(Logits(cells)), Discretiser(spec).hard(Logits(cells))
    assert torch.equal(soft, cells.sigmoid())
    assert hard.nonzero().tolist() == [[0, 1, 0, 2, 5]]
