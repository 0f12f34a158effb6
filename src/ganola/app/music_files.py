"""The files of music that a person names: files, and what lies in folders and archives."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ganola.corpus.archives import ARCHIVE_SUFFIX
from ganola.corpus.open import open_source
from ganola.corpus.pieces import Rejection
from ganola.corpus.source import SourceFile
from ganola.errors import InputError
from ganola.wording import printable_path


def find_music(paths: Sequence[Path]) -> tuple[list[SourceFile], list[Rejection]]:
    """Return the files of music at `paths`, those in folders and archives among them; and what is none, and why."""
    found: list[SourceFile] = []
    rejected: list[Rejection] = []
    for path in paths:
        name = printable_path(path)
        if path.is_dir() or (path.is_file() and path.suffix.lower() == ARCHIVE_SUFFIX):
            try:
                source = open_source(f"{path}{os.sep if path.is_dir() else ''}")
            except InputError as error:
                rejected.append(Rejection(name, error.problem.replace(f" in {path}", " in it")))
                continue
            found += [replace(file, name=f"{name}/{file.name}") for file in source.files]
            rejected += [Rejection(f"{name}/{own}", reason) for own, reason in source.unread.items()]
        elif path.is_file():
            found.append(SourceFile(name, path))
        else:
            rejected.append(Rejection(name, "no file" if path.exists() else "does not exist"))
    return found, rejected
