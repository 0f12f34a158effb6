"""What a MIDI file is cut into: its header, and the chunks after it."""

import re
from dataclasses import dataclass

from ganola.music.io.limits import refusal

_LONGEST_WRAPPER = 256  # bytes: a RIFF or a MacBinary header before the MIDI file proper
_HEADER_BYTES, _CHUNK_HEADER_BYTES = 14, 8
_FILM_RATES = (24, 25, 29, 30)  # frames a second that SMPTE has; 29 stands for 29.97
_NAME = re.compile(rb"[A-Za-z0-9 ]{4}")


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a MIDI file says, and where the chunk after it should begin."""

    kind: int
    tracks: int
    ticks_per_quarter: int
    end: int


def read_header(data: bytes) -> Header:
    """Return the header of a MIDI file. Raises InputError where there is none, or it does not count beats."""
    begin = data.find(b"MThd", 0, _LONGEST_WRAPPER)
    if begin < 0:
        raise refusal("not a MIDI file (it does not begin with MThd)")
    if len(data) < begin + _HEADER_BYTES:
        raise refusal("a damaged MIDI file (its header is cut off)")
    kind, tracks, division = (int.from_bytes(data[at : at + 2], "big") for at in range(begin + 8, begin + 14, 2))
    if 256 - (division >> 8) in _FILM_RATES:
        raise refusal("a MIDI file that counts film frames (SMPTE), not beats")
    if division == 0:
        raise refusal("a damaged MIDI file (it divides a beat into zero ticks)")
    end = chunk_end(data, begin)
    return Header(kind, tracks, division, end if is_chunk(data, end) else begin + _HEADER_BYTES)


def chunk_end(data: bytes, begin: int) -> int:
    """Return where the chunk at `begin` ends, as it says itself."""
    return begin + _CHUNK_HEADER_BYTES + int.from_bytes(data[begin + 4 : begin + 8], "big")


def is_chunk(data: bytes, at: int) -> bool:
    """Return whether a chunk seems to begin there: a track, or another name and a length that fits in the file."""
    if data[at : at + 4] == b"MTrk":
        return True
    return bool(_NAME.match(data, at)) and chunk_end(data, at) <= len(data)
