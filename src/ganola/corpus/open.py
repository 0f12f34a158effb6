"""Open a source of music by the name that a person gives: a built-in collection, a folder, or a zip archive."""

import os
from pathlib import Path

from ganola.corpus.archives import ARCHIVE_SUFFIX
from ganola.corpus.collections import COLLECTIONS
from ganola.corpus.folders import read_folder
from ganola.corpus.source import Source
from ganola.errors import InputError
from ganola.music.io.formats import MUSIC_SUFFIXES
from ganola.wording import did_you_mean


def open_source(name: str) -> Source:
    """Return the collection, folder or zip archive called `name`. Raises InputError where there is none, or no
    music."""
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
    return read_folder(place)


def _namesake(name: str) -> tuple[str, ...]:
    here = Path(name)
    return (f"There is a folder {name} here, too; for that, write {Path(name)}{os.sep}.",) if here.is_dir() else ()
