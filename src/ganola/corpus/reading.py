"""Files to music with its facts, a chunk of files at a time: the first half of building a corpus."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ganola.corpus.facts import ReadPiece, examine
from ganola.corpus.pieces import Rejection
from ganola.corpus.sources import SourceFile
from ganola.errors import GanolaError, InputError
from ganola.music.io.files import tunes_in
from ganola.music.io.formats import seconds_allowed
from ganola.music.io.provenance import made_by_ganola

Begin = Callable[[int, float], None]


TOO_LARGE = "it needs more memory than is sensible"
OPENING_SECONDS = 60.0  # for the disk, and for the list of contents of a large archive
COPY_OF = "the same notes as"  # begins the reason for leaving out a copy; the name of the other follows


@dataclass(frozen=True, slots=True)
class Chunk:
    """What became of some files."""

    pieces: tuple[ReadPiece, ...]
    rejections: tuple[Rejection, ...]


def read_chunk(
    files: tuple[SourceFile, ...],
    *,
    fingerprint: bool = True,
    lost: Mapping[int, str] | None = None,
    begin: Begin = lambda *_: None,
) -> Chunk:
    """Every file of a chunk, read or rejected with a reason; one bad file never stops the others.

    `lost` names files, by number, that are not to be touched, and why; `begin` is told before each other one is, and
    how many seconds it may take.
    """
    pieces: list[ReadPiece] = []
    rejections: list[Rejection] = []
    for index, file in enumerate(files):
        if lost and index in lost:
            rejections.append(Rejection(file.name, lost[index]))
            continue
        begin(index, OPENING_SECONDS)
        try:
            data = file.read()
            begin(index, seconds_allowed(data, file.suffix))
            if made_by_ganola(data):
                raise InputError("made by ganola itself", "Leave it out.")
            tunes = tunes_in(data, file.suffix)
        except Exception as error:  # whatever is wrong with a file, the others are read
            rejections.append(Rejection(file.name, reason_of(error)))
            continue
        for tune in tunes:
            name = file.name + tune.mark
            try:
                pieces.append(examine(name, file.label, tune.read(), fingerprint=fingerprint))
            except Exception as error:
                rejections.append(Rejection(name, reason_of(error)))
    begin(len(files), math.inf)
    return Chunk(tuple(pieces), tuple(rejections))


def reason_of(error: Exception) -> str:
    """Why a file is left out, in words for its owner."""
    if isinstance(error, MemoryError):
        return TOO_LARGE
    return error.problem if isinstance(error, GanolaError) else f"could not be read ({type(error).__name__}: {error})"
