"""Mode collapse: whether a generator makes different phrases, compared with real music.

The similarity of two phrases is the Jaccard index of the notes that begin in them: the share of those that begin in
both, in the same track at the same step on the same pitch. Two silent phrases are equal.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

from ganola.judging.analysis import Cells, in_chunks
from ganola.judging.windows import WindowSet
from ganola.music.roll import find_onsets, sounding
from ganola.music.tracks import Track

DISTINCT = 0.5  # a collapse: fewer phrases than this share of all differ from those before them
UNUSUAL = 0.99  # a collapse: half the phrases have one more like them than this share of real ones has
ALWAYS = 0.99  # of the phrases: in so many a dead track is silent, a frozen one plays the same
FEWEST = 10  # phrases, of fewer of which nothing can be said: two may well be alike by chance
USED = 0.05  # of real phrases: a track that plays in fewer may be silent in generated ones

_ROWS = 256  # phrases compared at once with as many

Alike = Float[np.ndarray, "phrases"]
Onsets = Bool[np.ndarray, "phrases cells"]


@dataclass(frozen=True)
class Diversity:
    """How different phrases are from one another, and whether that is a collapse."""

    phrases: int
    distinct: float  # share of the phrases that sound unlike every earlier one
    nearest: Float[np.ndarray, "phrases"]  # similarity of each to the phrase of another group most like it, 0 to 1
    nearest_real: Float[np.ndarray, "real"]  # the same of real music
    dead_tracks: tuple[str, ...]  # silent in `ALWAYS` of the phrases or more, but in real music playing in `USED`
    frozen_tracks: tuple[str, ...]  # playing the same in `ALWAYS` of the phrases or more, but not in real music
    why: str  # what has collapsed, in sentences, or ""

    @property
    def collapsed(self) -> bool:
        """Return whether anything has collapsed, of enough phrases to say so."""
        return bool(self.why) and self.phrases >= FEWEST


def measure_diversity(music: WindowSet, real: WindowSet, tracks: Sequence[Track]) -> Diversity:
    """Compare how different the phrases of `music` are from one another with how different those of `real` are.

    The more phrases, the more similar are the nearest of them; so as many are compared on both sides, evenly chosen
    from the larger one. Nothing is changed. Raises ValueError where either has no phrases.
    """
    if not len(music) or not len(real):
        raise ValueError("there are no phrases to compare")
    yardstick, compared = _subsample(real, len(music)), _subsample(music, len(real))
    nearest, nearest_real = nearest_other(music), nearest_other(yardstick)
    usual = float(np.median(nearest if compared is music else nearest_other(compared)))
    limit = float(np.quantile(nearest_real, UNUSUAL)) if len(np.unique(yardstick.group)) > 1 else 1.0
    different = count_distinct(music.cells)
    dead, frozen = dead_tracks(music, real, tracks), frozen_tracks(music, real, tracks)
    reasons = (
        _few_distinct(different, len(music)) or _too_similar(usual, limit),
        _fault_sentence("silent in", dead),
        _fault_sentence("playing the very same in", frozen),
    )
    why = " ".join(reason for reason in reasons if reason)
    return Diversity(len(music), different / len(music), nearest, nearest_real, dead, frozen, why)


def _subsample(music: WindowSet, count: int) -> WindowSet:
    """Return at most so many of the phrases, evenly chosen."""
    return music.select(np.arange(count) * len(music) // count) if count < len(music) else music


def _few_distinct(different: int, phrases: int) -> str:
    return f"Different phrases: only {different:,} of {phrases:,}." if different < DISTINCT * phrases else ""


def _too_similar(usual: float, limit: float) -> str:
    if usual <= limit:
        return ""
    return (
        f"Half the phrases are {100 * usual:.0f} % like another phrase or more; "
        f"of real ones, 1 in 100 is more than {100 * limit:.0f} % like one of another tune."
    )


def _fault_sentence(fault: str, tracks: tuple[str, ...]) -> str:
    return f"Tracks {fault} nearly all phrases: {', '.join(tracks)}." if tracks else ""


def count_distinct(cells: Cells) -> int:
    """Return how many of the phrases sound unlike every earlier one."""
    return len(set(_fingerprints(cells)))


def _fingerprints(cells: Cells) -> list[bytes]:
    """Return bytes that are equal where phrases sound the same: a sustain that continues nothing begins a note."""
    return [
        np.packbits(phrase).tobytes()
        for part in in_chunks(cells)
        for phrase in np.stack([find_onsets(part), sounding(part)], axis=1)
    ]


def nearest_other(music: WindowSet) -> Alike:
    """Return the similarity of each phrase to the one most like it of another group; 0 where there is none."""
    onsets = _onsets(music.cells)
    nearest = np.zeros(len(music))
    for begin in range(0, len(music), _ROWS):
        rows = slice(begin, begin + _ROWS)
        for other in range(0, len(music), _ROWS):
            columns = slice(other, other + _ROWS)
            alike = _similarity(onsets[rows], onsets[columns])
            alike[music.group[rows, None] == music.group[columns]] = 0
            nearest[rows] = np.maximum(nearest[rows], alike.max(axis=1))
    return nearest


def _onsets(cells: Cells) -> Onsets:
    """Return what begins, a row a phrase, without the cells in which nothing ever does."""
    used = np.any([find_onsets(part).any(axis=0) for part in in_chunks(cells)], axis=0)
    return np.concatenate([find_onsets(part)[:, used] for part in in_chunks(cells)])


def _similarity(
    one: Bool[np.ndarray, "one cells"], other: Bool[np.ndarray, "other cells"]
) -> Float32[np.ndarray, "one other"]:
    """Return |A and B| / |A or B| of each row of one with each of the other; 1 where both are empty."""
    shared = one.astype(np.float32) @ other.astype(np.float32).T
    either = one.sum(axis=1, dtype=np.float32)[:, None] + other.sum(axis=1, dtype=np.float32) - shared
    return np.where(either > 0, shared / np.maximum(either, 1), np.float32(1))


def dead_tracks(music: WindowSet, real: WindowSet, tracks: Sequence[Track]) -> tuple[str, ...]:
    """Return the tracks that are silent in `ALWAYS` of the phrases, but in real music play in `USED` of them."""
    dead = (_silent(music.cells) >= ALWAYS) & (_silent(real.cells) <= 1 - USED)
    return tuple(track.name for track, silent in zip(tracks, dead, strict=True) if silent)


def _silent(cells: Cells) -> Float[np.ndarray, "tracks"]:
    """Return the share of the phrases in which each track is silent."""
    return np.concatenate([~sounding(part).any(axis=(2, 3)) for part in in_chunks(cells)]).mean(axis=0)


def silent_share(cells: Cells) -> float:
    """Return the share of the phrases in which nothing sounds."""
    return float(np.concatenate([~sounding(part).any(axis=(1, 2, 3)) for part in in_chunks(cells)]).mean())


def frozen_tracks(music: WindowSet, real: WindowSet, tracks: Sequence[Track]) -> tuple[str, ...]:
    """Return the tracks that play, and the same, in `ALWAYS` of the phrases or more, but not so in real music.

    One phrase has none.
    """
    frozen = (_commonest(music.cells) >= ALWAYS) & (_commonest(real.cells) < ALWAYS) & (len(music) > 1)
    return tuple(track.name for track, always in zip(tracks, frozen, strict=True) if always)


def _commonest(cells: Cells) -> Float[np.ndarray, "tracks"]:
    """Return the share of the phrases in which each track plays what it plays most often; silence does not count."""
    return np.array([_commonest_of(cells[:, [track]]) for track in range(cells.shape[1])])


def _commonest_of(cells: Cells) -> float:
    playing = cells[sounding(cells).any(axis=(1, 2, 3))]
    return max(Counter(_fingerprints(playing)).values(), default=0) / len(cells)


def jaccard_distances(one: Cells, other: Cells) -> Float[np.ndarray, "windows"]:
    """Return 1 - |A and B| / |A or B| of what begins in each phrase and its counterpart: 0 if they are equal.

    Of phrases of one model from latents at some angle, this is how sensitive its music is to its latents.
    """
    struck, other_struck = _flat(one), _flat(other)
    shared = (struck & other_struck).sum(axis=1)
    either = (struck | other_struck).sum(axis=1)
    return np.where(either > 0, 1 - shared / np.maximum(either, 1), 0.0)


def _flat(cells: Cells) -> Bool[np.ndarray, "windows cells"]:
    return find_onsets(cells).reshape(len(cells), math.prod(cells.shape[1:]))
