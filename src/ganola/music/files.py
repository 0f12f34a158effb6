"""Music files in and out. The only file that knows symusic (MIDI) and music21 (notation)."""

import contextlib
import json
import math
import warnings
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import symusic

from ganola.errors import GanolaError, InputError
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track
from ganola.storage import machine_error, write_whole

MIDI_SUFFIXES = (".mid", ".midi")
LONGEST_FILE_BYTES = 32 * 2**20
LONGEST_BEATS = 20_000  # more than two hours at 150 beats a minute
PROVENANCE_MARK = "ganola "  # begins the MIDI marker that says where a file came from

_TICKS_PER_BEAT = 480
_NOTATION_TICKS_PER_BEAT = 96  # holds sixteenths, triplets and their halves exactly
_VELOCITY = 84
_UNSTATED_TEMPO = 120.0
_NO_MUSIC = "Leave it out, or repair it in a music program."


@dataclass(frozen=True, slots=True)
class ChoraleFile:
    """Where one of music21's own copies of Bach's chorales lies, and its name there."""

    name: str
    path: Path


def read_score(path: Path) -> Score:
    """The music in a file, in its own ticks. Raises InputError where there is none, and says why."""
    if path.suffix.lower() in MIDI_SUFFIXES:
        return _read_midi(path)
    return _read_notation(path)


def chorale_files() -> list[ChoraleFile]:
    """Bach's chorales as music21's corpus holds them, by name."""
    from music21 import corpus

    files = [Path(path) for path in corpus.getComposer("bach", fileExtensions=[".mxl"])]
    return [ChoraleFile(f"bach/{path.stem}", path) for path in sorted(files)]


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


def read_provenance(path: Path) -> dict[str, Any] | None:
    """What the MIDI file at `path` says of where it came from, if ganola made it."""
    for marker in _parse_midi(path).markers:
        if marker.text.startswith(PROVENANCE_MARK):
            with contextlib.suppress(json.JSONDecodeError):  # someone else's marker, or a damaged one
                value = json.loads(marker.text.removeprefix(PROVENANCE_MARK))
                if isinstance(value, dict):
                    return value
    return None


