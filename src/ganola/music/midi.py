"""MIDI files in and out."""

from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from ganola.music import smf
from ganola.music.bar_spans import bar_spans
from ganola.music.barring import without_pickup_metre
from ganola.music.key import Key
from ganola.music.limits import refusal, refuse_excess, sensible_tempo
from ganola.music.midi_chunks import read_header
from ganola.music.midi_events import read_events
from ganola.music.midi_metas import first_tempo, time_signatures, track_names
from ganola.music.midi_names import decode_names
from ganola.music.midi_notes import DRUM_CHANNEL, find_notes
from ganola.music.midi_remarks import remarks
from ganola.music.provenance import provenance_line
from ganola.music.score import Notes, Score
from ganola.music.smf import TimedEvent
from ganola.music.spelling import signature
from ganola.music.tracks import Track
from ganola.storage import write_whole

LONGEST_MIDI_BYTES = 8 * 2**20

_TICKS_PER_BEAT = 480


def read_midi(data: bytes) -> Score:
    """Return the music in the bytes of a MIDI file, in its own ticks; each channel and program of a track is a track.

    What is damaged is mended where it is clear how; the score's remarks say so. Raises InputError, with a problem that
    does not name the file, where there is no music in it.
    """
    _refuse_large(data)
    header = read_header(data)
    events = read_events(data, header.end)
    notes = find_notes(events, header.ticks_per_beat)
    if not len(notes.start):
        damaged = events.mended["pitches"] or events.mended["unreadable"]
        raise refusal("damaged: none of its notes can be read" if damaged else "no notes in it")
    end = int(notes.end.max())
    refuse_excess(end / header.ticks_per_beat, len(notes.start))
    names = decode_names(track_names(events))
    signs = time_signatures(events)
    metres, first_bar = without_pickup_metre(tuple(sign for sign in signs if sign.tick <= end), header.ticks_per_beat)
    return Score(
        tracks=tuple(
            _track(names.texts[player.track] or f"track {number}", player.program, player.channel == DRUM_CHANNEL)
            for number, player in enumerate(notes.players, start=1)
        ),
        notes=Notes(
            track=notes.player.astype(np.int32, copy=False),
            start=notes.start.astype(np.int32),
            end=notes.end.astype(np.int32),
            pitch=notes.pitch.astype(np.int32),
            velocity=notes.velocity.astype(np.int32),
        ),
        ticks_per_beat=header.ticks_per_beat,
        metres=metres,
        first_bar=first_bar,
        tempo=sensible_tempo(first_tempo(events)),
        remarks=remarks(header, events, notes, names),
    )


def midi_bytes(
    score: Score, provenance: dict[str, Any] | None = None, *, title: str = "", key: Key | None = None
) -> bytes:
    """Return `score` as a standard MIDI file of format 1, the same bytes each time.

    Its first track, which has the name `title`, holds what concerns all: `provenance` in an event that no program
    shows, the tempo, the metres and the signature of `key`. Every track ends at the bar line at which the music ends.
    """
    ticks = max(1, _TICKS_PER_BEAT // score.ticks_per_beat)
    channels = cycle(channel for channel in range(16) if channel != DRUM_CHANNEL)
    tracks = [_conductor(score, provenance, title, key)]
    for index, track in enumerate(score.tracks):
        channel = DRUM_CHANNEL if track.drums else next(channels)
        notes = score.notes.where(score.notes.track == index)
        tracks.append([*_heading(track, channel, key), *_played(channel, notes)])
    in_ticks = [[(ticks * tick, event) for tick, event in track] for track in tracks]
    return smf.file_bytes(in_ticks, ticks * score.ticks_per_beat, end=ticks * bar_spans(score)[-1].end)


def write_midi(
    score: Score, path: Path, provenance: dict[str, Any] | None = None, *, title: str = "", key: Key | None = None
) -> None:
    """Write `score` as a standard MIDI file, whole or not at all; see `midi_bytes`."""
    write_whole(path, midi_bytes(score, provenance, title=title, key=key))


def _conductor(score: Score, provenance: dict[str, Any] | None, title: str, key: Key | None) -> list[TimedEvent]:
    """What concerns all tracks."""
    events = [smf.track_name(title)] if title else []
    if provenance is not None:
        events.append(smf.private(provenance_line(provenance)))
    events.append(smf.tempo(score.tempo))
    if key is not None:
        events.append(smf.key_signature(signature(key), minor=key.minor))
    metres = [(change.tick, smf.time_signature(change.signature)) for change in score.metres]
    return [*((0, event) for event in events), *metres]


def _heading(track: Track, channel: int, key: Key | None) -> list[TimedEvent]:
    """A track's name and instrument, and its key once more: MuseScore reads it nowhere else."""
    events = [smf.track_name(track.name), smf.program_change(channel, track.program)]
    if key is not None and not track.drums:
        events.insert(1, smf.key_signature(signature(key), minor=key.minor))
    return [(0, event) for event in events]


def _played(channel: int, notes: Notes) -> list[TimedEvent]:
    """Notes on a channel; of those at one tick ends come first."""
    _, *columns = notes.in_order().columns()
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    ends = [(max(end, start + 1), smf.note_off(channel, pitch)) for start, end, pitch, _ in rows]
    starts = [(start, smf.note_on(channel, pitch, velocity)) for start, _, pitch, velocity in rows]
    return [*ends, *starts]


def _refuse_large(data: bytes) -> None:
    if len(data) > LONGEST_MIDI_BYTES:
        raise refusal(f"larger than {LONGEST_MIDI_BYTES // 2**20} MB, which no piece of music needs as MIDI")


@lru_cache(maxsize=1024)
def _track(name: str, program: int, drums: bool) -> Track:
    return Track(name=name, program=program, drums=drums)
