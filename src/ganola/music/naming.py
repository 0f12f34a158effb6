"""Names of a piece's tracks: how equal ones become distinct, and which names mean the same track."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import numpy as np

from ganola.music.score import Column, Score
from ganola.music.tracks import MAX_NAME_LENGTH

IN_TURN = 0.05  # of its sounding time a part may share with another, for both to be one on changing instruments


def number_equal_names(score: Score) -> Score:
    """Return `score` with numbers after names that several parts have: two called Violin are Violin 1 and Violin 2.

    Numbers follow the order of the tracks and pass over names that are there already; capitals make no difference.
    Drums of one name are one kit, and tracks of one name on different instruments that play in turn are one part (a
    violin, here bowed, there plucked): they keep a name together.
    """
    called = [track.name.casefold() for track in score.tracks]
    if len(set(called)) == len(called):
        return score
    of_name = defaultdict(list)
    for index, name in enumerate(called):
        of_name[name].append(index)
    tracks = list(score.tracks)
    taken = set(called)
    for own in of_name.values():
        parts = _group_parts(score, own)
        if len(parts) == 1:
            continue
        for part, name in zip(parts, _number_names(tracks[own[0]].name, taken), strict=False):
            taken.add(name.casefold())
            for index in part:
                tracks[index] = tracks[index].model_copy(update={"name": name})
    return replace(score, tracks=tuple(tracks))


def alternative_names(name: str, present: Collection[str]) -> tuple[str, ...]:
    """Return the names that the track called `name`, in a piece with `present` ones, may have elsewhere, its own first.

    A lone Violin is the Violin 1 of a piece with two. Violin 1, Violin 2 and so on, where there is no Violin beside
    them, are each the Violin of what knows no more than one.
    """
    bare, _, number = name.rpartition(" ")
    if number.isdecimal() and f"{bare} 1" in present and bare not in present:
        return name, bare
    return (name,) if f"{name} 1" in present else (name, f"{name} 1")


def _group_parts(score: Score, own: list[int]) -> list[tuple[int, ...]]:
    """Return the tracks that share a name, those of each part together, in the order of their first tracks."""
    parts: list[_Part] = []
    for index in own:
        new = _Part.of_track(score, index)
        joined = next(((place, both) for place, part in enumerate(parts) if (both := part.join(new))), None)
        if joined is None:
            parts.append(new)
        else:
            parts[joined[0]] = joined[1]
    return [part.tracks for part in parts]


@dataclass(frozen=True)
class _Part:
    """Tracks of one name that are one player's, and what they play; no instruments stand for drums."""

    tracks: tuple[int, ...]
    instruments: frozenset[int]
    start: Column
    end: Column

    @staticmethod
    def of_track(score: Score, index: int) -> "_Part":
        track, notes = score.tracks[index], score.notes.track == index
        instruments = frozenset(() if track.drums else (track.program,))
        return _Part((index,), instruments, score.notes.start[notes], score.notes.end[notes])

    @cached_property
    def sounding(self) -> int:
        """For how many ticks something of it sounds."""
        if not len(self.start):
            return 0
        order = np.argsort(self.start, kind="stable")
        start, latest = self.start[order], np.maximum.accumulate(self.end[order])
        return int(latest[-1] - start[0] - np.maximum(start[1:] - latest[:-1], 0).sum())

    def join(self, other: "_Part") -> "_Part | None":
        """Return both as one part if they can be: two of a kit, or two instruments that hardly play together."""
        drums = not self.instruments and not other.instruments
        changing = self.instruments and other.instruments - self.instruments
        if not drums and not changing:
            return None
        columns = ((self.start, other.start), (self.end, other.end))
        start, end = (np.concatenate(column) for column in columns)
        both = _Part(self.tracks + other.tracks, self.instruments | other.instruments, start, end)
        return both if drums or self._plays_in_turn_with(other, both) else None

    def _plays_in_turn_with(self, other: "_Part", both: "_Part") -> bool:
        least = min(self.sounding, other.sounding)
        return least > 0 and self.sounding + other.sounding - both.sounding <= IN_TURN * least


def _number_names(name: str, taken: set[str]) -> Iterator[str]:
    """Yield the name with one number after the other, without those that are taken when asked for."""
    for number in count(1):
        ending = f" {number}"
        candidate = name[: MAX_NAME_LENGTH - len(ending)].rstrip() + ending
        if candidate.casefold() not in taken:
            yield candidate
