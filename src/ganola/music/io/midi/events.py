"""The events of a MIDI file as columns. Nothing here knows what a note is."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CHANNELS = 16
TRACK_NAME, END_OF_TRACK, TEMPO, TIME_SIGNATURE = 0x03, 0x2F, 0x51, 0x58  # kinds of meta events


class Meta(NamedTuple):
    """A meta event: its track, how many events are before it in all, how many ticks after them it is; type and data."""

    track: int
    events: int
    ticks: int
    kind: int
    data: bytes


class ProgramChange(NamedTuple):
    """From the event of this index on, a line has another program."""

    line: int
    event: int
    program: int


@dataclass(frozen=True, slots=True)
class Events:
    """The events with two bytes of data, track after track, as columns; `time` is in ticks since their track began."""

    line: NDArray[np.int32]  # the index of its track times CHANNELS, plus its channel
    time: NDArray[np.int64]
    status: NDArray[np.uint8]
    first: NDArray[np.uint8]
    second: NDArray[np.uint8]
    begins: tuple[int, ...]  # the index of each track's first event, and how many there are in all
    metas: tuple[Meta, ...]
    programs: tuple[ProgramChange, ...]
    repairs: Counter[str]  # what was repaired, and how often

    def tick(self, meta: Meta) -> int:
        """Return the time of a meta event in its track."""
        return meta.ticks + (int(self.time[meta.events - 1]) if meta.events > self.begins[meta.track] else 0)
