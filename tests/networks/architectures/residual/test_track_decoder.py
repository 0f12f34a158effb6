import pytest
import torch

from ganola.networks.architectures.residual.track_decoder import TrackDecoder
from ganola.networks.model import build_networks
from tests.networks.support import SMALL_GRID, normal, seeded

STEPS, PITCHES, WIDTH = SMALL_GRID.steps, SMALL_GRID.pitches, 8


def zeroed(make_spec, monophonic=(True, True), **choices) -> TrackDecoder:
    """The last decoder of a generator, all of its weights zero."""
    made = build_networks(make_spec("residual", monophonic=monophonic, **choices), seeded()).generator.track_decoders[
        -1
    ]
    for parameter in made.parameters():
        torch.nn.init.zeros_(parameter)
    return made


def biases(made: TrackDecoder) -> list[torch.Tensor]:
    """The biases of the scores: of each pitch, of intervals from its own line and the other's (`2 PITCHES - 1` each),
    and of parallels."""
    intervals, parallels = made.score_head.bias.data.split(made.score_sizes)
    return [made.pitch_head.bias.data, *intervals.view(2, -1), parallels]


def played(made: TrackDecoder, others: list[int], hold: float = -1.0) -> list[int]:
    """What sounds at each step where a line before it goes so."""
    made.rest_hold_head.bias.data[:] = torch.tensor([-9.0, hold])  # never a rest
    lines = torch.tensor(others)[None, :, None]
    _, roll = made.sample(torch.zeros(1, len(others), WIDTH), lines)
    return roll[0].sum(dim=0).argmax(dim=1).tolist()


def test_it_chooses_by_the_interval_to_another_line(make_spec) -> None:
    made = zeroed(make_spec)
    biases(made)[2][PITCHES - 1 - 5] = 3.0  # a fourth below the other
    assert played(made, [10, 12, 7, 20]) == [5, 7, 2, 15]


def test_it_chooses_by_the_interval_from_what_it_has_just_played(make_spec) -> None:
    made = zeroed(make_spec)
    biases(made)[0][4] = 1.0
    biases(made)[1][PITCHES - 1 + 3] = 3.0  # up a third each time, while there is room
    assert played(made, [0] * 9) == [4, 7, 10, 13, 16, 19, 22, 4, 7]


def test_it_hears_where_its_line_is_and_not_when_it_played(make_spec) -> None:
    made = build_networks(make_spec("residual"), seeded()).generator.track_decoders[0]
    features, others = normal(1, STEPS, WIDTH), torch.empty(1, STEPS, 0, dtype=torch.long)
    struck, struck_and_held, again, elsewhere = (torch.zeros(1, 2, STEPS, PITCHES) for _ in range(4))
    for roll, pitch in [(struck, 4), (struck_and_held, 4), (again, 4), (elsewhere, 5)]:
        roll[0, 0, 0, pitch] = 1
    struck_and_held[0, 1, 1:, 4] = again[0, 0, 1:, 4] = 1
    logits, *alike = (
        made.teacher_forced_logits(features, roll, others).pitch for roll in (struck, struck_and_held, again)
    )
    assert all(torch.equal(logits, same) for same in alike)
    changed = (made.teacher_forced_logits(features, elsewhere, others).pitch != logits)[0, 0, 0].any(dim=1)
    assert changed.tolist() == [False] + [True] * (STEPS - 1)


def test_it_holds_what_sounds(make_spec) -> None:
    made = zeroed(make_spec)
    biases(made)[0][4] = 1.0
    biases(made)[1][PITCHES - 1 + 3] = 3.0
    assert played(made, [0] * 4, hold=9.0) == [4] * 4


def test_it_avoids_what_would_be_in_parallel(make_spec) -> None:
    made = zeroed(make_spec)
    biases(made)[2][PITCHES - 1 - 12] = 3.0  # it likes an octave below the other
    biases(made)[2][PITCHES - 1 - 9] = 2.0  # and a sixth not quite as much
    assert played(made, [20, 22, 23]) == [8, 10, 11]
    biases(made)[3][0] = -9.0  # but no octave after an octave
    assert played(made, [20, 22, 23]) == [8, 13, 11]


