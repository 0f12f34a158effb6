"""What a corpus is made of: files of music under one name, and what is known of them beforehand."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ganola.corpus.archives import read_member
from ganola.errors import InputError
from ganola.music.io.files import MAX_FILE_BYTES
from ganola.music.metre import TimeSignature
from ganola.music.tracks import Track


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of music: its name within its source (with / between folders), where it lies, and its label.

    `member` is its name inside the zip archive at `path`, if it lies in one; `label` is the first folder in which it
    differs from the others ("" for none).
    """

    name: str
    path: Path
    member: str | None = None
    label: str = ""

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters, which tells its format."""
        return PurePosixPath(self.member).suffix.lower() if self.member else self.path.suffix.lower()

    def read(self) -> bytes:
        """Return its bytes. Raises InputError, whose problem does not name the file, where it is too large or
        unreadable."""
        if self.member is not None:
            return read_member(self.path, self.member, MAX_FILE_BYTES)
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size <= MAX_FILE_BYTES:
                    return file.read()
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", "Check the file, and who may read it.") from error
        megabytes = MAX_FILE_BYTES // 2**20
        raise InputError(f"larger than {megabytes} MB, which no piece of music needs", "Leave it out.")


@dataclass(frozen=True, slots=True)
class Source:
    """A named collection of files, in order of name.

    `tracks`, `metre` and `tempo` are given where it settles them; if it is `complete`, every piece must have all the
    tracks.

    `unread` maps archives that could not be opened to the reason; `ignored` counts, by ending, files of other kinds.
    `about` says where a built-in collection comes from and what its licence is.
    """

    name: str
    files: tuple[SourceFile, ...]
    tracks: tuple[Track, ...] | None = None
    complete: bool = False
    metre: TimeSignature | None = None
    tempo: float | None = None  # in quarter notes a minute
    unread: Mapping[str, str] = field(default_factory=dict)
    ignored: Mapping[str, int] = field(default_factory=dict)
    about: tuple[str, ...] = ()

    def stamp(self) -> str:
        """Return a hash of its files' names, labels, sizes and times: another one means that the music has changed."""
        digest = hashlib.sha256(self.name.encode())
        for file in self.files:
            try:
                stat = file.path.stat()
                size, changed = stat.st_size, stat.st_mtime_ns
            except OSError:  # it is gone; reading it will say so
                size = changed = 0
            digest.update(f"{file.name}\0{file.label}\0{size}\0{changed}\n".encode())
        return digest.hexdigest()[:16]
