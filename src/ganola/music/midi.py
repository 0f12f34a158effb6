"""MIDI files in and out. The only file that knows symusic."""

import contextlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import symusic

from ganola.music.barring import without_pickup_metre
from ganola.music.limits import refusal, refuse_excess, sensible_tempo
from ganola.music.midi_chunks import read_header
from ganola.music.midi_events import read_events
from ganola.music.midi_metas import first_tempo, time_signatures, track_names
from ganola.music.midi_names import decode_names
from ganola.music.midi_notes import DRUM_CHANNEL, find_notes
from ganola.music.midi_remarks import remarks
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.storage import write_whole

LONGEST_MIDI_BYTES = 8 * 2**20
PROVENANCE_MARK = "ganola "  # begins the MIDI marker that says where a file came from

_TICKS_PER_BEAT = 480
_VELOCITY = 84


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
            track=notes.player.astype(np.int32),
            start=notes.start.astype(np.int32),
            end=notes.end.astype(np.int32),
            pitch=notes.pitch.astype(np.int32),
        ),
        ticks_per_beat=header.ticks_per_beat,
        metres=metres,
        first_bar=first_bar,
        tempo=sensible_tempo(first_tempo(events)),
        remarks=remarks(header, events, notes, names),
    )


def provenance_in(data: bytes) -> dict[str, Any] | None:
    """What the bytes of a MIDI file say of where it came from, if ganola made it. Raises InputError as `read_midi`."""
    for marker in _parse(data).markers:
        if marker.text.startswith(PROVENANCE_MARK):
            with contextlib.suppress(json.JSONDecodeError):  # someone else's marker, or a damaged one
                value = json.loads(marker.text.removeprefix(PROVENANCE_MARK))
                if isinstance(value, dict):
                    return value
    return None


def midi_bytes(score: Score, provenance: dict[str, Any] | None = None) -> bytes:
    """`score` as a standard MIDI file; `provenance` becomes a marker at its start."""
    ticks_per_tick = max(1, _TICKS_PER_BEAT // score.ticks_per_beat)
    midi = symusic.Score(score.ticks_per_beat * ticks_per_tick)
    midi.tempos.append(symusic.Tempo(0, score.tempo))
    for metre in score.metres:
        midi.time_signatures.append(
            symusic.TimeSignature(metre.tick * ticks_per_tick, metre.numerator, metre.denominator)
        )
    if provenance is not None:
        text = json.dumps(provenance, sort_keys=True, separators=(",", ":"))  # ASCII: MIDI text knows no more
        midi.markers.append(symusic.TextMeta(0, PROVENANCE_MARK + text))
    for index, track in enumerate(score.tracks):
        notes = score.notes.where(score.notes.track == index).in_order()
        part = symusic.Track(name=track.name, program=track.program, is_drum=track.drums)
        part.notes = symusic.Note.from_numpy(
            time=notes.start * np.int32(ticks_per_tick),
            duration=(notes.end - notes.start) * np.int32(ticks_per_tick),
            pitch=notes.pitch.astype(np.int8),
            velocity=np.full(len(notes), _VELOCITY, dtype=np.int8),
            ttype="tick",
        )
        midi.tracks.append(part)
    return bytes(midi.dumps_midi())


def write_midi(score: Score, path: Path, provenance: dict[str, Any] | None = None) -> None:
    """Write `score` as a standard MIDI file, whole or not at all."""
    write_whole(path, midi_bytes(score, provenance))


def _refuse_large(data: bytes) -> None:
    if len(data) > LONGEST_MIDI_BYTES:
        raise refusal(f"larger than {LONGEST_MIDI_BYTES // 2**20} MB, which no piece of music needs as MIDI")


def _parse(data: bytes) -> Any:
    """Return symusic's score of a MIDI file's bytes."""
    _refuse_large(data)
    read_header(data)
    try:
        return symusic.Score.from_midi(data[data.index(b"MThd") :])
    except Exception as error:  # symusic raises several kinds, by what is broken
        raise refusal("a damaged MIDI file") from error


@lru_cache(maxsize=1024)
def _track(name: str, program: int, drums: bool) -> Track:
    return Track(name=name, program=program, drums=drums)
