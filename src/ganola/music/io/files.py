"""Music files in: the pieces of music in a file, whatever its format."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganola.errors import InputError
from ganola.music.io.formats import MUSIC_SUFFIXES, Tune, format_of
from ganola.music.io.limits import refusal
from ganola.music.io.provenance import find_provenance
from ganola.music.score import Score
from ganola.storage import machine_error

MAX_FILE_BYTES = 32 * 2**20
_GZIP = b"\x1f\x8b"


def tunes_in(data: bytes, suffix: str) -> list[Tune]:
    """Return the pieces in the bytes of a file that ends in `suffix`, one or more, none of them read yet.

    Only files with an ending of music are read; among these the content of a file decides its format, not its ending.
    Raises InputError, with a problem that does not name the file, where nothing in it can be read at all.
    """
    if not data:
        raise refusal("the file is empty")
    if len(data) > MAX_FILE_BYTES:
        raise refusal(f"larger than {MAX_FILE_BYTES // 2**20} MB, which no piece of music needs")
    found = format_of(data, suffix) if suffix.lower() in MUSIC_SUFFIXES else None
    if found is None:
        raise refusal(f"not a kind of file that ganola reads; those end in {', '.join(MUSIC_SUFFIXES)}")
    if data.startswith(_GZIP):
        raise InputError("packed with gzip", "Unpack it first.")
    return found.tunes(data)


def read_score(path: Path) -> Score:
    """Return the music in a file, in its own ticks; of a book of tunes the first.

    Raises InputError where there is none, and says why.
    """
    return next(_read(path))


def read_scores(path: Path) -> list[Score]:
    """Return all pieces in a file, each in its own ticks; of a book of tunes there may be many.

    Raises InputError where there is none, or one cannot be read, and says why.
    """
    return list(_read(path))


def read_provenance(path: Path) -> dict[str, Any] | None:
    """Return what the music file at `path` says of where it came from; None where ganola did not make it.

    Raises InputError where it cannot be opened.
    """
    return find_provenance(_read_bytes(path))


def _read(path: Path) -> Iterator[Score]:
    data = _read_bytes(path)
    try:
        for tune in tunes_in(data, path.suffix):
            yield tune.read()
    except InputError as error:
        raise _name_file(path, error) from error


def _read_bytes(path: Path) -> bytes:
    """Return the content of a file, or of one that is too large just enough to see that it is."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist", "Check the name.") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a file", "Name a file of music.") from error
    except OSError as error:
        raise machine_error(error, path) from error


def _name_file(path: Path, error: InputError) -> InputError:
    return InputError(f"{path}: {error.problem}", error.remedy)
