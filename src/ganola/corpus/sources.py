"""Where music comes from: a folder or a zip archive of music files, or a collection that ships with music21."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ganola.corpus.archives import ARCHIVE_SUFFIX, members, read_member
from ganola.errors import InputError
from ganola.music.io.files import LONGEST_FILE_BYTES
from ganola.music.io.formats import MUSIC_SUFFIXES
from ganola.music.metre import TimeSignature
from ganola.music.tracks import Track
from ganola.wording import did_you_mean, printable_path

HIDDEN = "hidden"
MADE_HERE = "in a corpus or a run of ganola's"
_OWN = ({"run.json", "recipe.toml"}, {"manifest.json", "pieces.jsonl"})  # a folder with these is a run, or a corpus


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
        """Its bytes. Raises InputError, whose problem does not name the file, where it is too large or unreadable."""
        if self.member is not None:
            return read_member(self.path, self.member, LONGEST_FILE_BYTES)
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size <= LONGEST_FILE_BYTES:
                    return file.read()
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", "Check the file, and who may read it.") from error
        megabytes = LONGEST_FILE_BYTES // 2**20
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
        """A hash of its files' names, labels, sizes and times: another one means that the music has changed."""
        digest = hashlib.sha256(self.name.encode())
        for file in self.files:
            try:
                stat = file.path.stat()
                size, changed = stat.st_size, stat.st_mtime_ns
            except OSError:  # it is gone; reading it will say so
                size = changed = 0
            digest.update(f"{file.name}\0{file.label}\0{size}\0{changed}\n".encode())
        return digest.hexdigest()[:16]


def open_source(name: str) -> Source:
    """The collection, folder or zip archive called `name`. Raises InputError where there is none, or no music."""
    from ganola.corpus.collections import COLLECTIONS

    if name in COLLECTIONS:
        collection = COLLECTIONS[name]
        return Source(
            name=name,
            files=tuple(collection.files()),
            tracks=collection.tracks,
            complete=collection.complete,
            metre=collection.metre,
            tempo=collection.tempo,
            about=(collection.about, collection.licence, *_namesake(name)),
        )
    place = Path(name)
    if not place.exists():
        raise InputError(
            f"there is no folder {place}",
            did_you_mean(
                name, list(COLLECTIONS), f"Name a folder of music, or a built-in collection: {', '.join(COLLECTIONS)}."
            ),
        )
    if not place.is_dir() and place.suffix.lower() not in (ARCHIVE_SUFFIX, *MUSIC_SUFFIXES):
        raise InputError(f"{place} is a file, not a folder", "Name the folder that holds your music.")
    return _labelled(_found(place))


def _namesake(name: str) -> tuple[str, ...]:
    here = Path(name)
    return (f"There is a folder {name} here, too; for that, write {Path(name)}{os.sep}.",) if here.is_dir() else ()


def _found(place: Path) -> Source:
    """Every file of music in a folder, in its sub-folders, and in the archives there."""
    files: list[SourceFile] = []
    unread: dict[str, str] = {}
    ignored: Counter[str] = Counter()
    alone = [("" if place.suffix.lower() == ARCHIVE_SUFFIX else place.name, place)]
    for relative, path in alone if place.is_file() else _walk(place, unread, ignored):
        suffix = path.suffix.lower()
        if path.name.startswith("."):
            ignored[HIDDEN] += 1
        elif suffix in MUSIC_SUFFIXES:
            files.append(SourceFile(printable_path(relative), path))
        elif suffix == ARCHIVE_SUFFIX:
            try:
                packed = list(_in_archive(printable_path(relative), path, ignored))
                files += packed
                reason = "" if packed else "no music in it"
            except InputError as error:
                reason = error.problem
            if reason:
                unread[printable_path(relative or path.name)] = reason
        else:
            ignored[suffix or "no ending"] += 1
    if not files:
        others = "; ".join([f"{name}: {reason}" for name, reason in unread.items()] or [_listed(ignored)])
        raise InputError(
            f"no music in {place}" + (f" ({others})" if others else ""),
            f"Put files there that end in {', '.join(MUSIC_SUFFIXES)} or {ARCHIVE_SUFFIX}.",
        )
    name = printable_path(place.resolve().name)
    return Source(name, _in_order(files), unread=unread, ignored=ignored)


def _in_order(files: list[SourceFile]) -> tuple[SourceFile, ...]:
    """The files by name, and no two of one name: archives can hold any."""
    seen: Counter[str] = Counter()
    named = []
    for file in sorted(files, key=lambda file: file.name):
        seen[file.name] += 1
        named.append(file if seen[file.name] == 1 else replace(file, name=f"{file.name}~{seen[file.name]}"))
    return tuple(named)


def _walk(folder: Path, unread: dict[str, str], ignored: Counter[str]) -> Iterator[tuple[str, Path]]:
    """Every file below `folder`, its path from there first; what is not entered goes to `unread` or `ignored`."""

    def unreadable(error: OSError) -> None:
        name = printable_path(os.path.relpath(error.filename, folder))
        unread[name] = f"a folder that cannot be read ({error.strerror})"

    for parent, folders, names in os.walk(folder, onerror=unreadable):
        if any(own <= set(names) for own in _OWN):
            ignored[MADE_HERE] += len(names)
            folders.clear()
            continue
        ignored.update(HIDDEN for own in folders if own.startswith("."))
        folders[:] = sorted(own for own in folders if not own.startswith("."))
        for path in (Path(parent, own) for own in folders):
            if path.is_symlink():
                unread[printable_path(path.relative_to(folder))] = "a link to a folder, which is not followed"
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file():
                yield str(path.relative_to(folder)), path
            else:
                unread[printable_path(path.relative_to(folder))] = "a link that leads nowhere, or no file at all"


def _in_archive(relative: str, path: Path, ignored: Counter[str]) -> Iterator[SourceFile]:
    for member in members(path):
        suffix = PurePosixPath(member).suffix.lower()
        parts = member.replace("\\", "/").split("/")
        if any(part.startswith(".") and part.strip(".") for part in parts) or parts[0] == "__MACOSX":
            ignored[HIDDEN] += 1
        elif suffix in MUSIC_SUFFIXES:
            # Only a name: nothing is written to where it points.
            inside = [part.replace(":", "_") for part in parts if part.strip(".")]
            name = "/".join([*([relative] if relative else []), *inside])
            yield SourceFile(printable_path(name), path, member)
        else:
            ignored[f"{suffix or 'no ending'} in an archive"] += 1


def _labelled(source: Source) -> Source:
    """`source` with the folders of its files as labels, below those that all of them share."""
    folders = [file.name.split("/")[:-1] for file in source.files]
    shared = next(
        (depth for depth, own in enumerate(zip(*folders, strict=False)) if len(set(own)) > 1), min(map(len, folders))
    )

    def label(own: list[str]) -> str:
        first = own[shared] if len(own) > shared else ""
        return first[: -len(ARCHIVE_SUFFIX)] if first.lower().endswith(ARCHIVE_SUFFIX) else first

    files = tuple(replace(file, label=label(own)) for file, own in zip(source.files, folders, strict=True))
    return replace(source, files=files)


def _listed(ignored: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {suffix}" for suffix, count in sorted(ignored.items()))
