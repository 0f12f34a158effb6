"""Files to notes on a grid, in a common key, a chunk of files at a time: the slow half of building a corpus."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ganola.corpus.similarity import sketch
from ganola.corpus.sources import SourceFile
from ganola.errors import GanolaError
from ganola.music.files import read_score
from ganola.music.key import find_key, pitch_class_weights
from ganola.music.score import Metre, Notes, Score, quantised
from ganola.music.tracks import Track
from ganola.storage import write_whole


@dataclass(frozen=True, slots=True)
class ReadPiece:
    """A file's music in steps, transposed by `semitones` to the common tonic, and its melody's sketch."""

    name: str
    score: Score
    key: str | None
    semitones: int
    sketch: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file that is left out, and why, in words for its owner."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What became of some files."""

    pieces: tuple[ReadPiece, ...]
    rejections: tuple[Rejection, ...]


def read_chunk(files: tuple[SourceFile, ...], steps_per_beat: int, to_common_tonic: bool) -> Chunk:
    """Every file of a chunk, read or rejected with a reason; one bad file never stops the others."""
    pieces, rejections = [], []
    for file in files:
        try:
            pieces.append(read_piece(file, steps_per_beat, to_common_tonic))
        except GanolaError as error:
            rejections.append(Rejection(file.name, error.problem.removeprefix(f"{file.path}: ")))
    return Chunk(tuple(pieces), tuple(rejections))


def read_piece(file: SourceFile, steps_per_beat: int, to_common_tonic: bool) -> ReadPiece:
    """One file's music in steps, in the common key if asked. Raises InputError for a file without music."""
    score = quantised(read_score(file.path), steps_per_beat)
    key = find_key(pitch_class_weights(score))
    semitones = key.semitones_to_c if to_common_tonic and key else 0
    return ReadPiece(
        name=file.name,
        score=score.transposed(semitones),
        key=str(key) if key else None,
        semitones=semitones,
        sketch=sketch(score),
    )


def save_chunk(chunk: Chunk, path: Path) -> None:
    """Write a chunk as one npz file: a JSON header, and the notes and the sketches of all pieces as columns."""
    header = {
        "pieces": [_piece_header(piece) for piece in chunk.pieces],
        "rejections": [[rejection.file, rejection.reason] for rejection in chunk.rejections],
    }
    columns: dict[str, Any] = {
        name: np.concatenate([np.zeros(0, np.int32), *(getattr(piece.score.notes, name) for piece in chunk.pieces)])
        for name in ("track", "start", "end", "pitch")
    }
    columns["sketch"] = np.array([fragment for piece in chunk.pieces for fragment in piece.sketch], dtype=np.uint64)
    buffer = io.BytesIO()
    arrays = columns | {"header": np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)}
    np.savez(buffer, allow_pickle=False, **arrays)
    write_whole(path, buffer.getvalue())


def load_chunk(path: Path) -> Chunk:
    """The chunk that `save_chunk` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        header = json.loads(arrays["header"].tobytes())
        notes = Notes(arrays["track"], arrays["start"], arrays["end"], arrays["pitch"])
        fragments = arrays["sketch"].tolist()
    return Chunk(
        pieces=tuple(_pieces(header["pieces"], notes, fragments)),
        rejections=tuple(Rejection(file, reason) for file, reason in header["rejections"]),
    )


def _piece_header(piece: ReadPiece) -> dict[str, Any]:
    score = piece.score
    return {
        "name": piece.name,
        "tracks": [track.model_dump() for track in score.tracks],
        "notes": len(score.notes),
        "steps_per_beat": score.ticks_per_beat,
        "metres": [[metre.tick, metre.numerator, metre.denominator] for metre in score.metres],
        "first_bar": score.first_bar,
        "tempo": score.tempo,
        "key": piece.key,
        "semitones": piece.semitones,
        "sketch": len(piece.sketch),
    }


def _pieces(headers: list[dict[str, Any]], notes: Notes, fragments: list[int]) -> Iterator[ReadPiece]:
    note = fragment = 0
    for header in headers:
        own, sketched = slice(note, note + header["notes"]), slice(fragment, fragment + header["sketch"])
        note, fragment = own.stop, sketched.stop
        score = Score(
            tracks=tuple(Track(**track) for track in header["tracks"]),
            notes=notes.where(own),
            ticks_per_beat=header["steps_per_beat"],
            metres=tuple(Metre(*metre) for metre in header["metres"]),
            first_bar=header["first_bar"],
            tempo=header["tempo"],
        )
        yield ReadPiece(header["name"], score, header["key"], header["semitones"], tuple(fragments[sketched]))


def aligned(score: Score, steps_per_bar: int) -> Score:
    """`score` moved so that step 0 is a bar line and the first note sounds in the bar after it (a pickup too)."""
    first = int(score.notes.start.min())
    bars_before = (first - score.first_bar) // steps_per_bar
    origin = score.first_bar + bars_before * steps_per_bar
    return replace(score, notes=score.notes.shifted(ticks=-origin), first_bar=0)
