"""Whether music is copied from its training music: each phrase's nearest place there, and the longest shared melody.

Sections are continuous stretches of training music. A window may begin at each of their places: every quarter note or,
where other beats are counted (6/8) or bars have no whole number of quarter notes (3/8), as many to a quarter note as
meet every beat and every bar line.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, pairwise
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8, UInt16
from numpy.typing import NDArray

from ganola.judging.hearing import Cells, WindowNotes, cells_of, hear
from ganola.music.grid import Grid
from ganola.music.roll import find_onsets
from ganola.music.tracks import Track

SEMITONES = range(5, -7, -1)  # by which training music is moved; so ordered, its own pitches come from low to high
RANK = np.array([2 * abs(semitones) - (semitones < 0) for semitones in SEMITONES])  # 0, -1, 1, -2 ...: of equals, first
COPIED = 0.99  # a copy is more like training music than this share of held-out phrases

_STRETCH = 16_384  # places compared at once: the sums of their votes then fit a processor's cache
_BYTE = 255  # votes that a byte can count

Phrases = Int[np.ndarray, "phrases"]


@dataclass(frozen=True)
class Training:
    """Training music taken apart. In `notes` and `melodies` a window is a section, and starts count from its own."""

    grid: Grid
    tracks: tuple[Track, ...]
    steps: Int[np.ndarray, "sections"]  # the length of each section
    notes: WindowNotes
    melodies: WindowNotes  # see `Heard.top`

    @cached_property
    def stride(self) -> int:
        """Steps from place to place."""
        return math.gcd(self.grid.steps_per_quarter, self.grid.steps_per_bar, self.grid.steps_per_pulse)

    @cached_property
    def first(self) -> Int[np.ndarray, "lines"]:
        """The place at which each section begins, and at last how many places there are."""
        return np.concatenate([[0], np.cumsum(-(-self.steps // self.stride))])

    @cached_property
    def whole(self) -> Bool[np.ndarray, "places"]:
        """At which places a window begins that ends within its section."""
        section = np.arange(len(self.steps)).repeat(np.diff(self.first))
        start = (np.arange(self.first[-1]) - self.first[section]) * self.stride
        return start + self.grid.steps <= self.steps[section]

    @cached_property
    def sizes(self) -> Int[np.ndarray, "places"]:
        """How many notes the window at each place has. Those held from before it count: they are struck again."""
        marks = self._marks
        places = int(self.first[-1])
        begun = np.bincount(marks.place[marks.kind > 0], minlength=places)
        held = np.bincount(marks.place[marks.kind == 0], minlength=places)
        held -= np.bincount(marks.place[marks.kind == 1], minlength=places)
        upto = np.concatenate([[0], np.cumsum(begun)])
        after = np.minimum(np.arange(places) + self.grid.steps // self.stride, places)
        return upto[after] - upto[:-1] + held

    def stretches(self) -> "Iterator[_Stretch]":
        """All places, some at a time, in order."""
        places = int(self.first[-1])
        parts = np.linspace(0, places, -(-places // _STRETCH) + 1).astype(np.int64).tolist()
        return (self._stretch(begin, end) for begin, end in pairwise(parts))

    def _stretch(self, begin: int, end: int) -> "_Stretch":
        width = end - begin + self.grid.steps // self.stride
        low, high = self._marks.place.searchsorted([begin, begin + width])
        rows = len(self.tracks) * (1 + self.stride) * self._rows
        table = np.zeros(rows * width + width, dtype=np.uint8)
        table[self._marks.row[low:high] * width + self._marks.place[low:high] - begin] = 1
        return _Stretch(begin, width, table, self.whole[begin:end], self.sizes[begin:end])

    @cached_property
    def _marks(self) -> "_Marks":
        """Kind 0 is what sounds at a place, kind 1 + s what begins s steps after it."""
        notes = self.notes
        start = notes.start + self.first[notes.window] * self.stride
        place, late = np.divmod(start, self.stride)
        begun = -(-start // self.stride)
        sounding = np.maximum((start + notes.length - 1) // self.stride - begun + 1, 0)
        note = np.arange(len(notes)).repeat(sounding)
        sounds = begun[note] + np.arange(len(note)) - (np.cumsum(sounding) - sounding)[note]
        note = np.concatenate([np.arange(len(notes)), note])
        kind = np.concatenate([1 + late, np.zeros(len(sounds), dtype=np.int64)])
        places = np.concatenate([place, sounds])
        order = np.argsort(places, kind="stable")
        row = self.row(notes.track[note], kind, notes.pitch[note] + SEMITONES[0])
        return _Marks(places[order], kind[order], row[order])

    @property
    def _rows(self) -> int:
        """Rows of one track and kind: the pitches, and silent ones as far around them as music is moved."""
        return self.grid.pitches + len(SEMITONES) - 1

    def row(
        self, track: Int[np.ndarray, "notes"], kind: Int[np.ndarray, "notes"], pitch: Int[np.ndarray, "notes"]
    ) -> Int[np.ndarray, "notes"]:
        """The rows of a stretch's table in which the moved pitches of notes of a kind begin."""
        return (track * (1 + self.stride) + kind) * self._rows + pitch - self.grid.lowest


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where a note of training music can meet one of a phrase, in order of place."""

    place: Int[np.ndarray, "marks"]
    kind: Int[np.ndarray, "marks"]
    row: Int[np.ndarray, "marks"]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Some places, and the training music of the windows that begin at them."""

    begin: int
    width: int  # places from row to row of the table
    table: UInt8[np.ndarray, "cells"]  # 1 at each mark: rows of places
    whole: Bool[np.ndarray, "places"]
    sizes: Int[np.ndarray, "places"]


