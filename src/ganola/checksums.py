"""Checksums: by them every damaged byte of a file is noticed when it is read.

A record of JSON holds the checksum of its other values as one more value; a safetensors file holds that of all its
other bytes among its metadata. They tell damage, not forgery: who changes a file on purpose can compute a new one.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

CHECKSUM = "checksum"
DIGITS = 64  # of a checksum of a whole file, SHA-256 in hexadecimal
_DIGITS_OF_RECORD = 16
_MARK = f'"{CHECKSUM}":"'.encode()
_BLANK = b"0" * DIGITS
_SIZE = 8  # bytes at the beginning of a safetensors file, which say how long its header is
_METADATA = "__metadata__"


class DamagedError(ValueError):
    """Content that is not what was written; the text says how that shows."""


def checksum_of(data: bytes | memoryview) -> str:
    """Return the checksum of a file's content."""
    return hashlib.sha256(data).hexdigest()


def with_checksum(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record, made of what JSON can hold, and its checksum."""
    return {**record, CHECKSUM: _checksum_of_record(record)}


def without_checksum(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `with_checksum` was given. Raises DamagedError where the checksum is missing or another."""
    values = dict(record)
    told = values.pop(CHECKSUM, None)
    if told is None:
        raise DamagedError("it has no checksum")
    if told != _checksum_of_record(values):
        raise DamagedError("its checksum is wrong")
    return values


def blank_checksum() -> dict[str, str]:
    """Return what the metadata of a safetensors file must hold for `fill_checksum`."""
    return {CHECKSUM: _BLANK.decode()}


def fill_checksum(data: bytes) -> bytes:
    """Return the content of a safetensors file with its checksum in place of the blank one in its metadata.

    The same content gives the same bytes.
    """
    data = _in_order(data)
    start = _start_of_checksum(data)
    return b"".join([data[:start], checksum_of(data).encode(), memoryview(data)[start + DIGITS :]])


def verify_checksum(data: bytes) -> None:
    """Raise DamagedError where the content of a safetensors file is not what `fill_checksum` returned."""
    start = _start_of_checksum(data)
    digest = hashlib.sha256(memoryview(data)[:start])
    digest.update(_BLANK)
    digest.update(memoryview(data)[start + DIGITS :])
    if data[start : start + DIGITS] != digest.hexdigest().encode():
        raise DamagedError("its checksum is wrong")


def _checksum_of_record(record: Mapping[str, Any]) -> str:
    return checksum_of(json.dumps(record, sort_keys=True).encode())[:_DIGITS_OF_RECORD]


def _in_order(data: bytes) -> bytes:
    """The same file, its metadata sorted: safetensors writes them in another order each time."""
    end = _SIZE + int.from_bytes(data[:_SIZE], "little")
    values = json.loads(data[_SIZE:end])
    metadata = {_METADATA: dict(sorted(values.pop(_METADATA).items()))}
    header = json.dumps(metadata | values, separators=(",", ":")).encode()
    header += b" " * (-len(header) % _SIZE)  # so that tensors begin where the machine reads them fast
    return b"".join([len(header).to_bytes(_SIZE, "little"), header, memoryview(data)[end:]])


def _start_of_checksum(data: bytes) -> int:
    """Where the checksum begins. What is written in a header's texts is no mark: their quotation marks are escaped."""
    header_end = _SIZE + int.from_bytes(data[:_SIZE], "little")
    at = data.find(_MARK, _SIZE, min(header_end, len(data)))
    if at < 0:
        raise DamagedError("it has no checksum")
    return at + len(_MARK)
