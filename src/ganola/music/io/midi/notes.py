"""From the events of a MIDI file to its notes: which event ends which note, and where a note ends that none ends."""

from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganola.music.io.limits import MAX_QUARTERS, refuse_excess
from ganola.music.io.midi.events import CHANNELS, END_OF_TRACK, Events, ProgramChange
from ganola.music.sorting import Whole, stable_order

DRUM_CHANNEL = 9
STROKES_A_BEAT = 4  # a drum stroke that nothing ends lasts no longer than this part of a quarter note

_PITCHES, _PROGRAMS = 128, 128
_NOTE_ON, _CONTROLLER = 0x90, 0xB0  # the least of all, 0x80, lets a note go
_ALL_OFF = (120, 123)  # the controllers that end all notes of a channel: all sound off, all notes off
_NONE = -1


class Player(NamedTuple):
    """Whose notes belong together: those of one channel and one program in a track of the file."""

    track: int
    channel: int
    program: int


@dataclass(frozen=True, slots=True)
class PlayedNotes:
    """Notes as columns, player after player, in the order in which they are struck; in ticks."""

    players: tuple[Player, ...]
    player: Whole
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    pitch: NDArray[np.uint8]
    velocity: NDArray[np.uint8]
    notes_without_end: int
    strokes_without_end: int  # the same, of drums


