"""Find the music in a folder or a zip archive."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ganola.corpus.archives import ARCHIVE_SUFFIX, list_members
from ganola.corpus.source import Source, SourceFile
from ganola.errors import InputError
from ganola.music.io.formats import MUSIC_SUFFIXES
from ganola.wording import printable_path

HIDDEN = "hidden"
MADE_HERE = "in a corpus or a run of ganola's"
_OWN = ({"run.json", "recipe.toml"}, {"manifest.json", "pieces.jsonl"})  # a folder with these is a run, or a corpus


def read_folder(place: Path) -> Source:
    """Return every file of music in a folder, in its sub-folders, and in the archives there, each with its label.

    `place` may also be an archive, or one file of music. Raises InputError where it holds no music.
    """
    return _with_labels(_find_music(place))


def _find_music(place: Path) -> Source:
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
    """Return the files by name, and no two of one name: archives can hold any."""
    seen: Counter[str] = Counter()
    named = []
    for file in sorted(files, key=lambda file: file.name):
        seen[file.name] += 1
        named.append(file if seen[file.name] == 1 else replace(file, name=f"{file.name}~{seen[file.name]}"))
    return tuple(named)


def _walk(folder: Path, unread: dict[str, str], ignored: Counter[str]) -> Iterator[tuple[str, Path]]:
    """Yield every file below `folder`, its path from there first; what is not entered goes to `unread` or `ignored`."""

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
    for member in list_members(path):
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


def _with_labels(source: Source) -> Source:
    """Return `source` with the folders of its files as labels, below those that all of them share."""
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
