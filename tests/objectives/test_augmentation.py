"""Changes of rolls, worked out by hand on two tracks, three bars of two steps, and five pitches."""

import numpy as np
import pytest
import torch

from ganola.objectives.augmentation import AUGMENTATIONS, MAX_SEMITONES, NO_TRACK, Augmentation, Changes

BARS, STEPS_PER_BAR, PITCHES = 3, 2, 5


def augmentation(*drums: bool, kinds: str = "all", probability: float = 0.3, bars: int = BARS) -> Augmentation:
    return Augmentation(AUGMENTATIONS[kinds], probability, bars, STEPS_PER_BAR, drums)


def changes(semitones: int = 0, bars: int = 0, silent: int = NO_TRACK) -> Changes:
    return Changes(*(np.array([number]) for number in (semitones, bars, silent)))


def roll_of(*cells: tuple[int, int, int, int], planes: int = 2) -> torch.Tensor:
    """One roll of two tracks, with these cells (track, plane, step, pitch) sounding."""
    roll = torch.zeros(1, 2, planes, BARS * STEPS_PER_BAR, PITCHES)
    for cell in cells:
        roll[0][cell] = 1
    return roll


def cells_of(roll: torch.Tensor) -> set[tuple[int, ...]]:
    return {tuple(cell) for cell in roll[0].nonzero().tolist()}


