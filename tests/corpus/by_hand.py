"""Corpora written by hand, a file at a time, so that what lies in them is known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganola.corpus.bars import split_into_bars, window_starts
from ganola.corpus.pieces import Piece, piece_line
from ganola.corpus.plan import PLAN, Plan, PlannedTrack, plan_toml
from ganola.corpus.shards import write_shard
from ganola.corpus.store import FORMAT_VERSION, PIECES, REJECTED, Corpus, Manifest, open_corpus, write_manifest
from ganola.music.grid import Grid
from ganola.music.metre import COMMON_TIME
from ganola.music.score import Notes
from ganola.music.tracks import Track
from tests.corpora import checksums_in
from tests.strategies import Row


def cut(rows: list[Row], first: int, last: int) -> Notes:
    """What sounds from step `first` to `last`, counted from there; each note begins where it is first heard."""
    return Notes.of(
        [
            (track, max(start, first) - first, min(end, last) - first, pitch)
            for track, start, end, pitch in rows
            if start < last and end > first
        ]
    )


@dataclass(frozen=True)
class Music:
    """A piece to be: its notes in steps, and the lengths of its segments in bars."""

    name: str
    split: str
    segments: tuple[int, ...]
    rows: list[Row]
    label: str = ""


def piece(music: Music, shard: int = 0, first_bar: int = 0, windows: int = 0) -> Piece:
    """The account of a piece in which nothing gave way."""
    return Piece(
        name=music.name,
        label=music.label,
        split=music.split,
        family=music.name,
        metre=COMMON_TIME,
        bars_estimated=False,
        key=None,
        semitones=0,
        tempo=97.0,
        offset=0.125,
        shard=shard,
        first_bar=first_bar,
        bars=sum(music.segments),
        segments=music.segments,
        windows=windows,
        notes=len(music.rows),
        out_of_range=0,
        merged=0,
        shortened=0,
        left_out=0,
        other_metre=0,
    )


def write_corpus(folder: Path, grid: Grid, tracks: tuple[Track, ...], shards: list[list[Music]]) -> Corpus:
    """A corpus of some shards, each a list of pieces, with one file left out."""
    lines = ""
    for index, pieces in enumerate(shards):
        rows, first = [], np.zeros(1, dtype=np.int64)
        for music in pieces:
            own_rows, own_first = split_into_bars(Notes.of(music.rows), sum(music.segments), grid.steps_per_bar)
            windows = len(window_starts(own_first, music.segments, grid.bars))
            lines += piece_line(piece(music, index, len(first) - 1, windows))
            rows.append(own_rows)
            first = np.concatenate([first, own_first[1:] + first[-1]])
        write_shard(folder, index, rows, first)
    (folder / PIECES).write_text(lines, encoding="utf-8")
    (folder / REJECTED).write_text('{"file": "noise.mid", "reason": "no music"}\n', encoding="utf-8")
    planned = tuple(PlannedTrack(**track.model_dump(), takes=(track.name,)) for track in tracks)
    by = "named" if len(tracks) > 1 else "merged"
    plan = Plan(tracks_by=by, common_tonic=False, tracks=planned, **grid.model_dump())
    (folder / PLAN).write_text(plan_toml(plan, {}), encoding="utf-8")
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        source="by hand",
        grid=grid,
        tracks=tracks,
        common_tonic=False,
        tempo=97.0,
        fingerprint="0123456789abcdef",
        stamp="fedcba9876543210",
        labels=("reels", "jigs"),
        files=checksums_in(folder),
    )
    write_manifest(folder, manifest)
    return open_corpus(folder)
