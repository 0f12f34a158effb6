"""Pack pieces into a shard of the corpus, by the plan: the second half of building one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Int, UInt32

from ganola.checksums import DamagedError
from ganola.corpus.bars import split_into_bars, window_starts
from ganola.corpus.chunks import StoredChunk
from ganola.corpus.columns import load_record, save_record, verify_columns
from ganola.corpus.fitting import fit_piece
from ganola.corpus.piece_stats import PieceStats
from ganola.corpus.pieces import Piece, Rejection
from ganola.corpus.plan import Plan
from ganola.corpus.pool import Begin
from ganola.corpus.reading import TOO_LARGE
from ganola.corpus.shards import Checksum, shard_paths, write_shard
from ganola.music.score import Score
from ganola.records import checksum_of_file

PACKING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PackJob:
    """The chunks that become one shard. `copies` maps pieces, as (chunk of the job, piece of the chunk), that are the
    same music as another to the reason for leaving them out."""

    shard: int
    chunks: tuple[StoredChunk, ...]
    copies: Mapping[tuple[int, int], str]
    plan: Plan
    folder: Path
    summary: Path  # where the summary of the shard is written


@dataclass(frozen=True, slots=True)
class ShardSummary:
    """The pieces of a shard, with neither split nor family yet, and the sketches by which tunes are told apart."""

    pieces: tuple[Piece, ...]
    rejections: tuple[Rejection, ...]
    checksums: tuple[Checksum, ...]  # of the files of its shard
    sketches: UInt32[np.ndarray, "fragments"]
    lengths: Int[np.ndarray, "lines"]
    piece_of_line: Int[np.ndarray, "lines"]


@dataclass(slots=True)
class _ShardBuilder:
    index: int
    rows: list[np.ndarray] = field(default_factory=list)
    firsts: list[np.ndarray] = field(default_factory=list)
    bars: int = 0
    notes: int = 0

    def add(self, rows: np.ndarray, first: np.ndarray) -> int:
        """Append a piece, and return the row of its first bar."""
        row = self.bars
        self.rows.append(rows)
        self.firsts.append(first[:-1] + self.notes)
        self.bars += len(first) - 1
        self.notes += len(rows)
        return row

    def write(self, folder: Path) -> tuple[Checksum, ...]:
        """Write the shard, and return the checksums of its files."""
        return write_shard(folder, self.index, self.rows, np.concatenate([*self.firsts, [self.notes]]))


def pack_shard(job: PackJob, skipped: Mapping[int, str] | None = None, begin: Begin = lambda *_: None) -> None:
    """Write the shard of a job, and its summary.

    `skipped` names pieces of the job, by number, that are not to be touched, and why; before each other one `begin` is
    told its number and the seconds that it may take.
    """
    shard = _ShardBuilder(job.shard)
    pieces: list[Piece] = []
    rejections: list[Rejection] = []
    sketches, owners = [np.zeros(0, np.uint32)], []
    number = -1
    for chunk_index, chunk in enumerate(job.chunks):
        rejections += chunk.rejections()
        for index, piece in enumerate(chunk.pieces()):
            number += 1
            begin(number, PACKING_SECONDS)
            reason = job.copies.get((chunk_index, index)) or (skipped or {}).get(number)
            made = reason or _pack_or_explain(piece.stats, piece.score, job.plan, shard)
            if isinstance(made, str):
                rejections.append(Rejection(piece.stats.name, made))
                continue
            sketches += piece.sketches
            owners += [len(pieces)] * len(piece.sketches)
            pieces.append(made)
    begin(number + 1, math.inf)
    summary = ShardSummary(
        pieces=tuple(pieces),
        rejections=tuple(rejections),
        checksums=shard.write(job.folder),
        sketches=np.concatenate(sketches),
        lengths=np.array([len(line) for line in sketches[1:]], np.int64),
        piece_of_line=np.array(owners, np.int64),
    )
    save_record(job.summary, summary, lasting=True)


def _pack_or_explain(stats: PieceStats, score: Score, plan: Plan, shard: _ShardBuilder) -> Piece | str:
    try:
        return pack_piece(stats, score, plan, shard)
    except MemoryError:
        return TOO_LARGE


def pack_piece(stats: PieceStats, score: Score, plan: Plan, shard: _ShardBuilder) -> Piece | str:
    """Add the bars of a piece to `shard`, and return its record; or why it is left out, in words for its owner."""
    fitted = fit_piece(stats, score, plan)
    if isinstance(fitted, str):
        return fitted
    rows, first = split_into_bars(fitted.notes, fitted.bars, plan.grid.steps_per_bar)
    windows = len(window_starts(first, fitted.segments, plan.bars))
    return Piece(
        name=stats.name,
        label=stats.label,
        split="",
        family="",
        metre=stats.metre,
        bars_estimated=not stats.bars_stated,
        key=stats.key,
        semitones=fitted.semitones,
        tempo=stats.tempo,
        offset=stats.offset,
        shard=shard.index,
        first_bar=shard.add(rows, first),
        bars=fitted.bars,
        segments=fitted.segments,
        windows=windows,
        notes=len(fitted.notes),
        out_of_range=fitted.out_of_range,
        merged=fitted.merged,
        shortened=fitted.shortened,
        left_out=fitted.left_out,
        other_metre=fitted.other_metre,
        remarks=stats.remarks,
    )


def verify_summary(job: PackJob) -> None:
    """Raise DamagedError where the summary or the shard of a job are not as `pack_shard` wrote them, InputError where
    they cannot be read."""
    verify_columns(job.summary)
    summary = load_record(job.summary, ShardSummary)
    if not _is_consistent(summary):
        raise DamagedError("its columns are not of its pieces")
    if tuple(map(checksum_of_file, shard_paths(job.folder, job.shard))) != summary.checksums:
        raise DamagedError("its notes are not those that were written")


def _is_consistent(summary: ShardSummary) -> bool:
    """Return whether the columns of a summary can be those of its pieces."""
    lengths, owners = summary.lengths, summary.piece_of_line
    if not summary.sketches.ndim == lengths.ndim == owners.ndim == 1 or len(lengths) != len(owners):
        return False
    within = (lengths >= 0) & (owners >= 0) & (owners < len(summary.pieces))
    return bool(within.all()) and int(lengths.sum()) == len(summary.sketches)
