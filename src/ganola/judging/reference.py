"""What generated music is held against: windows of a corpus that training never saw, and some that it did."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import UInt8

from ganola.corpus.balance import thin_largest_tune
from ganola.corpus.split import FEWEST_TO_MEASURE
from ganola.corpus.store import Corpus
from ganola.corpus.windows import windows_of
from ganola.errors import InputError
from ganola.judging.baseline import FEW_TUNES
from ganola.judging.features import Catalogue
from ganola.judging.material import Music
from ganola.music.grid import Grid
from ganola.music.roll import from_planes
from ganola.music.tracks import Track
from ganola.randomness import Purpose, stream
from ganola.wording import counted

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
    other: Music | None  # held out too, but from the other split; None where that has no windows, or is in `held_out`
    pooled: bool = False  # whether `held_out` is of both splits, since the one has few tunes


def reference(corpus: Corpus, split: str, seed: int) -> Reference:
    """At most HELD_OUT windows of a held-out split and of the other one, and TRAINING of training music.

    Where the split has fewer than FEW_TUNES tunes, both are one: all that training never saw; where it has none, it is
    the other one. Raises InputError where both have none, or the training music has no windows.
    """
    found = {one: some_windows(corpus, one, HELD_OUT, seed) for one in (split, OTHER[split]) if _has(corpus, one)}
    if found and split not in found:
        split = OTHER[split]
    held_out, other = found.get(split), found.get(OTHER[split])
    pooled = False
    if held_out is not None and other is not None and len(np.unique(held_out.group)) < FEW_TUNES:
        held_out, other, pooled = _together(split, [held_out, other]), None, True
    if held_out is None:
        tunes = tunes_of(corpus)
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
        training=some_windows(corpus, "train", TRAINING, seed),
        other=other,
        pooled=pooled,
    )


def _has(corpus: Corpus, split: str) -> bool:
    return any(piece.windows for piece in corpus.of_split(split))


def _together(name: str, parts: Sequence[Music]) -> Music:
    """Music of several splits, no two tunes of which are one."""
    groups, before = [], 0
    for part in parts:
        groups.append(part.group.astype(np.int64) + before)
        before += int(part.group.max()) + 1
    return Music(name, np.concatenate([part.cells for part in parts]), np.concatenate(groups))


def tunes_of(corpus: Corpus) -> int:
    """Return how many tunes of a corpus have windows."""
    return len({piece.family for piece in corpus.pieces if piece.windows})


def too_few_tunes(corpus: Corpus) -> str:
    """Return why a corpus allows no number for how far music is from it, in a sentence, or ""."""
    tunes = tunes_of(corpus)
    if tunes >= FEWEST_TO_MEASURE:
        return ""
    return (
        f"The corpus has only {counted(tunes, 'tune')}. How far music is from real music can be "
        f"told from {FEWEST_TO_MEASURE} on."
    )


def some_windows(corpus: Corpus, split: str, count: int, seed: int) -> Music:
    """Return at most `count` windows of a split, in its order, each with its tune as group. Raises InputError for none.

    A tune that is larger than all the others together is weighed down as in training.
    """
    windows = windows_of(corpus, split)
    shuffled = thin_largest_tune(stream(seed, Purpose.JUDGED).permutation(len(windows)), windows.tune)
    chosen = np.sort(shuffled[:count])
    return Music(split, from_planes(windows.rolls(chosen)), windows.tune[chosen])


def sections(corpus: Corpus, split: str) -> list[UInt8[np.ndarray, "tracks steps pitches"]]:
    """The continuous stretches of each piece of a split, and nothing across them."""
    found = []
    for piece in corpus.of_split(split):
        cells = corpus.piece_cells(piece)
        lines = np.cumsum([0, *piece.segments]) * corpus.grid.steps_per_bar
        found += [cells[:, begin:end] for begin, end in pairwise(lines)]
    return found


def section_names(corpus: Corpus, split: str) -> list[tuple[str, int]]:
    """For each of those stretches its piece, and the bar of the piece at which it begins, counted from 0."""
    return [
        (piece.name, sum(piece.segments[:index]))
        for piece in corpus.of_split(split)
        for index in range(len(piece.segments))
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
    return [(track.drums, track.monophonic) for track in tracks]
