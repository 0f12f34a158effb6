"""What a critic says of phrases, and which cells and notes it comes from, with critics whose answers are known."""

import numpy as np
import torch
from torch import nn

from ganola.judging.attribution import attribution, note_attribution
from ganola.judging.critic_scores import BATCH, critic_batches, critic_scores
from ganola.music.grid import Grid
from ganola.music.roll import decode, encode, to_planes
from ganola.music.score import Notes

GRID = Grid(lowest=60, pitches=5, steps_per_quarter=2, metre="3/4", bars=1)


class Linear(nn.Module):
    """D(x) = w . x + 3, with dropout that only a critic in training has."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 2, 6, 5, generator=torch.Generator().manual_seed(3)))
        self.dropout = nn.Dropout(0.5)

    def forward(self, roll: torch.Tensor) -> torch.Tensor:
        return (self.dropout(roll) * self.weight).flatten(start_dim=1).sum(dim=1) + 3


class Squared(nn.Module):
    """D(x) = (number of sounding cells)^2 of one plane, normalised over the batch but for its learned statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1, affine=False, eps=0.0)

    def forward(self, roll: torch.Tensor) -> torch.Tensor:
        return self.norm(roll.flatten(1, 2)).flatten(start_dim=1).sum(dim=1) ** 2


def phrases(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 3, (count, 2, 6, 5)).astype(np.uint8)


def sent(cells: np.ndarray, planes: int) -> np.ndarray:
    """The rolls that a critic gets of phrases."""
    return torch.cat(list(critic_batches(nn.Identity(), cells, planes))).numpy()


def test_a_critic_sees_two_planes_or_one() -> None:
    cells = np.stack([encode(Notes.of([(0, 0, 4, 60), (1, 2, 3, 64)]), 2, 6, GRID)])
    two, one = sent(cells, 2), sent(cells, 1)
    assert np.array_equal(two, to_planes(cells))
    assert np.array_equal(one[:, :, 0], cells != 0)


def test_a_sustain_that_nothing_began_is_seen_as_the_note_that_is_heard() -> None:
    for cells in phrases(20):
        heard = encode(decode(cells, GRID), 2, 6, GRID)
        assert np.array_equal(sent(cells[None], 2), to_planes(heard[None]))
        assert np.array_equal(sent(cells[None], 1), sent(heard[None], 1))


def test_scores_are_those_of_the_critic_in_evaluation_mode() -> None:
    critic = Linear().train()
    cells = phrases(BATCH + 5)
    expected = (torch.from_numpy(sent(cells, 2)) * critic.weight).flatten(start_dim=1).sum(dim=1).detach().numpy() + 3
    np.testing.assert_allclose(critic_scores(critic, cells, 2), expected, rtol=1e-5)
    assert critic.training
    assert critic_scores(critic, cells[:0], 2).shape == (0,)


def test_a_phrases_score_does_not_depend_on_its_batch() -> None:
    critic = Squared()
    critic.norm.running_mean.fill_(0.25)
    cells = phrases(9)[:, :1]
    np.testing.assert_allclose(critic_scores(critic, cells, 1)[4:5], critic_scores(critic, cells[4:5], 1), rtol=1e-6)


def test_a_linear_critics_attribution_is_weight_times_roll() -> None:
    critic = Linear().train()
    cells = phrases(BATCH + 3)
    before = cells.copy()
    found = attribution(critic, cells, 2)
    expected = (critic.weight * torch.from_numpy(sent(cells, 2))).sum(dim=2).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)) + 3, critic_scores(critic, cells, 2), rtol=1e-4)
    assert np.array_equal(cells, before)
    assert critic.training
    assert critic.weight.grad is None


def test_attribution_is_the_gradient_at_the_phrase_whatever_its_batch() -> None:
    # With n sounding cells D = n^2, so that each adds 2n to first order.
    cells = phrases(4)[:, :1]
    found = attribution(Squared(), cells, 1)
    for roll, own in zip(cells[:, 0] != 0, found[:, 0], strict=True):
        np.testing.assert_allclose(own, np.where(roll, 2 * roll.sum(), 0), rtol=1e-5)


def test_silence_adds_nothing() -> None:
    assert not attribution(Linear(), np.zeros((1, 2, 6, 5), dtype=np.uint8), 2).any()
    assert attribution(Linear(), phrases(0), 2).shape == (0, 2, 6, 5)


def test_a_note_adds_what_all_of_its_cells_add() -> None:
    notes = Notes.of([(1, 2, 6, 61), (0, 0, 3, 64), (0, 3, 4, 64)])
    assert (encode(notes, 2, 6, GRID) != 0).sum() == 8
    of_cells = np.arange(60.0).reshape(2, 6, 5)
    found = note_attribution(of_cells, notes, GRID)
    assert found.tolist() == [41 + 46 + 51 + 56, 4 + 9 + 14, 19]
