"""The short form of judging, for while a training runs: one number, from phrases and validation music."""

from dataclasses import dataclass

import numpy as np

from ganola.corpus.store import Corpus
from ganola.judging.distances import Standard, Table, frechet_distances, standard
from ganola.judging.features import Catalogue
from ganola.judging.hearing import Cells
from ganola.judging.material import Music
from ganola.judging.reference import some_windows
from ganola.randomness import Purpose, stream

WINDOWS = 400  # of validation music, at most
PHRASES = 256  # generated ones that are judged each time
FLOOR_DRAWS = 8  # of as many windows of training music, whose mean distance is the floor
_SEED = 0  # of which windows they are: the same in every training, so that recipes can be compared


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far phrases are from validation music, and how far training music is."""

    distance: float
    floor: float

    @property
    def ratio(self) -> float:
        """distance / floor: 1 is as close as other real music of the collection."""
        return self.distance / max(self.floor, 1e-12)


@dataclass(frozen=True)
class Validation:
    """Validation music, and what phrases are measured against it by."""

    music: Music
    catalogue: Catalogue
    standard: Standard
    table: Table
    floor: float
    phrases: int  # that it judges: of more, the first

    def verdict(self, cells: Cells) -> Verdict:
        """How far these phrases are from validation music."""
        table = self.standard.scaled(self.catalogue.measure(cells[: self.phrases]))
        return Verdict(_distance(table, self.table), self.floor)


def can_be_judged(corpus: Corpus) -> bool:
    """Whether a corpus has validation music enough: two windows."""
    return sum(piece.windows for piece in corpus.of_split("validation")) >= 2


def validation(corpus: Corpus, phrases: int = PHRASES) -> Validation | None:
    """The validation music of a corpus, to judge so many phrases by; None where it has fewer than two windows.

    The fewer the phrases, the further off they seem, so that the floor is that of as many windows of training music.
    """
    if not can_be_judged(corpus):
        return None
    music = some_windows(corpus, "validation", WINDOWS, _SEED)
    catalogue = Catalogue.of(corpus.grid, corpus.tracks)
    training = catalogue.measure(some_windows(corpus, "train", FLOOR_DRAWS * phrases, _SEED).cells)
    phrases = min(phrases, len(training))
    measured = standard(training, catalogue)
    table, scaled = measured.scaled(catalogue.measure(music.cells)), measured.scaled(training)
    chance = stream(_SEED, Purpose.VALIDATION, 1)  # 0 is for the latents of what is judged
    draws = [_distance(scaled[chance.permutation(len(scaled))[:phrases]], table) for _ in range(FLOOR_DRAWS)]
    return Validation(music, catalogue, measured, table, float(np.mean(draws)), phrases)


def _distance(one: Table, other: Table) -> float:
    return float(frechet_distances(one, np.ones((1, len(one))), other, np.ones((1, len(other))))[0])
