"""A corpus on disk: a manifest, one line a piece, and the notes of all bars, memory-mapped.

manifest.json     source, grid, tracks, key mode, labels, fingerprint
plan.toml         how the music became bars (see `plan`)
pieces.jsonl      source, split, family, key, tempo, where the bars lie, what gave way
rejected.jsonl    file, reason
notes-00000.npy   a shard's notes, bar after bar (BAR_NOTE, see `bars`)
bars-00000.npy    where each bar's notes begin among them, and at last how many there are
"""

import contextlib
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64, Shaped, UInt8
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from ganola.corpus.bars import AS_NUMBER, BAR_NOTE, planes, window_starts
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.roll import from_planes
from ganola.music.tracks import Track
from ganola.storage import machine_error, whole_file

FORMAT_VERSION = 2
MANIFEST, PIECES, REJECTED = "manifest.json", "pieces.jsonl", "rejected.jsonl"
SPLITS = ("train", "validation", "test")
_BUILD_AGAIN = "Build it again: ganola corpus build SOURCE --out DIR."


class Manifest(BaseModel):
    """What every window of a corpus has in common. `stamp` tells whether the source's files are still the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int
    source: str
    grid: Grid
    tracks: tuple[Track, ...]
    common_tonic: bool
    tempo: float
    fingerprint: str
    stamp: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a corpus: where it came from, where its bars lie, and what the grid could not hold."""

    name: str  # within its source
    label: str  # the folder it lay in, or ""
    split: str
    family: str  # the first piece of its tune
    metre: str  # its own, as its file states it, or, where it states none, as it sounds
    bars_estimated: bool  # the file does not say where its bars begin
    key: str | None
    semitones: int  # by which it was transposed
    tempo: float
    offset: float  # quarter notes by which its notes lay off the grid, removed
    shard: int
    first_bar: int  # row of the shard
    bars: int
    sections: tuple[int, ...]  # lengths in bars of its stretches in the corpus's metre; a window lies within one
    windows: int
    notes: int
    out_of_range: int
    merged: int
    shortened: int
    left_out: int  # notes of tracks that the corpus does not have
    other_metre: int  # notes left out in bars of another metre
    remarks: tuple[str, ...] = ()  # what was repaired or guessed while its file was read


_COLUMNS = tuple(field.name for field in fields(Piece))
_SEEN = ("name", "label", "split", "family", "shard", "first_bar", "bars", "sections", "windows")


@dataclass(frozen=True, slots=True)
class Shard:
    """The notes of some pieces, on disk until asked for, and where those of each bar begin."""

    numbers: Int64[np.ndarray, "notes"]  # BAR_NOTE records, each as one number (see `bars`)
    first: Int64[np.ndarray, "lines"]


class Shards(dict[int, Shard]):
    """The shards of a folder by their numbers, each opened when it is first asked for.

    Raises InputError for one that is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, index: int) -> Shard:
        self[index] = shard = _load_shard(self._folder, index)
        return shard


@dataclass(frozen=True)
class Corpus:
    """An opened corpus; its pieces and notes are read when they are asked for."""

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
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces. Raises InputError where their lines are damaged."""
        return tuple(iter_pieces(self.folder))

    @cached_property
    def rejected(self) -> tuple[dict[str, str], ...]:
        """The files that were left out, each with the reason. Raises InputError where the lines are damaged."""
        with _damage_told(self.folder):
            return tuple(_lines(self.folder / REJECTED))

    @cached_property
    def shards(self) -> Shards:
        """The notes of its bars."""
        return Shards(self.folder)

    def of_split(self, split: str) -> tuple[Piece, ...]:
        """The pieces of one split."""
        return tuple(piece for piece in self.pieces if piece.split == split)

    def window_starts(self, piece: Piece) -> Int64[np.ndarray, "windows"]:
        """The bars of `piece` at which its windows begin."""
        first = self.shards[piece.shard].first[piece.first_bar : piece.first_bar + piece.bars + 1]
        return window_starts(first, piece.sections, self.grid.bars)

    def planes(self, places: Sequence[tuple[int, int]], bars: int) -> Bool[np.ndarray, "places tracks 2 steps pitches"]:
        """The onset and sustain planes of `bars` bars from each place on, a place being a shard and a bar of it."""
        numbers, firsts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for index, bar in places:
            shard = self.shards[index]
            first = shard.first[bar : bar + bars + 1]
            firsts.append(first)
            numbers.append(shard.numbers[first[0] : first[-1]])
        lines = np.concatenate(firsts).reshape(len(places), bars + 1)
        return planes(np.concatenate(numbers).view(BAR_NOTE), np.diff(lines), self.grid, len(self.tracks))

    def piece_cells(self, piece: Piece) -> UInt8[np.ndarray, "tracks steps pitches"]:
        """A whole piece's cells."""
        return from_planes(self.planes([(piece.shard, piece.first_bar)], piece.bars)[0])


