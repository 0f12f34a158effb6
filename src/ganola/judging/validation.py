"""The short form of judging, for while a training runs: one number, from phrases and validation music."""

from dataclasses import dataclass

import numpy as np

from ganola.corpus.store import Corpus
from ganola.judging.distances import Standard, Table, frechet_distances, standard
from ganola.judging.features import Catalogue
from ganola.judging.hearing import Cells
from ganola.judging.material import Music
from ganola.judging.reference import some_windows

WINDOWS = 400  # of validation and of training music, at most
PHRASES = 256  # generated ones that are judged each time
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

    def verdict(self, cells: Cells) -> Verdict:
        """How far these phrases are from validation music."""
        return Verdict(_distance(self.standard.scaled(self.catalogue.measure(cells)), self.table), self.floor)


def validation(corpus: Corpus) -> Validation | None:
    """The validation music of a corpus; None where it has too little to say anything (fewer than two windows)."""
    if sum(piece.windows for piece in corpus.of_split("validation")) < 2:
        return None
    music = some_windows(corpus, "validation", WINDOWS, _SEED)
    catalogue = Catalogue.of(corpus.grid, corpus.tracks)
    training = catalogue.measure(some_windows(corpus, "train", WINDOWS, _SEED).cells)
    measured = standard(training, catalogue)
    table = measured.scaled(catalogue.measure(music.cells))
    return Validation(music, catalogue, measured, table, _distance(measured.scaled(training), table))


def _distance(one: Table, other: Table) -> float:
    return float(frechet_distances(one, np.ones((1, len(one))), other, np.ones((1, len(other))))[0])
