"""Music files in: which format a file is in, who reads it, and the pieces of music in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ganola.errors import InputError
from ganola.music.humdrum import read_humdrum
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

_READERS: dict[str, Callable[[bytes], Score]] = {
    **dict.fromkeys(MIDI_SUFFIXES, read_midi),
    ".musicxml": read_musicxml,
    ".xml": read_musicxml,
    ".mxl": read_mxl,
    ".krn": read_humdrum,
}

_PATIENCE = {  # seconds for any file, and for each megabyte five to ten times what music takes
    **dict.fromkeys(MIDI_SUFFIXES, (2.0, 1.0)),
    ".abc": (2.0, 60.0),
    ".musicxml": (12.0, 10.0),  # the first file has to wait for music21 to load
    ".xml": (12.0, 10.0),
    ".mxl": (12.0, 200.0),  # it unpacks about twentyfold
    ".krn": (12.0, 500.0),
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

    Raises InputError, with a problem that does not name the file, where nothing in it can be read at all.
    """
    suffix = suffix.lower()
    if not data:
        raise refusal("the file is empty")
    if len(data) > LONGEST_FILE_BYTES:
        raise refusal(f"larger than {LONGEST_FILE_BYTES // 2**20} MB, which no piece of music needs")
    if suffix == ".abc":
        return [Tune(mark, partial(read_tune, text)) for mark, text in split_book(data)]
    if suffix not in _READERS:
        raise refusal(f"not a kind of file that ganola reads; those end in {', '.join(MUSIC_SUFFIXES)}")
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
    """How long reading a file of `size` bytes may take before it is given up."""
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
