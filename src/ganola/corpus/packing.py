"""Music that was read becomes bars of the corpus, by the plan: the second half of building one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int, UInt32
from numpy.typing import NDArray

from ganola.checksums import DamagedError
from ganola.corpus.arranging import arranged, missing
from ganola.corpus.bars import by_bar, window_starts
from ganola.corpus.chunks import StoredChunk
from ganola.corpus.columns import Columns, load_columns, save_columns, verify_columns
from ganola.corpus.facts import Facts
from ganola.corpus.metres import stretches, with_bars, within, wrong_metre
from ganola.corpus.pieces import Piece, Rejection, piece_record
from ganola.corpus.plan import Plan
from ganola.corpus.reading import TOO_LARGE, Begin
from ganola.corpus.shards import Checksum, shard_paths, write_shard
from ganola.music.downbeat import find_downbeat
from ganola.music.roll import fit
from ganola.music.score import Notes, Score, quantised
from ganola.records import checksum_of_file

PACKING_SECONDS = 60.0
NO_BEAT = "keeps to no beat (played without a click, or its tempo is not written)"
_OF_PART = ("sketches", "lengths", "piece_of_line")
NOTHING_FITS = "no notes in the tracks and the range of this corpus"


@dataclass(frozen=True, slots=True)
class PackJob:
    """The chunks that become one shard. `copies` maps pieces, as (chunk of the job, piece of the chunk), that are the
    same music as another to the reason for leaving it out."""

    shard: int
    chunks: tuple[StoredChunk, ...]
    copies: Mapping[tuple[int, int], str]
    plan: Plan
    folder: Path
    part: Path


@dataclass(frozen=True, slots=True)
class Part:
    """What a shard holds, for the account of the whole: its pieces, yet without split and family."""

    pieces: tuple[Piece, ...]
    sketches: UInt32[np.ndarray, "fragments"]
    lengths: Int[np.ndarray, "lines"]
    piece_of_line: Int[np.ndarray, "lines"]
    rejections: tuple[Rejection, ...]
    checksums: tuple[str, str]  # of the files of its shard


@dataclass(frozen=True, slots=True)
class _PartHeader:
    pieces: tuple[Piece, ...]
    rejections: tuple[Rejection, ...]
    checksums: tuple[Checksum, Checksum]


@dataclass(frozen=True, slots=True)
class Barred:
    """A piece in the plan's tracks, key and bars: its notes in steps from its first bar line, and what gave way."""

    notes: Notes
    sections: tuple[int, ...]  # lengths in bars of its stretches in the corpus's metre, one right after the other
    semitones: int  # by which it was transposed
    out_of_range: int = 0
    merged: int = 0
    shortened: int = 0
    left_out: int = 0  # notes of tracks that the corpus does not have
    other_metre: int = 0  # notes left out in bars of another metre

    @property
    def bars(self) -> int:
        """Its bars, of all sections."""
        return sum(self.sections)


@dataclass(slots=True)
class _Shard:
    index: int
    rows: list[np.ndarray] = field(default_factory=list)
    firsts: list[np.ndarray] = field(default_factory=list)
    bars: int = 0
    notes: int = 0

    def add(self, rows: np.ndarray, first: np.ndarray) -> int:
        """Append a piece; the row of its first bar."""
        row = self.bars
        self.rows.append(rows)
        self.firsts.append(first[:-1] + self.notes)
        self.bars += len(first) - 1
        self.notes += len(rows)
        return row


def pack(job: PackJob, lost: Mapping[int, str] | None = None, begin: Begin = lambda *_: None) -> None:
    """Write the shard of a job and, beside it, its part of the account.

    `lost` names pieces of the job, by number, that are not to be touched, and why; `begin` is told before each one.
    """
    shard = _Shard(job.shard)
    pieces: list[Piece] = []
    rejections: list[Rejection] = []
    sketches, owners = [np.zeros(0, np.uint32)], []
    number = -1
    for chunk_index, chunk in enumerate(job.chunks):
        rejections += chunk.rejections()
        for index, piece in enumerate(chunk.pieces()):
            number += 1
            begin(number, PACKING_SECONDS)
            reason = job.copies.get((chunk_index, index)) or (lost or {}).get(number)
            made = reason or _packed(piece.facts, piece.score, job.plan, shard)
            if isinstance(made, str):
                rejections.append(Rejection(piece.facts.name, made))
                continue
            sketches += piece.sketches
            owners += [len(pieces)] * len(piece.sketches)
            pieces.append(made)
    begin(number + 1, math.inf)
    checksums = write_shard(job.folder, job.shard, shard.rows, np.concatenate([*shard.firsts, [shard.notes]]))
    lengths = np.array([len(line) for line in sketches[1:]], np.int64)
    part = Part(
        pieces=tuple(pieces),
        sketches=np.concatenate(sketches),
        lengths=lengths,
        piece_of_line=np.array(owners, np.int64),
        rejections=tuple(rejections),
        checksums=checksums,
    )
    save_part(part, job.part)


