"""A piece's notes cut at its bar lines, the form in which a corpus keeps them; and back, as rolls of some of its bars.

The notes of bar after bar lie in one array of BAR_NOTE records. Beside it, `first` has an entry for each bar line: the
first note of the bar that begins there and, for the last line, how many notes there are.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Int64, Shaped
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
        ("spare", "u1"),  # zero; while a piece is sorted, the high byte of a start counted from its beginning
    ]
)
AS_NUMBER = np.dtype("<i8")
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
    crossing = (notes.end > line).nonzero()[0]
    held = _held(rows[crossing], line[crossing], notes.end[crossing], steps_per_bar)
    numbers = rows.view(AS_NUMBER)
    numbers += notes.start.astype(np.int64) * _STEP
    numbers = sort_numbers(np.concatenate([numbers, held]), _BELOW_START)
    lines = np.arange(bars + 1) * (steps_per_bar * _STEP)
    first = numbers.searchsorted(lines)
    numbers -= lines[:-1].repeat(first[1:] - first[:-1])
    return numbers.view(BAR_NOTE), first


def _held(
    heads: NDArray[Any], line: NDArray[np.int32], end: NDArray[np.int32], steps_per_bar: int
) -> NDArray[np.int64]:
    """Return what sounds on after each note's first bar line, a record a bar, as numbers whose starts count from step
    0."""
    bars = (end - line + (steps_per_bar - 1)) // steps_per_bar
    note = np.arange(len(heads)).repeat(bars)
    start = np.arange(len(note)) * steps_per_bar + (line - (bars.cumsum() - bars) * steps_per_bar)[note]
    rows = heads[note]
    rows["held"] = True
    rows["length"] = np.minimum(end[note] - start, steps_per_bar)
    return rows.view(AS_NUMBER) + start * _STEP


def refuse_invalid_notes(rows: Shaped[np.ndarray, "rows"], grid: Grid, tracks: int) -> None:
    """Raise DamagedError where a note does not lie within its bar, the pitches of `grid` and so many tracks."""
    end = rows["start"].astype(np.int32) + rows["length"]
    pitch = rows["pitch"]
    within = (rows["length"] > 0) & (end <= grid.steps_per_bar) & (rows["track"] < tracks)
    within &= (pitch >= grid.lowest) & (pitch <= grid.highest)
    within &= (rows["held"].view(np.uint8) <= 1) & (rows["spare"] == 0)
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

    corner = np.arange(windows)[:, None] * (tracks * 2 * plane) + np.arange(bars) * (grid.steps_per_bar * grid.pitches)
    opening = np.broadcast_to(np.arange(bars) == 0, counts.shape)
    onset = corner.reshape(-1).repeat(counts.reshape(-1))  # of each note, in the onset plane of its track
    onset += rows["track"] * np.int64(2 * plane) + rows["start"] * np.int64(grid.pitches)
    onset += rows["pitch"]
    onset -= grid.lowest
    struck = opening.reshape(-1).repeat(counts.reshape(-1)) | ~rows["held"]
    cells[onset[struck]] = True

    sustained = rows["length"] - struck.astype(np.int64)
    before = sustained.cumsum() - sustained
    cell = (onset + plane + (struck - before) * grid.pitches).repeat(sustained)
    cell += np.arange(len(cell)) * grid.pitches
    cells[cell] = True
    return roll


def window_starts(first: Int[np.ndarray, "lines"], segments: Sequence[int], bars: int) -> Int64[np.ndarray, "windows"]:
    """Return the bars of a piece at which a window of `bars` bars begins: within one section, and something sounds in
    it.

    `first` belongs to the bars of the piece alone; `segments` are lengths in bars and make up the piece.
    """
    section = np.arange(len(segments)).repeat(segments)
    within = section[bars - 1 :] == section[: max(0, len(section) - bars + 1)]
    return (within & (first[bars:] > first[: len(within)])).nonzero()[0]
