"""Chunks on disk: what was read, kept until the corpus is finished, so that a build can be taken up again.

The numbers of all pieces lie in columns, piece after piece; the header says of each piece how many are its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ganola.checksums import DamagedError
from ganola.corpus.columns import Columns, load_columns, save_columns, verify_columns
from ganola.corpus.piece_stats import MAX_VOICES, AnalysedPiece, PieceStats
from ganola.corpus.pieces import MOST, Count, Rejection
from ganola.corpus.reading import Chunk
from ganola.corpus.similarity import Sketch
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.pulse import Timing
from ganola.music.score import Notes, Score
from ganola.music.tempo import Tempo
from ganola.music.timing import PHASES
from ganola.music.tracks import Track

Tick = Annotated[int, Field(ge=-MOST, le=MOST)]

_NOTES = {"track": np.int16, "start": np.int32, "end": np.int32, "pitch": np.int16, "velocity": np.uint8}
_OF_TRACKS = ("onsets", "overlapping", "pitches")
_OF_PIECE = ("phases", "voices")
ALL_COLUMNS = (*_OF_TRACKS, *_OF_PIECE, *_NOTES, "sketches")
_SAID = (
    "name",
    "label",
    "digest",
    "metre",
    "bars_stated",
    "metre_stated",
    "downbeat",
    "key",
    "semitones_to_c",
    "timing",
    "offset",
    "tempo",
)


def save_chunk(chunk: Chunk, path: Path) -> None:
    """Write a chunk as one file, the numbers of all pieces as columns."""
    pieces = chunk.pieces
    header = _ChunkHeader(tuple(map(_piece_header, pieces)), chunk.rejections)
    columns: Columns = {}
    if pieces:
        for name, kind in _NOTES.items():
            columns[name] = np.concatenate(
                [getattr(piece.score.notes, name) for piece in pieces], dtype=kind, casting="unsafe"
            )
        for name in _OF_TRACKS:
            columns[name] = np.concatenate([getattr(piece.stats, name) for piece in pieces])
        for name in _OF_PIECE:
            columns[name] = np.stack([getattr(piece.stats, name) for piece in pieces])
        columns["sketches"] = np.concatenate(
            [np.zeros(0, np.uint32), *(line for piece in pieces for line in piece.sketches)]
        )
    save_columns(path, header, columns, lasting=True)


@dataclass(frozen=True)
class StoredChunk:
    """A chunk that `save_chunk` wrote, read from disk part by part as it is asked for."""

    path: Path

    def __len__(self) -> int:
        return len(self._header().pieces)

    def verify(self) -> None:
        """Raise DamagedError where it is not as it was written, InputError where it cannot be read."""
        verify_columns(self.path)
        header, columns = load_columns(self.path, _ChunkHeader, *ALL_COLUMNS)
        _refuse_misfits(header.pieces, columns)

    def rejections(self) -> tuple[Rejection, ...]:
        """Return the files that could not be read."""
        return self._header().rejections

    def digests(self) -> list[tuple[str, bytes]]:
        """Return the name of each piece, and a number that pieces with the very same notes share."""
        return [(piece.name, bytes.fromhex(piece.digest)) for piece in self._header().pieces]

    def stats(self) -> Iterator[PieceStats]:
        """Return what is known of each piece."""
        header, columns = load_columns(self.path, _ChunkHeader, *_OF_TRACKS, *_OF_PIECE)
        return _stats(header.pieces, columns)

    def pieces(self) -> Iterator[AnalysedPiece]:
        """Return each piece, as it was saved."""
        header, columns = load_columns(self.path, _ChunkHeader, *ALL_COLUMNS)
        stats = _stats(header.pieces, columns)
        return map(AnalysedPiece, stats, _scores(header.pieces, columns), _sketches(header.pieces, columns))

    def _header(self) -> "_ChunkHeader":
        return load_columns(self.path, _ChunkHeader)[0]


@dataclass(frozen=True, slots=True)
class _PieceHeader:
    """What the header of a chunk says of a piece: the fields of `PieceStats` and `Score` that are no columns, and how
    many rows of each column are its own."""

    name: str
    label: str
    digest: Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]
    metre: TimeSignature
    bars_stated: bool
    metre_stated: bool
    downbeat: Tick
    key: str | None
    semitones_to_c: Annotated[int, Field(ge=-127, le=127)]
    timing: Timing
    offset: Annotated[float, Field(allow_inf_nan=False)]
    tempo: Tempo
    tracks: tuple[tuple[str, Annotated[int, Field(ge=0, le=127)], bool], ...]
    remarks: tuple[str, ...]
    notes: Count
    ticks_per_quarter: Annotated[int, Field(ge=1, le=MOST)]
    metres: tuple[tuple[Tick, TimeSignature], ...]
    first_bar: Tick
    sketches: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class _ChunkHeader:
    pieces: tuple[_PieceHeader, ...]
    rejections: tuple[Rejection, ...]


def _refuse_misfits(pieces: Sequence[_PieceHeader], columns: Columns) -> None:
    """Raise DamagedError where columns are not those of the pieces, or have notes that no piece has."""
    tracks = [len(piece.tracks) for piece in pieces]
    notes = sum(piece.notes for piece in pieces)
    sketches = sum(sum(piece.sketches) for piece in pieces)
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(_NOTES, (notes,))
    shapes |= {"onsets": (sum(tracks),), "overlapping": (sum(tracks),), "pitches": (sum(tracks), 128)}
    shapes |= {"phases": (len(pieces), PHASES), "voices": (len(pieces), MAX_VOICES + 1), "sketches": (sketches,)}
    if {name: column.shape for name, column in columns.items()} != (shapes if pieces else {}):
        raise DamagedError("its columns are not of its pieces")
    if pieces:
        of_piece = np.repeat(tracks, [piece.notes for piece in pieces])
        sound = (columns["track"] >= 0) & (columns["track"] < of_piece) & (columns["start"] < columns["end"])
        sound &= (columns["pitch"] >= 0) & (columns["pitch"] < 128)
        sound &= (columns["velocity"] > 0) & (columns["velocity"] < 128)
        if not sound.all():
            raise DamagedError("it has notes that are none")


def _stats(pieces: Sequence[_PieceHeader], columns: Columns) -> Iterator[PieceStats]:
    first = 0
    for index, header in enumerate(pieces):
        own = slice(first, first + len(header.tracks))
        first = own.stop
        known: dict[str, Any] = {name: getattr(header, name) for name in _SAID}
        known |= {name: columns[name][own] for name in _OF_TRACKS}
        known |= {name: columns[name][index] for name in _OF_PIECE}
        yield PieceStats(**known, tracks=_tracks(header), remarks=header.remarks)


def _scores(pieces: Sequence[_PieceHeader], columns: Columns) -> Iterator[Score]:
    notes = [columns[name].astype(np.int32, copy=False) for name in _NOTES if pieces]
    first = 0
    for header in pieces:
        own = slice(first, first + header.notes)
        first = own.stop
        yield Score(
            tracks=_tracks(header),
            notes=Notes(*(column[own] for column in notes)),
            ticks_per_quarter=header.ticks_per_quarter,
            metres=tuple(MetreChange(*change) for change in header.metres),
            first_bar=header.first_bar,
            tempo=header.tempo,
            remarks=header.remarks,
        )


def _sketches(pieces: Sequence[_PieceHeader], columns: Columns) -> Iterator[tuple[Sketch, ...]]:
    first = 0
    for header in pieces:
        bounds = list(accumulate(header.sketches, initial=first))
        first = bounds[-1]
        yield tuple(columns["sketches"][begin:end] for begin, end in pairwise(bounds))


def _piece_header(piece: AnalysedPiece) -> _PieceHeader:
    score = piece.score
    return _PieceHeader(
        **{name: getattr(piece.stats, name) for name in _SAID},
        tracks=tuple((track.name, track.program, track.drums) for track in score.tracks),
        remarks=score.remarks,
        notes=len(score.notes),
        ticks_per_quarter=score.ticks_per_quarter,
        metres=tuple((change.tick, change.signature) for change in score.metres),
        first_bar=score.first_bar,
        sketches=tuple(len(line) for line in piece.sketches),
    )


def _tracks(header: _PieceHeader) -> tuple[Track, ...]:
    return tuple(_track(*track) for track in header.tracks)


@lru_cache(maxsize=4096)  # the same few tracks come again in file after file
def _track(name: str, program: int, drums: bool) -> Track:
    return Track(name=name, program=program, drums=drums)