def write_musicxml(score: Score, path: Path, provenance: dict[str, Any] | None = None) -> None:
    """Write `score` as MusicXML for notation programs, whole or not at all."""
    from music21 import chord, clef, instrument, metadata, meter, note, stream, tempo
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    sheet = stream.Score()
    sheet.metadata = metadata.Metadata(title=path.stem, composer="ganola")
    if provenance is not None:
        sheet.metadata.add("description", json.dumps(provenance, sort_keys=True))
    for index, track in enumerate(score.tracks):
        part = stream.Part(id=track.name)
        part.partName = track.name
        player = (
            instrument.UnpitchedPercussion() if track.drums else instrument.instrumentFromMidiProgram(track.program)
        )
        player.partName = track.name
        part.insert(0, player)
        for metre in score.metres:
            sign = meter.TimeSignature(str(metre))
            part.insert(metre.tick / score.ticks_per_beat, sign)
        if index == 0:
            part.insert(0, tempo.MetronomeMark(number=score.tempo))
        notes = score.notes.where(score.notes.track == index)
        for start, end, pitches in _chords(notes):
            sound = note.Note(pitches[0]) if len(pitches) == 1 else chord.Chord(pitches)
            sound.quarterLength = (end - start) / score.ticks_per_beat
            part.insert(start / score.ticks_per_beat, sound)
        if len(notes):
            part.insert(0, clef.bestClef(part, recurse=True))
        part.makeRests(fillGaps=True, inPlace=True, timeRangeFromBarDuration=True)
        sheet.insert(0, part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_whole(path, GeneralObjectExporter(sheet).parse())


def _chords(notes: Notes) -> list[tuple[int, int, list[int]]]:
    """Notes as chords of one length after another (start, end, pitches): what a single staff's voice can hold.

    A chord lasts until the next begins; a note that sounds on is struck again with it.
    """
    edges = np.unique(np.concatenate([notes.start, notes.end]))
    found: list[tuple[int, int, list[int]]] = []
    for start, end in pairwise(edges.tolist()):
        pitches = notes.pitch[(notes.start <= start) & (notes.end >= end)]
        if len(pitches):
            begins = bool((notes.start == start).any())
            if not begins and found and found[-1][1] == start and found[-1][2] == sorted({*pitches.tolist()}):
                found[-1] = (found[-1][0], int(end), found[-1][2])
            else:
                found.append((int(start), int(end), sorted({*pitches.tolist()})))
    return found


def _parse_midi(path: Path) -> Any:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= LONGEST_FILE_BYTES else b""
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise InputError(f"{path} does not exist", "Check the name.") from error
        if isinstance(error, IsADirectoryError):
            raise InputError(f"{path} is a folder, not a file", "Name a file of music.") from error
        raise machine_error(error, path) from error
    if size > LONGEST_FILE_BYTES:
        megabytes = LONGEST_FILE_BYTES // 2**20
        raise InputError(f"{path}: larger than {megabytes} MB, which no piece of music needs", _NO_MUSIC)
    if not data:
        raise InputError(f"{path}: the file is empty", _NO_MUSIC)
    if not data.startswith(b"MThd") and not data.startswith(b"RIFF"):
        raise InputError(f"{path}: not a MIDI file (it does not begin with MThd)", _NO_MUSIC)
    try:
        return symusic.Score.from_midi(data)
    except Exception as error:  # symusic raises several kinds, by what is broken
        raise InputError(f"{path}: a damaged MIDI file ({_first_line(error)})", _NO_MUSIC) from error


def _read_midi(path: Path) -> Score:
    midi = _parse_midi(path)
    if midi.ticks_per_quarter <= 0:
        raise InputError(f"{path}: a damaged MIDI file (it divides a beat into zero ticks)", _NO_MUSIC)
    parts = [track for track in midi.tracks if len(track.notes)]
    if not parts:
        raise InputError(f"{path}: no notes in it", _NO_MUSIC)
    columns = [part.notes.numpy() for part in parts]
    start = np.concatenate([column["time"] for column in columns])
    # Ends in 64 bits: a damaged length may lie beyond what 32 bits hold.
    end = start.astype(np.int64) + np.concatenate([column["duration"] for column in columns])
    _refuse_absurd_length(int(end.max()) / midi.ticks_per_quarter, path)
    notes = Notes(
        track=np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.notes) for part in parts]),
        start=start,
        end=np.maximum(end, start).astype(np.int32),
        pitch=np.concatenate([column["pitch"] for column in columns]).astype(np.int32),
    )
    metres = tuple(
        Metre(sign.time, sign.numerator, sign.denominator)
        for sign in midi.time_signatures
        if sign.numerator > 0 and sign.denominator > 0  # a damaged one says nothing
    )
    metres, first_bar = _without_pickup_metre(metres, midi.ticks_per_quarter)
    tempo = midi.tempos[0].qpm if len(midi.tempos) else math.inf
    return Score(
        tracks=tuple(
            Track(name=part.name.strip() or f"track {index + 1}", program=part.program, drums=part.is_drum)
            for index, part in enumerate(parts)
        ),
        notes=notes,
        ticks_per_beat=midi.ticks_per_quarter,
        metres=metres or (Metre(0, 4, 4),),
        first_bar=first_bar,
        tempo=tempo if math.isfinite(tempo) else _UNSTATED_TEMPO,
    )


def _without_pickup_metre(metres: tuple[Metre, ...], ticks_per_beat: int) -> tuple[tuple[Metre, ...], int]:
    """The metres and the tick of the first full bar: one bar of fewer beats before the
    metre proper is how notation programs write a pickup."""
    if len(metres) > 1 and metres[0].tick == 0:
        first, second = metres[0], metres[1]
        one_bar = 4 * first.numerator * ticks_per_beat == second.tick * first.denominator
        if one_bar and first.denominator == second.denominator and first.numerator < second.numerator:
            return metres[1:], second.tick
    return metres, 0


