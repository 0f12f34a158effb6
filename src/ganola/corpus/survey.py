"""What a collection holds, and the plan that follows from it: bar length, tracks and range."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ganola.corpus.reading import ReadPiece
from ganola.corpus.sources import Source
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

NAMED_SHARE = 0.5  # of the pieces must have the same named tracks, for the tracks to be told apart by name
ONE_NOTE_SHARE = 0.97  # of a track's notes must neither overlap nor coincide, for it to play one note at a time
IN_RANGE_SHARE = 0.999  # of the notes must lie within the grid's octaves
MERGED = "all"  # the one track of a collection whose tracks have no names in common


@dataclass(frozen=True, slots=True)
class Plan:
    """How pieces become rolls. `merged`: all tracks but drums become one; `complete`: a piece must have them all."""

    grid: Grid
    tracks: tuple[Track, ...]
    merged: bool
    complete: bool = False

    def missing(self, score: Score) -> str | None:
        """Why `score` lacks a voice that every piece of its collection has, or None where it does not."""
        names = {track.name.casefold() for track in score.tracks}
        absent = [track.name for track in self.tracks if track.name.casefold() not in names]
        return f"has no voice called {' or '.join(absent)}" if self.complete and absent else None

    def arranged(self, score: Score) -> tuple[Score, int]:
        """`score` with the plan's tracks, and how many notes belong to none of them."""
        place = np.array(self._places(score.tracks), dtype=np.int32)
        track_of_note = place[score.notes.track]
        notes = replace(score.notes, track=track_of_note)
        left_out = 0
        if (place < 0).any():
            kept = track_of_note >= 0
            left_out = len(notes) - int(kept.sum())
            notes = notes.where(kept)
        return replace(score, tracks=self.tracks, notes=notes), left_out

    def _places(self, tracks: tuple[Track, ...]) -> list[int]:
        """For each of a piece's tracks which of the plan's it is, -1 for none: the first of a name takes its place."""
        if self.merged:
            return [-1 if track.drums else 0 for track in tracks]
        free = {track.name.casefold(): index for index, track in enumerate(self.tracks)}
        return [free.pop(track.name.casefold(), -1) for track in tracks]


def survey(pieces: Iterable[ReadPiece], source: Source, grid: Grid, beats_per_bar: int | None) -> Plan:
    """The plan for a collection; `grid` gives the steps per beat and the bars, the pieces give the rest.

    Raises InputError where no piece is in the metre asked for, or there are no pieces.
    """
    found = tuple(pieces)
    beats = beats_per_bar or source.beats_per_bar or _majority_bar(found)
    tracks = source.tracks or _named_tracks(found)
    plan = Plan(grid, tracks or (Track(name=MERGED),), merged=tracks is None, complete=source.tracks is not None)
    arranged = [plan.arranged(piece.score)[0].notes for piece in found]
    histogram = np.bincount(np.clip(np.concatenate([notes.pitch for notes in arranged]), 0, 127), minlength=128)
    if not histogram.any():
        raise InputError(f"no notes in any file of {source.name}", "Name a folder of MIDI files with music in them.")
    lowest, pitches = _octaves(histogram)
    found_grid = grid.model_copy(update={"beats_per_bar": beats, "lowest": lowest, "pitches": pitches})
    if source.tracks is not None:
        return replace(plan, grid=found_grid)
    alone = _one_at_a_time(arranged, len(plan.tracks))
    tracks = tuple(
        track.model_copy(update={"one_note": bool(single)}) for track, single in zip(plan.tracks, alone, strict=True)
    )
    return replace(plan, grid=found_grid, tracks=tracks)


def bar_beats(score: Score) -> set[float]:
    """The bar lengths, in quarter notes, of the metres under which notes of `score` sound."""
    end = int(score.notes.end.max())
    starts = [metre.tick for metre in score.metres]
    lengths = set()
    for metre, until in zip(score.metres, [*starts[1:], end], strict=True):
        if until > metre.tick and metre.tick < end:
            lengths.add(4 * metre.numerator / metre.denominator)
    return lengths or {4.0}


def wrong_metre(score: Score, grid: Grid) -> str | None:
    """Why the bars of `score` do not fit the grid's, or None where they do (two bars of 2/4 make one of 4/4)."""
    odd = sorted(beats for beats in bar_beats(score) if beats <= 0 or grid.beats_per_bar % beats)
    if not odd:
        changes = [metre.tick for metre in score.metres[1:] if metre.tick < score.notes.end.max()]
        off = any((tick - score.first_bar) % grid.steps_per_bar for tick in changes)
        return f"changes its metre inside what would be a bar of {grid.beats_per_bar}/4" if off else None
    bars = " and ".join(f"{beats:g}" for beats in odd)
    return f"has bars of {bars} quarter notes; this corpus is in {grid.beats_per_bar}/4"


def _one_at_a_time(pieces: list[Notes], tracks: int) -> NDArray[np.bool_]:
    """For each track whether at least ONE_NOTE_SHARE of its notes end before its next begins, over all pieces."""
    of_piece = np.repeat(np.arange(len(pieces)), [len(notes) for notes in pieces])
    track, start, end = (
        np.concatenate([getattr(notes, column) for notes in pieces]) for column in ("track", "start", "end")
    )
    line = of_piece * tracks + track
    # One number to sort by, and a sort that makes use of the order that files have already.
    order = np.argsort(line * (start.max() + 1) + start, kind="stable")
    line, track, start, end = line[order], track[order], start[order], end[order]
    overlaps = (line[1:] == line[:-1]) & (start[1:] < end[:-1])
    together = np.bincount(track[1:][overlaps], minlength=tracks)
    share: NDArray[np.bool_] = together <= (1 - ONE_NOTE_SHARE) * np.bincount(track, minlength=tracks)
    return share


def _majority_bar(pieces: tuple[ReadPiece, ...]) -> int:
    """3 where most pieces have bars of 3 quarter notes (or 1.5), else 4, the bar that most other lengths divide."""
    threes = sum(
        all(3 % beats == 0 and beats not in (1.0, 0.5) for beats in bar_beats(piece.score)) for piece in pieces
    )
    return 3 if threes > len(pieces) / 2 else 4


def _named_tracks(pieces: tuple[ReadPiece, ...]) -> tuple[Track, ...] | None:
    """The tracks whose names most pieces share, or None where too few do."""
    counts: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], tuple[Track, ...]] = {}
    for piece in pieces:
        names = tuple(track.name.casefold() for track in piece.score.tracks)
        if len(set(names)) == len(names):
            counts[names] += 1
            first.setdefault(names, piece.score.tracks)
    if not counts:
        return None
    names, count = counts.most_common(1)[0]
    return first[names] if count >= NAMED_SHARE * len(pieces) else None


def _octaves(histogram: np.ndarray) -> tuple[int, int]:
    """The fewest whole octaves from a C that hold IN_RANGE_SHARE of the notes: lowest pitch, number of pitches."""
    below = np.concatenate([[0], np.cumsum(histogram)])
    for octaves in range(1, 11):
        lows = [low for low in range(0, 128, 12) if low + 12 * octaves <= 132]
        held = [below[min(128, low + 12 * octaves)] - below[low] for low in lows]
        best = int(np.argmax(held))
        if held[best] >= IN_RANGE_SHARE * below[-1]:
            return lows[best], min(12 * octaves, 128 - lows[best])
    return 0, 128