def find_notes(events: Events, ticks_per_quarter: int) -> PlayedNotes:
    """Return the notes of the events.

    Of notes of one pitch that sound together, on one channel of a track, the one that was struck first ends first.
    Where one of them has no end, each of them ends when the pitch is struck again or let go. The last one then ends
    when its channel is told to be silent, or else with its track; and a drum stroke after a part of a beat.

    Raises InputError for more notes than music has.
    """
    time, command = events.time, events.status & 0xF0
    struck = (command == _NOTE_ON) & (events.second > 0)
    released = (command <= _NOTE_ON) & ~struck
    onsets = struck.nonzero()[0]
    refuse_excess(0.0, len(onsets))
    closing = _find_closing(events.line * _PITCHES + events.first, struck, released).take(onsets)
    line, pitch, start, end = events.line.take(onsets), events.first.take(onsets), time.take(onsets), time[closing]
    endless = (closing == _NONE) | struck[closing]
    drums = endless & (line % CHANNELS == DRUM_CHANNEL) if endless.any() else endless
    if endless.any():
        shortest = start + max(1, ticks_per_quarter // STROKES_A_BEAT)
        last = np.maximum(_find_track_ends(events, ticks_per_quarter)[line // CHANNELS], shortest)
        until = np.minimum(np.where(closing == _NONE, last, end), _find_silences(events, line, onsets))
        end = np.where(endless, np.where(drums, np.minimum(until, shortest), until), end)
    player, order, players = _split_by_player(events.programs, line, onsets)
    return PlayedNotes(
        players=players,
        player=player,
        start=start[order],
        end=end[order],
        pitch=pitch[order],
        velocity=events.second.take(onsets)[order],
        notes_without_end=int(np.count_nonzero(endless) - np.count_nonzero(drums)),
        strokes_without_end=int(np.count_nonzero(drums)),
    )


def _split_by_player(
    changes: tuple[ProgramChange, ...], line: Whole, event: Whole
) -> tuple[Whole, Whole | slice, tuple[Player, ...]]:
    """Return who plays each note, which order puts the notes of a player together, and the players.

    `line` and `event` are those of the notes' onsets.
    """
    order: Whole | slice = slice(None)
    if (line[1:] < line[:-1]).any():
        order = stable_order(line)
        line, event = line[order], event[order]
    owner = _find_owners(changes, line, event)
    if (owner[1:] < owner[:-1]).any():  # a program comes back
        back = stable_order(owner)
        owner, order = owner[back], np.arange(len(owner))[order][back]
    first = np.ones(len(owner), dtype=bool)
    np.not_equal(owner[1:], owner[:-1], out=first[1:])
    players = tuple(map(_player, owner.compress(first).tolist()))
    return np.cumsum(first, dtype=np.int32) - 1, order, players


def _bounds(column: Whole) -> list[int]:
    """Return where in a column another value begins than before, and where it ends."""
    return [0, *(np.flatnonzero(column[1:] != column[:-1]) + 1).tolist(), len(column)] if len(column) else [0]


def _find_closing(key: Whole, struck: NDArray[np.bool_], released: NDArray[np.bool_]) -> Whole:
    """Return for each event that strikes its key the one that ends the note, or _NONE."""
    closing = np.full(len(key), _NONE)
    order = stable_order(key)
    on, off = order.compress(struck.take(order)), order.compress(released.take(order))
    if len(on) == len(off) and (on < off).all() and (key.take(on) == key.take(off)).all():
        closing[on] = off
        return closing
    order = order.compress((struck | released).take(order))
    events, strikes = order.tolist(), struck.take(order).tolist()
    pairs = _Pairs([], [])
    for begin, end in pairwise(_bounds(key.take(order))):
        pairs.add(events[begin:end], strikes[begin:end])
    closing[pairs.on] = pairs.off
    return closing


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Events that strike a key, and for each the one that ends its note, or _NONE."""

    on: list[int]
    off: list[int]

    def add(self, events: list[int], strikes: list[bool]) -> None:
        """Add the pairs among all the events of one key; `strikes` says which of them strike it."""
        if len(events) % 2 == 0 and all(strikes[::2]) and not any(strikes[1::2]):
            self.on.extend(events[::2])
            self.off.extend(events[1::2])
            return
        waiting: deque[int] = deque()
        alone = 0  # since when notes have been sounding
        for place, (event, strikes_it) in enumerate(zip(events, strikes, strict=True)):
            if strikes_it:
                if not waiting:
                    alone, known = place, len(self.on)
                waiting.append(event)
            elif waiting:
                self.on.append(waiting.popleft())
                self.off.append(event)
        if waiting:  # one of the notes since then has no end: which, nobody knows
            del self.on[known:], self.off[known:]
            for (event, then), strikes_it in zip(pairwise([*events[alone:], _NONE]), strikes[alone:], strict=True):
                if strikes_it:
                    self.on.append(event)
                    self.off.append(then)


def _find_track_ends(events: Events, ticks_per_quarter: int) -> NDArray[np.int64]:
    """Return when each track ends: as it says, or, where that is absurdly late or never, with its last event."""
    begins = events.begins
    ends = [int(events.time[end - 1]) if end > begin else 0 for begin, end in pairwise(begins)]
    for meta in events.metas:
        if meta.kind == END_OF_TRACK:
            tick = events.tick(meta)
            if tick <= MAX_QUARTERS * ticks_per_quarter:
                ends[meta.track] = tick
    return np.array(ends, dtype=np.int64)


def _find_silences(events: Events, line: Whole, event: Whole) -> NDArray[np.int64]:
    """Return when, after each event, its line is told to be silent; if never, later than anything."""
    silencing = np.flatnonzero(((events.status & 0xF0) == _CONTROLLER) & np.isin(events.first, _ALL_OFF))
    silenced_line = events.line[silencing]
    order = np.argsort(silenced_line, kind="stable")
    silencing, silenced_line = silencing[order], silenced_line[order]
    count = len(events.time)
    following = np.searchsorted(
        silenced_line.astype(np.int64) * count + silencing, line.astype(np.int64) * count + event
    )
    lines = np.append(silenced_line, _NONE)[following]
    times = np.append(events.time[silencing], 0)[following]
    return np.where(lines == line, times, np.iinfo(np.int64).max)


def _find_owners(changes: tuple[ProgramChange, ...], line: Whole, event: Whole) -> Whole:
    """Return for the event of each note its line and its program, that of the last change before, as one number."""
    owner = line * _PROGRAMS
    of_line: defaultdict[int, list[ProgramChange]] = defaultdict(list)
    for change in changes:
        of_line[change.line].append(change)
    for begin, end in pairwise(_bounds(line)):
        changed = of_line.get(int(line[begin]), [])
        if changed and changed[-1].event <= event[begin]:
            owner[begin:end] += changed[-1].program
        elif changed:
            cuts = event[begin:end].searchsorted([change.event for change in changed])
            programs = np.array([0, *(change.program for change in changed)], dtype=owner.dtype)
            owner[begin:end] += programs.repeat(np.diff([0, *cuts.tolist(), end - begin]))
    return owner


def _player(code: int) -> Player:
    line, program = divmod(code, _PROGRAMS)
    return Player(*divmod(line, CHANNELS), program)