def some_rolls(count: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    randomness = torch.Generator().manual_seed(0)
    return torch.rand(count, 2, 2, BARS * STEPS_PER_BAR, PITCHES, generator=randomness, dtype=dtype)


def test_transposition_moves_every_pitched_track_and_drops_what_leaves_the_range() -> None:
    roll = roll_of((0, 0, 1, 0), (0, 1, 2, 0), (0, 0, 3, 3), (1, 0, 0, 4), (1, 0, 5, 1))
    up = augmentation(False, False)(roll, changes(semitones=2))
    assert cells_of(up) == {(0, 0, 1, 2), (0, 1, 2, 2), (1, 0, 5, 3)}
    down = augmentation(False, False)(roll, changes(semitones=-1))
    assert cells_of(down) == {(0, 0, 3, 2), (1, 0, 0, 3), (1, 0, 5, 0)}


def test_drums_are_not_transposed() -> None:
    roll = roll_of((0, 0, 1, 0), (1, 0, 0, 4), (1, 0, 5, 1))
    assert cells_of(augmentation(False, True)(roll, changes(semitones=2))) == {(0, 0, 1, 2), (1, 0, 0, 4), (1, 0, 5, 1)}


def test_a_shift_turns_the_bars_round() -> None:
    roll = roll_of((0, 0, 0, 1), (0, 1, 1, 1), (1, 0, 2, 3), (0, 0, 5, 4))
    assert cells_of(augmentation(False, True)(roll, changes(bars=2))) == {
        (0, 0, 4, 1),
        (0, 1, 5, 1),
        (1, 0, 0, 3),
        (0, 0, 3, 4),
    }


def test_a_note_that_a_shift_cuts_is_struck_again() -> None:
    roll = roll_of((0, 0, 3, 2), (0, 1, 4, 2), (0, 1, 5, 2), (1, 0, 4, 0))
    shifted = augmentation(False, False)(roll, changes(bars=1))
    assert cells_of(shifted) == {(0, 0, 5, 2), (0, 0, 0, 2), (0, 1, 1, 2), (1, 0, 0, 0)}
    unshifted = augmentation(False, False)(roll_of((0, 1, 0, 2)), changes(semitones=1))
    assert cells_of(unshifted) == {(0, 1, 0, 3)}


def test_on_one_plane_what_sounds_moves_as_it_is() -> None:
    roll = roll_of((0, 0, 3, 2), (0, 0, 4, 2), planes=1)
    assert cells_of(augmentation(False, False)(roll, changes(bars=1))) == {(0, 0, 5, 2), (0, 0, 0, 2)}


def test_a_silenced_track_is_not_heard_and_the_others_are() -> None:
    roll = roll_of((0, 0, 1, 0), (1, 0, 0, 4), (1, 1, 1, 4))
    assert cells_of(augmentation(False, False)(roll, changes(silent=1))) == {(0, 0, 1, 0)}


def test_each_roll_of_a_batch_has_its_own_change() -> None:
    rolls = roll_of((0, 0, 0, 1), (1, 0, 2, 3)).repeat(4, 1, 1, 1, 1)
    each = Changes(np.array([1, 0, 0, -1]), np.array([0, 1, 0, 1]), np.array([NO_TRACK, NO_TRACK, 0, 1]))
    changed = augmentation(False, False)(rolls, each)
    assert [cells_of(one[None]) for one in changed] == [
        {(0, 0, 0, 2), (1, 0, 2, 4)},
        {(0, 0, 2, 1), (1, 0, 4, 3)},
        {(1, 0, 2, 3)},
        {(0, 0, 2, 0)},
    ]


def test_the_rolls_given_stay_as_they_were() -> None:
    rolls = some_rolls(8)
    before = rolls.clone()
    augmentation(False, True, probability=1.0)(rolls, augmentation(False, True, probability=1.0).draw(8, _seeded()))
    assert torch.equal(rolls, before)


def _seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_every_kind_happens_as_often_as_asked_and_each_alternative_equally_often() -> None:
    drawn = augmentation(False, True, False, probability=0.3).draw(20_000, _seeded())
    happened = [drawn.semitones != 0, drawn.bars != 0, drawn.silent != NO_TRACK]
    assert [own.mean() for own in happened] == pytest.approx([0.3] * 3, abs=0.01)
    assert (happened[0] & happened[1]).mean() == pytest.approx(0.09, abs=0.01)  # each on its own
    for numbers, alternatives in (
        (drawn.semitones, [*range(-MAX_SEMITONES, 0), *range(1, MAX_SEMITONES + 1)]),
        (drawn.bars, [1, 2]),
        (drawn.silent, [0, 1, 2]),
    ):
        shares = [(numbers == number).mean() for number in alternatives]
        assert shares == pytest.approx([0.3 / len(alternatives)] * len(alternatives), abs=0.01)
        assert sum(shares) == pytest.approx(0.3, abs=0.01)


def test_only_what_is_asked_for_is_done_with_the_same_numbers() -> None:
    everything = augmentation(False, False, probability=0.7).draw(50, _seeded())
    for kind, field in (("transpose", "semitones"), ("shift", "bars"), ("silence", "silent")):
        drawn = augmentation(False, False, kinds=kind, probability=0.7).draw(50, _seeded())
        untouched = {"semitones": 0, "bars": 0, "silent": NO_TRACK}
        for name, idle in untouched.items():
            expected = getattr(everything, name) if name == field else np.full(50, idle)
            assert np.array_equal(getattr(drawn, name), expected)
    assert augmentation(False, False, kinds="none", probability=1.0).draw(50, _seeded()).is_identity
    assert augmentation(False, False, probability=0.0).draw(50, _seeded()).is_identity


def test_one_bar_cannot_be_shifted_and_a_lone_track_is_never_silenced() -> None:
    drawn = augmentation(False, bars=1, probability=1.0).draw(50, _seeded())
    assert not drawn.bars.any()
    assert (drawn.silent == NO_TRACK).all()
    assert (drawn.semitones != 0).all()


def test_nothing_to_do_gives_the_rolls_back_untouched() -> None:
    rolls = some_rolls(1)
    assert augmentation(False, False)(rolls, changes()) is rolls


def test_the_gradient_lands_where_a_cell_came_from() -> None:
    roll = torch.zeros(1, 2, 2, BARS * STEPS_PER_BAR, PITCHES, requires_grad=True)
    changed = augmentation(False, True)(roll, changes(semitones=2, bars=1))
    (3 * changed[0, 0, 0, 5, 4] + 5 * changed[0, 1, 0, 0, 3] + 7 * changed[0, 0, 0, 2, 1]).backward()
    gradient = roll.grad[0]
    assert gradient[0, 0, 3, 2] == 3
    assert (gradient[1, 0, 4, 3], gradient[1, 1, 4, 3]) == (5, 5)  # drums, and what is held is struck again
    assert gradient.sum() == 3 + 5 + 5  # nothing came to the lowest pitches


def test_changes_are_twice_differentiable_as_a_penalty_needs() -> None:
    every = augmentation(False, True, probability=0.9)
    drawn = every.draw(3, _seeded(1))
    assert drawn.semitones.any()
    assert drawn.bars.any()
    rolls = some_rolls(3, torch.float64).requires_grad_()

    def cubed(some: torch.Tensor) -> torch.Tensor:
        return every(some, drawn).pow(3)

    assert torch.autograd.gradcheck(cubed, (rolls,), fast_mode=True)
    assert torch.autograd.gradgradcheck(cubed, (rolls,), fast_mode=True)
