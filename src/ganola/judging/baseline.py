"""How far music is from real music, in multiples of how far real music is: the one number, wherever it is told.

The distance of some music from held-out music is divided by the floor, the same distance for as much training music.
How sure that is depends on which tunes are held out and which are training music. With FEW_TUNES held out or more, they
say it themselves, by the bootstrap (see `resampling`). Fewer cannot: two tunes do not say how much tunes differ. There
all tunes of the corpus say it, by cross-validation: the number is computed anew for other partings of them, as many
held out each time, and the interval is as wide as these numbers vary. The number itself is always of music that
training never saw.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from ganola.judging.distances import Standard, Table, frechet_distances, standard
from ganola.judging.features import Catalogue
from ganola.judging.material import Music
from ganola.judging.resampling import (
    DEVIATIONS,
    RESAMPLES,
    Estimate,
    Values,
    Weights,
    estimate_of_ratio,
    resampled,
    student_deviations,
)
from ganola.randomness import Purpose, stream

FEW_TUNES = 15  # held out, fewer of which do not say themselves how much tunes differ
FLOOR_DRAWS = 8  # of training music, whose mean distance is the floor

Rows = Int[np.ndarray, "_"]
Shares = Float[np.ndarray, "_"]


@dataclass(frozen=True, slots=True)
class Parting:
    """One way to part real music: rows of the table of all of it, held out and for training, and their weights."""

    held_out: Rows
    held_out_weights: Shares
    training: Rows
    training_weights: Shares


class RealBaseline:
    """Held-out music and training music, and how far music is from the one in multiples of the other.

    `drawn_for` is what the random numbers are for by which training music is drawn for the floor.
    """

    def __init__(
        self,
        held_out: Music,
        training: Music,
        catalogue: Catalogue,
        seed: int,
        *,
        drawn_for: Purpose = Purpose.CONTROLS,
        workers: int = 1,
    ) -> None:
        self.held_out, self.training, self.catalogue = held_out, training, catalogue
        self.held_out_table = catalogue.measure(held_out.cells, workers=workers)
        self.training_table = catalogue.measure(training.cells, workers=workers)
        self.standard: Standard = standard(self.training_table, catalogue)
        self.table: Table = self.standard.scaled(np.concatenate([self.held_out_table, self.training_table]))
        (held_names, held), (names, own) = (np.unique(one.group, return_inverse=True) for one in (held_out, training))
        self.held_out_tunes, self.tunes = len(held_names), len(held_names) + len(names)
        self.tune = np.concatenate([held, own + self.held_out_tunes])  # of each row of the table
        self._seed, self._drawn_for = seed, drawn_for
        self._floors: dict[tuple[int, int], Values] = {}

    @property
    def cross_validated(self) -> bool:
        """Whether so few tunes are held out that all tunes have to say how much tunes differ."""
        return self.held_out_tunes < FEW_TUNES

    @property
    def deviations(self) -> float:
        """Standard deviations of the ratios of all partings that a 95% interval reaches to either side."""
        if not self.cross_validated:
            return DEVIATIONS
        # Partings share tunes, as samples without replacement from few tunes do: of all music, those vary more.
        return student_deviations(self.tunes - 1) / math.sqrt(1 - self.held_out_tunes / self.tunes)

    @cached_property
    def partings(self) -> tuple[Parting, ...]:
        """The music as it is parted, and, after it, RESAMPLES others: bootstrap resamples, or other tunes held out."""
        others = self._other_tunes() if self.cross_validated else self._bootstrap()
        return (self._as_it_is, *others)

    @cached_property
    def _as_it_is(self) -> Parting:
        held_out, training = self._rows
        return Parting(held_out, np.ones(len(held_out)), training, np.ones(len(training)))

    @property
    def _rows(self) -> tuple[Rows, Rows]:
        """The rows of held-out music, and those of training music."""
        return np.arange(len(self.held_out)), np.arange(len(self.held_out), len(self.table))

    def _bootstrap(self) -> Iterator[Parting]:
        held_out, training = self._rows
        weights = [
            resampled(self.tune[rows], stream(self._seed, Purpose.RESAMPLES, number))[1:]
            for rows, number in ((held_out, 2), (training, 0))
        ]
        for own, other in zip(*weights, strict=True):
            yield Parting(held_out, own, training, other)

    def _other_tunes(self) -> Iterator[Parting]:
        chance = stream(self._seed, Purpose.RESAMPLES, 2)
        for _ in range(RESAMPLES):
            out = np.isin(self.tune, chance.permutation(self.tunes)[: self.held_out_tunes])
            held_out, training = np.flatnonzero(out), np.flatnonzero(~out)
            # Most of the other tunes are the same in all partings: by themselves they would seem surer than they are.
            weights = resampled(self.tune[training], chance, 1)[1]
            yield Parting(held_out, np.ones(len(held_out)), training, weights)

    @cached_property
    def held_out_resamples(self) -> tuple[Table, Weights]:
        """The rows that are held out in some parting, and how much each counts, a parting a row."""
        return self._counting([(one.held_out, one.held_out_weights) for one in self.partings])

    def training_resamples(self, drawn: Rows) -> tuple[Table, Weights]:
        """The same of training music, of which so drawn windows stand for it as it is parted."""
        rows = self._rows[1][drawn]
        others = [(one.training, one.training_weights) for one in self.partings[1:]]
        return self._counting([(rows, np.ones(len(rows))), *others])

    def _counting(self, parted: Sequence[tuple[Rows, Shares]]) -> tuple[Table, Weights]:
        spread = np.zeros((len(parted), len(self.table)))
        for own, (rows, weights) in zip(spread, parted, strict=True):
            own[rows] = weights
        counts = spread.any(axis=0)
        return self.table[counts], spread[:, counts]

    def distance(self, table: Table) -> float:
        """Return how far music is from held-out music; its windows all count alike."""
        return float(self._distance(table, np.ones(len(table)), self._as_it_is))

    def distances(self, table: Table, weights: Weights) -> Values:
        """Return how far music is from held-out music, for the music as it is and for each of its resamples."""
        return np.array([self._distance(table, *one) for one in zip(weights, self.partings, strict=True)])

    def _distance(self, table: Table, weights: Shares, parting: Parting) -> float:
        held_out = self.table[parting.held_out]
        return float(frechet_distances(table, weights[None], held_out, parting.held_out_weights[None])[0])

    def floor(self, windows: int, tunes: int) -> float:
        """Return the floor of so many windows of so many tunes; see `floors`."""
        return float(np.mean([self._drawn_distance(one) for one in self._draws(windows, tunes, (self._as_it_is,))]))

    def floors(self, windows: int, tunes: int) -> Values:
        """Return the distance from held-out music of so many windows of training music, of so many tunes where these
        are fewer: of fewer of either, it would be further off.

        The mean of several draws, so that it hardly depends on which they are; and one draw of each other parting.
        """
        if (windows, tunes) not in self._floors:
            drawn = [self._drawn_distance(one) for one in self._draws(windows, tunes, self.partings)]
            first = float(np.mean(drawn[:FLOOR_DRAWS]))
            self._floors[windows, tunes] = np.maximum([first, *drawn[FLOOR_DRAWS:]], 1e-12)
        return self._floors[windows, tunes]

    def _draws(self, windows: int, tunes: int, partings: tuple[Parting, ...]) -> Iterator[Parting]:
        """FLOOR_DRAWS draws of training music of the first parting, and one of each other."""
        chance = stream(self._seed, self._drawn_for, 1)
        for parting in (*[partings[0]] * FLOOR_DRAWS, *partings[1:]):
            drawn = _drawn(self.tune[parting.training], windows, tunes, chance)
            training, weights = parting.training[drawn], parting.training_weights[drawn]
            if weights.sum() < 2:  # of few tunes, a resample may have none
                weights = np.ones(len(drawn))
            yield Parting(parting.held_out, parting.held_out_weights, training, weights)

    def _drawn_distance(self, parting: Parting) -> float:
        return self._distance(self.table[parting.training], parting.training_weights, parting)

    def ratio(self, values: Values) -> Estimate:
        """Return the estimate of what was computed for each of `partings`, such as a distance or a ratio."""
        return estimate_of_ratio(values, self.deviations)


def _drawn(tune: Int[np.ndarray, "windows"], windows: int, tunes: int, chance: np.random.Generator) -> Rows:
    """Return so many windows of so many of the tunes, where that is fewer than windows; else so many of all."""
    among = np.arange(len(tune))
    if tunes < windows:
        among = np.flatnonzero(np.isin(tune, chance.permutation(np.unique(tune))[:tunes]))
    return np.sort(chance.permutation(among)[:windows])
