"""A corpus on disk: a manifest, one line a piece, and the bars of all pieces as memory-mapped bits.

manifest.json     grid, tracks, key mode, fingerprint
pieces.jsonl      source, split, family, key, tempo, where the bars lie, what gave way
rejected.jsonl    file, reason
bars-00000.npy    (bars, bytes): each row the bits of (tracks, planes, steps of a bar, pitches)
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8
from pydantic import BaseModel, ConfigDict, ValidationError

from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.roll import ONSET, SUSTAIN, from_planes
from ganola.music.tracks import Track
from ganola.storage import machine_error

FORMAT_VERSION = 1
MANIFEST, PIECES, REJECTED = "manifest.json", "pieces.jsonl", "rejected.jsonl"
SPLITS = ("train", "validation", "test")


class Manifest(BaseModel):
    """What every window of a corpus has in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int
    source: str
    grid: Grid
    tracks: tuple[Track, ...]
    common_tonic: bool
    tempo: float
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a corpus: where it came from, where its bars lie, and what the grid could not hold."""

    name: str
    split: str
    family: str  # the first piece of its tune
    key: str | None
    semitones: int  # by which it was transposed
    tempo: float
    shard: int
    first_bar: int  # row of the shard
    bars: int
    silent_bars: tuple[int, ...]
    notes: int
    out_of_range: int
    merged: int
    shortened: int
    left_out: int  # notes of tracks that the corpus does not have

    def window_starts(self, bars: int) -> list[int]:
        """The bars at which a window of `bars` bars begins in which something sounds; the hop is one bar."""
        silent = set(self.silent_bars)
        starts = range(max(0, self.bars - bars + 1))
        if not silent:
            return list(starts)
        return [start for start in starts if not silent.issuperset(range(start, start + bars))]


_COLUMNS = tuple(field.name for field in fields(Piece))


@dataclass(frozen=True)
class Corpus:
    """An opened corpus; its bars stay on disk until asked for."""

    folder: Path
    manifest: Manifest
    pieces: tuple[Piece, ...]
    rejected: tuple[dict[str, str], ...]

    @property
    def grid(self) -> Grid:
        """The grid of its windows."""
        return self.manifest.grid

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of its windows."""
        return self.manifest.tracks

    @cached_property
    def shards(self) -> tuple[UInt8[np.ndarray, "bars bytes"], ...]:
        """The packed bars, memory-mapped."""
        count = 1 + max((piece.shard for piece in self.pieces), default=-1)
        return tuple(_load_shard(self.folder / shard_name(index)) for index in range(count))

    def of_split(self, split: str) -> tuple[Piece, ...]:
        """The pieces of one split."""
        return tuple(piece for piece in self.pieces if piece.split == split)

    def piece_cells(self, piece: Piece) -> UInt8[np.ndarray, "tracks steps pitches"]:
        """A whole piece's cells."""
        packed = self.shards[piece.shard][piece.first_bar : piece.first_bar + piece.bars]
        return from_planes(unpack_bars(packed[None], self.grid, len(self.tracks))[0])


def pack_bars(cells: UInt8[np.ndarray, "tracks steps pitches"], grid: Grid) -> UInt8[np.ndarray, "bars bytes"]:
    """The bits of a piece's onset and sustain planes, a bar a row; `steps` must be whole bars."""
    tracks, steps, pitches = cells.shape
    bars = steps // grid.steps_per_bar
    by_bar = cells.reshape(tracks, bars, grid.steps_per_bar, pitches).transpose(1, 0, 2, 3)
    planes = np.empty((bars, tracks, 2, grid.steps_per_bar, pitches), dtype=bool)
    np.equal(by_bar, ONSET, out=planes[:, :, 0])
    np.equal(by_bar, SUSTAIN, out=planes[:, :, 1])
    return np.packbits(planes.reshape(bars, -1), axis=1)


def unpack_bars(
    packed: UInt8[np.ndarray, "windows bars bytes"], grid: Grid, tracks: int
) -> Bool[np.ndarray, "windows tracks 2 steps pitches"]:
    """The onset and sustain planes of runs of packed bars."""
    windows, bars, _ = packed.shape
    shape = (windows, bars, tracks, 2, grid.steps_per_bar, grid.pitches)
    bits = np.unpackbits(packed, axis=2, count=int(np.prod(shape[2:]))).view(bool)
    by_track = bits.reshape(shape).transpose(0, 2, 3, 1, 4, 5)
    return by_track.reshape(windows, tracks, 2, bars * grid.steps_per_bar, grid.pitches)


def open_corpus(folder: Path) -> Corpus:
    """The corpus in `folder`. Raises InputError where there is none, or it is damaged or of another version."""
    remedy = "Build it again: ganola corpus build SOURCE --out DIR."
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
        pieces = tuple(
            Piece(**{**line, "silent_bars": tuple(line["silent_bars"])}) for line in _read_lines(folder / PIECES)
        )
        rejected = tuple(_read_lines(folder / REJECTED))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{folder} is not a finished corpus", remedy) from error
    except (ValidationError, json.JSONDecodeError, TypeError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"the corpus {folder} is damaged or of another version of ganola", remedy) from error
    except OSError as error:
        raise machine_error(error, folder) from error
    if manifest.format_version != FORMAT_VERSION:
        raise InputError(f"the corpus {folder} is of another version of ganola", remedy)
    if not pieces:
        raise InputError(f"the corpus {folder} is damaged: it has no pieces", remedy)
    return Corpus(folder, manifest, pieces, rejected)


def fingerprint(plan: str, pieces: str, shards: Iterable[Path]) -> str:
    """A hash of what networks can see of a corpus: its plan, the lines of its pieces and splits, its bits."""
    digest = hashlib.sha256(plan.encode())
    digest.update(pieces.encode())
    for shard in shards:
        digest.update(shard.read_bytes())
    return digest.hexdigest()[:16]


def piece_line(piece: Piece) -> str:
    """A piece as a line of pieces.jsonl."""
    return json.dumps({name: getattr(piece, name) for name in _COLUMNS}, ensure_ascii=False) + "\n"


def shard_name(index: int) -> str:
    """The file name of a shard of bars."""
    return f"bars-{index:05d}.npy"


def _read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a finished JSON-lines file, in which a last line that is cut off is damage."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _load_shard(path: Path) -> UInt8[np.ndarray, "bars bytes"]:
    try:
        shard: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} is missing or damaged", "Build the corpus again.") from error
    return shard
