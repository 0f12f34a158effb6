"""Zip archives of music, read where they lie: nothing is ever unpacked to disk."""

import functools
import io
import zipfile
import zlib
from pathlib import Path

from ganola.errors import InputError

ARCHIVE_SUFFIX = ".zip"
MAX_COMPRESSION = 300  # times smaller than what is in it: no music is, and a zip bomb is more
MAX_READ_BYTES = 40 * 2**20  # bytes at once: a file of music, or the list of half a million
_REPAIR = "Leave it out, or pack it anew."
_NOT_A_ZIP = "a damaged zip archive"
_USUAL = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def list_members(path: Path) -> list[str]:
    """Return the names of the files in an archive. Raises InputError where it cannot be read."""
    return list(dict.fromkeys(entry.filename for entry in _open_archive(path).infolist() if not entry.is_dir()))


def read_member(path: Path, member: str, most_bytes: int) -> bytes:
    """Return a file in an archive. Raises InputError, whose problem does not name it, where that cannot or should not
    be."""
    try:
        archive = _open_archive(path)
        entry = archive.getinfo(member)
        if entry.flag_bits & 1:
            raise InputError("locked with a password", "Unpack it, and name the folder.")
        if entry.compress_type not in _USUAL:  # the others unpack without bounds
            raise InputError("packed in an unusual way", _REPAIR)
        if entry.file_size > most_bytes or entry.file_size > MAX_COMPRESSION * max(entry.compress_size, 1024):
            raise InputError("unpacks to more than a file of music can hold", _REPAIR)
        with archive.open(entry) as file:
            data = file.read(most_bytes + 1)  # the archive's own word for the size may be false
    except KeyError as error:
        raise InputError("no longer in its archive", _REPAIR) from error
    except (OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(_NOT_A_ZIP, _REPAIR) from error
    if len(data) > most_bytes:
        raise InputError("unpacks to more than a file of music can hold", _REPAIR)
    return data


@functools.lru_cache(maxsize=1)  # one after another of its members is read, and its list of contents can be long
def _open_archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(_BoundedFile(path))
    except (OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise InputError(_NOT_A_ZIP, _REPAIR) from error


class _BoundedFile(io.FileIO):
    """A file of which no more is read at once than is sensible: the list of an archive is read whole, and the archive
    says how long it is."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next `size` bytes. Raises InputError for too many."""
        if size is not None and size > MAX_READ_BYTES:
            raise InputError("it lists more files than a collection of music has", "Unpack it, and name the folder.")
        return super().read(size)

    def __del__(self) -> None:
        self.close()  # an archive that is given a file leaves it open
