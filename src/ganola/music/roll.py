"""The roll codec: notes on a grid become cells, cells become notes, each the inverse of the other.

A cell is off, onset or sustain, so that a repeated note differs from a held one. Networks see a roll as binary
planes: two of them, onset and sustain, or the notes' one plane (N1), what sounds.

Cells have the axes (tracks, steps, pitches), rolls (tracks, planes, steps, pitches); leading axes may be added.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, UInt8
from numpy.typing import NDArray

from ganola.music.grid import Grid
from ganola.music.metre import MetreChange
from ganola.music.score import Notes, Score, default_velocity
from ganola.music.sorting import order_numbers
from ganola.music.tracks import Track

OFF, ONSET, SUSTAIN = 0, 1, 2

Cells = UInt8[np.ndarray, "*batch tracks steps pitches"]


@dataclass(frozen=True, slots=True)
class FittedNotes:
    """Notes that a roll can hold exactly, and how many notes were left out or cut for that."""

    notes: Notes
    out_of_range: int  # below or above the grid: left out
    merged: int  # begun together on one pitch (in a monophonic track: at all): the longest (highest) stays
    shortened: int  # cut where the next note of its pitch (of its track, if monophonic) begins


def fit_notes(notes: Notes, tracks: tuple[Track, ...], grid: Grid) -> FittedNotes:
    """Return the notes, in steps, as the tracks and the range of `grid` can hold them.

    In a polyphonic track a pitch sounds once at a time; in a monophonic track the highest note that begins at a step
    sounds until the next begins. A note keeps its velocity. Raises ValueError for music of 2^20 steps or more; no file
    that is read has so many.
    """
    inside = (notes.pitch >= grid.lowest) & (notes.pitch <= grid.highest)
    kept = notes if inside.all() else notes.where(inside)
    origin = int(kept.start.min(initial=0))
    if int(kept.end.max(initial=0)) - origin > _STEPS:
        raise ValueError(f"music of more than {_STEPS:,} steps")
    numbers = _sort_keys(kept, tracks, origin)
    order = order_numbers(numbers, _BELOW_START + _STEP_BITS)
    packed, velocity = numbers.take(order), kept.velocity.take(order)
    begun = packed >> _BELOW_START
    first = np.ones(len(packed), dtype=bool)
    first[1:] = begun[1:] != begun[:-1]
    merged = len(kept) - int(np.count_nonzero(first))
    if merged:
        longest = first.nonzero()[0]
        packed, begun, velocity = packed.take(longest), begun.take(longest), velocity.take(longest)
    string = begun >> _STEP_BITS
    start = (begun & _STEPS).astype(np.int32)
    end = start + (_STEPS - (packed & _STEPS)).astype(np.int32)
    cut = (string[1:] == string[:-1]) & (start[1:] < end[:-1])
    np.copyto(end[:-1], start[1:], where=cut)
    pitch = 127 - ((packed >> _STEP_BITS) & 127).astype(np.int32)
    fitted = Notes((string >> _STRING_BITS).astype(np.int32), start, end, pitch, velocity)
    return FittedNotes(
        fitted.shift(ticks=origin) if origin else fitted, len(notes) - len(kept), merged, int(np.count_nonzero(cut))
    )


# A note as one number: its string, its start, from high to low its pitch, from long to short its length. Sorting
# numbers is several times faster than sorting rows.
_STEP_BITS, _STRING_BITS = 20, 8
_BELOW_START = _STEP_BITS + 7
_STEPS = 2**_STEP_BITS - 1


def _sort_keys(notes: Notes, tracks: tuple[Track, ...], origin: int) -> NDArray[np.int64]:
    """Return each note as a number by which notes sort.

    A string is what can sound one note at a time: a pitch of a polyphonic track, or the whole of a monophonic one.
    """
    string = (notes.track << _STRING_BITS) + notes.pitch
    if any(track.monophonic for track in tracks):
        monophonic = np.array([track.monophonic for track in tracks])[notes.track]
        string = np.where(monophonic, (notes.track << _STRING_BITS) + 128, string)
    begun = (string.astype(np.int64) << _STEP_BITS) + (notes.start - origin)
    below_start = ((127 - notes.pitch) << _STEP_BITS) + (_STEPS - (notes.end - notes.start))
    return (begun << _BELOW_START) + below_start


def encode(notes: Notes, tracks: int, steps: int, grid: Grid) -> UInt8[np.ndarray, "tracks steps pitches"]:
    """Return the cells of fitted notes, which lie within [0, steps) and the range of `grid`; see `fit_notes`."""
    cells = np.zeros((tracks, steps, grid.pitches), dtype=np.uint8)
    flat = cells.reshape(-1)
    step, length = notes.steps()
    row = notes.track.astype(np.int64) * (steps * grid.pitches) + (notes.pitch - grid.lowest)
    flat[np.repeat(row, length) + step * grid.pitches] = SUSTAIN
    flat[row + notes.start * np.int64(grid.pitches)] = ONSET
    return cells


def decode(cells: UInt8[np.ndarray, "tracks steps pitches"], grid: Grid) -> Notes:
    """Return the notes of cells, in order. A sustain that continues nothing sounds too: it begins a note."""
    tracks, steps, pitches = cells.shape
    # By string: steps last, with a step of silence after each, so that a note's end is found on its own string.
    strings = np.zeros((tracks, pitches, steps + 1), dtype=np.uint8)
    strings[:, :, :steps] = cells.transpose(0, 2, 1)
    sounding = strings != OFF
    before = np.zeros_like(sounding)
    before[:, :, 1:] = sounding[:, :, :-1]
    starts = (strings == ONSET) | (sounding & ~before)
    ends = before & (strings != SUSTAIN)
    track, pitch, start = np.nonzero(starts)
    end = np.nonzero(ends)[2]
    found = Notes(
        track=track.astype(np.int32),
        start=start.astype(np.int32),
        end=end.astype(np.int32),
        pitch=(pitch + grid.lowest).astype(np.int32),
        velocity=default_velocity(len(track)),
    )
    return found.sort()


def to_score(
    cells: UInt8[np.ndarray, "tracks steps pitches"], grid: Grid, tracks: tuple[Track, ...], tempo: float
) -> Score:
    """Return the music of cells, its ticks steps; it lasts as long as they do. `tempo` is in quarter notes a minute."""
    return Score(
        tracks=tracks,
        notes=decode(cells, grid),
        ticks_per_quarter=grid.steps_per_quarter,
        metres=(MetreChange(0, grid.metre),),
        tempo=tempo,
        end=cells.shape[1],
    )


def find_onsets(cells: Cells) -> Bool[np.ndarray, "*batch tracks steps pitches"]:
    """Return where a note begins: at an onset, and at a sustain that continues nothing, which sounds too."""
    sounds = cells != OFF
    found = np.asarray(cells == ONSET)
    found[..., 0, :] |= sounds[..., 0, :]
    found[..., 1:, :] |= sounds[..., 1:, :] & ~sounds[..., :-1, :]
    return found


def to_planes(cells: Cells) -> Bool[np.ndarray, "*batch tracks 2 steps pitches"]:
    """Return cells as two binary planes: onset, sustain."""
    return np.stack([cells == ONSET, cells == SUSTAIN], axis=-3)


def from_planes(roll: Bool[np.ndarray, "*batch tracks planes steps pitches"]) -> Cells:
    """Return the cells of a roll of two planes (an onset outweighs a sustain) or one (see `from_sounding`)."""
    if roll.shape[-3] == 1:
        return from_sounding(roll[..., 0, :, :])
    onset, sustain = roll[..., 0, :, :], roll[..., 1, :, :]
    return np.where(onset, np.uint8(ONSET), np.where(sustain, np.uint8(SUSTAIN), np.uint8(OFF)))


def sounding(cells: Cells) -> Bool[np.ndarray, "*batch tracks steps pitches"]:
    """Return the notes' binary plane (N1): whether a pitch sounds. A repeated note and a held one look the same."""
    return cells != OFF


def from_sounding(plane: Bool[np.ndarray, "*batch tracks steps pitches"]) -> Cells:
    """Return the cells of a plane of what sounds: a run of sounding steps is one note."""
    before = np.zeros_like(plane)
    before[..., 1:, :] = plane[..., :-1, :]
    return np.where(plane & ~before, np.uint8(ONSET), np.where(plane, np.uint8(SUSTAIN), np.uint8(OFF)))
