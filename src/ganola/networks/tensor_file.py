"""Tensors with a header in one safetensors file: the same content is the same bytes, and damage to it is noticed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ganola.checksums import DamagedError, blank_checksum, checksum_of, fill_checksum, verify_checksum
from ganola.errors import InputError
from ganola.records import checked, parse_json, read_file
from ganola.storage import write_whole

_SIZE = 8  # bytes at the beginning, which say how long the header is
_METADATA = "__metadata__"
_BEGINNING = b'{"__metadata__":{"checksum":"'  # of the header of each file that is written here
_HASH_DIGITS = 12

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of file: what it is to people, the key of its header, the header's type, and the version of it all."""

    name: str
    key: str
    header: type[T]
    version: int


@dataclass(frozen=True, slots=True)
class TensorFile(Generic[T]):
    """What a file holds; `digest` says which file it is."""

    header: T
    tensors: dict[str, Tensor]
    digest: str


def write_tensors(path: Path, tensors: Mapping[str, Tensor], key: str, header: Mapping[str, Any]) -> None:
    """Write tensors and a header, made of what JSON can hold, to `path`, whole or not at all."""
    metadata = {key: json.dumps(header, sort_keys=True)} | blank_checksum()
    write_whole(path, fill_checksum(save(dict(tensors), metadata=metadata)), lasting=True)


def read_tensors(path: Path, kind: Kind[T]) -> TensorFile[T]:
    """Return the content of the file that `write_tensors` wrote.

    Raises InputError where it is missing, of another kind or version, or damaged.
    """
    data = read_file(path)
    try:
        header = _header(data, kind.key)
        if header is None:
            raise _foreign(path, kind.name)
        version = header.get("format_version")
        if version != kind.version:
            raise InputError(
                f"{path} is a {kind.name} of another version of ganola (its format is {_number(version)}, this version "
                f"reads {kind.version})",
                "Use the ganola that made it, or train again.",
            )
        verify_checksum(data)
        return TensorFile(checked(header, kind.header), load(data), checksum_of(data)[:_HASH_DIGITS])
    except (DamagedError, SafetensorError) as error:
        raise (damaged(path, error) if _begins_like_one(data) else _foreign(path, kind.name)) from error


def damaged(path: Path, error: Exception) -> InputError:
    """Return what to say of a file that is not as it was written."""
    return InputError(f"{path} is cut off or damaged: {error}", "Copy it anew, or train again.")


def _header(data: bytes, key: str) -> dict[str, Any] | None:
    """Return the header under `key`, or None in a safetensors file that has none. Raises DamagedError."""
    size = int.from_bytes(data[:_SIZE], "little")
    if not 0 < size <= len(data) - _SIZE:
        raise DamagedError("it is shorter than it says")
    values = parse_json(data[_SIZE : _SIZE + size])
    metadata = values.get(_METADATA) if isinstance(values, dict) else None
    text = metadata.get(key) if isinstance(metadata, dict) else None
    if not isinstance(text, str):
        return None
    header = parse_json(text)
    if not isinstance(header, dict):
        raise DamagedError("its header is not a record")
    return header


def _foreign(path: Path, name: str) -> InputError:
    return InputError(f"{path} is not a {name} that ganola made", f"Name a {name} that ganola train made.")


def _begins_like_one(data: bytes) -> bool:
    """Return whether a file that cannot be read begins, as far as it goes, as those that are written here."""
    return not any(data[_SIZE // 2 : _SIZE]) and _BEGINNING.startswith(data[_SIZE:][: len(_BEGINNING)])


def _number(version: object) -> str:
    return str(version) if isinstance(version, int) and version < 10**6 else "unknown"
