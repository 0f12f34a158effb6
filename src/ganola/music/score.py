"""Notes in time, as read from a file (in its ticks) or on a grid (a tick is then a step)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ganola.music.metre import MetreChange
from ganola.music.tempo import TempoChange
from ganola.music.tracks import Track

TICKS_PER_QUARTER = 96  # of music read from notation: holds sixteenths, triplets and their halves exactly
DEFAULT_VELOCITY = 84  # of notes that nothing says the loudness of: notation's, and a roll's

Column = NDArray[np.int32]
Ticks = TypeVar("Ticks", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes as columns of one length.

    The index of the track, start and end in ticks (end excluded), MIDI pitch, and MIDI velocity (1 to 127).
    """

    track: Column
    start: Column
    end: Column
    pitch: Column
    velocity: Column

    def __len__(self) -> int:
        return len(self.start)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> "Notes":
        """Return the notes that a mask, an index or a slice chooses, in its order."""
        return Notes(*(column[chosen] for column in self.columns()))

    def columns(self) -> tuple[Column, ...]:
        """Return the columns, in the order of the fields."""
        return self.track, self.start, self.end, self.pitch, self.velocity

    def steps(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return every tick at which each note sounds, note after note, and how many of them each note has."""
        length = (self.end - self.start).astype(np.int64)
        ends = np.cumsum(length)
        offset = np.repeat(self.start - (ends - length), length)
        return np.arange(len(offset)) + offset, length

    def sort(self) -> "Notes":
        """Return the same notes sorted by track, then start, then pitch, then end, then velocity."""
        return self.where(np.lexsort((self.velocity, self.end, self.pitch, self.start, self.track)))

    def shift(self, *, ticks: int = 0, semitones: int = 0) -> "Notes":
        """Return the same notes later by `ticks` and higher by `semitones`."""
        return replace(
            self,
            start=self.start + np.int32(ticks),
            end=self.end + np.int32(ticks),
            pitch=self.pitch + np.int32(semitones),
        )

    @staticmethod
    def of(rows: list[tuple[int, int, int, int]]) -> "Notes":
        """Return notes of the default velocity from rows of (track, start, end, pitch)."""
        table = np.array(rows, dtype=np.int32).reshape(-1, 4)
        track, start, end, pitch = map(np.ascontiguousarray, table.T)
        return Notes(track, start, end, pitch, default_velocity(len(rows)))

    @staticmethod
    def join(parts: Sequence["Notes"]) -> "Notes":
        """Return the notes of all parts, which are one or more, one part after the other."""
        return Notes(*map(np.concatenate, zip(*(part.columns() for part in parts), strict=True)))

    def rows(self) -> list[tuple[int, int, int, int]]:
        """Return rows of (track, start, end, pitch), in order."""
        ordered = self.sort()
        table = np.stack([ordered.track, ordered.start, ordered.end, ordered.pitch], axis=1)
        return [(int(track), int(start), int(end), int(pitch)) for track, start, end, pitch in table]


def default_velocity(notes: int) -> Column:
    """Return the velocities of so many notes of which nothing says how loud they are."""
    return np.full(notes, DEFAULT_VELOCITY, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Score:
    """A piece of music: who plays what and when.

    `metres` is empty where nothing says what bars the music has. Else `first_bar` is the tick of a bar line; a pickup
    sounds before it. `tempo` is in quarter notes a minute, the first that is stated; `tempos` are all that are,
    and empty where one holds from the beginning on. `end` is the tick at which the music ends, silence included,
    where something says so; else it is 0, and the music ends with the bar of its last note. `remarks` tell the owner of
    the file what was repaired or guessed while it was read.
    """

    tracks: tuple[Track, ...]
    notes: Notes
    ticks_per_quarter: int
    metres: tuple[MetreChange, ...] = ()
    first_bar: int = 0
    tempo: float = 120.0
    remarks: tuple[str, ...] = ()
    end: int = 0
    tempos: tuple[TempoChange, ...] = ()

    @property
    def pitched(self) -> Notes:
        """The notes of all tracks but drums."""
        pitched = [not track.drums for track in self.tracks]
        if all(pitched):
            return self.notes
        return self.notes.where(np.array(pitched)[self.notes.track] if any(pitched) else slice(0))

    def shift(self, ticks: int) -> "Score":
        """Return the same music later by `ticks`, its metres with it."""
        return replace(
            self,
            notes=self.notes.shift(ticks=ticks),
            metres=tuple(replace(change, tick=change.tick + ticks) for change in self.metres),
            first_bar=self.first_bar + ticks,
            tempos=tuple(replace(change, tick=change.tick + ticks) for change in self.tempos),
            end=self.end + ticks if self.end else 0,
        )

    def transpose(self, semitones: int) -> "Score":
        """Return the same music higher by `semitones`; drum tracks stay."""
        if semitones == 0:
            return self
        if not any(track.drums for track in self.tracks):
            return replace(self, notes=self.notes.shift(semitones=semitones))
        drums = np.array([track.drums for track in self.tracks])[self.notes.track]
        pitch = np.where(drums, self.notes.pitch, self.notes.pitch + semitones).astype(np.int32)
        return replace(self, notes=replace(self.notes, pitch=pitch))


def quantise(score: Score, steps_per_quarter: int) -> Score:
    """Return `score` on a grid: its ticks are steps of which `steps_per_quarter` make a quarter note.

    Starts and ends are rounded each on its own (half a step rounds up), so that notes that touch still touch;
    a note that would vanish lasts one step.
    """

    def steps(ticks: Ticks) -> Ticks:
        return (2 * steps_per_quarter * ticks + score.ticks_per_quarter) // (2 * score.ticks_per_quarter)

    start = steps(score.notes.start.astype(np.int64)).astype(np.int32)
    end = np.maximum(steps(score.notes.end.astype(np.int64)).astype(np.int32), start + 1)
    return replace(
        score,
        notes=replace(score.notes, start=start, end=end),
        ticks_per_quarter=steps_per_quarter,
        metres=tuple(replace(change, tick=steps(change.tick)) for change in score.metres),
        first_bar=steps(score.first_bar),
        tempos=tuple(replace(change, tick=steps(change.tick)) for change in score.tempos),
        end=steps(score.end),
    )
