"""Names of a piece's tracks: how equal ones become distinct, and which names mean the same track."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from ganola.music.limits import LONGEST_NAME
from ganola.music.score import Notes, Score

IN_TURN = 0.05  # of its sounding time a part may share with another, for both to be one that changes its instrument


def with_distinct_names(score: Score) -> Score:
    """Return `score` with numbers after names that several parts have: two called Violin are Violin 1 and Violin 2.

    Numbers follow the order of the tracks and pass over names that are there already; capitals make no difference.
    Drums of one name are one kit, and pitched tracks of one name that play in turn are one part (a violin, here bowed,
    there plucked): they keep a name together.
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
        parts = _parts(score, own)
        if len(parts) == 1:
            continue
        for part, name in zip(parts, _numbered(tracks[own[0]].name, taken), strict=False):
            taken.add(name.casefold())
            for index in part:
                tracks[index] = tracks[index].model_copy(update={"name": name})
    return replace(score, tracks=tuple(tracks))


def names_elsewhere(name: str, present: Collection[str]) -> tuple[str, ...]:
    """Return the names that the track called `name`, in a piece with `present` ones, may have elsewhere, its own first.

    A lone Violin is the Violin 1 of a piece with two. Violin 1, Violin 2 and so on, where there is no Violin beside
    them, are each the Violin of what knows no more than one.
    """
    bare, _, number = name.rpartition(" ")
    if number.isdecimal() and f"{bare} 1" in present and bare not in present:
        return name, bare
    return (name,) if f"{name} 1" in present else (name, f"{name} 1")


def _parts(score: Score, own: list[int]) -> list[list[int]]:
    """The tracks that share a name, those of each part together, in the order of their first tracks."""
    parts: list[list[int]] = []
    for index in own:
        drums = score.tracks[index].drums
        for part in parts:
            alike = score.tracks[part[0]].drums == drums
            if alike and (drums or _in_turn(_notes_of(score, part), _notes_of(score, [index]))):
                part.append(index)
                break
        else:
            parts.append([index])
    return parts


def _notes_of(score: Score, tracks: list[int]) -> Notes:
    return score.notes.where(np.isin(score.notes.track, tracks))


def _in_turn(first: Notes, second: Notes) -> bool:
    """Whether two parts both play, and hardly ever at the same time."""
    alone = (_sounding(first.start, first.end), _sounding(second.start, second.end))
    starts, ends = (np.concatenate(columns) for columns in ((first.start, second.start), (first.end, second.end)))
    shared = sum(alone) - _sounding(starts, ends)
    return min(alone) > 0 and shared <= IN_TURN * min(alone)


def _sounding(start: np.ndarray, end: np.ndarray) -> int:
    """The ticks during which at least one of these notes sounds."""
    if not len(start):
        return 0
    order = np.argsort(start, kind="stable")
    start, latest = start[order], np.maximum.accumulate(end[order])
    silence = np.maximum(start[1:] - latest[:-1], 0).sum()
    return int(latest[-1] - start[0] - silence)


def _numbered(name: str, taken: set[str]) -> Iterator[str]:
    """The name with one number after the other, without those that are taken when asked for."""
    for number in count(1):
        ending = f" {number}"
        candidate = name[: LONGEST_NAME - len(ending)].rstrip() + ending
        if candidate.casefold() not in taken:
            yield candidate
