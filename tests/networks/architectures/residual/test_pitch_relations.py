"""What a critic is given of intervals, on rolls small enough to count by hand."""

import pytest
import torch

from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.architectures.residual.pitch_relations import (
    CLASSES,
    OCTAVE,
    STATES,
    PitchRelationFeatures,
    mean_over_beats,
)
from ganola.networks.config import ModelSpec, NetworkConfig

GRID = Grid(lowest=55, pitches=20, steps_per_quarter=1, metre="4/4", bars=1)  # from G3


def spec_of(*drums: bool) -> ModelSpec:
    tracks = tuple(Track(name=f"track {index}", drums=own) for index, own in enumerate(drums))
    return ModelSpec(grid=GRID, tracks=tracks, networks=NetworkConfig())


def roll_of(tracks: int, *notes: tuple[int, int, int, int]) -> torch.Tensor:
    """Two planes of notes (track, start, end, MIDI pitch)."""
    roll = torch.zeros(1, tracks, 2, GRID.steps, GRID.pitches)
    for track, start, end, pitch in notes:
        roll[0, track, 0, start, pitch - GRID.lowest] = 1
        roll[0, track, 1, start + 1 : end, pitch - GRID.lowest] = 1
    return roll


def heard(roll: torch.Tensor, *drums: bool) -> dict[str, torch.Tensor]:
    """The channels of one roll by what they are, steps last."""
    relations = PitchRelationFeatures(spec_of(*drums))
    channels = relations(roll)[0].t()
    assert channels.shape == (relations.channels, GRID.steps)
    voices, tracks = drums.count(False), len(drums)
    pairs = voices * (voices - 1) // 2
    sizes = {
        "onset": tracks * GRID.pitches,
        "frame": tracks * GRID.pitches,
        "begins": tracks,
        "sounds": tracks,
        "moves": tracks * STATES,
        "chroma": voices * OCTAVE,
        "melodic": voices * (2 * OCTAVE + 1),
        "own": voices * CLASSES,
        "all": CLASSES,
        "across": (pairs if pairs <= 10 else voices) * OCTAVE,
    }
    return dict(zip(sizes, channels.split(list(sizes.values())), strict=True))


