"""The variable-length numbers of MIDI files: seven bits a byte, all bytes but the last with the eighth bit set."""

import numpy as np
from numpy.typing import NDArray

HIGH = 0x80  # set in a status byte, and in all bytes of a number but its last
_LARGEST = 0x0FFFFFFF  # what four bytes hold


def read_number(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """Return where the number at `at` ends, at `limit` at the latest, and the number."""
    number = 0
    while at < limit:
        byte = data[at]
        number = (number << 7 | byte & 0x7F) & _LARGEST
        at += 1
        if byte < HIGH:
            break
    return at, number


def read_numbers(data: NDArray[np.uint8], last: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the numbers of up to four bytes whose last bytes are at `last`."""
    numbers = data.take(last).astype(np.int64)
    marked: NDArray[np.bool_] | np.bool_ = np.True_
    for back in (1, 2, 3):
        byte = data.take(last - back)
        marked = marked & (byte >= HIGH)
        if not marked.any():
            break
        numbers += ((byte & 0x7F) * marked).astype(np.int64) << 7 * back
    return numbers


def number_bytes(number: int) -> bytes:
    """Return the bytes of a number."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | HIGH)
    return bytes(reversed(digits))
