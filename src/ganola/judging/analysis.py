"""Windows analysed once, for every feature to use: their notes, and what sounds at each step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from ganola.judging.self_similarity import BarNotes, SelfSimilarity, compare_bars
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, SUSTAIN
from ganola.music.tracks import Track

Cells = UInt8[np.ndarray, "windows tracks steps pitches"]
Column = Int[np.ndarray, "notes"]

CELLS_AT_ONCE = 256 * 4 * 64 * 48  # few enough that what is made of them stays in a processor's cache


@dataclass(frozen=True, slots=True)
class WindowNotes:
    """The notes of many windows as columns of one length, in order of window, track, pitch and start.

    Starts and lengths are in steps from the window's beginning, pitches are MIDI's.
    """

    window: Column
    track: Column
    start: Column
    length: Column
    pitch: Column

    def __len__(self) -> int:
        return len(self.start)

    def where(self, chosen: Bool[np.ndarray, "notes"] | Int[np.ndarray, "chosen"]) -> "WindowNotes":
        """Return the notes that a mask or an index chooses, in its order."""
        return WindowNotes(*(getattr(self, name)[chosen] for name in ("window", "track", "start", "length", "pitch")))


@dataclass(frozen=True)
class WindowAnalysis:
    """The notes of windows and what sounds in them. Drums have no pitch: `pitched` leaves them out."""

    grid: Grid
    tracks: tuple[Track, ...]
    windows: int
    notes: WindowNotes  # a sustain that continues nothing begins a note too
    sounding: Bool[np.ndarray, "windows tracks steps"]  # whether the track sounds at all

    @cached_property
    def drums(self) -> Bool[np.ndarray, "tracks"]:
        """Return which tracks are drums."""
        return np.array([track.drums for track in self.tracks], dtype=bool)

    @cached_property
    def pitched(self) -> WindowNotes:
        """Return the notes of all tracks but drums."""
        return self.notes.where(~self.drums[self.notes.track]) if self.drums.any() else self.notes

    @cached_property
    def chroma(self) -> Float[np.ndarray, "windows tracks steps 12"]:
        """Return how many notes of each pitch class sound at each step in each track; none in drums."""
        notes = self.pitched
        steps = self.grid.steps
        # One more at a note's first step, one less after its last: the running sum is what sounds.
        shape = (self.windows, len(self.tracks), steps + 1, 12)
        row = ((notes.window * len(self.tracks) + notes.track) * (steps + 1) + notes.start) * 12 + notes.pitch % 12
        cells = int(np.prod(shape))
        change = np.bincount(row, minlength=cells) - np.bincount(row + notes.length * 12, minlength=cells)
        return change.reshape(shape).cumsum(axis=2)[:, :, :-1].astype(np.float64)

    @cached_property
    def top(self) -> WindowNotes:
        """Return each pitched track's highest note at each of its onsets (its melody), by window, track and start."""
        notes = self.pitched
        onset = (notes.window * len(self.tracks) + notes.track) * self.grid.steps + notes.start
        order = np.argsort(onset * 128 + notes.pitch, kind="stable")
        last = np.ones(len(order), dtype=bool)
        last[:-1] = onset[order][1:] != onset[order][:-1]
        return notes.where(order[last])

    @cached_property
    def melodic_steps(self) -> tuple[WindowNotes, Int[np.ndarray, "steps"]]:
        """Return the notes of `top` that follow another one in their track and window, and the semitones up to each."""
        top = self.top
        follows = (top.window[1:] == top.window[:-1]) & (top.track[1:] == top.track[:-1])
        return top.where(np.flatnonzero(follows) + 1), np.diff(top.pitch)[follows]

    @cached_property
    def self_similarity(self) -> SelfSimilarity:
        """Return how like each earlier bar of its window each bar is."""
        notes, grid = self.notes, self.grid
        bar, step = np.divmod(notes.start, grid.steps_per_bar)
        columns = BarNotes(
            bar=notes.window * grid.bars + bar,
            place=notes.track * grid.steps_per_bar + step,
            row=notes.pitch - grid.lowest,
            drums=self.drums[notes.track],
            places=len(self.tracks) * grid.steps_per_bar,
            rows=grid.pitches,
        )
        return compare_bars(columns, self.windows, grid.bars)


def in_chunks(cells: Cells) -> Iterator[Cells]:
    """Yield the windows in order, as many at a time as have CELLS_AT_ONCE cells, but at least one."""
    windows = max(1, CELLS_AT_ONCE // max(1, cells[:1].size))
    return (cells[begin : begin + windows] for begin in range(0, len(cells), windows))


def analyse(cells: Cells, grid: Grid, tracks: Sequence[Track]) -> WindowAnalysis:
    """Return the analysis of windows. Nothing is changed."""
    notes = notes_of(cells, grid)
    return WindowAnalysis(grid, tuple(tracks), len(cells), notes, (cells != OFF).any(axis=3))


def notes_of(cells: Cells, grid: Grid) -> WindowNotes:
    """Return the notes of windows; a sustain that continues nothing sounds too: it begins a note."""
    tracks, steps, pitches = cells.shape[1:]
    # Pitch by pitch, so that the cells of a note follow one another.
    strings = np.ascontiguousarray(cells.transpose(0, 1, 3, 2)).reshape(-1)
    place = np.flatnonzero(strings)
    begins = strings[place] == ONSET
    begins |= place % steps == 0
    begins[1:] |= place[1:] != place[:-1] + 1
    begins[:1] = True
    first = np.flatnonzero(begins)
    length = np.diff(first, append=len(place))
    string, start = np.divmod(place[first], steps)
    string, pitch = np.divmod(string, pitches)
    window, track = np.divmod(string, tracks)
    return WindowNotes(window, track, start, length, pitch + grid.lowest)


def cells_of(notes: WindowNotes, windows: int, tracks: int, grid: Grid) -> Cells:
    """Return the cells of notes, the inverse of `notes_of`. Of notes that overlap on a pitch, the last one wins."""
    cells = np.zeros((windows, tracks, grid.steps, grid.pitches), dtype=np.uint8)
    flat = cells.reshape(-1)
    first = (
        ((notes.window * tracks + notes.track) * grid.steps + notes.start) * grid.pitches + notes.pitch - grid.lowest
    )
    before = np.cumsum(notes.length) - notes.length
    step = np.arange(notes.length.sum()) - np.repeat(before, notes.length)
    flat[np.repeat(first, notes.length) + step * grid.pitches] = SUSTAIN
    flat[first] = ONSET
    return cells


def divide_or_nan(
    part: Float[np.ndarray, "*shape"] | Int[np.ndarray, "*shape"],
    whole: Float[np.ndarray, "*#shape"] | Int[np.ndarray, "*#shape"],
) -> Float[np.ndarray, "*shape"]:
    """Return part / whole, and NaN where the whole is zero."""
    whole = np.broadcast_to(whole, np.shape(part))
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)


def count_table(
    rows: Int[np.ndarray, "entries"],
    columns: Int[np.ndarray, "entries"],
    shape: tuple[int, int],
    weights: Float[np.ndarray, "entries"] | Int[np.ndarray, "entries"] | None = None,
) -> Float[np.ndarray, "rows columns"]:
    """Return a table of how many entries, or how much weight, fall on each row and column."""
    counts = np.bincount(rows * shape[1] + columns, weights, minlength=shape[0] * shape[1])
    return counts.astype(np.float64).reshape(shape)
