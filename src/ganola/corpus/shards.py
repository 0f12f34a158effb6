"""The notes of a corpus on disk, a shard for some of its pieces, read as they are asked for.

notes-00000.npy   a shard's notes, bar after bar (BAR_NOTE, see `bars`)
bars-00000.npy    where each bar's notes begin among them, and at last how many there are

When a shard is opened, all of it is checked. Its notes are not kept in memory, nor mapped into it: a mapped file that
becomes shorter ends the program.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO, FileIO
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

import numpy as np
from jaxtyping import Int64, Shaped
from numpy.typing import NDArray
from pydantic import Field

from ganola.checksums import DIGITS, DamagedError, checksum_of
from ganola.corpus.bars import AS_NUMBER, BAR_NOTE, WITHOUT_VELOCITY, refuse_invalid_notes
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.records import open_checked, open_regular, say_what_failed
from ganola.storage import whole_file

BUILD_AGAIN = "Build it again: ganola corpus build SOURCE --out DIR."
_INDEX = np.dtype("<i8")
_UNTIL_FORMAT_3 = np.dtype([("spare" if name == "velocity" else name, BAR_NOTE[name]) for name in BAR_NOTE.names or ()])
_ONE_READER = Lock()
_FileState = tuple[int, int]  # of a file: its size and when it was last written, in nanoseconds

Checksum = Annotated[str, Field(pattern=rf"^[0-9a-f]{{{DIGITS}}}$")]


def shard_paths(folder: Path, index: int) -> tuple[Path, Path]:
    """Return the files of a shard: its notes, and where each bar's begin."""
    return folder / f"notes-{index:05d}.npy", folder / f"bars-{index:05d}.npy"


def write_shard(
    folder: Path, index: int, rows: Sequence[Shaped[np.ndarray, "_"]], first: Int64[np.ndarray, "lines"]
) -> tuple[str, str]:
    """Write a shard: the notes of its pieces, one array each, and where each bar's begin among all of them.

    Whole or not at all: the notes' file comes last, so that where it is, the other is too. Returns their checksums.
    """
    notes_path, bars_path = shard_paths(folder, index)
    with whole_file(notes_path) as notes, whole_file(bars_path) as bars:
        return _write_array(notes, BAR_NOTE, rows), _write_array(bars, _INDEX, [first])


def bytes_without_velocity(folder: Path, index: int) -> Iterator[bytes]:
    """Yield the bytes of a shard's files as they were before notes had a velocity, for which there was a spare byte."""
    notes_path, bars_path = shard_paths(folder, index)
    numbers = np.frombuffer(notes_path.read_bytes(), AS_NUMBER, offset=_BEFORE_NOTES) & WITHOUT_VELOCITY
    yield _header(_UNTIL_FORMAT_3, len(numbers))
    yield numbers.tobytes()
    yield bars_path.read_bytes()


class Shard:
    """The notes of some pieces, on disk until asked for, and where those of each bar begin."""

    def __init__(self, path: Path, first: Int64[np.ndarray, "lines"], state: _FileState) -> None:
        """Open the file of the notes, at `path`, which was in this state when it was checked."""
        self.first = first
        self._path, self._state = path, state
        with say_what_failed(path, BUILD_AGAIN):
            self._file = open_regular(path, BUILD_AGAIN)

    def __del__(self) -> None:
        if hasattr(self, "_file"):  # else it could not be opened
            self._file.close()

    def lines(self, bar: int, bars: int) -> Int64[np.ndarray, "lines"]:
        """Return where the notes of `bars` bars from `bar` on begin. Raises InputError where it does not have them."""
        if bar + bars >= len(self.first):
            raise damage_error(self._path, "it has too few bars for its pieces")
        return self.first[bar : bar + bars + 1]

    def read(self, begin: int, end: int) -> Int64[np.ndarray, "notes"]:
        """Return the notes `begin` to `end` - 1, BAR_NOTE records as numbers. Raises InputError where they are gone."""
        size = (end - begin) * AS_NUMBER.itemsize
        data = _read_at(self._file, _BEFORE_NOTES + begin * AS_NUMBER.itemsize, size)
        if len(data) < size:
            raise _change_error(self._path)
        return np.frombuffer(data, AS_NUMBER)

    def refuse_changed(self) -> None:
        """Raise InputError where the notes were changed since they were checked."""
        if _state_of(self._file) != self._state:
            raise _change_error(self._path)


