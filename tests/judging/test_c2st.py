"""Classifiers that have to tell apart what can, and cannot, be told apart."""

import numpy as np
import pytest
import torch

from ganola.judging import c2st
from ganola.judging.bootstrap import bootstrap_weights
from ganola.judging.c2st import accuracies, c2st_network, c2st_trees, classifier_input
from ganola.judging.reference import sample_windows
from ganola.judging.windows import WindowSet, independent
from ganola.music.grid import Grid
from ganola.music.roll import encode
from ganola.music.score import Notes
from ganola.music.tracks import Track


def accuracy(right: tuple[np.ndarray, np.ndarray]) -> float:
    weights = [np.ones((1, len(side))) for side in right]
    return float(accuracies(right, *weights)[0])


def test_trees_cannot_tell_one_distribution_from_itself() -> None:
    randomness = np.random.default_rng(0)
    one, other = randomness.normal(size=(400, 5)), randomness.normal(size=(300, 5))
    assert accuracy(c2st_trees(one, np.arange(400), other, np.arange(300), seed=1)) == pytest.approx(0.5, abs=0.07)


def test_trees_tell_what_lies_apart() -> None:
    randomness = np.random.default_rng(1)
    one, other = randomness.normal(size=(200, 5)), randomness.normal(size=(200, 5)) + np.array([4, 0, 0, 0, 0])
    assert accuracy(c2st_trees(one, np.arange(200), other, np.arange(200), seed=1)) > 0.94


def test_knowing_a_tune_is_no_help() -> None:
    """Tunes of many windows, each with its own mark: by window the marks would tell all, by tune they tell nothing."""
    randomness = np.random.default_rng(2)
    marks = randomness.normal(size=(40, 3)).repeat(15, axis=0)
    tune = np.arange(40).repeat(15)
    one, other = slice(0, 300), slice(300, 600)
    right = c2st_trees(marks[one], tune[one], marks[other], tune[other], seed=3)
    assert accuracy(right) == pytest.approx(0.5, abs=0.2)
    assert accuracy(c2st_trees(marks[one], np.arange(300), marks[other], np.arange(300), seed=3)) > 0.95


def test_accuracy_counts_both_kinds_alike() -> None:
    right = np.array([True, True, False, False]), np.array([True] * 9 + [False])
    assert accuracy(right) == pytest.approx((1 / 2 + 9 / 10) / 2)


GRID = Grid(lowest=48, pitches=24, steps_per_quarter=2, metre="2/4", bars=1)
TRACKS = (Track(name="one"), Track(name="drums", drums=True))


def test_what_the_network_is_given() -> None:
    cells = encode(Notes.of([(0, 0, 2, 48), (0, 2, 3, 55), (0, 2, 3, 61), (1, 1, 2, 50)]), 2, GRID.steps, GRID)[None]
    found = classifier_input(cells, GRID, TRACKS)[0]
    planes = found[: 2 * 2 * 24].reshape(2, 2, 24, 4)
    assert planes[0, 0, 0].tolist() == [1, 0, 0, 0]
    assert planes[0, 1, 0].tolist() == [0, 1, 0, 0]
    assert planes[1, 0, 2].tolist() == [0, 1, 0, 0]
    present, apart = found[96:108], found[108:114]
    assert present[0].tolist() == [1, 1, 0, 0]
    assert present[[1, 7]].tolist() == [[0, 0, 1, 0], [0, 0, 1, 0]]
    assert present.sum() == 4  # no drums
    assert apart[:, 2].tolist() == [0, 0, 0, 0, 0, 2]  # C sharp and G: a tritone, from either of them
    melodic = found[114:].reshape(2, 27, 4)
    assert melodic[0, 13 + 13].tolist() == [0, 0, 1, 0]  # from C3 up to C sharp 4, more than an octave
    assert melodic.sum() == 1


@pytest.fixture(scope="module")
def real(styled) -> WindowSet:
    return sample_windows(styled, "train", 600, seed=0)


def test_the_network_hears_wrong_notes_that_it_was_never_told_of(real, styled) -> None:
    from ganola.judging.controls import add_wrong_notes

    tunes = np.unique(real.group)
    here = np.isin(real.group, tunes[: len(tunes) // 2])
    one, other = real.select(np.flatnonzero(here)), real.select(np.flatnonzero(~here))
    wrong = other
    for seed in range(3):  # some fourteen notes in a hundred
        wrong = add_wrong_notes(wrong, styled.grid, styled.tracks, np.random.default_rng(seed))
    told = accuracy(c2st_network(one, wrong, styled.grid, styled.tracks, seed=0))
    same = accuracy(c2st_network(one, other, styled.grid, styled.tracks, seed=0))
    assert same < 0.6 < 0.65 < told


def test_the_same_seed_gives_the_same_answers_whatever_the_workers_and_threads(real, styled, monkeypatch) -> None:
    monkeypatch.setattr(c2st, "TRAINING_STEPS", 15)
    other = independent("other", real.cells[::-1].copy())
    threads = torch.get_num_threads()
    found = [
        c2st_network(real, other, styled.grid, styled.tracks, seed, workers=workers)
        for seed, workers in ((5, 1), (5, 3), (6, 1))
    ]
    assert torch.get_num_threads() == threads
    for one, same in zip(found[0], found[1], strict=True):
        np.testing.assert_array_equal(one, same)
    assert any((one != another).any() for one, another in zip(found[0], found[2], strict=True))
    table = np.random.default_rng(7).normal(size=(600, 4))
    trees = [c2st_trees(table, real.group, table[::-1], other.group, seed=8) for _ in range(2)]
    np.testing.assert_array_equal(trees[0][0], trees[1][0])


def test_resamples_of_answers_vary_by_tune() -> None:
    right = np.repeat([True, False], 50), np.ones(10, dtype=bool)
    group = np.repeat(np.arange(4), 25)
    weights = (
        bootstrap_weights(group, np.random.default_rng(9)),
        bootstrap_weights(np.arange(10), np.random.default_rng(10)),
    )
    found = accuracies(right, *weights)
    assert found[0] == pytest.approx(3 / 4)
    assert set(np.unique(found[1:]).round(4)) <= {0.5, 0.625, 0.75, 0.875, 1.0}
