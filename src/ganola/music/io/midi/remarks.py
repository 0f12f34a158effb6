"""What a MIDI file's owner is told of how it was read: what was repaired, guessed or left out, a short clause each."""

from collections.abc import Iterator

from ganola.music.io.midi.chunks import Header
from ganola.music.io.midi.events import TIME_SIGNATURE, Events
from ganola.music.io.midi.metas import is_metre
from ganola.music.io.midi.names import Names
from ganola.music.io.midi.notes import PlayedNotes
from ganola.wording import counted

_INDEPENDENT_TRACKS = 2  # the kind of file whose tracks are pieces of their own

_REPAIRS = {  # what the reader counts: how it is said of one, and of several
    "junk": ("bytes between tracks skipped", "bytes between tracks skipped in {} places"),
    "length": ("a track was longer or shorter than it says", "{} tracks were longer or shorter than they say"),
    "cut off": ("a track is cut off", "{} tracks are cut off"),
    "values": ("a value over 127 mended", "{} values over 127 mended"),
    "pitches": ("a note over pitch 127 left out", "{} notes over pitch 127 left out"),
    "unreadable": ("a damaged place skipped", "{} damaged places skipped"),
    "second file": ("another MIDI file behind the first not read", "other MIDI files behind the first not read"),
}


def remarks(header: Header, events: Events, notes: PlayedNotes, names: Names) -> tuple[str, ...]:
    """Return what is to be said of how a file was read; nothing of a sound one."""
    return tuple(_remarks(header, events, notes, names))


def _remarks(header: Header, events: Events, notes: PlayedNotes, names: Names) -> Iterator[str]:
    tracks = len(events.begins) - 1
    if header.tracks != tracks:
        yield f"it says that it has {counted(header.tracks, 'track')}, it has {tracks}"
    if header.kind == _INDEPENDENT_TRACKS:
        yield "its tracks may be pieces of their own (format 2), read as sounding together"
    for key, (one, several) in _REPAIRS.items():
        if count := events.repairs.get(key):
            yield one if count == 1 else several.format(count)
    if wrong := sum(meta.kind == TIME_SIGNATURE and not is_metre(meta) for meta in events.metas):
        yield f"{counted(wrong, 'impossible time signature')} left out"
    if count := notes.notes_without_end:
        lasts = "lasts until its pitch is" if count == 1 else "last until their pitch is"
        yield f"{counted(count, 'note')} without an end {lasts} struck again or the track ends"
    if count := notes.strokes_without_end:
        yield f"{counted(count, 'drum stroke')} without an end made a quarter of a beat long at most"
    if names.guessed:
        yield f"names of tracks read as {names.guessed}, which is a guess"
