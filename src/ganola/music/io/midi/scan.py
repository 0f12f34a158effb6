"""From the bytes of a MIDI file to its events, and what had to be repaired to read them.

Runs of plain events are found at once (see `runs`). All other events are read one by one: those of other lengths, and
damaged ones, which are repaired where it is clear how.
"""

import re
from dataclasses import dataclass, field

from ganola.music.io.midi.chunks import chunk_end, is_chunk
from ganola.music.io.midi.columns import EventPlaces
from ganola.music.io.midi.events import CHANNELS, END_OF_TRACK, Events, Meta, ProgramChange
from ganola.music.io.midi.numbers import HIGH, read_number
from ganola.music.io.midi.runs import SYSTEM, PlainRuns, is_plain

_CHANNEL_PRESSURE = 0xD0
_SYSEX, _SYSEX_CONTINUED, _META = 0xF0, 0xF7, 0xFF
_SYSTEM_DATA = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # bytes of data of system messages; the others have none
_UNSTATED = -1  # the running status is that of the last event kept, not looked up yet
_READABLE_AGAIN = re.compile(
    rb"[\x00-\x7f][\x80-\xbf\xe0-\xef][\x00-\x7f]{2}"
    rb"(?:[\x80-\xff]{0,3}[\x00-\x7f][\x80-\xbf\xe0-\xef]?[\x00-\x7f]{2}){2}"
    rb"|[\x00-\x7f]\xff\x2f\x00"
)


def read_events(data: bytes, begin: int) -> Events:
    """Return the events of the tracks in `data` from `begin` on, where its first chunk after the header should be."""
    scan = _Scan(data)
    at = scan.find_track(begin)
    while at is not None:
        at = scan.find_track(scan.read_track(at))
    return scan.places.decode()


@dataclass(slots=True)
class _Scan:
    """A walk over the tracks of a file that notes where its events lie."""

    data: bytes
    runs: PlainRuns = field(init=False)
    places: EventPlaces = field(init=False)
    programs: dict[int, int] = field(default_factory=dict)  # of each line that has another than the first
    running: int = 0  # the status that holds for an event without one; 0 is none
    before: int = 0  # the status that held before the runs of plain events that ...
    since: int = 0  # ... are found from this index on
    ended: bool = False

    def __post_init__(self) -> None:
        self.runs = PlainRuns(self.data)
        self.places = EventPlaces(self.data)

    def find_track(self, at: int) -> int | None:
        """Return where the next track chunk begins, from `at` on; skip other chunks, and what is none."""
        data = self.data
        while is_chunk(data, at) and data[at : at + 4] != b"MTrk":
            if data[at : at + 4] == b"MThd":
                self.places.repairs["second file"] += 1
                return None
            at = chunk_end(data, at)
        found = data.find(b"MTrk", at)
        if found < 0:
            return None
        if found > at:
            self.places.repairs["junk"] += 1
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
        self.places.begin_track()
        self.running, self.ended = 0, False
        while at < limit and not self.ended:
            after = self._read_run(at, limit) if self.runs.may_begin(at) else at
            at = after if after > at else self._read_event(at, limit)
        if believed and not (self.ended and data[at : at + 4] == b"MTrk"):
            return stated_end
        if not self.ended:
            self.places.repairs["cut off"] += 1
        elif at != stated_end:
            self.places.repairs["length"] += 1
        return at

    def _read_run(self, at: int, limit: int) -> int:
        """Note the run of plain events that begins at `at`; return where it ends, which is `at` where there is none."""
        run = self.runs.find(at, limit)
        if run is None:
            return at
        if not self.data[run.times.item(0) + 1] & HIGH:
            if self.running == 0 or (self.running > 0 and not is_plain(self.running)):
                return at
            if self.running > 0:
                self.places.statuses.append((self.places.count, self.running))
        if self.running != _UNSTATED:
            self.before, self.since = self.running, len(self.places.times)
        self.running = _UNSTATED
        self.places.keep(run.times)
        self.runs.skip(run)
        return run.end

    def _read_event(self, at: int, limit: int) -> int:
        """Read the event at `at`, whatever it is; return where the next one should be."""
        data, start = self.data, at
        if data[at] < HIGH:
            at, ticks = at + 1, data[at]
        else:
            at, ticks = read_number(data, at, limit)
        status = data[at] if at < limit else 0
        if at >= limit:
            return limit
        self.places.ticks += ticks
        if status >= SYSTEM:
            return self._read_system(at, limit, status)
        if status & HIGH:
            at += 1
        else:
            status = self._running_status()
        if not status:
            return self._skip_unreadable(start, limit)
        self.running = status
        size = 2 if is_plain(status) else 1
        if at + size > limit:
            return limit
        values = data[at : at + size]
        if size == 1:
            self._change_program(status, values[0])
        else:
            self._keep_repaired(status, values[0], values[1])
        return at + size

    def _change_program(self, status: int, program: int) -> None:
        if program & HIGH:
            self.places.repairs["values"] += 1
        elif status < _CHANNEL_PRESSURE:
            line = (len(self.places.begins) - 1) * CHANNELS + (status & 0x0F)
            if self.programs.get(line, 0) != program:
                self.programs[line] = program
                self.places.programs.append(ProgramChange(line, self.places.count, program))

    def _keep_repaired(self, status: int, first: int, second: int) -> None:
        """Keep an event with two bytes of data, its values no larger than MIDI has them."""
        if first & HIGH:  # of which key or controller, nobody knows
            self.places.repairs["pitches" if status & 0xF0 == 0x90 and second else "values"] += 1
            return
        if second & HIGH:
            self.places.repairs["values"] += 1
            second = 0x7F
        self.places.keep_rewritten(status, first, second)

    def _read_system(self, at: int, limit: int, status: int) -> int:
        """Read the meta event or system message whose status is at `at`; return where the next event should be."""
        data, places = self.data, self.places
        if status == _META:
            kind = data[at + 1] if at + 1 < limit else END_OF_TRACK
            after, size = read_number(data, at + 2, limit)
            if kind == END_OF_TRACK:
                self.ended, size = True, 0
            end = after + size
            if end > limit:
                return self._skip_unreadable(at, limit)
            places.metas.append(Meta(len(places.begins) - 1, places.count, places.ticks, kind, data[after:end]))
            return end
        if status in (_SYSEX, _SYSEX_CONTINUED):
            after, size = read_number(data, at + 1, limit)
            return after + size if after + size <= limit else self._skip_unreadable(at, limit)
        return at + 1 + _SYSTEM_DATA.get(status, 0)

    def _skip_unreadable(self, at: int, limit: int) -> int:
        """Return where events can be read again."""
        self.places.repairs["unreadable"] += 1
        again = _READABLE_AGAIN.search(self.data, at + 1, limit)
        return again.start() if again else limit

    def _running_status(self) -> int:
        """Return the status for an event without one; 0 where there is none."""
        if self.running == _UNSTATED:
            runs = reversed(self.places.times[self.since :])
            following = (self.data[time + 1] for run in runs for time in run[::-1].tolist())
            self.running = next((byte for byte in following if byte & HIGH), self.before)
        return self.running
