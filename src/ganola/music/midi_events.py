"""The events of a MIDI file as columns, and what had to be mended to read them. Nothing here knows what a note is.

Nearly all events of a file are plain: a time of up to four bytes, a status byte or none (then that of the event before
holds), and two bytes of data. Runs of them are found and decoded as columns, at once. All other events are read one by
one: those of other lengths, and damaged ones, which are mended where it is clear how.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganola.music.midi_chunks import chunk_end, is_chunk

CHANNELS = 16
TRACK_NAME, END_OF_TRACK, TEMPO, TIME_SIGNATURE = 0x03, 0x2F, 0x51, 0x58

_HIGH = 0x80  # set in a status byte, and in all bytes of a number but its last
_PROGRAM_CHANGE, _CHANNEL_PRESSURE, _SYSTEM = 0xC0, 0xD0, 0xF0
_SYSEX, _SYSEX_GOES_ON, _META = 0xF0, 0xF7, 0xFF
_SYSTEM_DATA = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # bytes of data of system messages; the others have none
_LONGEST_TIME = 0x0FFFFFFF  # what four bytes hold

_LOW, _PLAIN, _ODD = 0, 1, 2  # kinds of bytes: data; the status of an event with two bytes of data; any other status
_KINDS = bytes(
    _LOW if byte < _HIGH else _ODD if byte >= _SYSTEM or byte & 0xE0 == _PROGRAM_CHANGE else _PLAIN
    for byte in range(256)
)
_READABLE_AGAIN = re.compile(
    rb"[\x00-\x7f][\x80-\xbf\xe0-\xef][\x00-\x7f]{2}"
    rb"(?:[\x80-\xff]{0,3}[\x00-\x7f][\x80-\xbf\xe0-\xef]?[\x00-\x7f]{2}){2}"
    rb"|[\x00-\x7f]\xff\x2f\x00"
)


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

    line: NDArray[np.int32]  # its track's index times CHANNELS, and its channel
    time: NDArray[np.int64]
    status: NDArray[np.uint8]
    first: NDArray[np.uint8]
    second: NDArray[np.uint8]
    begins: tuple[int, ...]  # the index of each track's first event, and how many there are in all
    metas: tuple[Meta, ...]
    programs: tuple[ProgramChange, ...]
    mended: Counter[str]  # what was mended, and how often

    def tick(self, meta: Meta) -> int:
        """Return the time of a meta event in its track."""
        return meta.ticks + (int(self.time[meta.events - 1]) if meta.events > self.begins[meta.track] else 0)


def read_events(data: bytes, begin: int) -> Events:
    """Return the events of the tracks in `data` from `begin` on, where its first chunk after the header should be."""
    scan = _Scan(data)
    at = scan.find_track(begin)
    while at is not None:
        at = scan.find_track(scan.read_track(at))
    return scan.decode()


@dataclass(slots=True)
class _Scan:
    """A walk over the tracks of a file that notes where its plain events lie."""

    data: bytes
    kinds: bytes = b""
    lows: NDArray[np.intp] = field(init=False)  # where the bytes without a high bit are
    odd: tuple[bytes, bytes, bytes] = field(init=False)  # for every third of those, whether no plain event is there
    found: list[NDArray[np.intp]] = field(default_factory=list)  # for each plain event, the last byte of its time
    count: int = 0
    late: list[tuple[int, int]] = field(default_factory=list)  # index of an event, ticks of those left out before it
    forced: list[tuple[int, int]] = field(default_factory=list)  # index of an event without a status, its status
    rewritten: bytearray = field(default_factory=lambda: bytearray(1))  # odd events made plain; they follow the file
    begins: list[int] = field(default_factory=list)
    metas: list[Meta] = field(default_factory=list)
    programs: list[ProgramChange] = field(default_factory=list)
    playing: dict[int, int] = field(default_factory=dict)  # the program of each line that has another than the first
    mended: Counter[str] = field(default_factory=Counter)
    ticks: int = 0  # since the last event that was kept
    running: int = 0  # the status that holds for an event without one; 0 is none, -1 that of the last event kept
    before: int = 0  # the status that held before the runs of plain events that ...
    since: int = 0  # ... are found from this index on
    ended: bool = False
    rank: int = 0  # how many bytes without a high bit ...
    ranked: int = 0  # ... there are before this place

    def __post_init__(self) -> None:
        size = len(self.data)
        self.kinds = self.data.translate(_KINDS) + bytes([_ODD] * 4)
        kinds = np.frombuffer(self.kinds, np.uint8)
        low = kinds == _LOW
        plain = low[2 : size + 2] & (low[1 : size + 1] | (kinds[1 : size + 1] == _PLAIN) & low[3 : size + 3])
        high = ~low[:size]
        two = high[:-1] & high[1:]
        plain[4:] &= ~(two[:-3] & two[2:-1])  # a time of more than four bytes
        self.lows = low[:size].nonzero()[0]
        odd = ~plain.take(self.lows)
        self.odd = (odd[0::3].tobytes(), odd[1::3].tobytes(), odd[2::3].tobytes())

    def find_track(self, at: int) -> int | None:
        """Return where the next track chunk begins, from `at` on; other chunks, and what is none, are passed over."""
        data = self.data
        while is_chunk(data, at) and data[at : at + 4] != b"MTrk":
            if data[at : at + 4] == b"MThd":
                self.mended["second file"] += 1
                return None
            at = chunk_end(data, at)
        found = data.find(b"MTrk", at)
        if found < 0:
            return None
        if found > at:
            self.mended["junk"] += 1
        return found

    def read_track(self, chunk: int) -> int:
        """Note the events of the track chunk at `chunk`; return where the next chunk should be."""
        data = self.data
        at, stated_end = chunk + 8, chunk_end(data, chunk)
        believed = stated_end == len(data) or is_chunk(data, stated_end)
        limit = stated_end
        if not believed:
            following = data.find(b"MTrk", at)
            limit = following if following >= 0 else len(data)
        self.begins.append(self.count)
        self.ticks, self.running, self.ended = 0, 0, False
        while at < limit and not self.ended:
            if self.kinds[at] or self.kinds[at + 1] != _ODD:
                after = self._pass_plain(at, limit)
                if after > at:
                    at = after
                    continue
            at = self._read_odd(at, limit)
        if believed and not (self.ended and data[at : at + 4] == b"MTrk"):
            return stated_end
        if not self.ended:
            self.mended["cut off"] += 1
        elif at != stated_end:
            self.mended["length"] += 1
        return at

    def _pass_plain(self, at: int, limit: int) -> int:
        """Note the run of plain events that begins at `at`; return where it ends, which is `at` where there is none."""
        if self.data[at - 1] & _HIGH:  # it would look like a part of the time
            return at
        lows, rank = self.lows, self.rank + self.kinds.count(_LOW, self.ranked, at)
        self.rank, self.ranked = rank, at
        turn, residue = divmod(rank, 3)
        odd = self.odd[residue].find(1, turn)
        end = 3 * (odd if odd >= 0 else len(self.odd[residue])) + residue
        if end <= rank:
            return at
        after = lows.item(end - 1) + 1
        if after > limit:
            end = rank + self.kinds.count(_LOW, at, limit) // 3 * 3
            if end == rank:
                return at
            after = lows.item(end - 1) + 1
        if not self.data[lows.item(rank) + 1] & _HIGH:
            if self.running == 0 or (self.running > 0 and _KINDS[self.running] != _PLAIN):
                return at
            if self.running > 0:
                self.forced.append((self.count, self.running))
        if self.running >= 0:
            self.before, self.since = self.running, len(self.found)
        self.running = -1
        self._keep(lows[rank:end:3])
        self.rank, self.ranked = end, after
        return after

    def _keep(self, times: NDArray[np.intp]) -> None:
        if self.ticks:
            self.late.append((self.count, self.ticks))
            self.ticks = 0
        self.found.append(times)
        self.count += len(times)

    def _read_odd(self, at: int, limit: int) -> int:
        """Read the event at `at`, whatever it is; return where the next one should be."""
        data, start = self.data, at
        if data[at] < _HIGH:
            at, ticks = at + 1, data[at]
        else:
            at, ticks = _number(data, at, limit)
        status = data[at] if at < limit else 0
        if at >= limit:
            return limit
        self.ticks += ticks
        if status >= _SYSTEM:
            return self._read_system(at, limit, status)
        if status & _HIGH:
            at += 1
        else:
            status = self._running_status()
        if not status:
            return self._skip_unreadable(start, limit)
        self.running = status
        size = 1 if _KINDS[status] == _ODD else 2
        if at + size > limit:
            return limit
        values = data[at : at + size]
        if size == 1:
            self._change_program(status, values[0])
        else:
            self._rewrite(status, values[0], values[1])
        return at + size

    def _change_program(self, status: int, program: int) -> None:
        if program & _HIGH:
            self.mended["values"] += 1
        elif status < _CHANNEL_PRESSURE:
            line = (len(self.begins) - 1) * CHANNELS + (status & 0x0F)
            if self.playing.get(line, 0) != program:
                self.playing[line] = program
                self.programs.append(ProgramChange(line, self.count, program))

    def _rewrite(self, status: int, first: int, second: int) -> None:
        """Keep an event with two bytes of data as a plain one, its values no larger than MIDI has them."""
        if first & _HIGH:  # of which key or controller, nobody knows
            self.mended["pitches" if status & 0xF0 == 0x90 and second else "values"] += 1
            return
        if second & _HIGH:
            self.mended["values"] += 1
            second = 0x7F
        self._keep(np.array([len(self.data) + len(self.rewritten)], dtype=np.intp))
        self.rewritten += bytes([0, status, first, second])

    def _read_system(self, at: int, limit: int, status: int) -> int:
        data = self.data
        if status == _META:
            kind = data[at + 1] if at + 1 < limit else END_OF_TRACK
            after, size = _number(data, at + 2, limit)
            if kind == END_OF_TRACK:
                self.ended, size = True, 0
            end = after + size
            if end > limit:
                return self._skip_unreadable(at, limit)
            self.metas.append(Meta(len(self.begins) - 1, self.count, self.ticks, kind, data[after:end]))
            return end
        if status in (_SYSEX, _SYSEX_GOES_ON):
            after, size = _number(data, at + 1, limit)
            return after + size if after + size <= limit else self._skip_unreadable(at, limit)
        return at + 1 + _SYSTEM_DATA.get(status, 0)

    def _skip_unreadable(self, at: int, limit: int) -> int:
        """Return where events can be read again."""
        self.mended["unreadable"] += 1
        again = _READABLE_AGAIN.search(self.data, at + 1, limit)
        return again.start() if again else limit

    def _running_status(self) -> int:
        """Return the status for an event without one; 0 where there is none."""
        if self.running < 0:
            runs = reversed(self.found[self.since :])
            follows = (self.data[time + 1] for run in runs for time in run[::-1].tolist())
            self.running = next((byte for byte in follows if byte & _HIGH), self.before)
        return self.running

    def decode(self) -> Events:
        """Return what was noted as columns."""
        data = np.frombuffer(self.data + self.rewritten, np.uint8)
        times = np.concatenate(self.found) if self.found else np.empty(0, dtype=np.intp)
        after = times + 1
        status = data.take(after)
        stated = status >= _HIGH
        first = after + stated
        if self.forced:
            where, running = np.array(self.forced, dtype=np.intp).T
            status[where], stated[where] = running, True
        if not stated.all():  # the first event of all is
            status = status.compress(stated).take(stated.cumsum() - 1)
        clock = _numbers(data, times)
        if self.late:
            where, ticks = np.array(self.late, dtype=np.int64).T
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
            mended=self.mended,
        )


def _number(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """Return where the number at `at` ends, and the number: seven bits a byte, all bytes but the last marked."""
    number = 0
    while at < limit:
        byte = data[at]
        number = (number << 7 | byte & 0x7F) & _LONGEST_TIME
        at += 1
        if byte < _HIGH:
            break
    return at, number


def _numbers(data: NDArray[np.uint8], last: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the numbers of up to four bytes whose last bytes are there."""
    numbers = data.take(last).astype(np.int64)
    marked: NDArray[np.bool_] | np.bool_ = np.True_
    for back in (1, 2, 3):
        byte = data.take(last - back)
        marked = marked & (byte >= _HIGH)
        if not marked.any():
            break
        numbers += ((byte & 0x7F) * marked).astype(np.int64) << 7 * back
    return numbers
