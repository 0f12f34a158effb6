"""A piece's notes cut at its bar lines, the form in which a corpus keeps them; and back, as rolls of some of its bars.

The notes of bar after bar lie in one array of BAR_NOTE records. Beside it, `first` has an entry for each bar line: the
first note of the bar that begins there and, for the last line, how many notes there are.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Int64, Shaped, UInt8
from numpy.typing import NDArray

from ganola.checksums import DamagedError
from ganola.music.grid import Grid
from ganola.music.score import Notes
from ganola.music.sorting import sort_numbers
from ganola.wording import counted

# A note within one bar, in steps from the bar line. Read as one number, records sort by start, then track, then pitch:
# numpy sorts and gathers numbers several times faster than records.
BAR_NOTE = np.dtype(
    [
        ("length", "<u2"),
        ("held", "?"),  # sounds on from the bar before
        ("pitch", "u1"),
        ("track", "u1"),
        ("start", "<u2"),
        ("velocity", "u1"),  # 1 to 127; while a piece is sorted, the high byte of a start counted from its beginning
    ]
)
AS_NUMBER = np.dtype("<i8")
WITHOUT_VELOCITY = (1 << 56) - 1  # of a record as a number, the bits of its other fields
_HELD, _BESIDE_HELD, _VELOCITY = 16, 17, 56  # bits; beside `held`, the velocity is kept while a piece is sorted
_BELOW_START = 40  # bits
_STEP = 1 << _BELOW_START  # what a step of `start` adds to the number


def split_into_bars(
    notes: Notes, bars: int, steps_per_bar: int
) -> tuple[Shaped[np.ndarray, "rows"], Int64[np.ndarray, "lines"]]:
    """Return the notes of each bar, by start, track and pitch, and where each bar's begin.

    `notes` are in steps from the piece's first bar line and lie within [0, bars * steps_per_bar), which is less than
    2^23 steps: the longest file that ganola reads has an eighth of that.
    """
    line = (notes.start // steps_per_bar + 1) * steps_per_bar  # the first one after each note's start
    rows = np.zeros(len(notes), dtype=BAR_NOTE)
    rows["length"] = np.minimum(notes.end, line) - notes.start
    rows["pitch"] = notes.pitch
    rows["track"] = notes.track
    numbers = rows.view(AS_NUMBER)
    numbers += notes.velocity.astype(np.int64) << _BESIDE_HELD
    crossing = (notes.end > line).nonzero()[0]
    later = _continuations(rows[crossing], line[crossing], notes.end[crossing], steps_per_bar)
    numbers += notes.start.astype(np.int64) * _STEP
    numbers = sort_numbers(np.concatenate([numbers, later]), _BELOW_START)
    lines = np.arange(bars + 1) * (steps_per_bar * _STEP)
    first = numbers.searchsorted(lines)
    numbers -= lines[:-1].repeat(first[1:] - first[:-1])
    velocity = (numbers >> _BESIDE_HELD) & 127
    numbers += (velocity << _VELOCITY) - (velocity << _BESIDE_HELD)
    return numbers.view(BAR_NOTE), first


def _continuations(
    heads: NDArray[Any], line: NDArray[np.int32], end: NDArray[np.int32], steps_per_bar: int
) -> NDArray[np.int64]:
    """Return what sounds on after each note's first bar line, a record a bar, as numbers whose starts count from step
    0."""
    bars = (end - line + (steps_per_bar - 1)) // steps_per_bar
    note = np.arange(len(heads)).repeat(bars)
    start = np.arange(len(note)) * steps_per_bar + (line - (bars.cumsum() - bars) * steps_per_bar)[note]
    rows = heads[note]
    rows["length"] = np.minimum(end[note] - start, steps_per_bar)
    return rows.view(AS_NUMBER) + start * _STEP + (1 << _HELD)


def refuse_invalid_notes(rows: Shaped[np.ndarray, "rows"], grid: Grid, tracks: int) -> None:
    """Raise DamagedError where a note does not lie within its bar, the pitches of `grid` and so many tracks, or has no
    velocity of MIDI's."""
    end = rows["start"].astype(np.int32) + rows["length"]
    pitch = rows["pitch"]
    within = (rows["length"] > 0) & (end <= grid.steps_per_bar) & (rows["track"] < tracks)
    within &= (pitch >= grid.lowest) & (pitch <= grid.highest)
    within &= (rows["held"].view(np.uint8) <= 1) & (rows["velocity"] > 0) & (rows["velocity"] < 128)
    if not within.all():
        outside = len(rows) - int(np.count_nonzero(within))
        raise DamagedError(f"{counted(outside, 'note lies', 'notes lie')} outside the grid")


