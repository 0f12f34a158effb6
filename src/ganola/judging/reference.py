"""What generated music is compared with: windows of a corpus that training never saw, and some that it did."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import UInt8

from ganola.corpus.balance import thin_largest_tune
from ganola.corpus.split import FEWEST_TO_MEASURE
from ganola.corpus.store import Corpus
from ganola.corpus.windows import windows_of
from ganola.errors import InputError
from ganola.judging.features.catalogue import Catalogue
from ganola.judging.real_baseline import FEW_TUNES
from ganola.judging.windows import WindowSet
from ganola.music.grid import Grid
from ganola.music.roll import from_planes
from ganola.music.tracks import Track
from ganola.randomness import Purpose, stream
from ganola.wording import counted

MAX_HELD_OUT = 1000  # windows of each split that training never saw
MAX_TRAINING = 4000  # windows of training music: the floor should not depend on which they are
WINDOWS_AT_ONCE = 256  # that are read, for their planes take more memory than their cells
OTHER = {"test": "validation", "validation": "test"}  # the other music that training never saw


@dataclass(frozen=True)
class Reference:
    """Real music of one corpus: held-out music, training music, and the catalogue of features that both have."""

    corpus: Corpus
    split: str
    catalogue: Catalogue
    held_out: WindowSet
    training: WindowSet
    other: (
        WindowSet | None
    )  # held out too, but from the other split; None where that has no windows, or is in `held_out`
    pooled: bool = False  # whether `held_out` is of both splits, since the one has few tunes


def load_reference(corpus: Corpus, split: str, seed: int) -> Reference:
    """Return at most MAX_HELD_OUT windows of a held-out split and of the other one, and MAX_TRAINING of training music.

    Where the split has fewer than FEW_TUNES tunes, both are one: all that training never saw; where it has none, it is
    the other one. Raises InputError where both have none, or the training music has no windows.
    """
    found = {one: sample_windows(corpus, one, MAX_HELD_OUT, seed) for one in (split, OTHER[split]) if _has(corpus, one)}
    if found and split not in found:
        split = OTHER[split]
    held_out, other = found.get(split), found.get(OTHER[split])
    pooled = False
    if held_out is not None and other is not None and len(np.unique(held_out.group)) < FEW_TUNES:
        held_out, other, pooled = _merge(split, [held_out, other]), None, True
    if held_out is None:
        tunes = count_tunes(corpus)
        raise InputError(
            f"the corpus {corpus.folder} has nothing to measure by: its "
            f"{'only tune is' if tunes == 1 else f'{tunes} tunes are all'} for training",
            f"Build a corpus of at least {FEWEST_TO_MEASURE} tunes.",
        )
    return Reference(
        corpus=corpus,
        split=split,
        catalogue=Catalogue.of(corpus.grid, corpus.tracks),
        held_out=held_out,
        training=sample_windows(corpus, "train", MAX_TRAINING, seed),
        other=other,
        pooled=pooled,
    )


def _has(corpus: Corpus, split: str) -> bool:
    return any(piece.windows for piece in corpus.of_split(split))


def _merge(name: str, parts: Sequence[WindowSet]) -> WindowSet:
    """Return windows of several splits as one set, each tune a group."""
    groups, before = [], 0
    for part in parts:
        groups.append(part.group.astype(np.int64) + before)
        before += int(part.group.max()) + 1
    return WindowSet(name, np.concatenate([part.cells for part in parts]), np.concatenate(groups))


def count_tunes(corpus: Corpus) -> int:
    """Return how many tunes of a corpus have windows."""
    return len({piece.family for piece in corpus.pieces if piece.windows})


def too_few_tunes(corpus: Corpus) -> str:
    """Return why a corpus allows no number for how far music is from it, in a sentence, or ""."""
    tunes = count_tunes(corpus)
    if tunes >= FEWEST_TO_MEASURE:
        return ""
    return (
        f"The corpus has only {counted(tunes, 'tune')}. How far music is from real music can be "
        f"told from {FEWEST_TO_MEASURE} on."
    )


def sample_windows(corpus: Corpus, split: str, count: int, seed: int) -> WindowSet:
    """Return at most `count` windows of a split, in its order, each with its tune as group. Raises InputError for none.

    A tune that is larger than all the others together is weighed down as in training.
    """
    windows = windows_of(corpus, split)
    shuffled = thin_largest_tune(stream(seed, Purpose.JUDGED).permutation(len(windows)), windows.tune)
    chosen = np.sort(shuffled[:count])
    cells = np.empty((len(chosen), len(corpus.tracks), corpus.grid.steps, corpus.grid.pitches), dtype=np.uint8)
    for begin in range(0, len(chosen), WINDOWS_AT_ONCE):
        part = slice(begin, begin + WINDOWS_AT_ONCE)
        cells[part] = from_planes(windows.rolls(chosen[part]))
    return WindowSet(split, cells, windows.tune[chosen])


def sections(corpus: Corpus, split: str) -> Iterator[UInt8[np.ndarray, "tracks steps pitches"]]:
    """Yield the continuous sections of each piece of a split."""
    for piece in corpus.of_split(split):
        cells = corpus.piece_cells(piece)
        lines = np.cumsum([0, *piece.segments]) * corpus.grid.steps_per_bar
        yield from (cells[:, begin:end] for begin, end in pairwise(lines))


def section_names(corpus: Corpus, split: str) -> list[tuple[str, int]]:
    """Return for each of those sections its piece, and the bar of the piece at which it begins, counted from 0."""
    return [
        (piece.name, sum(piece.segments[:index]))
        for piece in corpus.of_split(split)
        for index in range(len(piece.segments))
    ]


def refuse_other_music(
    corpus: Corpus,
    grid: Grid,
    tracks: tuple[Track, ...],
    name: str,
    remedy: str = "Name a corpus of the same grid and tracks, such as the one that it was trained on: --corpus DIR.",
) -> None:
    """Raise InputError, with `remedy`, where music is of another grid or other tracks than the corpus."""
    if grid == corpus.grid and _kinds(tracks) == _kinds(corpus.tracks):
        return
    raise InputError(
        f"{name} plays {grid}; tracks {', '.join(track.name for track in tracks)}: not the grid and tracks of "
        f"{corpus.folder} ({corpus.grid}; {', '.join(track.name for track in corpus.tracks)})",
        remedy,
    )


def _kinds(tracks: tuple[Track, ...]) -> list[tuple[bool, bool]]:
    return [(track.drums, track.monophonic) for track in tracks]
