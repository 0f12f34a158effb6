"""Numbers as short texts, for what a file says of how it is made again."""

import base64
import binascii
import zlib

import numpy as np
from jaxtyping import Int

_MOST = 2**26  # bytes


def pack_numbers(numbers: Int[np.ndarray, "numbers"]) -> str:
    """Return numbers from 0 to 65535 as text."""
    return base64.b64encode(zlib.compress(numbers.astype("<u2").tobytes(), 9)).decode()


def unpack_numbers(text: str) -> Int[np.ndarray, "numbers"]:
    """Return the numbers that `pack_numbers` made a text of. Raises ValueError for another text."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(base64.b64decode(text, validate=True), _MOST)
    except (binascii.Error, zlib.error) as error:
        raise ValueError("a damaged text") from error
    if not stream.eof:
        raise ValueError("a text that is cut off, or far too long")
    return np.frombuffer(data, "<u2").astype(np.int64)
