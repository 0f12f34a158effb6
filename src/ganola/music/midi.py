"""MIDI files in and out. The only file that knows symusic."""

from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import symusic
from numpy.typing import NDArray

from ganola.music import smf
from ganola.music.bar_spans import bar_spans
from ganola.music.barring import without_pickup_metre
from ganola.music.key import Key
from ganola.music.limits import clean_name, first_line, refusal, refuse_excess, sensible_tempo
from ganola.music.provenance import provenance_line
from ganola.music.score import Metre, Notes, Score
from ganola.music.smf import TimedEvent
from ganola.music.spelling import signature
from ganola.music.tracks import Track
from ganola.storage import write_whole

LONGEST_MIDI_BYTES = 8 * 2**20

_TICKS_PER_BEAT = 480
_VELOCITY = 84
_DRUM_CHANNEL = 9  # counted from 0
_LONGEST_WRAPPER = 256  # bytes: a RIFF or a MacBinary header before the MIDI file proper


def read_midi(data: bytes) -> Score:
    """The music in the bytes of a MIDI file, in its own ticks; a track for each channel and program of its tracks.

    Raises InputError, with a problem that does not name the file, where there is no music in it.
    """
    midi = _parse(data)
    parts = [(track, notes) for track in midi.tracks if len(notes := track.notes)]
    if not parts:
        raise refusal("no notes in it")
    ticks_per_beat = midi.ticks_per_quarter
    start, end, pitch = columns = _columns([notes for _, notes in parts])
    end += start
    # Without a sign: a damaged time may lie beyond what 32 bits hold, and wrap around.
    refuse_excess(int(columns[:2].reshape(-1).view(np.uint32).max()) / ticks_per_beat, len(start))
    metres, first_bar = without_pickup_metre(_metres(midi), ticks_per_beat)
    return Score(
        tracks=tuple(
            _track(part.name, number, part.program, part.is_drum) for number, (part, _) in enumerate(parts, start=1)
        ),
        notes=Notes(
            track=np.arange(len(parts), dtype=np.int32).repeat([len(notes) for _, notes in parts]),
            start=start,
            end=np.maximum(end, start),
            pitch=pitch,
        ),
        ticks_per_beat=ticks_per_beat,
        metres=metres,
        first_bar=first_bar,
        tempo=sensible_tempo(midi.tempos[0].qpm if len(midi.tempos) else None),
    )


def midi_bytes(
    score: Score, provenance: dict[str, Any] | None = None, *, title: str = "", key: Key | None = None
) -> bytes:
    """Return `score` as a standard MIDI file of format 1, the same bytes each time.

    Its first track, which has the name `title`, holds what concerns all: `provenance` in an event that no program
    shows, the tempo, the metres and the signature of `key`. Every track ends at the bar line at which the music ends.
    """
    ticks = max(1, _TICKS_PER_BEAT // score.ticks_per_beat)
    channels = cycle(channel for channel in range(16) if channel != _DRUM_CHANNEL)
    tracks = [_conductor(score, provenance, title, key)]
    for index, track in enumerate(score.tracks):
        channel = _DRUM_CHANNEL if track.drums else next(channels)
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
    metres = [(metre.tick, smf.time_signature(metre.numerator, metre.denominator)) for metre in score.metres]
    return [*((0, event) for event in events), *metres]


def _heading(track: Track, channel: int, key: Key | None) -> list[TimedEvent]:
    """A track's name and instrument, and its key once more: MuseScore reads it nowhere else."""
    events = [smf.track_name(track.name), smf.program_change(channel, track.program)]
    if key is not None and not track.drums:
        events.insert(1, smf.key_signature(signature(key), minor=key.minor))
    return [(0, event) for event in events]


def _played(channel: int, notes: Notes) -> list[TimedEvent]:
    """Notes on a channel; of those at one tick ends come first."""
    rows = notes.rows()
    ends = [(max(end, start + 1), smf.note_off(channel, pitch)) for _, start, end, pitch in rows]
    starts = [(start, smf.note_on(channel, pitch, _VELOCITY)) for _, start, _, pitch in rows]
    return [*ends, *starts]


def _parse(data: bytes) -> Any:
    """symusic's score of a MIDI file's bytes, its ticks a beat checked."""
    if len(data) > LONGEST_MIDI_BYTES:
        raise refusal(f"larger than {LONGEST_MIDI_BYTES // 2**20} MB, which no piece of music needs as MIDI")
    begin = data.find(b"MThd", 0, _LONGEST_WRAPPER)
    if begin < 0:
        raise refusal("not a MIDI file (it does not begin with MThd)")
    data = data[begin:]
    if len(data) > 12 and data[12] & 0x80:
        raise refusal("a MIDI file that counts film frames (SMPTE), not beats")
    try:
        midi = symusic.Score.from_midi(data)
    except Exception as error:  # symusic raises several kinds, by what is broken
        raise refusal(f"a damaged MIDI file ({first_line(error)})") from error
    if midi.ticks_per_quarter <= 0:
        raise refusal("a damaged MIDI file (it divides a beat into zero ticks)")
    return midi


def _columns(parts: list[Any]) -> NDArray[np.int32]:
    """Rows of the time, the duration and the pitch of all notes of symusic's lists of them."""
    columns = [notes.numpy() for notes in parts]
    rows = np.empty((3, sum(len(column["time"]) for column in columns)), dtype=np.int32)
    for row, name in zip(rows, ("time", "duration", "pitch"), strict=True):
        np.concatenate([column[name] for column in columns], out=row, casting="safe")
    return rows


@lru_cache(maxsize=1024)
def _track(name: str, number: int, program: int, drums: bool) -> Track:
    return Track(name=clean_name(name) or f"track {number}", program=program, drums=drums)


def _metres(midi: Any) -> tuple[Metre, ...]:
    """The time signatures in order, of several at one tick the last; a damaged one says nothing."""
    found = {
        sign.time: Metre(sign.time, sign.numerator, sign.denominator)
        for sign in midi.time_signatures
        if sign.time >= 0 and sign.numerator > 0 and sign.denominator > 0
    }
    return tuple(found.values())
