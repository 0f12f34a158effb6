"""Training music as an index: where each of its notes can meet a note of a phrase.

Sections are continuous stretches of training music. A window may begin at each of their places: every quarter note or,
where other beats are counted (6/8) or bars have no whole number of quarter notes (3/8), as many to a quarter note as
meet every beat and every bar line.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int, UInt8

from ganola.judging.analysis import WindowNotes, analyse, cells_of
from ganola.music.grid import Grid
from ganola.music.tracks import Track

SEMITONES = range(5, -7, -1)  # by which training music is moved; so ordered, its own pitches come from low to high

_PLACES_AT_ONCE = 16_384  # whose votes, summed, fit a processor's cache
_CELLS_AT_ONCE = 2**24  # bytes of a chunk's table, which bands, of many tracks, would exceed


@dataclass(frozen=True)
class TrainingIndex:
    """The notes of training music. In `notes` and `melodies` a window is a section, and starts count from its own."""

    grid: Grid
    tracks: tuple[Track, ...]
    steps: Int[np.ndarray, "sections"]  # the length of each section
    notes: WindowNotes
    melodies: WindowNotes  # see `WindowAnalysis.top`

    @cached_property
    def stride(self) -> int:
        """Return the steps from place to place."""
        return math.gcd(self.grid.steps_per_quarter, self.grid.steps_per_bar, self.grid.steps_per_pulse)

    @cached_property
    def first(self) -> Int[np.ndarray, "lines"]:
        """Return the place at which each section begins, and at last how many places there are."""
        return np.concatenate([[0], np.cumsum(-(-self.steps // self.stride))])

    @cached_property
    def whole(self) -> Bool[np.ndarray, "places"]:
        """Return at which places a window begins that ends within its section."""
        section = np.arange(len(self.steps)).repeat(np.diff(self.first))
        start = (np.arange(self.first[-1]) - self.first[section]) * self.stride
        return start + self.grid.steps <= self.steps[section]

    @cached_property
    def sizes(self) -> Int[np.ndarray, "places"]:
        """Return how many notes the window at each place has, with those held from before it, which begin again."""
        marks = self._marks
        places = int(self.first[-1])
        begun = np.bincount(marks.place[marks.kind > 0], minlength=places)
        held = np.bincount(marks.place[marks.kind == 0], minlength=places)
        held -= np.bincount(marks.place[marks.kind == 1], minlength=places)
        upto = np.concatenate([[0], np.cumsum(begun)])
        after = np.minimum(np.arange(places) + self.grid.steps // self.stride, places)
        return upto[after] - upto[:-1] + held

    def chunks(self) -> "Iterator[Chunk]":
        """Yield all places in order, some at a time."""
        places = int(self.first[-1])
        at_once = max(1, min(_PLACES_AT_ONCE, _CELLS_AT_ONCE // self._table_rows))
        parts = np.linspace(0, places, -(-places // at_once) + 1).astype(np.int64).tolist()
        return (self._chunk(begin, end) for begin, end in pairwise(parts))

    def _chunk(self, begin: int, end: int) -> "Chunk":
        width = end - begin + self.grid.steps // self.stride
        low, high = self._marks.place.searchsorted([begin, begin + width])
        table = np.zeros(self._table_rows * width + width, dtype=np.uint8)
        table[self._marks.row[low:high] * width + self._marks.place[low:high] - begin] = 1
        return Chunk(begin, width, table, self.whole[begin:end], self.sizes[begin:end])

    @cached_property
    def _marks(self) -> "_Marks":
        """Return the marks of all notes: kind 0 is what sounds at a place, kind 1 + s what begins s steps after it."""
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
        """Return the rows of one track and kind: the pitches, and silent ones as far around them as music is moved."""
        return self.grid.pitches + len(SEMITONES) - 1

    @property
    def _table_rows(self) -> int:
        """Return the rows of a chunk's table."""
        return len(self.tracks) * (1 + self.stride) * self._rows

    def row(
        self, track: Int[np.ndarray, "notes"], kind: Int[np.ndarray, "notes"], pitch: Int[np.ndarray, "notes"]
    ) -> Int[np.ndarray, "notes"]:
        """Return the rows of a chunk's table in which the moved pitches of notes of a kind begin."""
        return (track * (1 + self.stride) + kind) * self._rows + pitch - self.grid.lowest


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where a note of training music can meet one of a phrase, in order of place."""

    place: Int[np.ndarray, "marks"]
    kind: Int[np.ndarray, "marks"]
    row: Int[np.ndarray, "marks"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some places, and the training music of the windows that begin at them."""

    begin: int
    width: int  # places from row to row of the table
    table: UInt8[np.ndarray, "cells"]  # 1 at each mark: rows of places
    whole: Bool[np.ndarray, "places"]
    sizes: Int[np.ndarray, "places"]


def build_index(
    sections: Iterable[UInt8[np.ndarray, "tracks _ pitches"]], grid: Grid, tracks: Sequence[Track]
) -> TrainingIndex:
    """Return the index of sections of any length, for phrases of this grid to be compared with. Nothing is changed.

    Raises ValueError where none is as long as a phrase.
    """
    lengths, notes, melodies = [], [], []
    for section in sections:  # one at a time: their cells take far more memory than their notes
        analysis = analyse(section[None], _as_long(grid, section.shape[1]), tracks)
        lengths.append(section.shape[1])
        notes.append(analysis.notes)
        melodies.append(analysis.top)
    steps = np.array(lengths, dtype=np.int64)
    if not (steps >= grid.steps).any():
        raise ValueError(f"no section has the {grid.steps} steps of a phrase")
    return TrainingIndex(grid, tuple(tracks), steps, _joined(notes), _joined(melodies))


def _as_long(grid: Grid, steps: int) -> Grid:
    return grid.model_copy(update={"bars": -(-steps // grid.steps_per_bar)})


def _joined(sections: Sequence[WindowNotes]) -> WindowNotes:
    """Return the notes of sections, each of which is the only window of its own."""
    section = np.arange(len(sections)).repeat([len(own) for own in sections])
    columns = (
        np.concatenate([getattr(own, name) for own in sections]) for name in ("track", "start", "length", "pitch")
    )
    return WindowNotes(section, *columns)


def window_at(
    training: TrainingIndex, section: int, start: int, semitones: int
) -> UInt8[np.ndarray, "tracks steps pitches"]:
    """Return the cells of the training window that begins so many steps into a section, moved by so many semitones.

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
