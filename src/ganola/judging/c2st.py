"""The classifier two-sample test: how often a new classifier tells generated windows from real ones (C2ST).

Its accuracy on windows that it was not trained on is a half where the two cannot be told apart (Lopez-Paz and Oquab
2017, arXiv 1610.06545). The windows of one tune are never in training and in testing at once, or the classifier would
only have to know the tune.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from scipy.sparse import csr_array, vstack
from torch import nn

from ganola.judging.analysis import Cells, analyse, in_chunks
from ganola.judging.bootstrap import Values, Weights
from ganola.judging.features.melody import OCTAVE
from ganola.judging.windows import WindowSet
from ganola.music.grid import Grid
from ganola.music.roll import to_planes
from ganola.music.tracks import Track
from ganola.networks.initialise import build
from ganola.networks.layers import LEAK
from ganola.randomness import Purpose, stream

FOLDS = 3
TREES = 60
TRAINING_STEPS = 160  # of the network, a fold
BATCH = 32
CHANNELS = 32

Right = Bool[np.ndarray, "_"]
Trial = Callable[[Int[np.ndarray, "seen"], Int[np.ndarray, "unseen"], int], Bool[np.ndarray, "unseen"]]


def c2st_trees(
    real: Float[np.ndarray, "real columns"],
    real_group: Int[np.ndarray, "real"],
    other: Float[np.ndarray, "other columns"],
    other_group: Int[np.ndarray, "other"],
    seed: int,
    *,
    workers: int = 1,
) -> tuple[Right, Right]:
    """Return for each window of both whether boosted trees on its features, trained on other tunes, were right."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    table = np.concatenate([real, other])
    truth = np.repeat([1, 0], [len(real), len(other)])

    def trial(seen: np.ndarray, unseen: np.ndarray, fold: int) -> np.ndarray:
        chance = int(stream(seed, Purpose.TWO_SAMPLE, 200 + fold).integers(2**32))
        trees = HistGradientBoostingClassifier(max_iter=TREES, early_stopping=False, random_state=chance)
        trees.fit(table[seen], truth[seen])
        return trees.predict(table[unseen]) == truth[unseen]

    return _cross_tested(trial, len(real), real_group, other_group, seed, workers)


def c2st_network(
    real: WindowSet, other: WindowSet, grid: Grid, tracks: Sequence[Track], seed: int, *, workers: int = 1
) -> tuple[Right, Right]:
    """Return the same for a small network on the rolls themselves, for what no feature measures."""
    seen = SparseInput.of((real, other), grid, tracks)
    truth = torch.cat([torch.ones(len(real)), torch.zeros(len(other))])

    def trial(known: np.ndarray, unknown: np.ndarray, fold: int) -> np.ndarray:
        torch.set_num_threads(1)  # of this thread: sums in another order would be other numbers
        network = _train(seen, truth, known, seed, fold)
        with torch.inference_mode():
            answers = torch.cat([network(seen.batch(part)) for part in _batches(unknown)]).squeeze(1) > 0
        return (answers == (truth[unknown] > 0)).numpy()

    threads = torch.get_num_threads()
    try:
        return _cross_tested(trial, len(real), real.group, other.group, seed, workers)
    finally:
        torch.set_num_threads(threads)


def accuracies(right: tuple[Right, Right], real_weights: Weights, other_weights: Weights) -> Values:
    """Return the share of right answers, both kinds counting alike, for the music as it is and for resamples."""
    sides = [
        (weights @ answers) / weights.sum(axis=1)
        for answers, weights in zip(right, (real_weights, other_weights), strict=True)
    ]
    return (sides[0] + sides[1]) / 2


def _cross_tested(
    trial: Trial,
    real_count: int,
    real_group: Int[np.ndarray, "real"],
    other_group: Int[np.ndarray, "other"],
    seed: int,
    workers: int,
) -> tuple[Right, Right]:
    """Return for each window whether a classifier trained on the folds without it, as many of each kind, was right."""
    randomness = stream(seed, Purpose.TWO_SAMPLE)
    fold = np.concatenate([_folds(real_group, randomness), _folds(other_group, randomness)])
    right = np.zeros(len(fold), dtype=bool)

    def one(index: int) -> None:
        seen = np.flatnonzero(fold != index)
        kinds = seen[seen < real_count], seen[seen >= real_count]
        chance = stream(seed, Purpose.TWO_SAMPLE, 1 + index)
        fewest = min(map(len, kinds))
        balanced = np.concatenate([np.sort(chance.permutation(own)[:fewest]) for own in kinds])
        unseen = np.flatnonzero(fold == index)
        right[unseen] = trial(balanced, unseen, index)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(FOLDS)))
    return right[:real_count], right[real_count:]


