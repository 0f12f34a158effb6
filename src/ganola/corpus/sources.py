"""Where music comes from: a folder of MIDI files, or a collection that ships with music21."""

import os
from dataclasses import dataclass
from pathlib import Path

from ganola.errors import InputError
from ganola.music.files import MIDI_SUFFIXES, chorale_files
from ganola.music.tracks import Track

CHORALES = "chorales"

_CHOIR_AAHS = 52
_VOICES = ("Soprano", "Alto", "Tenor", "Bass")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of music and its name within its source."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Source:
    """A named collection of files, in order of name; `tracks` and `beats_per_bar` where it settles them."""

    name: str
    files: tuple[SourceFile, ...]
    tracks: tuple[Track, ...] | None = None
    beats_per_bar: int | None = None


def open_source(name: str) -> Source:
    """The collection or folder called `name`. Raises InputError where there is none, or no music in it."""
    if name == CHORALES:
        return Source(
            name=CHORALES,
            files=tuple(SourceFile(file.name, file.path) for file in chorale_files()),
            tracks=tuple(Track(name=voice, program=_CHOIR_AAHS, one_note=True) for voice in _VOICES),
            beats_per_bar=4,
        )
    folder = Path(name)
    if not folder.exists():
        raise InputError(
            f"there is no folder {folder}",
            f"Name a folder of MIDI files, or the built-in collection {CHORALES}.",
        )
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder", "Name the folder that holds your MIDI files.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in MIDI_SUFFIXES and path.is_file())
    if not paths:
        raise InputError(
            f"no MIDI files in the folder {folder}",
            f"Put files ending in {' or '.join(MIDI_SUFFIXES)} there.",
        )
    files = tuple(SourceFile(printable(path.relative_to(folder)), path) for path in paths)
    return Source(name=printable(Path(folder.resolve().name)), files=files)


def printable(path: Path) -> str:
    """A path as text that can be shown and stored: bytes of it that are no UTF-8 are written as escapes."""
    return os.fsencode(path.as_posix()).decode(errors="backslashreplace")
