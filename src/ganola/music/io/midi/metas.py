"""What the meta events of a MIDI file say of its music: names, tempos and metres."""

from ganola.music.io.midi.events import TEMPO, TIME_SIGNATURE, TRACK_NAME, Events, Meta
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.tempo import TempoChange

_MICROSECONDS_A_MINUTE = 60e6
_SMALLEST_UNIT = 7  # a 128th note, as a power of one half


def track_names(events: Events) -> tuple[bytes, ...]:
    """Return the name of each track of the file, its last if it has several; empty where it has none."""
    names = [b""] * (len(events.begins) - 1)
    for meta in events.metas:
        if meta.kind == TRACK_NAME and meta.data:
            names[meta.track] = meta.data
    return tuple(names)


def tempos(events: Events) -> tuple[TempoChange, ...]:
    """Return the tempos in order; a damaged one says nothing."""
    found = (
        TempoChange(events.tick(meta), _MICROSECONDS_A_MINUTE / int.from_bytes(meta.data, "big"))
        for meta in events.metas
        if meta.kind == TEMPO and len(meta.data) == 3 and any(meta.data)
    )
    return tuple(sorted(found, key=lambda change: change.tick))


def time_signatures(events: Events) -> tuple[MetreChange, ...]:
    """Return the time signatures in order, of several at one tick the last; a damaged one says nothing."""
    found = {
        (tick := events.tick(meta)): MetreChange(tick, TimeSignature(meta.data[0], 2 ** meta.data[1]))
        for meta in events.metas
        if meta.kind == TIME_SIGNATURE and is_metre(meta)
    }
    return tuple(found[tick] for tick in sorted(found))


def is_metre(meta: Meta) -> bool:
    """Return whether a time signature names a number of beats and a unit that there is."""
    return len(meta.data) >= 2 and meta.data[0] > 0 and meta.data[1] <= _SMALLEST_UNIT