def _read_notation(path: Path) -> Score:
    from music21 import converter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # forceSource: music21 would otherwise keep, and read, a pickle of what it parsed.
            sheet = converter.parse(path, forceSource=True)
    except Exception as error:  # music21 raises many kinds, by what is broken
        raise InputError(f"{path}: not readable as notation ({_first_line(error)})", _NO_MUSIC) from error
    parts = list(sheet.parts) if hasattr(sheet, "parts") else []
    if not parts:
        raise InputError(f"{path}: no parts with notes in it", _NO_MUSIC)
    rows: list[tuple[int, int, int, int]] = []
    for index, part in enumerate(parts):
        rows += _part_notes(part, index, path)
    if not rows:
        raise InputError(f"{path}: no notes in it", _NO_MUSIC)
    signs = parts[0].recurse().getElementsByClass("TimeSignature")
    metres = tuple(
        Metre(_ticks(sign.getOffsetInHierarchy(parts[0])), sign.numerator, sign.denominator) for sign in signs
    )
    return Score(
        tracks=tuple(Track(name=_part_name(part, index)) for index, part in enumerate(parts)),
        notes=Notes.of(rows),
        ticks_per_beat=_NOTATION_TICKS_PER_BEAT,
        metres=metres or (Metre(0, 4, 4),),
        first_bar=_first_full_bar(parts[0]),
        tempo=_first_tempo(sheet),
    )


def _part_notes(part: Any, index: int, path: Path) -> list[tuple[int, int, int, int]]:
    """Rows of (track, start, end, pitch) of a music21 part, tied notes joined."""
    rows: list[tuple[int, int, int, int]] = []
    tied: dict[int, int] = {}  # pitch -> which row its tie will lengthen
    for sound in part.flatten().notes:
        start = _ticks(sound.offset)
        end = _ticks(sound.offset + sound.quarterLength)
        if end <= start:  # grace notes, chord symbols
            continue
        _refuse_absurd_length(end / _NOTATION_TICKS_PER_BEAT, path)
        for note in getattr(sound, "notes", (sound,)):
            if not hasattr(note, "pitch"):
                continue
            pitch = note.pitch.midi
            continues = note.tie is not None and note.tie.type in ("stop", "continue")
            row = tied.pop(pitch, None)
            if continues and row is not None and rows[row][2] == start:
                rows[row] = (index, rows[row][1], end, pitch)
            else:
                rows.append((index, start, end, pitch))
                row = len(rows) - 1
            if note.tie is not None and note.tie.type in ("start", "continue"):
                tied[pitch] = row
    return rows


def _part_name(part: Any, index: int) -> str:
    if part.partName:
        return str(part.partName)
    # Where a file names no part, its id is an address in memory, which is a number.
    return part.id if isinstance(part.id, str) else f"track {index + 1}"


def _first_full_bar(part: Any) -> int:
    for measure in part.getElementsByClass("Measure"):
        if not measure.paddingLeft:
            return _ticks(measure.offset)
    return 0


def _first_tempo(sheet: Any) -> float:
    for mark in sheet.recurse().getElementsByClass("MetronomeMark"):
        beats = mark.getQuarterBPM()
        if beats:
            return float(beats)
    return _UNSTATED_TEMPO


def _ticks(quarters: Any) -> int:
    return round(quarters * _NOTATION_TICKS_PER_BEAT)


def _refuse_absurd_length(beats: float, path: Path) -> None:
    if beats > LONGEST_BEATS:
        raise InputError(
            f"{path}: it lasts {beats:,.0f} beats, more than the {LONGEST_BEATS:,} that ganola reads",
            _NO_MUSIC,
        )


def _first_line(error: Exception) -> str:
    if isinstance(error, GanolaError):
        return error.problem
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
