"""Records with columns of numbers, as one file: what a stage of a build hands on to the next.

The file is one of safetensors: its metadata hold a header of JSON and a checksum, its tensors are the columns.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, make_dataclass
from functools import cache
from io import FileIO
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import numpy as np
from jaxtyping import AbstractArray
from numpy.typing import NDArray
from pydantic import Field
from safetensors.numpy import save

from ganola.checksums import DamagedError, blank_checksum, fill_checksum, verify_checksum
from ganola.errors import InputError
from ganola.records import checked, json_of, open_file, parse_json, read_file
from ganola.storage import write_whole

ENDING = ".safetensors"

_METADATA = "__metadata__"
_SIZE = 8  # bytes at the beginning, which say how long the list of columns is
_GO_ON = "The same command goes on where it was."
_TYPES = {"I16": np.int16, "I32": np.int32, "I64": np.int64, "U8": np.uint8, "U32": np.uint32}

T = TypeVar("T")
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class _Metadata:
    """The metadata of a file, without its checksum."""

    header: str


@dataclass(frozen=True, slots=True)
class _Column:
    """Where a column lies, as safetensors writes it down."""

    dtype: Literal["I16", "I32", "I64", "U8", "U32"]
    shape: tuple[Annotated[int, Field(ge=0)], ...]
    data_offsets: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]


def save_record(path: Path, record: Any, *, lasting: bool = False) -> None:
    """Write a dataclass: its arrays are the columns, its other fields the header. See `save_columns`."""
    columns, header = _divide(type(record))
    values = {name: getattr(record, name) for name in columns}
    save_columns(path, header(*(getattr(record, field.name) for field in fields(header))), values, lasting=lasting)


def load_record(path: Path, kind: type[T]) -> T:
    """Return the dataclass that `save_record` wrote. Raises InputError for anything else."""
    columns, header = _divide(kind)
    known, values = load_columns(path, header, *columns)
    if len(values) < len(columns):
        raise InputError(f"{path} was changed while it was in use: it lacks columns", _GO_ON)
    return kind(**{field.name: getattr(known, field.name) for field in fields(header)}, **values)


def save_columns(path: Path, header: object, columns: Mapping[str, NDArray[Any]], *, lasting: bool = False) -> None:
    """Write a header (a dataclass, or values that JSON can hold) and columns, the same bytes each time.

    For `lasting` see `write_whole`.
    """
    about = {"header": json_of(header)} | blank_checksum()
    write_whole(path, fill_checksum(save(dict(columns), about)), lasting=lasting)


def verify_columns(path: Path) -> None:
    """Raise DamagedError where a file is not as `save_columns` wrote it, InputError where it cannot be read."""
    verify_checksum(read_file(path))


def load_columns(path: Path, kind: type[T], *names: str) -> tuple[T, Columns]:
    """Return the header as `kind`, and those of the named columns that there are; the others are not read.

    Raises InputError for what `save_columns` did not write.
    """
    try:
        with open_file(path) as file:
            start = _SIZE + int.from_bytes(_read(file, 0, _SIZE), "little")
            listed = parse_json(_read(file, _SIZE, start - _SIZE))
            if not isinstance(listed, dict):
                raise DamagedError("it has no list of columns")
            header = checked(parse_json(checked(listed.get(_METADATA), _Metadata).header), kind)
            places = {name: checked(listed[name], _Column) for name in names if name in listed}
            return header, {name: _column(file, start, place) for name, place in places.items()}
    except DamagedError as error:
        raise InputError(f"{path} was changed or cut off while it was in use: {error}", _GO_ON) from error


def _divide_fields(kind: Any) -> tuple[tuple[str, ...], type[Any]]:
    """Return the names of a dataclass's fields that are arrays, and a dataclass of its other fields."""
    hints = get_type_hints(kind, include_extras=True)
    columns = tuple(
        field.name
        for field in fields(kind)
        if isinstance(hints[field.name], type) and issubclass(hints[field.name], AbstractArray)
    )
    others = [(field.name, hints[field.name]) for field in fields(kind) if field.name not in columns]
    return columns, make_dataclass(f"{kind.__name__}Header", others, frozen=True, slots=True)


_divide: Callable[[Any], tuple[tuple[str, ...], Any]] = cache(_divide_fields)  # one a dataclass


def _column(file: FileIO, start: int, place: _Column) -> NDArray[Any]:
    begin, end = place.data_offsets
    dtype = np.dtype(_TYPES[place.dtype])
    if end - begin != prod(place.shape) * dtype.itemsize:
        raise DamagedError("its columns are not as long as it says")
    return np.frombuffer(_read(file, start + begin, end - begin), dtype).reshape(place.shape)


def _read(file: FileIO, start: int, size: int) -> bytes:
    """Return so many bytes of a file. Raises DamagedError where there are fewer."""
    if start + size > os.fstat(file.fileno()).st_size:
        raise DamagedError("it is shorter than it says")
    file.seek(start)
    return file.read(size)
