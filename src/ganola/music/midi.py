"""MIDI files in and out. The only file that knows symusic."""

import contextlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import symusic
from numpy.typing import NDArray

from ganola.music.barring import without_pickup_metre
from ganola.music.limits import clean_name, first_line, refusal, refuse_excess, sensible_tempo
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track
from ganola.storage import write_whole

LONGEST_MIDI_BYTES = 8 * 2**20
PROVENANCE_MARK = "ganola "  # begins the MIDI marker that says where a file came from

_TICKS_PER_BEAT = 480
_VELOCITY = 84
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