def _packed(facts: Facts, score: Score, plan: Plan, shard: _Shard) -> Piece | str:
    try:
        return pack_piece(facts, score, plan, shard)
    except MemoryError:
        return TOO_LARGE


def pack_piece(facts: Facts, score: Score, plan: Plan, shard: _Shard) -> Piece | str:
    """The piece, its bars added to `shard`; or why it is left out, in words for its owner."""
    made = barred(facts, score, plan)
    if isinstance(made, str):
        return made
    rows, first = by_bar(made.notes, made.bars, plan.grid.steps_per_bar)
    windows = len(window_starts(first, made.sections, plan.bars))
    first_bar = shard.add(rows, first)
    return Piece(
        name=facts.name,
        label=facts.label,
        split="",
        family="",
        metre=facts.metre,
        bars_estimated=not facts.bars_stated,
        key=facts.key,
        semitones=made.semitones,
        tempo=facts.tempo,
        offset=facts.offset,
        shard=shard.index,
        first_bar=first_bar,
        bars=made.bars,
        sections=made.sections,
        windows=windows,
        notes=len(made.notes),
        out_of_range=made.out_of_range,
        merged=made.merged,
        shortened=made.shortened,
        left_out=made.left_out,
        other_metre=made.other_metre,
        remarks=facts.remarks,
    )


def barred(facts: Facts, score: Score, plan: Plan) -> Barred | str:
    """The piece as the plan would have it; or why it is left out, in words for its owner."""
    grid, tracks = plan.grid, plan.corpus_tracks
    if reason := missing(score.tracks, plan):
        return reason
    if facts.timing == "none" and not plan.live:
        return NO_BEAT
    score = quantised(score, plan.steps_per_beat)
    if not facts.bars_stated:
        if not facts.metre.divides(plan.metre):
            heard = "in" if facts.metre_stated else "states no metre and sounds like"
            return f"{heard} {facts.metre}; this corpus is in {plan.metre}"
        score = with_bars(score, plan.metre, _first_bar(facts, score, plan))
    found = stretches(score, grid)
    if not found:
        return wrong_metre(score, grid)
    semitones = facts.semitones_to_c if plan.common_tonic else 0
    notes, left_out = arranged(score.transposed(semitones), plan)
    notes, other_metre = within(notes, found, grid.steps_per_bar)
    fitted = fit(notes, tracks, grid)
    if not len(fitted.notes):
        return NOTHING_FITS
    return Barred(
        notes=fitted.notes,
        sections=tuple(stretch.bars for stretch in found),
        semitones=semitones,
        out_of_range=fitted.out_of_range,
        merged=fitted.merged,
        shortened=fitted.shortened,
        left_out=left_out,
        other_metre=other_metre,
    )


def _first_bar(facts: Facts, score: Score, plan: Plan) -> int:
    """The step of a bar line, for a piece that states none: as it was estimated while the piece was read, or, in bars
    of another length, anew."""
    if facts.metre == plan.metre:
        return facts.downbeat * plan.steps_per_beat
    return find_downbeat(score.pitched, plan.grid).step


def save_part(part: Part, path: Path) -> None:
    """Keep a part until the corpus is finished."""
    header = {
        "pieces": [piece_record(piece) for piece in part.pieces],
        "rejections": [rejection.as_json() for rejection in part.rejections],
        "checksums": part.checksums,
    }
    columns: Columns = {name: getattr(part, name) for name in _OF_PART}
    save_columns(path, header, columns, lasting=True)


def load_part(path: Path) -> Part:
    """The part that `save_part` wrote."""
    header, columns = load_columns(path, _PartHeader, *_OF_PART)
    return Part(pieces=header.pieces, rejections=header.rejections, checksums=header.checksums, **columns)


def verify_part(job: PackJob) -> None:
    """Raise DamagedError where the part or the shard of a job are not as `pack` wrote them; InputError where they
    cannot be read."""
    verify_columns(job.part)
    header, columns = load_columns(job.part, _PartHeader, *_OF_PART)
    if columns.keys() != set(_OF_PART) or not _is_account(header.pieces, **columns):
        raise DamagedError("its columns are not of its pieces")
    if tuple(map(checksum_of_file, shard_paths(job.folder, job.shard))) != header.checksums:
        raise DamagedError("its notes are not those that were written")


def _is_account(
    pieces: Sequence[Piece], *, sketches: NDArray[Any], lengths: NDArray[Any], piece_of_line: NDArray[Any]
) -> bool:
    """Whether the columns of a part can be those of its pieces."""
    if not sketches.ndim == lengths.ndim == piece_of_line.ndim == 1 or len(lengths) != len(piece_of_line):
        return False
    within = (lengths >= 0) & (piece_of_line >= 0) & (piece_of_line < len(pieces))
    return bool(within.all()) and int(lengths.sum()) == len(sketches)
