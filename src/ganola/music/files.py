"""Music files in: which format a file is in, who reads it, and the pieces of music in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ganola.errors import InputError
from ganola.music.humdrum import split_humdrum
from ganola.music.kern import read_kern
from ganola.music.kinds import suffix_of
from ganola.music.limits import refusal
from ganola.music.midi import read_midi
from ganola.music.musicxml import read_musicxml, read_mxl
from ganola.music.provenance import provenance_in
from ganola.music.score import Score
from ganola.music.tunebook import read_tune, split_book
from ganola.storage import machine_error

MIDI_SUFFIXES = (".mid", ".midi", ".kar")
NOTATION_SUFFIXES = (".musicxml", ".mxl", ".xml", ".abc", ".krn")
MUSIC_SUFFIXES = MIDI_SUFFIXES + NOTATION_SUFFIXES
LONGEST_FILE_BYTES = 32 * 2**20
_GZIP = b"\x1f\x8b"

_READERS: dict[str, Callable[[bytes], Score]] = {
    **dict.fromkeys(MIDI_SUFFIXES, read_midi),
    ".musicxml": read_musicxml,
    ".xml": read_musicxml,
    ".mxl": read_mxl,
}

_PATIENCE = {  # seconds for any file, and for each megabyte five to ten times what music takes
    **dict.fromkeys(MIDI_SUFFIXES, (2.0, 1.0)),
    ".abc": (2.0, 60.0),
    ".musicxml": (2.0, 5.0),
    ".xml": (2.0, 5.0),
    ".mxl": (2.0, 100.0),  # it unpacks about twentyfold
    ".krn": (2.0, 60.0),
}


@dataclass(frozen=True, slots=True)
class Tune:
    """One piece of music in a file.

    `mark` tells it from the others of its file: "" where it is alone, "#12" in a book of tunes. `read` gives its notes;
    it raises InputError, with a problem that does not name the file, where there are none.
    """

    mark: str
    read: Callable[[], Score]


def tunes_in(data: bytes, suffix: str) -> list[Tune]:
    """The pieces in the bytes of a file that ends in `suffix`, one or more, none of them read yet.

    Only files with an ending of music are read; among these what a file is its content says, and not its ending.
    Raises InputError, with a problem that does not name the file, where nothing in it can be read at all.
    """
    suffix = suffix.lower()
    if not data:
        raise refusal("the file is empty")
    if len(data) > LONGEST_FILE_BYTES:
        raise refusal(f"larger than {LONGEST_FILE_BYTES // 2**20} MB, which no piece of music needs")
    if suffix not in MUSIC_SUFFIXES:
        raise refusal(f"not a kind of file that ganola reads; those end in {', '.join(MUSIC_SUFFIXES)}")
    if data.startswith(_GZIP):
        raise InputError("packed with gzip", "Unpack it first.")
    suffix = suffix_of(data, suffix)
    if suffix == ".abc":
        return [Tune(mark, partial(read_tune, text)) for mark, text in split_book(data)]
    if suffix == ".krn":
        return [Tune(mark, partial(read_kern, text)) for mark, text in split_humdrum(data)]
    return [Tune("", partial(_READERS[suffix], data))]


def read_score(path: Path) -> Score:
    """The music in a file, in its own ticks; of a book of tunes the first.

    Raises InputError where there is none, and says why.
    """
    data = _bytes(path)
    try:
        return tunes_in(data, path.suffix)[0].read()
    except InputError as error:
        raise _naming(path, error) from error


def read_provenance(path: Path) -> dict[str, Any] | None:
    """Return what the music file at `path` says of where it came from; None where ganola did not make it.

    Raises InputError where it cannot be opened.
    """
    return provenance_in(_bytes(path))


def seconds_allowed(size: int, suffix: str) -> float:
    """How long reading a file of `size` bytes may take before it is given up; `suffix` is that of its content."""
    seconds, a_megabyte = _PATIENCE.get(suffix.lower(), (2.0, 0.0))  # any other is refused at once
    return seconds + a_megabyte * size / 2**20


def _bytes(path: Path) -> bytes:
    """What is in a file, or of one that is too large just enough to see that it is."""
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist", "Check the name.") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a file", "Name a file of music.") from error
    except OSError as error:
        raise machine_error(error, path) from error


def _naming(path: Path, error: InputError) -> InputError:
    return InputError(f"{path}: {error.problem}", error.remedy)
