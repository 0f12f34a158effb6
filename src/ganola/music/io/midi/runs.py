"""Where the plain events of a MIDI file are, found in all of its bytes at once.

Nearly all events of a file are plain: a time of up to four bytes, a status byte or none (then that of the event before
holds), and two bytes of data. So of the bytes without a high bit every third one ends a time, as long as no other event
comes between.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganola.music.io.midi.numbers import HIGH

PROGRAM_CHANGE, SYSTEM = 0xC0, 0xF0  # the least statuses with one byte of data, and of system messages

_LOW, _PLAIN, _OTHER = 0, 1, 2  # kinds of bytes: data; the status of an event with two bytes of data; any other status
_KINDS = bytes(
    _LOW if byte < HIGH else _OTHER if byte >= SYSTEM or byte & 0xE0 == PROGRAM_CHANGE else _PLAIN
    for byte in range(256)
)


def is_plain(status: int) -> bool:
    """Return whether a status byte is that of an event with two bytes of data."""
    return _KINDS[status] == _PLAIN


class Run(NamedTuple):
    """Plain events, one right after the other: for each the last byte of its time; and where they end."""

    times: NDArray[np.intp]
    low_bytes: int  # how many bytes without a high bit there are in the file before its end
    end: int


class PlainRuns:
    """The runs of plain events of a file."""

    def __init__(self, data: bytes) -> None:
        size = len(data)
        self._data = data
        self._kinds = data.translate(_KINDS) + bytes([_OTHER] * 4)
        kinds = np.frombuffer(self._kinds, np.uint8)
        low = kinds == _LOW
        plain = low[2 : size + 2] & (low[1 : size + 1] | (kinds[1 : size + 1] == _PLAIN) & low[3 : size + 3])
        high = ~low[:size]
        two = high[:-1] & high[1:]
        plain[4:] &= ~(two[:-3] & two[2:-1])  # a time of more than four bytes
        self._lows = low[:size].nonzero()[0]
        other = ~plain.take(self._lows)
        # For every third low byte, from the first, second and third on, whether a time of no plain event ends there.
        self._others = (other[0::3].tobytes(), other[1::3].tobytes(), other[2::3].tobytes())
        self._rank = self._ranked = 0  # how many low bytes there are before this place

    def may_begin(self, at: int) -> bool:
        """Return whether a plain event may begin at `at`, by its first two bytes."""
        return bool(self._kinds[at]) or self._kinds[at + 1] != _OTHER

    def find(self, at: int, limit: int) -> Run | None:
        """Return the run that begins at `at` and ends at `limit` at the latest; None where there is none."""
        if self._data[at - 1] & HIGH:  # it would look like a part of the time
            return None
        rank = self._rank + self._kinds.count(_LOW, self._ranked, at)
        self._rank, self._ranked = rank, at
        turn, residue = divmod(rank, 3)
        others = self._others[residue]
        other = others.find(1, turn)
        end = 3 * (other if other >= 0 else len(others)) + residue
        if end > rank and self._lows.item(end - 1) >= limit:
            end = rank + self._kinds.count(_LOW, at, limit) // 3 * 3
        if end <= rank:
            return None
        return Run(self._lows[rank:end:3], end, self._lows.item(end - 1) + 1)

    def skip(self, run: Run) -> None:
        """Count low bytes from the end of a run on, so that the next one is found faster."""
        self._rank, self._ranked = run.low_bytes, run.end