def bars_to_planes(
    rows: Shaped[np.ndarray, "rows"], counts: Int[np.ndarray, "windows bars"], grid: Grid, tracks: int
) -> Bool[np.ndarray, "windows tracks 2 steps pitches"]:
    """Return the onset and sustain planes of windows; a note held from before its window is struck again at its start.

    `rows` are the notes of all bars of all windows, one after another; `counts` says how many each bar has.
    """
    windows, bars = counts.shape
    plane = bars * grid.steps_per_bar * grid.pitches
    roll = np.zeros((windows, tracks, 2, bars * grid.steps_per_bar, grid.pitches), dtype=bool)
    cells = roll.reshape(-1)
    onset, struck = _first_cells(rows, counts, grid, tracks, planes=2)
    cells[onset[struck]] = True

    sustained = rows["length"] - struck.astype(np.int64)
    before = sustained.cumsum() - sustained
    cell = (onset + plane + (struck - before) * grid.pitches).repeat(sustained)
    cell += np.arange(len(cell)) * grid.pitches
    cells[cell] = True
    return roll


def bars_to_velocity(
    rows: Shaped[np.ndarray, "rows"], counts: Int[np.ndarray, "windows bars"], grid: Grid, tracks: int
) -> UInt8[np.ndarray, "windows tracks steps pitches"]:
    """Return the MIDI velocity (1 to 127) of each note of windows in the cell where it is struck, and 0 in all others.

    The arguments are those of `bars_to_planes`, and notes are struck in the same cells.
    """
    windows, bars = counts.shape
    velocity = np.zeros((windows, tracks, bars * grid.steps_per_bar, grid.pitches), dtype=np.uint8)
    onset, struck = _first_cells(rows, counts, grid, tracks, planes=1)
    velocity.reshape(-1)[onset[struck]] = rows["velocity"][struck]
    return velocity


def _first_cells(
    rows: Shaped[np.ndarray, "rows"], counts: Int[np.ndarray, "windows bars"], grid: Grid, tracks: int, planes: int
) -> tuple[Int64[np.ndarray, "rows"], Bool[np.ndarray, "rows"]]:
    """Return the first cell of each note in the first of its track's planes, all cells counted through, and whether it
    is struck there."""
    windows, bars = counts.shape
    bar = grid.steps_per_bar * grid.pitches
    track = planes * bars * bar
    corner = np.arange(windows)[:, None] * (tracks * track) + np.arange(bars) * bar
    opening = np.broadcast_to(np.arange(bars) == 0, counts.shape)
    cell = corner.reshape(-1).repeat(counts.reshape(-1))
    cell += rows["track"] * np.int64(track) + rows["start"] * np.int64(grid.pitches)
    cell += rows["pitch"]
    cell -= grid.lowest
    return cell, opening.reshape(-1).repeat(counts.reshape(-1)) | ~rows["held"]


def window_starts(first: Int[np.ndarray, "lines"], segments: Sequence[int], bars: int) -> Int64[np.ndarray, "windows"]:
    """Return the bars of a piece at which a window of `bars` bars begins: within one segment, and something sounds in
    it.

    `first` belongs to the bars of the piece alone; `segments` are lengths in bars and make up the piece.
    """
    segment = np.arange(len(segments)).repeat(segments)
    within = segment[bars - 1 :] == segment[: max(0, len(segment) - bars + 1)]
    return (within & (first[bars:] > first[: len(within)])).nonzero()[0]
