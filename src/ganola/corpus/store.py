"""A corpus on disk: a manifest, one line a piece, and the notes of all bars.

manifest.json     source, grid, tracks, key mode, labels, fingerprint, and the checksums of all other files
plan.toml         how the music became bars (see `plan`)
pieces.jsonl      source, split, family, key, tempo, where the bars lie, what gave way (see `pieces`)
rejected.jsonl    file, reason
notes-00000.npy   a shard's notes, bar after bar (see `shards`)
bars-00000.npy    where each bar's notes begin among them

A file is checked when it is first read: its content by its checksum, and what it says by its type and bounds.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Int64, UInt8
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ganola.checksums import DamagedError, checksum_of, without_checksum
from ganola.corpus.bars import bars_to_planes, window_starts
from ganola.corpus.pieces import Piece, Rejection, Text, piece_from
from ganola.corpus.plan import PLAN, Plan, parse_plan
from ganola.corpus.shards import BUILD_AGAIN, Checksum, Shards, bytes_without_velocity, damage_error
from ganola.errors import InputError
from ganola.music.grid import Grid, refuse_large_phrases
from ganola.music.roll import from_planes
from ganola.music.tempo import Tempo
from ganola.music.tracks import Track, Tracks
from ganola.records import checked, open_checked, parse_json, read_file, record_text
from ganola.storage import machine_error, write_whole

FORMAT_VERSION = 4
MANIFEST, PIECES, REJECTED = "manifest.json", "pieces.jsonl", "rejected.jsonl"
SPLITS = ("train", "validation", "test")
_HASHED = ("name", "label", "split", "family", "shard", "first_bar", "bars", "segments", "windows")

T = TypeVar("T")


class Manifest(BaseModel):
    """What every window of a corpus has in common. `stamp` tells whether the source's files are still the same; `files`
    are the checksums of the corpus's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int
    source: Text
    grid: Grid
    tracks: Tracks
    common_tonic: bool
    tempo: Tempo
    fingerprint: str = Field(pattern=r"^[0-9a-f]{16}$")
    stamp: str = Field(pattern=r"^[0-9a-f]{16}$")
    labels: tuple[Text, ...] = ()
    files: dict[str, Checksum]

    @model_validator(mode="after")
    def _of_a_size(self) -> "Manifest":
        refuse_large_phrases(self.grid, len(self.tracks))
        return self


@dataclass(frozen=True)
class Corpus:
    """An opened corpus; its pieces and notes are read, and checked, when they are asked for."""

    folder: Path
    manifest: Manifest

    @property
    def grid(self) -> Grid:
        """The grid of its windows."""
        return self.manifest.grid

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of its windows."""
        return self.manifest.tracks

    @cached_property
    def plan(self) -> Plan:
        """The plan by which it was built. Raises InputError where that is missing, or another one now."""
        path, manifest = self.folder / PLAN, self.manifest
        data = read_file(path, BUILD_AGAIN)
        if checksum_of(data) != manifest.files.get(PLAN):
            raise InputError(
                f"{path} is not the plan that this corpus was built by",
                f"Put that one back; or build another corpus by this one, with --plan {path}.",
            )
        plan = parse_plan(data, path).plan
        if (plan.grid, plan.corpus_tracks, plan.common_tonic) != (self.grid, self.tracks, manifest.common_tonic):
            raise damage_error(path, f"it is of other music than {MANIFEST}")
        return plan

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces. Raises InputError where their lines are damaged, or there are none."""
        return tuple(self.iter_pieces())

    @cached_property
    def rejected(self) -> tuple[Rejection, ...]:
        """The files that were left out, each with the reason. Raises InputError where the lines are damaged."""
        return tuple(self._records(REJECTED, partial(checked, kind=Rejection)))

    @cached_property
    def shards(self) -> Shards:
        """The notes of its bars."""
        return Shards(self.folder, self.manifest.files, self.grid, len(self.tracks))

    def iter_pieces(self) -> Iterator[Piece]:
        """Yield all pieces, read one by one. Raises InputError where their lines are damaged, or there are none."""
        none = True
        for piece in self._records(PIECES, piece_from):
            none = False
            yield piece
        if none:
            raise damage_error(self.folder / PIECES, "it has no pieces")

    def of_split(self, split: str) -> tuple[Piece, ...]:
        """Return the pieces of one split."""
        return tuple(piece for piece in self.pieces if piece.split == split)

    def window_starts(self, piece: Piece) -> Int64[np.ndarray, "windows"]:
        """Return the bars of `piece` at which its windows begin. Raises InputError where these are not as many as it
        says."""
        first = self.shards[piece.shard].lines(piece.first_bar, piece.bars)
        starts = window_starts(first, piece.segments, self.grid.bars)
        if len(starts) != piece.windows:
            raise damage_error(self.folder / PIECES, f"{piece.name} has {len(starts)} windows, not {piece.windows}")
        return starts

    def planes(self, places: Sequence[tuple[int, int]], bars: int) -> Bool[np.ndarray, "places tracks 2 steps pitches"]:
        """Return the onset and sustain planes of `bars` bars from each place on, a place being a shard and a bar of
        it."""
        return bars_to_planes(*self.shards.read_bars(places, bars), self.grid, len(self.tracks))

    def piece_cells(self, piece: Piece) -> UInt8[np.ndarray, "tracks steps pitches"]:
        """Return a whole piece's cells."""
        return from_planes(self.planes([(piece.shard, piece.first_bar)], piece.bars)[0])

    def _records(self, name: str, parse: Callable[[object], T]) -> Iterator[T]:
        """Yield the records in the lines of a file, read one by one. Raises InputError at damage."""
        path = self.folder / name
        with open_checked(path, self.manifest.files.get(name, ""), BUILD_AGAIN) as file, BufferedReader(file) as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    record = parse(parse_json(line))
                except DamagedError as error:
                    raise damage_error(path, f"line {number}: {error}") from error
                yield record