def rounded(values: torch.Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def test_cells_pitch_classes_and_who_plays() -> None:
    found = heard(roll_of(2, (0, 0, 2, 60), (0, 1, 2, 64), (1, 1, 4, 67)), False, False)
    assert found["onset"].reshape(2, 20, 4)[0, 5].tolist() == [1, 0, 0, 0]
    assert found["frame"].reshape(2, 20, 4)[0, 5].tolist() == [1, 1, 0, 0]
    assert found["begins"].tolist() == [[1, 1, 0, 0], [0, 1, 0, 0]]
    assert found["sounds"].tolist() == [[1, 2, 0, 0], [0, 1, 1, 1]]
    chroma = found["chroma"].reshape(2, 12, 4)
    assert [chroma[0, pitch_class, 1].item() for pitch_class in (0, 4, 7)] == [1, 1, 0]
    assert chroma[1, 7].tolist() == [0, 1, 1, 1]
    assert chroma.sum() == 6


def test_a_track_begins_holds_or_rests() -> None:
    # Two notes at once, one of them held on; in the other track one note after a rest.
    roll = roll_of(2, (0, 0, 1, 60), (0, 0, 2, 64), (0, 3, 4, 60), (1, 1, 4, 67))
    moves = heard(roll, False, True)["moves"].reshape(2, STATES, 4)
    assert moves[0].tolist() == [[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert moves[1].tolist() == [[0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0]]
    # While a chord's one note is held another may begin: both are so.
    moves = heard(roll_of(1, (0, 0, 3, 60), (0, 1, 2, 64)), False)["moves"]
    assert moves.tolist() == [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]


def test_on_one_plane_a_pitch_that_sounded_before_is_held() -> None:
    sounds = roll_of(1, (0, 0, 2, 60), (0, 2, 3, 64)).sum(dim=2, keepdim=True)
    moves = heard(sounds, False)["moves"]
    assert moves.tolist() == [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]


def test_a_roll_between_two_is_between_begin_hold_and_rest_and_gradients_pass() -> None:
    roll = (0.25 * roll_of(1, (0, 0, 2, 60))).requires_grad_()
    moves = heard(roll, False)["moves"]
    assert moves.tolist() == [[0.25, 0, 0, 0], [0, 0.25, 0, 0], [0.75, 0.75, 1, 1]]
    (3 * moves[0].sum() + 5 * moves[1].sum() + 7 * moves[2].sum()).backward()
    assert (roll.grad[0, 0, 0] == 3 - 7).all()
    assert (roll.grad[0, 0, 1] == 5 - 7).all()


def test_a_beat_hears_the_means_of_its_steps() -> None:
    found = heard(roll_of(1, (0, 0, 3, 60), (0, 3, 4, 67)), False)
    beats = {name: mean_over_beats(channels.t()[None], 2)[0].t() for name, channels in found.items()}
    assert beats["moves"].tolist() == [[0.5, 0.5], [0.5, 0.5], [0, 0]]
    assert beats["frame"].reshape(GRID.pitches, 2)[60 - GRID.lowest].tolist() == [1, 0.5]
    assert beats["melodic"][7].tolist() == pytest.approx([0, 0.5], abs=1e-5)  # up a fifth, once in two steps


def test_a_melodic_interval_leads_from_what_sounded_to_what_begins() -> None:
    found = heard(roll_of(1, (0, 0, 2, 60), (0, 2, 3, 64), (0, 3, 4, 57)), False)["melodic"]
    assert rounded(found[:, 1]) == [0.0] * 25  # held: nothing begins
    assert found[4, 2].item() == pytest.approx(1, abs=1e-5)  # up a third
    assert rounded(found[:, 2]).count(0.0) == 24
    assert found[25 - 7, 3].item() == pytest.approx(1, abs=1e-5)  # down a fifth
    assert rounded(found[:, 3]).count(0.0) == 24


def test_an_octave_is_met_from_its_own_end_only() -> None:
    found = heard(roll_of(1, (0, 0, 1, 60), (0, 1, 2, 72), (0, 2, 3, 60)), False)["melodic"]
    assert rounded(found[:, 1]) == [0.0] * 12 + [1.0] + [0.0] * 12
    assert rounded(found[:, 2]) == [0.0] * 13 + [1.0] + [0.0] * 11


def test_leaps_of_more_than_an_octave_are_not_told_as_small_ones() -> None:
    found = heard(roll_of(1, (0, 0, 1, 55), (0, 1, 2, 74)), False)["melodic"]
    assert rounded(found[:, 1]) == [0.0] * 25


def test_vertical_intervals_within_a_track_across_tracks_and_in_all() -> None:
    # C4 and E4 in one track, C5 and B4 in the other.
    found = heard(roll_of(2, (0, 0, 1, 60), (0, 0, 1, 64), (1, 0, 1, 72), (1, 0, 1, 71)), False, False)
    own = found["own"].reshape(2, CLASSES, 4)[:, :, 0]
    assert rounded(own[0]) == [2, 0, 0, 0, 1, 0, 0]
    assert rounded(own[1]) == [2, 1, 0, 0, 0, 0, 0]
    # sum over p of one(p + d) other(p): C - C 0, C - B 1, E - C 4, E - B 5.
    assert rounded(found["across"][:, 0]) == [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]
    # C, C, E, B: two of C with each other and themselves; B-C twice; C-E twice; E-B once.
    assert rounded(found["all"][:, 0]) == [2 * 2 + 1 + 1, 2, 0, 0, 2, 1, 0]


def test_drums_have_no_intervals() -> None:
    with_drums = heard(roll_of(2, (0, 0, 1, 60), (1, 0, 1, 61)), False, True)
    assert with_drums["all"][:, 0].tolist() == pytest.approx([1, 0, 0, 0, 0, 0, 0], abs=1e-5)
    assert with_drums["across"].numel() == 0
    only = PitchRelationFeatures(spec_of(True))
    assert only(roll_of(1, (0, 0, 1, 60))).shape == (1, GRID.steps, only.channels)


def test_many_tracks_are_each_heard_against_all_others() -> None:
    notes = [(track, 0, 1, 60 + track) for track in range(6)]
    found = heard(roll_of(6, *notes), *[False] * 6)["across"].reshape(6, OCTAVE, 4)[:, :, 0]
    assert rounded(found[0]) == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]  # C is one to five below the others
    assert rounded(found[5]) == [0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]


def test_relations_are_twice_differentiable_as_a_penalty_needs() -> None:
    relations = PitchRelationFeatures(spec_of(False, False)).double()
    randomness = torch.Generator().manual_seed(0)
    roll = torch.rand(1, 2, 2, GRID.steps, GRID.pitches, dtype=torch.float64, generator=randomness)
    few = roll[:, :, :, :2].contiguous().requires_grad_()
    relations.channels = 0
    assert torch.autograd.gradgradcheck(
        lambda some: relations(some)[..., ::17], (few,), atol=1e-4, nondet_tol=1e-6, fast_mode=True
    )


def test_a_voice_of_one_note_is_heard_against_the_others_and_not_against_itself() -> None:
    tracks = (Track(name="voice", monophonic=True), Track(name="chords"))
    relations = PitchRelationFeatures(ModelSpec(grid=GRID, tracks=tracks, networks=NetworkConfig()))
    roll = roll_of(2, (0, 0, 4, 60), (1, 0, 4, 64), (1, 0, 4, 67)).requires_grad_()
    channels = relations(roll)[0].t()
    assert channels.shape == (relations.channels, GRID.steps)
    together = 2 * OCTAVE + 2 * (2 * OCTAVE + 1)
    start = relations.cells + (2 + STATES) * 2 + together
    own, everything = channels[start : start + CLASSES, 0], channels[start + CLASSES : start + 2 * CLASSES, 0]
    assert rounded(own) == [2, 0, 0, 1, 0, 0, 0]  # E and G, of the chords alone
    assert rounded(everything) == [2, 0, 0, 1, 1, 1, 0]  # and C to each of them: a major third and a fifth (a fourth)
    # What a C# in the voice would add: a minor third to E, a tritone to G (six semitones either way, so counted twice),
    # and nothing to the C that it would replace.
    (gradient,) = torch.autograd.grad(everything.sum(), roll)
    assert gradient[0, 0, 0, 0, 61 - GRID.lowest].item() == pytest.approx(3)
