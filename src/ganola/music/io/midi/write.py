"""MIDI files out."""

from itertools import cycle
from pathlib import Path
from typing import Any

from ganola.music.bar_spans import BarSpan, bar_spans
from ganola.music.io.midi import encode
from ganola.music.io.midi.encode import TimedEvent
from ganola.music.io.midi.notes import DRUM_CHANNEL
from ganola.music.io.provenance import provenance_line
from ganola.music.key import Key
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Notes, Score
from ganola.music.spelling import signature
from ganola.music.tracks import Track
from ganola.storage import write_whole

_TICKS_PER_BEAT = 480
_SMALLEST_UNIT = 128  # of a metre


def midi_bytes(
    score: Score,
    provenance: dict[str, Any] | None = None,
    *,
    title: str = "",
    key: Key | None = None,
    keep_ticks: bool = False,
) -> bytes:
    """Return `score` as a standard MIDI file of format 1, the same bytes each time.

    Its first track, which has the name `title`, holds what concerns all: `provenance` in an event that no program
    shows, the tempos, the metres and the signature of `key`. Every track ends at the bar line at which the music ends.
    A quarter note has some 480 ticks, or with `keep_ticks` as many as in `score`.
    """
    ticks = 1 if keep_ticks else max(1, _TICKS_PER_BEAT // score.ticks_per_quarter)
    spans = bar_spans(score)
    channels = cycle(channel for channel in range(16) if channel != DRUM_CHANNEL)
    tracks = [_shared_events(score, spans[0], provenance, title, key)]
    for index, track in enumerate(score.tracks):
        channel = DRUM_CHANNEL if track.drums else next(channels)
        notes = score.notes.where(score.notes.track == index)
        tracks.append([*_track_head(track, channel, key), *_note_events(channel, notes)])
    in_ticks = [[(ticks * tick, event) for tick, event in track] for track in tracks]
    return encode.file_bytes(in_ticks, ticks * score.ticks_per_quarter, end=ticks * spans[-1].end)


def write_midi(
    score: Score, path: Path, provenance: dict[str, Any] | None = None, *, title: str = "", key: Key | None = None
) -> None:
    """Write `score` as a standard MIDI file, whole or not at all; see `midi_bytes`."""
    write_whole(path, midi_bytes(score, provenance, title=title, key=key))


def _shared_events(
    score: Score, first: BarSpan, provenance: dict[str, Any] | None, title: str, key: Key | None
) -> list[TimedEvent]:
    """Return the events that concern all tracks."""
    events = [encode.track_name(title)] if title else []
    if provenance is not None:
        events.append(encode.private(provenance_line(provenance)))
    tempos = [(change.tick, encode.tempo(change.quarters_a_minute)) for change in score.tempos]
    if not tempos:
        events.append(encode.tempo(score.tempo))
    if key is not None:
        events.append(encode.key_signature(signature(key), minor=key.minor))
    metres = [(change.tick, encode.time_signature(change.signature)) for change in _metres(score, first)]
    return [*((0, event) for event in events), *tempos, *metres]


def _metres(score: Score, first: BarSpan) -> tuple[MetreChange, ...]:
    """Return the metres of `score`; its pickup, if it has one, as a first bar of a metre of its own."""
    if not first.lacking or not score.metres:
        return score.metres
    whole, denominator = 4 * score.ticks_per_quarter, first.metre.denominator
    while first.end * denominator % whole and denominator < _SMALLEST_UNIT:
        denominator *= 2
    numerator, rest = divmod(first.end * denominator, whole)
    if rest or not 0 < numerator < 256:  # no metre is so long
        return score.metres
    proper = MetreChange(first.end, first.metre)
    return (MetreChange(0, TimeSignature(numerator, denominator)), proper, *score.metres[1:])


def _track_head(track: Track, channel: int, key: Key | None) -> list[TimedEvent]:
    """Return the events of a track's name and instrument, and its key once more: MuseScore reads it nowhere else."""
    events = [encode.track_name(track.name), encode.program_change(channel, track.program)]
    if key is not None and not track.drums:
        events.insert(1, encode.key_signature(signature(key), minor=key.minor))
    return [(0, event) for event in events]


def _note_events(channel: int, notes: Notes) -> list[TimedEvent]:
    """Return the events of notes on a channel; of those at one tick ends come first, but for notes without length."""
    _, *columns = notes.sort().columns()
    ends: list[TimedEvent] = []
    starts: list[TimedEvent] = []
    for start, end, pitch, velocity in zip(*(column.tolist() for column in columns), strict=True):
        starts.append((start, encode.note_on(channel, pitch, velocity)))
        (ends if end > start else starts).append((end, encode.note_off(channel, pitch)))
    return [*ends, *starts]