@pytest.mark.parametrize("planes", ["sounding", "onset-sustain"])
@pytest.mark.parametrize("output", ["sigmoid", "straight-through", "softmax"])
@pytest.mark.parametrize("kind", ["voice", "chords", "drums"])
def test_step_by_step_it_plays_what_it_says_of_all_steps_at_once(make_spec, planes, output, kind) -> None:
    spec = make_spec("residual", output, planes, monophonic=(True, kind == "voice"))
    last = spec.tracks[1].model_copy(update={"drums": kind == "drums"})
    spec = spec.model_copy(update={"tracks": (spec.tracks[0], last)})
    made = build_networks(spec, seeded()).generator.track_decoders[-1]
    if made.score_head is not None:
        made.score_head.weight.data.copy_(normal(*made.score_head.weight.shape))
    features, lines = normal(5, STEPS, WIDTH), torch.arange(5 * STEPS).view(5, STEPS, 1) % (PITCHES + 1)
    logits, roll = made.sample(features, lines)
    assert torch.equal(made.discretiser(logits)[:, 0] > 0.5, roll > 0.5)
    assert torch.equal(made.play(features, lines), roll)
    assert torch.equal(made.teacher_forced_logits(features, roll, lines).pitch, logits.pitch)
    assert len(roll.unique(dim=0)) == 5


def test_it_learns_of_parallels_where_another_moves(make_spec) -> None:
    made = zeroed(make_spec)
    for now, learns in ([10, 10, 10], False), ([10, 12, 9], True):
        roll, lines = torch.zeros(1, 2, 3, PITCHES), torch.tensor(now)[None, :, None]
        roll[0, 0, :, 4] = 1
        made.zero_grad()
        made.teacher_forced_logits(torch.zeros(1, 3, WIDTH), roll, lines).pitch.sum().backward()
        assert made.score_head.bias.grad[-12:].abs().sum().item() == (2 if learns else 0)


def test_what_it_plays_has_no_gradient_and_what_it_says_has(make_spec) -> None:
    made = build_networks(make_spec("residual"), seeded()).generator.track_decoders[0]
    features = normal(2, STEPS, WIDTH).requires_grad_()
    logits, roll = made.sample(features, torch.empty(2, STEPS, 0, dtype=torch.long))
    assert not roll.requires_grad
    logits.pitch.sum().backward()
    assert features.grad.abs().sum() > 0


def test_what_is_told_apart_by_rounding_is_played_as_it_is_said(make_spec) -> None:
    made = build_networks(make_spec("residual"), seeded()).generator.track_decoders[0]
    others = torch.empty(20, STEPS, 0, dtype=torch.long)
    with torch.autocast("cpu", torch.bfloat16):
        logits, roll = made.sample(normal(20, STEPS, WIDTH).bfloat16(), others)
    assert torch.equal(made.discretiser(logits)[:, 0], roll)


def test_a_batch_counts_once_in_what_is_normalised_by(make_spec) -> None:
    generator = build_networks(make_spec("residual", generator_normalisation="batch"), seeded()).generator
    generator(normal(4, 6))
    counted = {int(value) for name, value in generator.named_buffers() if name.endswith("num_batches_tracked")}
    assert counted == {1}


@pytest.mark.parametrize("previous_frame", [False, True])
def test_a_track_of_many_notes_may_hear_its_inner_notes_a_step_before(make_spec, previous_frame) -> None:
    spec = make_spec("residual", monophonic=(False,), previous_frame=previous_frame)
    made = build_networks(spec, seeded()).generator.track_decoders[0]
    features, others = normal(1, STEPS, WIDTH), torch.empty(1, STEPS, 0, dtype=torch.long)
    chord, fuller = torch.zeros(2, 1, 2, STEPS, PITCHES)
    chord[0, 0, 3, [2, 9]] = fuller[0, 0, 3, [2, 6, 9]] = 1
    logits, changed = (made.teacher_forced_logits(features, roll, others).pitch for roll in (chord, fuller))
    steps = (changed != logits)[0, 0].any(dim=2).any(dim=0)
    assert steps.nonzero().flatten().tolist() == ([4] if previous_frame else [])
