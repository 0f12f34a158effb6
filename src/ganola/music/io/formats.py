"""The formats of music files, an entry each: how files of it end and begin, who reads it, and how long that may take.

To add a format, write its reader and add an entry to `FORMATS` (see docs/extending.md).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ganola.music.io.abc.book import split_book
from ganola.music.io.abc.read import read_tune
from ganola.music.io.kern.read import read_kern
from ganola.music.io.kern.spines import split_humdrum
from ganola.music.io.midi.read import read_midi
from ganola.music.io.musicxml.read import read_musicxml, read_mxl
from ganola.music.io.texts import looks_like_musicxml, read_beginning
from ganola.music.score import Score

MIDI_SUFFIXES = (".mid", ".midi", ".kar")
SECONDS = 2.0  # that any file may take
_HUMDRUM = re.compile(r"(!.*\s+)*\*\*\w")  # comments, then the kinds of its spines
_ABC = re.compile(r"^X:[ \t]*\d", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tune:
    """One piece of music in a file.

    `mark` tells it from the others of its file: "" where it is the only one, "#12" in a book of tunes. `read` gives its
    notes; it raises InputError, with a problem that does not name the file, where there are none.
    """

    mark: str
    read: Callable[[], Score]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of music files.

    `suffixes` are how the names of its files end, in small letters. `matches` returns whether the bytes of a file begin
    as those of this format do. `tunes` finds the pieces in the bytes, and reads none of them yet. Beside `SECONDS`, a
    file may take `seconds_per_megabyte`, five to ten times what music takes.
    """

    suffixes: tuple[str, ...]
    matches: Callable[[bytes], bool]
    tunes: Callable[[bytes], list[Tune]]
    seconds_per_megabyte: float


def one_tune(read: Callable[[bytes], Score]) -> Callable[[bytes], list[Tune]]:
    """Return what finds the piece in a file of a format that holds one a file, and that `read` reads."""
    return lambda data: [Tune("", partial(read, data))]


def many_tunes(
    split: Callable[[bytes], list[tuple[str, str]]], read: Callable[[str], Score]
) -> Callable[[bytes], list[Tune]]:
    """Return what finds the pieces in a file of a format that `split` splits into marks and texts for `read`."""
    return lambda data: [Tune(mark, partial(read, text)) for mark, text in split(data)]


FORMATS = (  # where a file may be of several, the first
    Format(
        suffixes=MIDI_SUFFIXES,
        matches=lambda data: data.startswith((b"MThd", b"RIFF")),
        tunes=one_tune(read_midi),
        seconds_per_megabyte=1.0,
    ),
    Format(
        suffixes=(".musicxml", ".xml"),
        matches=looks_like_musicxml,
        tunes=one_tune(read_musicxml),
        seconds_per_megabyte=5.0,
    ),
    Format(
        suffixes=(".mxl",),
        matches=lambda data: data.startswith(b"PK\x03\x04"),
        tunes=one_tune(read_mxl),
        seconds_per_megabyte=100.0,  # it unpacks about twentyfold
    ),
    Format(
        suffixes=(".krn",),
        matches=lambda data: bool(_HUMDRUM.match(read_beginning(data))),
        tunes=many_tunes(split_humdrum, read_kern),
        seconds_per_megabyte=60.0,
    ),
    Format(
        suffixes=(".abc",),
        matches=lambda data: bool(_ABC.search(read_beginning(data))),
        tunes=many_tunes(split_book, read_tune),
        seconds_per_megabyte=60.0,
    ),
)

MUSIC_SUFFIXES = tuple(suffix for one in FORMATS for suffix in one.suffixes)


def format_of(data: bytes, suffix: str) -> Format | None:
    """Return the format of a file by its content; where that does not say, by its suffix; None where neither does."""
    by_content = (one for one in FORMATS if one.matches(data))
    by_suffix = (one for one in FORMATS if suffix.lower() in one.suffixes)
    return next(by_content, None) or next(by_suffix, None)


def seconds_allowed(data: bytes, suffix: str) -> float:
    """Return how long reading a file may take before it is given up; one of no known format is refused at once."""
    found = format_of(data, suffix)
    return SECONDS + (found.seconds_per_megabyte * len(data) / 2**20 if found else 0.0)
