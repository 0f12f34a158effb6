"""What kind of file some bytes are: their content decides, whatever the file is called."""

import re

from ganola.music.texts import beginning_of, looks_like_musicxml

_MAGIC = {b"MThd": ".mid", b"RIFF": ".mid", b"PK\x03\x04": ".mxl"}
_HUMDRUM = re.compile(r"(!.*\s+)*\*\*\w")  # comments, then the kinds of its spines
_ABC = re.compile(r"^X:[ \t]*\d", re.MULTILINE)


def suffix_of(data: bytes, suffix: str) -> str:
    """Return an ending of files with this content; where the content does not say, `suffix`."""
    for magic, found in _MAGIC.items():
        if data.startswith(magic):
            return found
    if looks_like_musicxml(data):
        return ".musicxml"
    beginning = beginning_of(data)
    if _HUMDRUM.match(beginning):
        return ".krn"
    return ".abc" if _ABC.search(beginning) else suffix.lower()