def open_corpus(folder: Path) -> Corpus:
    """Return the corpus in `folder`. Raises InputError where there is none, or its manifest is damaged or of another
    version.

    Damage to its other files is told when they are read.
    """
    path = folder / MANIFEST
    try:
        if not folder.exists():
            raise InputError(f"there is no corpus {folder}", "Name the folder that ganola corpus build made.")
        if not all((folder / name).exists() for name in (MANIFEST, PIECES, REJECTED)):
            raise InputError(f"{folder} is not a finished corpus", BUILD_AGAIN)
        record = parse_json(read_file(path, BUILD_AGAIN))
        if not isinstance(record, dict):
            raise DamagedError("it is not a record")
        if record.get("format_version") != FORMAT_VERSION:
            raise InputError(
                f"the corpus {folder} is of another version of ganola: this one reads format {FORMAT_VERSION}",
                BUILD_AGAIN,
            )
        return Corpus(folder, checked(without_checksum(record), Manifest))
    except DamagedError as error:
        raise damage_error(path, error) from error
    except OSError as error:
        raise machine_error(error, folder) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest, by which a corpus is finished."""
    write_whole(folder / MANIFEST, record_text(manifest, indent=2) + "\n")


def fingerprint(plan: Plan, pieces: Iterable[Piece], folder: Path, shards: int) -> str:
    """Return a hash of what networks see of a corpus: its grid and tracks, where its pieces lie, their splits, and
    their notes, in the `shards` of a folder.

    What is only said of a piece (its tempo, what was repaired in its file) changes nothing, nor do velocities, which no
    network sees yet.
    """
    digest = hashlib.sha256("\n".join([_hashed_grid(plan.grid), *map(_hashed_track, plan.corpus_tracks)]).encode())
    for piece in pieces:
        digest.update(json.dumps([getattr(piece, name) for name in _HASHED]).encode())
    for shard in range(shards):
        for data in bytes_without_velocity(folder, shard):
            digest.update(data)
    return digest.hexdigest()[:16]


def _hashed_grid(grid: Grid) -> str:
    """Return a grid by the names that its fields had in 0.1, so that the same music keeps its fingerprint."""
    return _compact(
        {
            "lowest": grid.lowest,
            "pitches": grid.pitches,
            "steps_per_beat": grid.steps_per_quarter,
            "metre": str(grid.metre),
            "bars": grid.bars,
        }
    )


def _hashed_track(track: Track) -> str:
    """Return a track by the names that its fields had in 0.1."""
    return _compact({"name": track.name, "program": track.program, "drums": track.drums, "one_note": track.monophonic})


def _compact(values: dict[str, str | int]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