class Shards(dict[int, Shard]):
    """The shards of a folder by their numbers, each opened and checked when it is first asked for.

    `checksums` are those of its files, by their names; the notes are to lie within `grid` and so many tracks. Raises
    InputError for a shard that is missing or damaged.
    """

    def __init__(self, folder: Path, checksums: Mapping[str, str], grid: Grid, tracks: int) -> None:
        super().__init__()
        self._folder, self._checksums, self._grid, self._tracks = folder, checksums, grid, tracks

    def __missing__(self, index: int) -> Shard:
        self[index] = shard = self._open(index)
        return shard

    def read_bars(
        self, places: Sequence[tuple[int, int]], bars: int
    ) -> tuple[Shaped[np.ndarray, "rows"], Int64[np.ndarray, "places bars"]]:
        """Return the notes of `bars` bars from each place on, a place being a shard and a bar of it, one after another;
        and how many each bar has."""
        numbers, firsts = [np.zeros(0, dtype=AS_NUMBER)], [np.zeros(0, dtype=np.int64)]
        with say_what_failed(self._folder, BUILD_AGAIN):
            for index in {index for index, _ in places}:
                self[index].refuse_changed()
            for index, bar in places:
                shard = self[index]
                first = shard.lines(bar, bars)
                firsts.append(first)
                numbers.append(shard.read(int(first[0]), int(first[-1])))
        lines = np.concatenate(firsts).reshape(len(places), bars + 1)
        return np.concatenate(numbers).view(BAR_NOTE), np.diff(lines)

    def _open(self, index: int) -> Shard:
        notes_path, bars_path = shard_paths(self._folder, index)
        rows, state = self._read_array(notes_path, BAR_NOTE)
        first, _ = self._read_array(bars_path, _INDEX)
        try:
            if not _is_partition(first, len(rows)):
                raise DamagedError(f"{bars_path.name} is not of its notes")
            refuse_invalid_notes(rows, self._grid, self._tracks)
        except DamagedError as error:
            raise damage_error(notes_path, error) from error
        return Shard(notes_path, first, state)

    def _read_array(self, path: Path, dtype: np.dtype[Any]) -> tuple[NDArray[Any], _FileState]:
        """Return the array of one dimension in a file that `write_shard` wrote, and the state of the file."""
        with open_checked(path, self._checksums.get(path.name, ""), BUILD_AGAIN) as file:
            state, data = _state_of(file), file.read()
        before = len(_header(dtype, 0))
        header = _header(dtype, (len(data) - before) // dtype.itemsize)
        if data[:before] != header or (len(data) - before) % dtype.itemsize:
            raise damage_error(path, "it holds no array that ganola wrote")
        return np.frombuffer(data, dtype, offset=before), state


def damage_error(path: Path, fault: str | DamagedError) -> InputError:
    """Return what to say of a file of a corpus that is not as it was written."""
    return InputError(f"{path} is damaged: {fault}", BUILD_AGAIN)


def _change_error(path: Path) -> InputError:
    return InputError(
        f"{path} was changed or cut off while it was in use",
        "Start again, and leave it as it is meanwhile; if it is damaged now, build the corpus again.",
    )


def _read_at(file: FileIO, start: int, size: int) -> bytes:
    """Return so many bytes of a file from `start` on, or fewer where it ends before; also while another thread reads
    it."""
    if hasattr(os, "pread"):
        return os.pread(file.fileno(), size, start)
    with _ONE_READER:  # on Windows
        file.seek(start)
        return file.read(size)


def _state_of(file: FileIO) -> _FileState:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def _header(dtype: np.dtype[Any], count: int) -> bytes:
    """Return what comes before `count` numbers or records in numpy's format; it is of one length, whatever the
    count."""
    header = BytesIO()
    descr = np.lib.format.dtype_to_descr(dtype)
    np.lib.format.write_array_header_1_0(header, {"descr": descr, "fortran_order": False, "shape": (count,)})
    return header.getvalue()


_BEFORE_NOTES = len(_header(BAR_NOTE, 0))


def _write_array(path: Path, dtype: np.dtype[Any], parts: Sequence[NDArray[Any]]) -> str:
    """Write arrays of one dimension, one after the other, as one array in numpy's format; returns its checksum.

    Not by `np.save`: it does not say that it was for a full disk that it could not write, and wants them as one.
    """
    data = b"".join([_header(dtype, sum(map(len, parts))), *(part.data for part in parts)])
    path.write_bytes(data)
    return checksum_of(data)


def _is_partition(first: Int64[np.ndarray, "lines"], count: int) -> bool:
    """Return whether `first` divides `count` notes among bars."""
    return bool(len(first) and first[0] == 0 and first[-1] == count and (np.diff(first) >= 0).all())
