"""Numbers and music as short texts, for what a file says of how it is made again."""

import base64
import binascii
import zlib

import numpy as np
from jaxtyping import Int, UInt8

_MOST = 2**26  # bytes


def pack_numbers(numbers: Int[np.ndarray, "numbers"]) -> str:
    """Return numbers from 0 to 65535 as text."""
    return _pack(numbers.astype("<u2").tobytes())


def unpack_numbers(text: str) -> Int[np.ndarray, "numbers"]:
    """Return the numbers that `pack_numbers` made a text of. Raises ValueError for another text."""
    return np.frombuffer(_unpack(text), "<u2").astype(np.int64)


def pack_cells(cells: UInt8[np.ndarray, "tracks steps pitches"]) -> str:
    """Return cells as text."""
    return _pack(cells.tobytes())


def unpack_cells(text: str, tracks: int, pitches: int) -> UInt8[np.ndarray, "tracks steps pitches"]:
    """Return the cells that `pack_cells` made a text of. Raises ValueError for another text, or other tracks."""
    cells = np.frombuffer(_unpack(text), np.uint8).reshape(tracks, -1, pitches)
    if (cells > 2).any():
        raise ValueError("a text of other numbers")
    return cells


def _pack(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode()


def _unpack(text: str) -> bytes:
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(base64.b64decode(text, validate=True), _MOST)
    except (binascii.Error, zlib.error) as error:
        raise ValueError("a damaged text") from error
    if not stream.eof:
        raise ValueError("a text that is cut off, or far too long")
    return data
