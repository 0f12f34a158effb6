"""What ganola writes into its music files of where they came from, and how it finds that again.

It is one line of ASCII, whatever the format: an event at the start of a MIDI file that no other program shows, a field
among what identifies a MusicXML document. Earlier versions wrote it into a marker of a MIDI file.
"""

import json
from typing import Any

REVISION = "revision"  # what of a piece that somebody else made is new

_MARK = "ganola "  # begins the line
_BEGINNING = 4096  # bytes, in which the line begins
_LONGEST = 65_536  # bytes of the line
_SAFE = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})  # as JSON and XML both read them


def provenance_line(about: dict[str, Any]) -> str:
    """Return the line that says `about` in a file; always the same for the same."""
    return _MARK + json.dumps(about, sort_keys=True, separators=(",", ":")).translate(_SAFE)


def is_made_by_ganola(data: bytes) -> bool:
    """Return whether the bytes of a file say, where ganola's files do, that ganola made it."""
    return _find(data) >= 0


def find_provenance(data: bytes) -> dict[str, Any] | None:
    """Return what the bytes of a file say of where it came from; None where ganola did not make it."""
    begin = _find(data)
    if begin < 0:
        return None
    text = data[begin + len(_MARK) : begin + _LONGEST].decode("latin-1")
    try:
        about, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):  # someone else's words, or a damaged file
        return None
    return about if isinstance(about, dict) else None


def _find(data: bytes) -> int:
    """Return where the line begins, or -1."""
    return data.find(_MARK.encode() + b"{", 0, _BEGINNING)
