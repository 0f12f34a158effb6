"""From a source to a corpus: read and quantise every file, survey them, pack them, split them.

Work goes in chunks of files over processes. What is read is kept in a folder `building` inside the corpus until the
corpus is finished, so that a build that was stopped goes on where it was; the result does not depend on how many
processes there are, nor on how often it was stopped.
"""

import io
import json
import multiprocessing
import shutil
import signal
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
from pydantic import BaseModel, ConfigDict

from ganola.corpus.reading import Chunk, ReadPiece, Rejection, aligned, load_chunk, read_chunk, save_chunk
from ganola.corpus.similarity import same_tunes
from ganola.corpus.sources import Source, SourceFile, printable
from ganola.corpus.split import split
from ganola.corpus.store import (
    FORMAT_VERSION,
    MANIFEST,
    PIECES,
    REJECTED,
    Corpus,
    Manifest,
    Piece,
    fingerprint,
    open_corpus,
    pack_bars,
    piece_line,
    shard_name,
)
from ganola.corpus.survey import Plan, survey, wrong_metre
from ganola.errors import InputError, MachineError
from ganola.music.grid import Grid
from ganola.music.roll import encode, fit
from ganola.storage import refuse_existing, write_json, write_whole

BUILDING, REQUEST = "building", "request.json"
MOST_CHUNKS = 256
FEWEST_FILES_A_CHUNK = 16

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is, of how much


