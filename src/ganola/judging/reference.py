"""What generated music is held against: windows of a corpus that training never saw, and some that it did."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Int, UInt8

from ganola.corpus.store import Corpus
from ganola.corpus.windows import Windows, windows_of
from ganola.errors import InputError
from ganola.judging.features import Catalogue
from ganola.judging.material import Music
from ganola.music.grid import Grid
from ganola.music.roll import from_planes
from ganola.music.tracks import Track
from ganola.randomness import Purpose, stream

HELD_OUT = 1000  # windows, at most, of each kind of music that training never saw
TRAINING = 4000  # of training music: the floor should not depend on which they are
OTHER = {"test": "validation", "validation": "test"}  # the other music that training never saw


@dataclass(frozen=True)
class Reference:
    """Real music of one corpus, and its place among other real music."""

    corpus: Corpus
    split: str
    catalogue: Catalogue
    held_out: Music
    training: Music
    other: Music | None  # held out too, but from the other split; None where that has no windows


def reference(corpus: Corpus, split: str, seed: int) -> Reference:
    """At most HELD_OUT windows of a held-out split and of the other one, and TRAINING of training music.

    Raises InputError where the split or the training music has no windows.
    """
    other: Music | None = None
    if any(piece.windows for piece in corpus.of_split(OTHER[split])):
        other = some_windows(corpus, OTHER[split], HELD_OUT, seed)
    return Reference(
        corpus=corpus,
        split=split,
        catalogue=Catalogue.of(corpus.grid, corpus.tracks),
        held_out=some_windows(corpus, split, HELD_OUT, seed),
        training=some_windows(corpus, "train", TRAINING, seed),
        other=other,
    )


def some_windows(corpus: Corpus, split: str, count: int, seed: int) -> Music:
    """At most `count` windows of a split, in its order, each with its tune as group. Raises InputError for none."""
    windows = windows_of(corpus, split)
    chosen = np.sort(stream(seed, Purpose.JUDGED).permutation(len(windows))[:count])
    return Music(split, from_planes(windows.rolls(chosen)), _tunes(windows)[chosen])


def sections(corpus: Corpus, split: str) -> list[UInt8[np.ndarray, "tracks steps pitches"]]:
    """The continuous stretches of each piece of a split, and nothing across them."""
    found = []
    for piece in corpus.of_split(split):
        cells = corpus.piece_cells(piece)
        lines = np.cumsum([0, *piece.sections]) * corpus.grid.steps_per_bar
        found += [cells[:, begin:end] for begin, end in pairwise(lines)]
    return found


def section_names(corpus: Corpus, split: str) -> list[tuple[str, int]]:
    """For each of those stretches its piece, and the bar of the piece at which it begins, counted from 0."""
    return [
        (piece.name, sum(piece.sections[:index]))
        for piece in corpus.of_split(split)
        for index in range(len(piece.sections))
    ]


def refuse_other_music(corpus: Corpus, grid: Grid, tracks: tuple[Track, ...], name: str) -> None:
    """Raise InputError where music is of another grid or other tracks than the corpus."""
    if grid == corpus.grid and _kinds(tracks) == _kinds(corpus.tracks):
        return
    raise InputError(
        f"{name} plays {grid}; tracks {', '.join(track.name for track in tracks)}: not the grid and tracks of "
        f"{corpus.folder} ({corpus.grid}; {', '.join(track.name for track in corpus.tracks)})",
        "Name a corpus of the same grid and tracks, such as the one that it was trained on: --corpus DIR.",
    )


def _kinds(tracks: tuple[Track, ...]) -> list[tuple[bool, bool]]:
    return [(track.drums, track.one_note) for track in tracks]


def _tunes(windows: Windows) -> Int[np.ndarray, "windows"]:
    pieces = windows.corpus.of_split(windows.split)
    _, tune = np.unique([piece.family for piece in pieces], return_inverse=True)
    return tune[windows.piece]
