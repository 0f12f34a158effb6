"""The bytes of a standard MIDI file (Standard MIDI Files 1.0, MIDI Manufacturers Association 1996).

An event is its bytes without a time; a track is events with their ticks.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter

from ganola.music.io.midi.numbers import number_bytes
from ganola.music.metre import TimeSignature

TimedEvent = tuple[int, bytes]  # the tick at which it happens, from the start of the file, and its bytes

_TRACK_NAME, _END_OF_TRACK, _TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x03, 0x2F, 0x51, 0x58, 0x59
_SEQUENCER_SPECIFIC, _FREE_ID = 0x7F, 0x7D
_NOTE_OFF, _NOTE_ON, _PROGRAM_CHANGE = 0x80, 0x90, 0xC0
_SLOWEST = 0xFFFFFF  # microseconds a quarter note
_CLOCKS = 24  # of MIDI in a quarter note


def private(words: str) -> bytes:
    """Return an event for this program alone: sequencer-specific, under the id that is free for all but commerce.

    Others show texts: as lyrics (MuseScore) or as markers on the time line.
    """
    return _meta(_SEQUENCER_SPECIFIC, bytes([_FREE_ID]) + words.encode())


def track_name(name: str) -> bytes:
    """Return the event that names a track."""
    return _meta(_TRACK_NAME, name.encode())


def tempo(quarters_a_minute: float) -> bytes:
    """Return a tempo event; MIDI knows microseconds a quarter note."""
    return _meta(_TEMPO, min(max(round(60e6 / quarters_a_minute), 1), _SLOWEST).to_bytes(3, "big"))


def time_signature(signature: TimeSignature) -> bytes:
    """Return the event of a time signature; a metronome clicks on its pulses."""
    clocks = min(max(int(signature.pulse_quarters * _CLOCKS), 1), 255)
    power = signature.denominator.bit_length() - 1
    return _meta(_TIME_SIGNATURE, bytes([signature.numerator, power, clocks, 8]))


def key_signature(sharps: int, *, minor: bool) -> bytes:
    """Return the event of a key signature of so many sharps; flats are negative."""
    return _meta(_KEY_SIGNATURE, bytes([sharps % 256, minor]))


def program_change(channel: int, program: int) -> bytes:
    """Return the event that gives a channel, counted from 0, its instrument."""
    return bytes([_PROGRAM_CHANGE | channel, program])


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    """Return the event that strikes a note."""
    return bytes([_NOTE_ON | channel, pitch, velocity])


def note_off(channel: int, pitch: int) -> bytes:
    """Return the event that lets a note go."""
    return bytes([_NOTE_OFF | channel, pitch, 0])


def file_bytes(tracks: Sequence[Iterable[TimedEvent]], ticks_per_quarter: int, end: int) -> bytes:
    """Return a file of format 1 with these tracks, all of which last until the tick `end`, or longer if they must.

    Events of one tick stay in their order.
    """
    header = b"".join(number.to_bytes(2, "big") for number in (1, len(tracks), ticks_per_quarter))
    return _chunk(b"MThd", header) + b"".join(_chunk(b"MTrk", _delta_timed(track, end)) for track in tracks)


def _delta_timed(events: Iterable[TimedEvent], end: int) -> bytes:
    content, now = bytearray(), 0
    for tick, event in sorted(events, key=itemgetter(0)):
        content += number_bytes(tick - now) + event
        now = tick
    return bytes(content + number_bytes(max(0, end - now)) + _meta(_END_OF_TRACK, b""))


def _meta(kind: int, data: bytes) -> bytes:
    return bytes([0xFF, kind]) + number_bytes(len(data)) + data


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "big") + content
