"""Humdrum's table: the pieces in a file, and which spine each field of a line belongs to.

A spine is a column that a line of `**` opens. It may split into several (`*^`), which may merge again (`*v`), change
places (`*x`) and end (`*-`); others may begin beside it (`*+`). What the fields mean is not for this room: see `kern`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from ganola.errors import InputError
from ganola.music.io.limits import refusal
from ganola.music.io.texts import plain_text, refuse_long

MAX_COLUMNS = 1_000  # ten times the staves of a large orchestra

_END_OF_PIECE = re.compile(r"\*-(?:\t+\*-)*[\t ]*")
_CHANGES = frozenset({"*^", "*v", "*x", "*-", "*+"})


@dataclass(eq=False, slots=True)
class Spine:
    """A column of the file as its `**` opens it: what it holds (such as "**kern"), and the interpretations in it."""

    kind: str = ""
    interpretations: list[str] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Strand:
    """A column of a line: the whole of its spine, or one of the columns that the spine has split into.

    `until` is when its last note or rest ends, where that is known: in quarter notes.
    """

    spine: Spine
    until: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of fields, each with the strand that it lies in."""

    fields: list[tuple[Strand, str]]

    @property
    def is_bar_line(self) -> bool:
        return self.fields[0][1].startswith("=")

    @property
    def is_interpretation(self) -> bool:
        return self.fields[0][1].startswith("*")


def split_humdrum(data: bytes) -> list[tuple[str, str]]:
    """Return the pieces in a Humdrum file: the mark of each, "#" and its place ("" for the only one), and its text.

    Raises InputError, with a problem that does not name the file, where there is no piece.
    """
    refuse_long(data)
    pieces: list[list[str]] = []
    begins = True
    for line in plain_text(data).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if begins and line.startswith("**"):
            pieces.append([])
            begins = False
        if pieces:
            pieces[-1].append(line)
        begins = begins or bool(_END_OF_PIECE.fullmatch(line))
    if not pieces:
        raise refusal("not Humdrum: it has no line of ** that says what is in its columns")
    if len(pieces) == 1:
        return [("", "\n".join(pieces[0]))]
    return [(f"#{place}", "\n".join(lines)) for place, lines in enumerate(pieces, start=1)]


def read_lines(text: str) -> Iterator[Line]:
    """Yield the lines of a piece that hold notes, bar lines or interpretations, its comments left out.

    Raises InputError where a line has more or fewer fields than there are strands: whose they are is then unknown. A
    last line like that is where a file was cut off, and is left out.
    """
    strands: list[Strand] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if line.startswith("!") or not line.strip():
            continue
        fields = re.split(r"\t+", line.rstrip("\t "))
        if len(fields) > MAX_COLUMNS:
            raise refusal(f"it has {len(fields):,} columns, more than the {MAX_COLUMNS:,} that ganola reads")
        if not strands and fields[0].startswith("**"):
            strands = [Strand(Spine(), Fraction(0)) for _ in fields]
        if len(fields) != len(strands):
            if number == len(lines):
                return
            raise _wrong_count(number, len(fields), len(strands))
        yield Line(list(zip(strands, fields, strict=True)))
        if fields[0].startswith("*"):
            strands = _interpret(strands, fields)


def _wrong_count(number: int, fields: int, strands: int) -> InputError:
    return refusal(f"damaged Humdrum: line {number} has {fields:,} columns where {strands:,} are open")


def _interpret(strands: list[Strand], fields: list[str]) -> list[Strand]:
    """Return the strands of the lines after a line of interpretations, which the spines keep."""
    for strand, said in zip(strands, fields, strict=True):
        if said.startswith("**"):
            strand.spine.kind = said
        elif said != "*" and said not in _CHANGES:
            strand.spine.interpretations.append(said)
    if _CHANGES.isdisjoint(fields):
        return strands
    after: list[Strand] = []
    columns = zip(strands, fields, strict=True)
    for said, run in groupby(columns, key=lambda column: column[1]):
        found = [strand for strand, _ in run]
        match said:
            case "*-":
                pass
            case "*^":
                after += [part for strand in found for part in (strand, Strand(strand.spine))]
            case "*+":
                after += [part for strand in found for part in (strand, Strand(Spine()))]
            case "*x":
                after += [part for at in range(0, len(found), 2) for part in reversed(found[at : at + 2])]
            case "*v":
                after += _merge(found)
            case _:
                after += found
    return after


def _merge(strands: list[Strand]) -> list[Strand]:
    """Return what adjacent strands merge into: one for each spine, or, where each spine has only one, one for all."""
    groups = [list(group) for _, group in groupby(strands, key=lambda strand: strand.spine)]
    if any(len(group) == 1 for group in groups):
        groups = [strands]
    for first, *others in groups:
        known = [strand.until for strand in (first, *others) if strand.until is not None]
        first.until = max(known, default=None)
    return [group[0] for group in groups]