@dataclass(frozen=True, slots=True)
class Nearest:
    """For each phrase the training window most like it: how much, where, and how moved."""

    similarity: Float[np.ndarray, "phrases"]  # |A and B| / |A or B| of what begins (Jaccard), 0 to 1
    section: Phrases
    start: Phrases  # steps from the beginning of the section
    semitones: Phrases  # by which the training window has to be moved to lie on the phrase


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The notes of a phrase: in which row, and how many places on, those of a training window have to be."""

    row: Int[np.ndarray, "notes"]
    later: Int[np.ndarray, "notes"]
    drums: Bool[np.ndarray, "notes"]

    def __len__(self) -> int:
        return len(self.row)


def index(sections: Sequence[UInt8[np.ndarray, "tracks _ pitches"]], grid: Grid, tracks: Sequence[Track]) -> Training:
    """The sections taken apart, for phrases of this grid to be compared with. They are of any length, and unchanged.

    Raises ValueError where none is as long as a phrase.
    """
    steps = np.array([section.shape[1] for section in sections], dtype=np.int64)
    if not (steps >= grid.steps).any():
        raise ValueError(f"no section has the {grid.steps} steps of a phrase")
    heard = [hear(section[None], _as_long(grid, section.shape[1]), tracks) for section in sections]
    return Training(
        grid, tuple(tracks), steps, _joined([own.notes for own in heard]), _joined([own.top for own in heard])
    )


def _as_long(grid: Grid, steps: int) -> Grid:
    return grid.model_copy(update={"bars": -(-steps // grid.steps_per_bar)})


def _joined(sections: Sequence[WindowNotes]) -> WindowNotes:
    """The notes of sections, each of which is the only window of its own."""
    section = np.arange(len(sections)).repeat([len(own) for own in sections])
    columns = (
        np.concatenate([getattr(own, name) for own in sections]) for name in ("track", "start", "length", "pitch")
    )
    return WindowNotes(section, *columns)


def nearest(cells: Cells, training: Training, progress: Callable[[int, int], None] = lambda *_: None) -> Nearest:
    """The nearest training window of each phrase, under all transpositions of `SEMITONES` but of drums, at all places.

    Alike is what begins in the same track at the same step on the same pitch (the Jaccard index of such triples).
    Of windows equally alike it is the one moved least, down before up, then the first. A silent phrase has the
    similarity 0. `progress` is told how many places have been compared, of how many. Nothing is changed.
    """
    phrases = _phrases(cells, training)
    similarity = np.zeros(len(phrases))
    rank = np.zeros(len(phrases), dtype=np.int64)
    place = np.full(len(phrases), training.whole.argmax())
    for stretch in training.stretches():
        for number, phrase in enumerate(phrases):
            alike, moved, at = _nearest_in(stretch, phrase)
            if (alike, -moved) > (similarity[number], -rank[number]):
                similarity[number], rank[number], place[number] = alike, moved, at
        progress(stretch.begin + len(stretch.whole), len(training.whole))
    section = training.first.searchsorted(place, side="right") - 1
    start = (place - training.first[section]) * training.stride
    return Nearest(similarity, section, start, np.array(SEMITONES)[np.argsort(RANK)][rank])


def _phrases(cells: Cells, training: Training) -> list[_Phrase]:
    window, track, step, pitch = np.nonzero(find_onsets(cells))
    later, late = np.divmod(step, training.stride)
    row = training.row(track, np.where(step == 0, 0, 1 + late), pitch + training.grid.lowest)
    drums = np.array([track.drums for track in training.tracks], dtype=bool)[track]
    ends = window.searchsorted(np.arange(len(cells) + 1)).tolist()
    return [_Phrase(row[begin:end], later[begin:end], drums[begin:end]) for begin, end in pairwise(ends)]


def _nearest_in(stretch: _Stretch, phrase: _Phrase) -> tuple[float, int, int]:
    """The greatest similarity in a stretch, the rank of the least move by which it is reached, and the first place."""
    if not len(phrase):
        return 0.0, 0, 0
    shared = _shared(stretch, phrase)
    most = shared.max(axis=0).astype(np.int64)
    similarity = most / (len(phrase) + stretch.sizes - most) * stretch.whole
    highest = similarity.max()
    best = np.flatnonzero(similarity == highest)
    rank = np.where(shared[:, best] == most[best], RANK[:, None], len(RANK)).min(axis=0)
    least = int(rank.argmin())
    return float(highest), int(rank[least]), stretch.begin + int(best[least])


def _shared(stretch: _Stretch, phrase: _Phrase) -> UInt16[np.ndarray, "semitones places"]:
    """How many notes of the phrase the window at each place shares, moved by each of `SEMITONES`."""
    moves, width, places = len(SEMITONES), stretch.width, len(stretch.whole)
    first = phrase.row * width + phrase.later
    unmoved = first[phrase.drums] + SEMITONES.index(0) * width
    moved = _votes(stretch.table, first[~phrase.drums], moves * width).reshape(moves, width)[:, :places]
    return moved + _votes(stretch.table, unmoved, places) if len(unmoved) else moved


def _votes(
    table: UInt8[np.ndarray, "cells"], first: Int[np.ndarray, "notes"], length: int
) -> UInt16[np.ndarray, "length"]:
    """The sum of the slices of the table that begin at `first`, all of one length.

    Neighbouring places lie side by side, and so do the pitches to which a note is moved: a note is one addition.
    """
    total = np.zeros(length, dtype=np.uint16)
    for begin in range(0, len(first), _BYTE):
        sums = np.zeros(length, dtype=np.uint8)
        for cell in first[begin : begin + _BYTE].tolist():
            np.add(sums, table[cell : cell + length], out=sums)
        total += sums
    return total


def window_at(
    training: Training, section: int, start: int, semitones: int
) -> UInt8[np.ndarray, "tracks steps pitches"]:
    """The cells of the training window that begins so many steps into a section, moved by so many semitones.

    Drums are not moved; notes that leave the grid are missing.
    """
    grid = training.grid
    drums = np.array([track.drums for track in training.tracks], dtype=bool)
    notes = training.notes.where(training.notes.window == section)
    begin = np.maximum(notes.start - start, 0)
    length = np.minimum(notes.start + notes.length - start, grid.steps) - begin
    pitch = notes.pitch + np.where(drums[notes.track], 0, semitones)
    inside = (length > 0) & (pitch >= grid.lowest) & (pitch <= grid.highest)
    moved = WindowNotes(np.zeros_like(notes.window), notes.track, begin, length, pitch).where(inside)
    return cells_of(moved, 1, len(training.tracks), grid)[0]


def threshold(held_out: Nearest) -> float:
    """The similarity to training music above which a phrase counts as a copy: 99 % of held-out phrases keep below."""
    return float(np.quantile(held_out.similarity, COPIED))


def shared_runs(cells: Cells, training: Training) -> Phrases:
    """How many notes the longest melodic run has that each phrase shares with the training music; 0 if none.

    A run is successive notes of one track's melody (`Heard.top`), known by the semitones and steps from each to the
    next, so in any key; it may lie in any pitched track. One that only repeats its pitch does not count. A note held
    over the phrase's beginning counts as struck there.
    """
    own = _moves(hear(cells, training.grid, training.tracks).top, len(training.tracks))
    others = _moves(training.melodies, len(training.tracks))
    phrase = np.concatenate([own.window, np.full(len(others.window), -1)])
    line = np.concatenate([own.line, others.line + own.line.max(initial=0) + 1])
    interval = np.concatenate([own.interval, others.interval])
    move = _named(interval, np.concatenate([own.steps, others.steps]))
    return _longest(len(cells), phrase, line, move, interval != 0)


@dataclass(frozen=True, slots=True)
class _Moves:
    """From each note of some melodies to the next: semitones and steps. A line is the melody of one track."""

    window: Int[np.ndarray, "moves"]
    line: Int[np.ndarray, "moves"]
    interval: Int[np.ndarray, "moves"]
    steps: Int[np.ndarray, "moves"]


def _moves(melodies: WindowNotes, tracks: int) -> _Moves:
    line = melodies.window * tracks + melodies.track
    on = np.flatnonzero(line[1:] == line[:-1])
    return _Moves(melodies.window[on], line[on], np.diff(melodies.pitch)[on], np.diff(melodies.start)[on])


def _longest(
    phrases: int,
    phrase: Int[np.ndarray, "moves"],
    line: Int[np.ndarray, "moves"],
    move: Int[np.ndarray, "moves"],
    changes: Bool[np.ndarray, "moves"],
) -> Phrases:
    """Notes of each phrase's longest run that is in training music, too, whose moves are of phrase -1.

    Runs grow a move at a time, all at once; those that are not on both sides are dropped. Equal runs have one name.
    """
    longest = np.zeros(phrases, dtype=np.int64)
    at, name, changed = np.arange(len(move)), move, changes
    for length in count(1):
        both = _on_both_sides(name, phrase[at] >= 0)
        at, name, changed = at[both], name[both], changed[both]
        longest[phrase[at[changed & (phrase[at] >= 0)]]] = length + 1
        on = np.flatnonzero(at + length < len(move))
        on = on[line[at[on] + length] == line[at[on]]]
        at, name, changed = at[on], name[on], changed[on]
        if not len(at):
            break
        name, changed = _named(name, move[at + length]), changed | changes[at + length]
    return longest


def _on_both_sides(name: Int[np.ndarray, "runs"], own: Bool[np.ndarray, "runs"]) -> Bool[np.ndarray, "runs"]:
    sides = np.zeros((2, int(name.max(initial=0)) + 1), dtype=bool)
    sides[0, name[own]] = True
    sides[1, name[~own]] = True
    return sides[0, name] & sides[1, name]


def _named(one: Int[np.ndarray, "runs"], other: Int[np.ndarray, "runs"]) -> Int[np.ndarray, "runs"]:
    """A number for each pair, the same for the same pair."""
    low = int(other.min(initial=0))
    pair = one.astype(np.int64) * (int(other.max(initial=0)) - low + 1) + other - low
    named: NDArray[Any] = np.unique(pair, return_inverse=True)[1]
    return named.reshape(-1)