def _folds(group: Int[np.ndarray, "windows"], randomness: np.random.Generator) -> Int[np.ndarray, "windows"]:
    """Return the fold of each window: whole groups, in random order, each to the fold that has the fewest windows."""
    _, member, sizes = np.unique(group, return_inverse=True, return_counts=True)
    filled = np.zeros(FOLDS, dtype=np.int64)
    of_group = np.zeros(len(sizes), dtype=np.int64)
    for own in randomness.permutation(len(sizes)):
        of_group[own] = filled.argmin()
        filled[of_group[own]] += sizes[own]
    return of_group[member]


class RollClassifier(nn.Module):
    """A small convolutional network over time: one logit a roll."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, CHANNELS, 1),
            nn.LeakyReLU(LEAK),
            nn.Conv1d(CHANNELS, CHANNELS, 4, 2, 1),
            nn.LeakyReLU(LEAK),
            nn.Conv1d(CHANNELS, CHANNELS, 4, 2, 1),
            nn.LeakyReLU(LEAK),
        )
        self.output_layer = nn.Linear(2 * CHANNELS, 1)

    def forward(self, roll: Float[torch.Tensor, "batch channels steps"]) -> Float[torch.Tensor, "batch 1"]:
        over_time = self.body(roll)
        return self.output_layer(torch.cat([over_time.mean(dim=2), over_time.amax(dim=2)], dim=1))


def classifier_input(cells: Cells, grid: Grid, tracks: Sequence[Track]) -> UInt8[np.ndarray, "windows channels steps"]:
    """Return what the network gets of windows: their planes, and pitch relations, which it would take long to learn.

    Channels over time: onset and sustain of every pitch of every track; which pitch classes sound; how many of them
    are one to six semitones apart; and at each onset of a track's melody the interval that leads to it.
    """
    analysis = analyse(cells, grid, tracks)
    windows, steps = len(cells), grid.steps
    planes = np.swapaxes(to_planes(cells), 3, 4).reshape(windows, -1, steps)
    present = np.swapaxes(analysis.chroma.sum(axis=1) > 0, 1, 2)
    apart = [(present & np.roll(present, -semitones, axis=1)).sum(axis=1) for semitones in range(1, 7)]
    melodic = np.zeros((windows, len(tracks), 2 * OCTAVE + 3, steps), dtype=np.uint8)
    top, interval = analysis.melodic_steps
    melodic[top.window, top.track, np.clip(interval, -OCTAVE - 1, OCTAVE + 1) + OCTAVE + 1, top.start] = 1
    parts = (planes, present, np.stack(apart, axis=1), melodic.reshape(windows, -1, steps))
    return np.concatenate([part.astype(np.uint8) for part in parts], axis=1)


@dataclass(frozen=True)
class SparseInput:
    """What the network gets of many windows. Few cells of a roll sound, so that those alone are kept."""

    rows: csr_array  # a window each, its channels and steps one after another
    channels: int

    @staticmethod
    def of(music: Iterable[WindowSet], grid: Grid, tracks: Sequence[Track]) -> "SparseInput":
        """Return the input of the windows of some music, one after another."""
        parts = (classifier_input(part, grid, tracks) for own in music for part in in_chunks(own.cells))
        rows = vstack([csr_array(part.reshape(len(part), -1)) for part in parts], format="csr")
        return SparseInput(rows, rows.shape[1] // grid.steps)

    def batch(self, chosen: Int[np.ndarray, "chosen"]) -> Float[torch.Tensor, "chosen channels steps"]:
        """Return the chosen windows."""
        return torch.from_numpy(self.rows[chosen].toarray().reshape(len(chosen), self.channels, -1)).float()


def _train(
    seen: SparseInput,
    truth: torch.Tensor,
    known: Int[np.ndarray, "known"],
    seed: int,
    fold: int,
) -> nn.Module:
    """Return a network trained to tell the known windows apart."""
    randomness = stream(seed, Purpose.TWO_SAMPLE, 100 + fold)
    network = build(RollClassifier, seen.channels, kind="he", randomness=randomness)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3, weight_decay=1e-4)
    for _ in range(TRAINING_STEPS):
        batch = randomness.choice(known, size=min(BATCH, len(known)), replace=False)
        loss = nn.functional.binary_cross_entropy_with_logits(network(seen.batch(batch)).squeeze(1), truth[batch])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    return network


def _batches(windows: Int[np.ndarray, "windows"]) -> Iterator[Int[np.ndarray, "part"]]:
    for begin in range(0, len(windows), BATCH):
        yield windows[begin : begin + BATCH]