def open_corpus(folder: Path) -> Corpus:
    """The corpus in `folder`. Raises InputError where there is none, or its manifest is damaged or of another version.

    Damage to its other files is told when they are read.
    """
    if not folder.exists():
        raise InputError(f"there is no corpus {folder}", "Name the folder that ganola corpus build made.")
    with _damage_told(folder):
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
        for name in (PIECES, REJECTED):
            (folder / name).stat()
    if manifest.format_version != FORMAT_VERSION:
        raise InputError(f"the corpus {folder} is of another version of ganola", _BUILD_AGAIN)
    return Corpus(folder, manifest)


def iter_pieces(folder: Path) -> Iterator[Piece]:
    """The pieces of the corpus in `folder`, read one by one. Raises InputError at damage, or if there are none."""
    none = True
    with _damage_told(folder):
        for line in _lines(folder / PIECES):
            none = False
            yield piece_from(line)
    if none:
        raise InputError(f"the corpus {folder} is damaged: it has no pieces", _BUILD_AGAIN)


def piece_record(piece: Piece) -> dict[str, Any]:
    """A piece as JSON can hold it."""
    return {name: getattr(piece, name) for name in _COLUMNS}


def piece_from(record: dict[str, Any]) -> Piece:
    """The piece that `piece_record` describes, read back from JSON."""
    lists = {"sections": tuple(record["sections"]), "remarks": tuple(record.get("remarks", ()))}
    return Piece(**{**record, **lists})


def piece_line(piece: Piece) -> str:
    """A piece as a line of pieces.jsonl."""
    return json.dumps(piece_record(piece), ensure_ascii=False) + "\n"


def fingerprint(plan: str, pieces: Iterable[Piece], shards: Iterable[Path]) -> str:
    """Return a hash of what networks see of a corpus: its plan, where its pieces lie, their splits, and their notes.

    What is only said of a piece (its tempo, what was repaired in its file) changes nothing.
    """
    digest = hashlib.sha256(plan.encode())
    for piece in pieces:
        digest.update(json.dumps([getattr(piece, name) for name in _SEEN]).encode())
    for path in shards:
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest()[:16]


def shard_paths(folder: Path, index: int) -> tuple[Path, Path]:
    """The files of a shard: its notes, and where each bar's begin."""
    return folder / f"notes-{index:05d}.npy", folder / f"bars-{index:05d}.npy"


def write_shard(
    folder: Path, index: int, rows: Sequence[Shaped[np.ndarray, "_"]], first: Int64[np.ndarray, "lines"]
) -> None:
    """Write a shard: the notes of its pieces, one array each, and where each bar's begin among all of them.

    Whole or not at all: the notes' file comes last, so that where it is, the other is too.
    """
    notes_path, bars_path = shard_paths(folder, index)
    with whole_file(notes_path) as notes, whole_file(bars_path) as bars:
        _write_array(notes, BAR_NOTE, rows)
        _write_array(bars, first.dtype, [first])


def _write_array(path: Path, dtype: np.dtype[Any], parts: Sequence[NDArray[Any]]) -> None:
    """Write arrays of one dimension, one after the other, as one array in numpy's format.

    Not by `np.save`: it does not say that it was for a full disk that it could not write, and wants them as one.
    """
    descr, header = np.lib.format.dtype_to_descr(dtype), io.BytesIO()
    shape = (sum(map(len, parts)),)
    np.lib.format.write_array_header_1_0(header, {"descr": descr, "fortran_order": False, "shape": shape})
    path.write_bytes(b"".join([header.getbuffer(), *(part.data for part in parts)]))


def _load_shard(folder: Path, index: int) -> Shard:
    notes_path, bars_path = shard_paths(folder, index)
    notes = _load(notes_path, mmap_mode="r")
    first = _load(bars_path)
    if notes.dtype != BAR_NOTE or first.dtype != np.int64 or first.ndim != 1 or not _partition(first, len(notes)):
        raise InputError(f"{bars_path} and {notes_path.name} do not belong together", "Build the corpus again.")
    # A plain array over the map: slices of it are made several times faster than of a memmap.
    return Shard(np.asarray(notes).view(AS_NUMBER), first)


def _load(path: Path, **how: Any) -> NDArray[Any]:
    try:
        return np.load(path, allow_pickle=False, **how)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} is missing or damaged", "Build the corpus again.") from error


def _partition(first: Int64[np.ndarray, "lines"], count: int) -> bool:
    """Whether `first` divides `count` notes among bars."""
    return bool(len(first) and first[0] == 0 and first[-1] == count and (np.diff(first) >= 0).all())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a finished JSON-lines file, in which a last line that is cut off is damage."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


@contextlib.contextmanager
def _damage_told(folder: Path) -> Iterator[None]:
    """What can be wrong with the files of a corpus, told as its owner should read it."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{folder} is not a finished corpus", _BUILD_AGAIN) from error
    except (ValidationError, json.JSONDecodeError, TypeError, KeyError, UnicodeDecodeError) as error:
        raise InputError(f"the corpus {folder} is damaged or of another version of ganola", _BUILD_AGAIN) from error
    except OSError as error:
        raise machine_error(error, folder) from error
