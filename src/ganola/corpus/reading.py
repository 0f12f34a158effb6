"""Files to music with its facts, a chunk of files at a time: the first half of building a corpus."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ganola.corpus.facts import ReadPiece, examine
from ganola.corpus.sources import SourceFile
from ganola.errors import GanolaError
from ganola.music.files import seconds_allowed, tunes_in

Begin = Callable[[int, float], None]


COPY_OF = "the same notes as"  # begins the reason for leaving out a copy; the name of the other follows


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file, or a tune of one, that is left out, and why, in words for its owner."""

    file: str
    reason: str


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
        begin(index, seconds_allowed(0, file.suffix))
        try:
            data = file.read()
            begin(index, seconds_allowed(len(data), file.suffix))
            tunes = tunes_in(data, file.suffix)
        except (GanolaError, MemoryError) as error:
            rejections.append(Rejection(file.name, _reason(error)))
            continue
        for tune in tunes:
            name = file.name + tune.mark
            try:
                pieces.append(examine(name, file.label, tune.read(), fingerprint=fingerprint))
            except (GanolaError, MemoryError) as error:
                rejections.append(Rejection(name, _reason(error)))
    begin(len(files), math.inf)
    return Chunk(tuple(pieces), tuple(rejections))


def _reason(error: GanolaError | MemoryError) -> str:
    return error.problem if isinstance(error, GanolaError) else "reading it needs more memory than is sensible"
