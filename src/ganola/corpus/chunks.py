"""Chunks on disk: what was read, kept until the corpus is finished, so that a build can be taken up again."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ganola.corpus.columns import Columns, load_columns, save_columns
from ganola.corpus.facts import Facts, ReadPiece
from ganola.corpus.reading import Chunk, Rejection
from ganola.corpus.similarity import Sketch
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track

_NOTES = {"track": np.int16, "start": np.int32, "end": np.int32, "pitch": np.int16}
_OF_TRACKS = ("onsets", "overlapping", "pitches")
_OF_PIECE = ("phases", "voices")
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
    header = {
        "pieces": [_piece_header(piece) for piece in pieces],
        "rejections": [[rejection.file, rejection.reason] for rejection in chunk.rejections],
    }
    columns: Columns = {}
    if pieces:
        for name, kind in _NOTES.items():
            columns[name] = np.concatenate(
                [getattr(piece.score.notes, name) for piece in pieces], dtype=kind, casting="unsafe"
            )
        for name in _OF_TRACKS:
            columns[name] = np.concatenate([getattr(piece.facts, name) for piece in pieces])
        for name in _OF_PIECE:
            columns[name] = np.stack([getattr(piece.facts, name) for piece in pieces])
        columns["sketches"] = np.concatenate(
            [np.zeros(0, np.uint32), *(line for piece in pieces for line in piece.sketches)]
        )
    save_columns(path, header, columns, lasting=True)


@dataclass(frozen=True)
class StoredChunk:
    """A chunk that `save_chunk` wrote, read from disk part by part as it is asked for."""

    path: Path

    def __len__(self) -> int:
        return len(self._header()["pieces"])

    def rejections(self) -> list[Rejection]:
        """The files that could not be read."""
        return [Rejection(file, reason) for file, reason in self._header()["rejections"]]

    def digests(self) -> list[tuple[str, bytes]]:
        """The name of each piece, and a number that pieces with the very same notes share."""
        return [(piece["name"], bytes.fromhex(piece["digest"])) for piece in self._header()["pieces"]]

    def facts(self) -> Iterator[Facts]:
        """What is known of each piece."""
        header, columns = load_columns(self.path, *_OF_TRACKS, *_OF_PIECE)
        return _facts(header["pieces"], columns)

    def pieces(self) -> Iterator[ReadPiece]:
        """Each piece, as it was saved."""
        header, columns = load_columns(self.path, *_OF_TRACKS, *_OF_PIECE, *_NOTES, "sketches")
        pieces = header["pieces"]
        facts = _facts(pieces, columns)
        return map(ReadPiece, facts, _scores(pieces, columns), _sketches(pieces, columns))

    def _header(self) -> dict[str, Any]:
        return load_columns(self.path)[0]


def _facts(pieces: list[dict[str, Any]], columns: Columns) -> Iterator[Facts]:
    first = 0
    for index, header in enumerate(pieces):
        own = slice(first, first + len(header["tracks"]))
        first = own.stop
        known: dict[str, Any] = {name: header[name] for name in _SAID}
        known |= {name: columns[name][own] for name in _OF_TRACKS}
        known |= {name: columns[name][index] for name in _OF_PIECE}
        yield Facts(**known, tracks=_tracks(header), remarks=tuple(header["remarks"]))


def _scores(pieces: list[dict[str, Any]], columns: Columns) -> Iterator[Score]:
    notes = [columns[name].astype(np.int32, copy=False) for name in _NOTES if pieces]
    first = 0
    for header in pieces:
        own = slice(first, first + header["notes"])
        first = own.stop
        yield Score(
            tracks=_tracks(header),
            notes=Notes(*(column[own] for column in notes)),
            ticks_per_beat=header["ticks_per_beat"],
            metres=tuple(Metre(*metre) for metre in header["metres"]),
            first_bar=header["first_bar"],
            tempo=header["tempo"],
            remarks=tuple(header["remarks"]),
        )


def _sketches(pieces: list[dict[str, Any]], columns: Columns) -> Iterator[tuple[Sketch, ...]]:
    first = 0
    for header in pieces:
        bounds = list(accumulate(header["sketches"], initial=first))
        first = bounds[-1]
        yield tuple(columns["sketches"][begin:end] for begin, end in pairwise(bounds))


def _piece_header(piece: ReadPiece) -> dict[str, Any]:
    score = piece.score
    return {name: getattr(piece.facts, name) for name in _SAID} | {
        "tracks": [[track.name, track.program, track.drums] for track in score.tracks],
        "remarks": score.remarks,
        "notes": len(score.notes),
        "ticks_per_beat": score.ticks_per_beat,
        "metres": [[metre.tick, metre.numerator, metre.denominator] for metre in score.metres],
        "first_bar": score.first_bar,
        "sketches": [len(line) for line in piece.sketches],
    }


def _tracks(header: dict[str, Any]) -> tuple[Track, ...]:
    return tuple(_track(*track) for track in header["tracks"])


@lru_cache(maxsize=4096)  # the same few tracks come again in file after file
def _track(name: str, program: int, drums: bool) -> Track:
    return Track(name=name, program=program, drums=drums)
