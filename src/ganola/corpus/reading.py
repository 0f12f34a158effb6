"""Read files of music: the one loop by which a build, a survey and a judge come to the pieces in their files."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ganola.corpus.piece_stats import AnalysedPiece, analyse_piece
from ganola.corpus.pieces import Rejection
from ganola.corpus.pool import Begin
from ganola.corpus.source import SourceFile
from ganola.errors import GanolaError, InputError
from ganola.music.io.files import tunes_in
from ganola.music.io.formats import seconds_allowed
from ganola.music.io.provenance import is_made_by_ganola
from ganola.music.score import Score

TOO_LARGE = "it needs more memory than is sensible"
OPENING_SECONDS = 60.0  # for the disk, and for the list of contents of a large archive
COPY_OF = "the same notes as"  # begins the reason for leaving out a copy; the name of the other follows

T = TypeVar("T")
Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Chunk:
    """The pieces in some files, and which files or tunes were left out."""

    pieces: tuple[AnalysedPiece, ...]
    rejections: tuple[Rejection, ...]


def read_chunk(
    files: Sequence[SourceFile],
    *,
    fingerprint: bool = True,
    skipped: Mapping[int, str] | None = None,
    begin: Begin = lambda *_: None,
) -> Chunk:
    """Read and analyse every piece in some files; what ganola made is left out. See `read_files`."""

    def analyse(name: str, file: SourceFile, score: Score, _: None) -> AnalysedPiece:
        return analyse_piece(name, file.label, score, fingerprint=fingerprint)

    pieces, rejections = read_files(files, _refuse_own, analyse, skipped=skipped, begin=begin)
    return Chunk(tuple(pieces), tuple(rejections))


def read_files(
    files: Sequence[SourceFile],
    inspect: Callable[[bytes], Known],
    use: Callable[[str, SourceFile, Score, Known], T | str],
    *,
    skipped: Mapping[int, str] | None = None,
    begin: Begin = lambda *_: None,
    extra_seconds: float = 0.0,
) -> tuple[list[T], list[Rejection]]:
    """Return what `use` makes of each piece in `files`, and the files and tunes that were left out; one bad file never
    stops the others.

    `inspect` is given the bytes of each file; what it returns goes to `use` with the name, the file and the music of
    each piece. Both may raise whatever they like: that is a reason to leave out the file, or the piece. `use` may also
    return the reason. `skipped` names files, by number, that are not to be touched, and why; before each other one
    `begin` is told its number and the seconds that it may take, which are `extra_seconds` longer than for reading
    alone.
    """
    made: list[T] = []
    rejections: list[Rejection] = []
    for index, file in enumerate(files):
        if skipped and index in skipped:
            rejections.append(Rejection(file.name, skipped[index]))
            continue
        begin(index, OPENING_SECONDS)
        try:
            data = file.read()
            begin(index, seconds_allowed(data, file.suffix) + extra_seconds)
            known = inspect(data)
            tunes = tunes_in(data, file.suffix)
        except Exception as error:  # whatever is wrong with a file, the others are read
            rejections.append(Rejection(file.name, reason_of(error)))
            continue
        for tune in tunes:
            name = file.name + tune.mark
            try:
                one = use(name, file, tune.read(), known)
            except Exception as error:
                one = reason_of(error)
            if isinstance(one, str):
                rejections.append(Rejection(name, one))
            else:
                made.append(one)
    begin(len(files), math.inf)
    return made, rejections


def reason_of(error: Exception) -> str:
    """Return why a file is left out, in words for its owner."""
    if isinstance(error, MemoryError):
        return TOO_LARGE
    return error.problem if isinstance(error, GanolaError) else f"could not be read ({type(error).__name__}: {error})"


def _refuse_own(data: bytes) -> None:
    if is_made_by_ganola(data):
        raise InputError("made by ganola itself", "Leave it out.")
