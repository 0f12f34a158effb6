"""From the events of a MIDI file to its notes: which event ends which note, and where a note ends that none ends."""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganola.music.limits import LONGEST_BEATS, refuse_excess
from ganola.music.midi_events import CHANNELS, END_OF_TRACK, Events, ProgramChange

DRUM_CHANNEL = 9
STROKES_A_BEAT = 4  # a drum stroke that nothing ends lasts no longer than this part of a quarter note

_PITCHES, _PROGRAMS = 128, 128
_NOTE_ON, _CONTROLLER = 0x90, 0xB0
_ALL_OFF = (120, 123)  # the controllers that end all notes of a channel: all sound off, all notes off
_NONE = -1

Whole = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Player:
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
    notes_without_end: int
    strokes_without_end: int  # the same, of drums


def find_notes(events: Events, ticks_per_beat: int) -> PlayedNotes:
    """Return the notes of the events.

    Of notes of one pitch that sound together, on one channel of a track, the one that was struck first ends first.
    Where one of them has no end, each of them ends when the pitch is struck again or let go. The last one then ends
    when its channel is told to be silent, or else with its track; and a drum stroke after a part of a beat.

    Raises InputError for more notes than music has.
    """
    messages = np.flatnonzero((events.status & 0xE0) == 0x80)  # note-offs and note-ons
    line, pitch, time = events.line.take(messages), events.first.take(messages), events.time.take(messages)
    struck = (events.status.take(messages) >= _NOTE_ON) & (events.second.take(messages) > 0)
    onsets = np.flatnonzero(struck)
    refuse_excess(0.0, len(onsets))
    closing = _closing(line * _PITCHES + pitch, struck).take(onsets)
    event, line, pitch = messages.take(onsets), line.take(onsets), pitch.take(onsets)
    start, end = time.take(onsets), time[closing]
    endless = (closing == _NONE) | struck[closing]
    drums = endless & (line % CHANNELS == DRUM_CHANNEL) if endless.any() else endless
    if endless.any():
        shortest = start + max(1, ticks_per_beat // STROKES_A_BEAT)
        last = np.where(drums, shortest, np.maximum(_track_ends(events, ticks_per_beat)[line // CHANNELS], shortest))
        until = np.minimum(np.where(closing == _NONE, last, end), _silences(events, line, event))
        end = np.where(endless, np.where(drums, np.minimum(until, shortest), until), end)
    owner = line * _PROGRAMS + _programs(events.programs, line, event)
    if (owner[1:] < owner[:-1]).any():
        order = np.argsort(owner, kind="stable")
        owner, start, end, pitch = owner.take(order), start.take(order), end.take(order), pitch.take(order)
    changes = np.flatnonzero(owner[1:] != owner[:-1]) + 1
    bounds = np.array([0, *changes.tolist(), len(owner)]) if len(owner) else np.zeros(1, dtype=np.intp)
    return PlayedNotes(
        players=tuple(_player(code) for code in owner[bounds[:-1]].tolist()),
        player=np.arange(len(bounds) - 1).repeat(bounds[1:] - bounds[:-1]),
        start=start,
        end=end,
        pitch=pitch,
        notes_without_end=int(np.count_nonzero(endless & ~drums)),
        strokes_without_end=int(np.count_nonzero(drums)),
    )


def _closing(key: Whole, struck: NDArray[np.bool_]) -> Whole:
    """Return for each message the one of its key that ends the note which it begins, or _NONE."""
    closing = np.full(len(key), _NONE)
    order = _stable_order(key)
    struck = struck.take(order)
    on, off = order.compress(struck), order.compress(~struck)
    if len(on) == len(off) and (on < off).all() and (key.take(on) == key.take(off)).all():
        closing[on] = off
        return closing
    key = key.take(order)
    bounds = [0, *(np.flatnonzero(key[1:] != key[:-1]) + 1).tolist(), len(key)]
    for begin, end in pairwise(bounds):
        for onset, stop in _pairs(order[begin:end].tolist(), struck[begin:end].tolist()):
            closing[onset] = stop
    return closing


def _stable_order(key: Whole) -> Whole:
    """Return the indices that sort `key`, which ascends but for its last digits; NumPy is fastest where it is small."""
    small = len(key) and key.max() < 2**16
    return np.argsort(key.astype(np.uint16) if small else key, kind="stable")


def _pairs(messages: list[int], struck: list[bool]) -> list[tuple[int, int]]:
    """Return each message of one key that strikes it, and the one that ends its note, or _NONE."""
    pairs: list[tuple[int, int]] = []
    waiting: deque[int] = deque()
    alone, known = 0, 0  # since when notes have been sounding; how many pairs there were before
    for place, (message, strikes) in enumerate(zip(messages, struck, strict=True)):
        if strikes:
            if not waiting:
                alone, known = place, len(pairs)
            waiting.append(message)
        elif waiting:
            pairs.append((waiting.popleft(), message))
    if waiting:  # one of the notes since then has no end: which, nobody knows
        then = zip(pairwise([*messages[alone:], _NONE]), struck[alone:], strict=True)
        pairs[known:] = [pair for pair, strikes in then if strikes]
    return pairs


def _track_ends(events: Events, ticks_per_beat: int) -> NDArray[np.int64]:
    """Return when each track ends: as it says, or, where that is absurdly late or never, with its last event."""
    begins = events.begins
    ends = [int(events.time[end - 1]) if end > begin else 0 for begin, end in pairwise(begins.tolist())]
    for meta in events.metas:
        if meta.kind == END_OF_TRACK:
            tick = events.tick(meta)
            if tick <= LONGEST_BEATS * ticks_per_beat:
                ends[meta.track] = tick
    return np.array(ends, dtype=np.int64)


def _silences(events: Events, line: Whole, event: Whole) -> NDArray[np.int64]:
    """Return when, after each event, its line is told to be silent; if never, later than anything."""
    told = np.flatnonzero(((events.status & 0xF0) == _CONTROLLER) & np.isin(events.first, _ALL_OFF))
    told_line = events.line[told]
    order = np.argsort(told_line, kind="stable")
    told, told_line = told[order], told_line[order]
    count = len(events.time)
    following = np.searchsorted(told_line.astype(np.int64) * count + told, line.astype(np.int64) * count + event)
    lines = np.append(told_line, _NONE)[following]
    times = np.append(events.time[told], 0)[following]
    return np.where(lines == line, times, np.iinfo(np.int64).max)


def _programs(changes: tuple[ProgramChange, ...], line: Whole, event: Whole) -> Whole:
    """Return the program that each event of a line is played with: that of the last change before it, or the first."""
    if not changes:
        return np.zeros(len(line), dtype=np.intp)
    table = np.array([(change.track * CHANNELS + change.channel, change.event, change.program) for change in changes])
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    span = 1 + max(int(table[:, 1].max()), int(event.max(initial=0)))
    last = np.searchsorted(table[:, 0] * span + table[:, 1], line * span + event, side="right") - 1
    return np.where((last >= 0) & (table[last, 0] == line), table[last, 2], 0)


def _player(code: int) -> Player:
    line, program = divmod(code, _PROGRAMS)
    return Player(*divmod(line, CHANNELS), program)
