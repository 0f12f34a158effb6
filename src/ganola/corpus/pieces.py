"""What a corpus knows of each of its pieces, and of each file left out: a line of JSON each."""

import json
from dataclasses import dataclass, fields
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from ganola.checksums import DamagedError
from ganola.music.metre import TimeSignature
from ganola.music.tempo import Tempo
from ganola.records import checked
from ganola.wording import printable

MAX_TEXT = 2**20  # more than a name in an archive can have, all of it in escapes
MOST = 2**31 - 1

Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(printable)]  # to be shown, wherever it came from
Count = Annotated[int, Field(ge=0, le=MOST)]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a corpus: where it came from, where its bars lie, and what the grid could not hold."""

    name: Text  # within its source
    label: Text  # the folder it lay in, or ""
    split: Annotated[str, Field(pattern="^(train|validation|test)?$")]  # "" until a corpus is put together
    family: Text  # the first piece of its tune
    metre: TimeSignature  # its own, as its file states it, or, where it states none, as it sounds
    bars_estimated: bool  # the file does not say where its bars begin
    key: Text | None
    semitones: Annotated[int, Field(ge=-127, le=127)]  # by which it was transposed
    tempo: Tempo
    offset: Annotated[float, Field(allow_inf_nan=False)]  # quarter notes by which its notes lay off the grid, removed
    shard: Annotated[int, Field(ge=0, lt=100_000)]
    first_bar: Count  # row of the shard
    bars: Count
    segments: tuple[Annotated[int, Field(ge=1, le=MOST)], ...]  # lengths in bars of its stretches in the corpus's
    # metre, one right after the other; a window lies within one
    windows: Count
    notes: Count
    out_of_range: Count
    merged: Count
    shortened: Count
    left_out: Count  # notes of tracks that the corpus does not have
    other_metre: Count  # notes left out in bars of another metre
    remarks: tuple[Text, ...] = ()  # what was repaired or guessed while its file was read

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file, or a tune of one, that is left out, and why, in words for its owner."""

    file: Text
    reason: Text

    __pydantic_config__ = ConfigDict(extra="forbid")

    def as_json(self) -> dict[str, str]:
        """Return the same as JSON can hold it."""
        return {"file": self.file, "reason": self.reason}


_COLUMNS = tuple(field.name for field in fields(Piece))


def piece_record(piece: Piece) -> dict[str, Any]:
    """Return a piece as JSON can hold it."""
    return {name: getattr(piece, name) for name in _COLUMNS} | {"metre": str(piece.metre)}


def piece_from(record: object) -> Piece:
    """Return the piece that `piece_record` describes, read back from JSON. Raises DamagedError where it is none."""
    piece = checked(record, Piece)
    if sum(piece.segments) != piece.bars:
        raise DamagedError(f"its {piece.bars} bars are not those of its segments")
    return piece


def piece_line(piece: Piece) -> str:
    """Return a piece as a line of pieces.jsonl."""
    return json.dumps(piece_record(piece), ensure_ascii=False) + "\n"
