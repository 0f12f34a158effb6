"""From the places of events in the bytes of a MIDI file to columns of events."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ganola.music.io.midi.events import CHANNELS, Events, Meta, ProgramChange
from ganola.music.io.midi.numbers import HIGH, read_numbers


@dataclass(slots=True)
class EventPlaces:
    """Where the events of a file are, track after track, and what of the file is in no column."""

    data: bytes
    times: list[NDArray[np.intp]] = field(default_factory=list)  # for each event, the last byte of its time
    count: int = 0
    delays: list[tuple[int, int]] = field(default_factory=list)  # index of an event, ticks of what is skipped before it
    statuses: list[tuple[int, int]] = field(default_factory=list)  # index of an event that states none, its status
    rewritten: bytearray = field(default_factory=lambda: bytearray(1))  # events made plain; they follow the file
    begins: list[int] = field(default_factory=list)
    metas: list[Meta] = field(default_factory=list)
    programs: list[ProgramChange] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    ticks: int = 0  # since the last event that was kept

    def begin_track(self) -> None:
        """Count what follows as the events of the next track."""
        self.begins.append(self.count)
        self.ticks = 0

    def keep(self, times: NDArray[np.intp]) -> None:
        """Add plain events by the last bytes of their times."""
        if self.ticks:
            self.delays.append((self.count, self.ticks))
            self.ticks = 0
        self.times.append(times)
        self.count += len(times)

    def keep_rewritten(self, status: int, first: int, second: int) -> None:
        """Add an event as a plain one of these three bytes."""
        self.keep(np.array([len(self.data) + len(self.rewritten)], dtype=np.intp))
        self.rewritten += bytes([0, status, first, second])

    def decode(self) -> Events:
        """Return the events as columns."""
        data = np.frombuffer(self.data + self.rewritten, np.uint8)
        times = np.concatenate(self.times) if self.times else np.empty(0, dtype=np.intp)
        after = times + 1
        status = data.take(after)
        stated = status >= HIGH
        first = after + stated
        if self.statuses:
            where, running = np.array(self.statuses, dtype=np.intp).T
            status[where], stated[where] = running, True
        if not stated.all():  # the first event of all is
            status = status.compress(stated).take(stated.cumsum() - 1)
        clock = read_numbers(data, times)
        if self.delays:
            where, ticks = np.array(self.delays, dtype=np.int64).T
            clock[where] += ticks
        line = (status & 0x0F).astype(np.int32)
        for track, (begin, end) in enumerate(pairwise([*self.begins, self.count])):
            clock[begin:end].cumsum(out=clock[begin:end])
            line[begin:end] += track * CHANNELS
        return Events(
            line=line,
            time=clock,
            status=status,
            first=data.take(first),
            second=data[1:].take(first),
            begins=(*self.begins, self.count),
            metas=tuple(self.metas),
            programs=tuple(self.programs),
            repairs=self.repairs,
        )