class BuildRequest(BaseModel):
    """What a person asks of a corpus; a build can only be taken up again with the same request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bars: int = 4
    steps_per_beat: int = 4
    beats_per_bar: int | None = None
    common_tonic: bool = True


def build(
    source: Source,
    folder: Path,
    request: BuildRequest,
    *,
    workers: int = 1,
    progress: Progress = lambda *_: None,
) -> Corpus:
    """The corpus made of `source`, written to `folder`.

    Raises InputError where the folder holds anything but an unfinished build of the same request, or where no file
    could be used.
    """
    building = _open_workshop(source, folder, request)
    chunks = _chunks(source.files)
    _read_all(chunks, building, request, workers, progress)
    grid = Grid(steps_per_beat=request.steps_per_beat, bars=request.bars)
    read = [load_chunk(building / _chunk_name(index)) for index in range(len(chunks))]
    found = [piece for chunk in read for piece in chunk.pieces]
    rejections = [rejection for chunk in read for rejection in chunk.rejections]
    if not found:
        _give_up(folder, rejections, f"none of the {len(source.files)} files of {source.name} could be read")
    try:
        plan = survey(found, source, grid, request.beats_per_bar)
    except InputError as error:
        _give_up(folder, rejections, error.problem)
    pieces: list[Piece] = []
    sketches: list[tuple[int, ...]] = []
    for index, chunk in enumerate(read):
        progress("packing", len(pieces), len(found))
        packed, own_sketches, refused = _pack_chunk(chunk, plan, index, folder)
        pieces += packed
        sketches += own_sketches
        rejections += refused
    progress("packing", len(found), len(found))
    if not pieces:
        for index in range(len(read)):
            (folder / shard_name(index)).unlink()
        _give_up(
            folder, rejections, f"none of the {len(source.files)} files of {source.name} fits the grid ({plan.grid})"
        )
    corpus = _finish(folder, source, request, plan, pieces, sketches, rejections, len(read))
    shutil.rmtree(building)
    return corpus


def _open_workshop(source: Source, folder: Path, request: BuildRequest) -> Path:
    building = folder / BUILDING
    stats = [file.path.stat() for file in source.files]
    files = [
        [file.name, printable(file.path), stat.st_size, stat.st_mtime_ns]
        for file, stat in zip(source.files, stats, strict=True)
    ]
    asked = {"source": source.name, "request": request.model_dump(), "files": files}
    if building.is_dir() and (building / REQUEST).is_file():
        if json.loads((building / REQUEST).read_text(encoding="utf-8")) != asked:
            raise InputError(
                f"{folder} holds an unfinished corpus of other files or settings",
                "Name another folder, or remove that one.",
            )
        return building
    if folder.is_dir() and [path.name for path in folder.iterdir()] == [REJECTED]:
        (folder / REJECTED).unlink()  # all that a build without a usable file leaves
    if building.is_dir() and not any(building.iterdir()):
        building.rmdir()  # the disk was full, say, before there was anything to keep
    refuse_existing(folder)
    write_json(building / REQUEST, asked)
    return building


def _chunks(files: tuple[SourceFile, ...]) -> list[tuple[SourceFile, ...]]:
    size = max(FEWEST_FILES_A_CHUNK, -(-len(files) // MOST_CHUNKS))
    return [files[first : first + size] for first in range(0, len(files), size)]


def _chunk_name(index: int) -> str:
    return f"read-{index:05d}.npz"


def _read_and_save(files: tuple[SourceFile, ...], request: BuildRequest, path: Path) -> int:
    save_chunk(read_chunk(files, request.steps_per_beat, request.common_tonic), path)
    return len(files)


def _read_all(
    chunks: list[tuple[SourceFile, ...]],
    building: Path,
    request: BuildRequest,
    workers: int,
    progress: Progress,
) -> None:
    """Read every chunk that is not there yet, over `workers` processes."""
    total = sum(len(files) for files in chunks)
    paths = [building / _chunk_name(index) for index in range(len(chunks))]
    missing = [(files, request, path) for files, path in zip(chunks, paths, strict=True) if not path.exists()]
    done = total - sum(len(files) for files, _, _ in missing)
    progress("reading", done, total)
    for count in _run(missing, workers):
        done += count
        progress("reading", done, total)


def _run(jobs: list[tuple[tuple[SourceFile, ...], BuildRequest, Path]], workers: int) -> Iterator[int]:
    if workers == 1 or len(jobs) <= 1:
        for job in jobs:
            yield _read_and_save(*job)
        return
    # Fresh processes, not forks: the caller may hold threads that a fork would freeze.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_interrupts_to_the_parent) as pool:
        futures = [pool.submit(_read_and_save, *job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise MachineError(
                "a process that reads files was killed, by a damaged file or for want of memory",
                "The same command goes on where it was; with --workers 1 it needs less memory.",
            ) from error
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _pack_chunk(
    chunk: Chunk, plan: Plan, shard: int, folder: Path
) -> tuple[list[Piece], list[tuple[int, ...]], list[Rejection]]:
    pieces: list[Piece] = []
    sketches: list[tuple[int, ...]] = []
    rejections: list[Rejection] = []
    rows: list[np.ndarray] = []
    bars = 0
    for read in chunk.pieces:
        result = _pack_piece(read, plan, shard, bars)
        if isinstance(result, Rejection):
            rejections.append(result)
            continue
        piece, packed = result
        pieces.append(piece)
        sketches.append(read.sketch)
        rows.append(packed)
        bars += len(packed)
    grid = plan.grid
    empty = np.zeros((0, -(-len(plan.tracks) * 2 * grid.steps_per_bar * grid.pitches // 8)), dtype=np.uint8)
    buffer = io.BytesIO()
    np.save(buffer, np.concatenate([empty, *rows]))
    write_whole(folder / shard_name(shard), buffer.getvalue())
    return pieces, sketches, rejections


def _pack_piece(read: ReadPiece, plan: Plan, shard: int, first_bar: int) -> tuple[Piece, np.ndarray] | Rejection:
    grid = plan.grid
    reason = wrong_metre(read.score, grid) or plan.missing(read.score)
    if reason:
        return Rejection(read.name, reason)
    score, left_out = plan.arranged(read.score)
    fitted = fit(score.notes, plan.tracks, grid)
    if not len(fitted.notes):
        return Rejection(read.name, "no notes in the tracks and range of this corpus")
    score = aligned(replace(score, notes=fitted.notes), grid.steps_per_bar)
    bars = -(-int(score.notes.end.max()) // grid.steps_per_bar)
    if bars < grid.bars:
        return Rejection(read.name, f"{bars} bars long; a phrase of this corpus has {grid.bars}")
    cells = encode(score.notes, len(plan.tracks), bars * grid.steps_per_bar, grid)
    packed = pack_bars(cells, grid)
    silent = np.flatnonzero(~packed.any(axis=1))
    piece = Piece(
        name=read.name,
        split="",
        family="",
        key=read.key,
        semitones=read.semitones,
        tempo=score.tempo,
        shard=shard,
        first_bar=first_bar,
        bars=bars,
        silent_bars=tuple(int(bar) for bar in silent),
        notes=len(fitted.notes),
        out_of_range=fitted.out_of_range,
        merged=fitted.merged,
        shortened=fitted.shortened,
        left_out=left_out,
    )
    return piece, packed


def _finish(
    folder: Path,
    source: Source,
    request: BuildRequest,
    plan: Plan,
    pieces: list[Piece],
    sketches: list[tuple[int, ...]],
    rejections: list[Rejection],
    shards: int,
) -> Corpus:
    families = same_tunes(sketches)
    windows = [len(piece.window_starts(plan.grid.bars)) for piece in pieces]
    names = [piece.name for piece in pieces]
    sides = split(names, families, windows)
    placed = [
        replace(piece, split=side, family=names[family])
        for piece, side, family in zip(pieces, sides, families, strict=True)
    ]
    lines = "".join(piece_line(piece) for piece in placed)
    write_whole(folder / PIECES, lines)
    _write_rejections(folder, rejections)
    look = "\n".join([plan.grid.model_dump_json(), *(track.model_dump_json() for track in plan.tracks)])
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        source=source.name,
        grid=plan.grid,
        tracks=plan.tracks,
        common_tonic=request.common_tonic,
        tempo=statistics.median(piece.tempo for piece in placed),
        fingerprint=fingerprint(look, lines, [folder / shard_name(index) for index in range(shards)]),
    )
    # Last of all: a corpus with a manifest is a finished one.
    write_whole(folder / MANIFEST, manifest.model_dump_json(indent=2) + "\n")
    return open_corpus(folder)


def _give_up(folder: Path, rejections: list[Rejection], problem: str) -> NoReturn:
    """Leave nothing but the reasons, so that the same folder can be named again."""
    _write_rejections(folder, rejections)
    shutil.rmtree(folder / BUILDING)
    raise InputError(problem, f"The reasons are in {folder / REJECTED}.")


def _write_rejections(folder: Path, rejections: list[Rejection]) -> None:
    ordered = sorted(rejections, key=lambda rejection: rejection.file)
    lines = [json.dumps({"file": one.file, "reason": one.reason}, ensure_ascii=False) + "\n" for one in ordered]
    write_whole(folder / REJECTED, "".join(lines))
