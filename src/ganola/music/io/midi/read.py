"""MIDI files in."""

from functools import lru_cache

import numpy as np

from ganola.music.bar_lines import drop_pickup_metre
from ganola.music.io.limits import refusal, refuse_excess
from ganola.music.io.midi.chunks import read_header
from ganola.music.io.midi.metas import tempos, time_signatures, track_names
from ganola.music.io.midi.names import decode_names
from ganola.music.io.midi.notes import DRUM_CHANNEL, find_notes
from ganola.music.io.midi.remarks import remarks
from ganola.music.io.midi.scan import read_events
from ganola.music.score import Notes, Score
from ganola.music.tempo import sensible_tempo
from ganola.music.tracks import Track

MAX_MIDI_BYTES = 8 * 2**20


def read_midi(data: bytes) -> Score:
    """Return the music in the bytes of a MIDI file, in its own ticks; each channel and program of a track is a track.

    Damage is repaired where it is clear how; the score's remarks say so. Raises InputError, with a problem that
    does not name the file, where there is no music in it.
    """
    _refuse_large(data)
    header = read_header(data)
    events = read_events(data, header.end)
    notes = find_notes(events, header.ticks_per_quarter)
    if not len(notes.start):
        damaged = events.repairs["pitches"] or events.repairs["unreadable"]
        raise refusal("damaged: none of its notes can be read" if damaged else "no notes in it")
    end = int(notes.end.max())
    refuse_excess(end / header.ticks_per_quarter, len(notes.start))
    names = decode_names(track_names(events))
    signs, stated = time_signatures(events), tempos(events)
    metres, first_bar = drop_pickup_metre(tuple(sign for sign in signs if sign.tick <= end), header.ticks_per_quarter)
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
        ticks_per_quarter=header.ticks_per_quarter,
        metres=metres,
        first_bar=first_bar,
        tempo=sensible_tempo(stated[0].quarters_a_minute if stated else None),
        tempos=stated if len(stated) > 1 or (stated and stated[0].tick) else (),
        remarks=remarks(header, events, notes, names),
    )


def read_title(data: bytes) -> str:
    """Return the name of the first track of a MIDI file, which is the title in those that ganola writes."""
    names = track_names(read_events(data, read_header(data).end))
    return names[0].decode(errors="replace") if names else ""


def _refuse_large(data: bytes) -> None:
    if len(data) > MAX_MIDI_BYTES:
        raise refusal(f"larger than {MAX_MIDI_BYTES // 2**20} MB, which no piece of music needs as MIDI")


@lru_cache(maxsize=1024)
def _track(name: str, program: int, drums: bool) -> Track:
    return Track(name=name, program=program, drums=drums)
