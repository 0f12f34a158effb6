"""From a source to a corpus: read every file, survey what was read, pack it by the plan, split it.

What is read is kept in a folder `building` inside the corpus until the corpus is finished, so that a build that was
stopped goes on where it was. Work goes in chunks of files, and chunks to shards, over processes; the result does not
depend on how many there are, nor on how often it was stopped. A process holds no more than a shard in memory.
"""

import json
import shutil
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NoReturn

import numpy as np

from ganola import __version__
from ganola.checksums import DamagedError
from ganola.corpus.chunks import StoredChunk, save_chunk
from ganola.corpus.columns import ENDING
from ganola.corpus.crew import Begin, run_jobs
from ganola.corpus.facts import Facts
from ganola.corpus.labels import labels_of_pieces
from ganola.corpus.metres import SHORTER
from ganola.corpus.packing import PackJob, load_part, pack, verify_part
from ganola.corpus.pieces import Piece, Rejection, piece_line
from ganola.corpus.plan import PLAN, Plan, WrittenPlan, plan_key, plan_toml
from ganola.corpus.proposal import Proposal, Wishes, propose
from ganola.corpus.reading import COPY_OF, read_chunk
from ganola.corpus.shards import shard_paths
from ganola.corpus.similarity import same_tunes
from ganola.corpus.sources import Source, SourceFile
from ganola.corpus.split import split
from ganola.corpus.store import (
    FORMAT_VERSION,
    PIECES,
    REJECTED,
    Corpus,
    Manifest,
    fingerprint,
    open_corpus,
    write_manifest,
)
from ganola.errors import InputError
from ganola.folders import lock_folder, refuse_existing
from ganola.locking import LOCK
from ganola.music.io.formats import MIDI_SUFFIXES
from ganola.records import checksum_of_file, parse_json, read_file
from ganola.storage import whole_file, write_json, write_whole
from ganola.wording import none_of

READING = 5  # what is kept of files that were read; another number is another format
BUILDING, REQUEST, PACKED_BY = "building", "request.json", "packed-by.json"
DONE = ".built"  # what the workshop is called while it is taken away
CHUNK_WORK = 64  # what a chunk may cost, a MIDI file costing 1
NOTATION_WORK = 8  # a file of notation takes so much longer, and more
MOST_SHARDS = 256  # each is an open file while its corpus is

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is, of how much
Notice = Callable[[str], None]  # a word to the person who waits
ReadJob = tuple[tuple[SourceFile, ...], bool, Path]


def build(
    source: Source,
    folder: Path,
    wishes: Wishes,
    *,
    plan: WrittenPlan | None = None,
    fingerprints: bool = True,
    workers: int = 1,
    progress: Progress = lambda *_: None,
    explain: Callable[[Proposal], None] = lambda _: None,
    notice: Notice = lambda _: None,
) -> Corpus:
    """The corpus made of `source` by `plan`, or else by the plan that the survey proposes, written to `folder`.

    `workers` processes read and pack; 0 does it in this one, where a file that kills its reader ends the build.
    Without `fingerprints` every piece counts as a tune of its own. `explain` is told the proposal, `notice` what of an
    unfinished build was damaged, and is made anew. Raises InputError where the folder holds anything but an unfinished
    build of the same request, or where no file could be used, and TakenError where another ganola is at work in it.
    """
    with lock_folder(folder):
        asked = {
            "ganola": __version__,
            "reading": READING,
            "source": source.name,
            "stamp": source.stamp(),
            "wishes": wishes.model_dump(),
            "fingerprints": fingerprints,
            "plan": plan.text if plan else None,
        }
        building = _open_workshop(folder, asked)
        chunks = _read_all(source, folder, fingerprints, workers, progress, notice)
        copies = _copies(chunks)
        if plan is None:
            try:
                proposal = propose(lambda: _facts(chunks, copies), source, wishes)
            except InputError as error:
                _give_up(folder, _unread(source, chunks), error.problem, error.remedy)
            explain(proposal)
            plan = WrittenPlan(proposal.plan, plan_toml(proposal.plan, proposal.reasons))
        parts = _pack_all(chunks, copies, plan.plan, folder, building, workers, progress, notice)
        if not any(load_part(part).pieces for part in parts):
            rejections = chain(_archives(source), *(load_part(part).rejections for part in parts))
            for shard in range(len(parts)):
                for path in shard_paths(folder, shard):
                    path.unlink(missing_ok=True)
            _give_up(
                folder,
                rejections,
                f"{none_of(len(source.files), 'file')} of {source.name} fits the plan ({plan.plan.grid})",
            )
        write_whole(folder / PLAN, plan.text)
        _finish(folder, source, plan.plan, parts, str(asked["stamp"]))
        _tidy(folder)
        return open_corpus(folder)


def survey(
    source: Source,
    folder: Path,
    wishes: Wishes,
    *,
    workers: int = 1,
    progress: Progress = lambda *_: None,
    notice: Notice = lambda _: None,
    draw: Callable[[Proposal], None] = lambda _: None,
) -> tuple[Proposal, int]:
    """What `source` holds and the plan for it, and how many files cannot be used.

    Writes to `folder` the plan and the reason for each unusable file; what `draw` writes there is part of it. Raises
    InputError where no file can be used, or the folder holds anything but an unfinished survey of the same files, and
    TakenError where another ganola is at work in it.
    """
    with lock_folder(folder):
        asked = {
            "ganola": __version__,
            "reading": READING,
            "source": source.name,
            "stamp": source.stamp(),
            "survey": True,
        }
        _open_workshop(folder, asked)
        chunks = _read_all(source, folder, False, workers, progress, notice)
        copies = _copies(chunks)
        twins = [Rejection(facts.name, copies[at]) for at, facts in _placed(chunks) if at in copies]
        unusable = [*_unread(source, chunks), *twins]
        proposal = propose(lambda: _facts(chunks, copies), source, wishes)
        _write_rejections(folder, unusable)
        draw(proposal)
        write_whole(folder / PLAN, plan_toml(proposal.plan, proposal.reasons))
        _tidy(folder)
        return proposal, len(unusable)


def _open_workshop(folder: Path, asked: Mapping[str, object]) -> Path:
    building = folder / BUILDING
    shutil.rmtree(folder / DONE, ignore_errors=True)
    if (building / REQUEST).is_file():
        if _request_in(building / REQUEST) != asked:
            raise InputError(
                f"{folder} holds an unfinished corpus of other files or settings",
                "Name another folder, or remove that one.",
            )
        return building
    if folder.is_dir() and [path.name for path in folder.iterdir() if path.name != LOCK] == [REJECTED]:
        (folder / REJECTED).unlink()  # all that a build without a usable file leaves
    if building.is_dir() and all(path.name.startswith(".") for path in building.iterdir()):
        shutil.rmtree(building)  # stopped, or the disk was full, before there was anything to keep
    refuse_existing(folder)
    write_json(building / REQUEST, asked)
    return building


def _request_in(path: Path) -> object:
    """What an unfinished corpus was asked to be; None where that is damaged."""
    try:
        return parse_json(read_file(path))
    except DamagedError:
        return None


def _kept(path: Path, verify: Callable[[], None], notice: Notice) -> bool:
    """Whether there is a file that an earlier build made, as `verify` finds it. One that is damaged is told."""
    if not path.exists():
        return False
    try:
        verify()
    except (DamagedError, InputError):
        notice(f"{path} was damaged: what it held is made anew")
        return False
    return True


def _chunks(files: tuple[SourceFile, ...]) -> Iterator[tuple[SourceFile, ...]]:
    chunk: list[SourceFile] = []
    work = 0
    for file in files:
        own = 1 if file.suffix in MIDI_SUFFIXES else NOTATION_WORK
        if chunk and work + own > CHUNK_WORK:
            yield tuple(chunk)
            chunk, work = [], 0
        chunk.append(file)
        work += own
    if chunk:
        yield tuple(chunk)


def _read_job(job: ReadJob, lost: Mapping[int, str], begin: Begin) -> None:
    files, fingerprint, path = job
    save_chunk(read_chunk(files, fingerprint=fingerprint, lost=lost, begin=begin), path)


def _read_all(
    source: Source, folder: Path, fingerprint: bool, workers: int, progress: Progress, notice: Notice
) -> list[StoredChunk]:
    """Read every chunk that is not there yet; if nothing in any of them can be used, give up."""
    jobs: list[ReadJob] = [
        (files, fingerprint, folder / BUILDING / f"read-{index:05d}{ENDING}")
        for index, files in enumerate(_chunks(source.files))
    ]
    chunks = [StoredChunk(path) for _, _, path in jobs]
    missing = [job for job, chunk in zip(jobs, chunks, strict=True) if not _kept(chunk.path, chunk.verify, notice)]
    total = len(source.files)
    before = total - sum(len(files) for files, _, _ in missing)
    progress("reading", before, total)
    for done in run_jobs(_read_job, missing, [len(files) for files, _, _ in missing], workers):
        progress("reading", before + done, total)
    if not any(len(chunk) for chunk in chunks):
        problem = f"{none_of(len(source.files), 'file')} of {source.name} can be used"
        _give_up(folder, _unread(source, chunks), problem)
    return chunks


def _placed(chunks: Sequence[StoredChunk]) -> Iterator[tuple[tuple[int, int], Facts]]:
    for place, chunk in enumerate(chunks):
        for index, facts in enumerate(chunk.facts()):
            yield (place, index), facts


def _copies(chunks: Sequence[StoredChunk]) -> dict[tuple[int, int], str]:
    """The pieces, as (chunk, number), that are the same music as an earlier one, and why they are left out."""
    first: dict[bytes, str] = {}
    copies: dict[tuple[int, int], str] = {}
    for place, chunk in enumerate(chunks):
        for index, (name, digest) in enumerate(chunk.digests()):
            original = first.setdefault(digest, name)
            if original is not name:
                copies[place, index] = f"{COPY_OF} {original}"
    return copies


def _facts(chunks: Sequence[StoredChunk], copies: Mapping[tuple[int, int], str]) -> Iterator[Facts]:
    return (facts for at, facts in _placed(chunks) if at not in copies)


def _pack_job(job: PackJob, lost: Mapping[int, str], begin: Begin) -> None:
    pack(job, lost, begin)


def _pack_all(
    chunks: Sequence[StoredChunk],
    copies: Mapping[tuple[int, int], str],
    plan: Plan,
    folder: Path,
    building: Path,
    workers: int,
    progress: Progress,
    notice: Notice,
) -> list[Path]:
    """Pack every shard that is not there yet; where their parts of the account lie."""
    # A build with another version of the survey, or a changed file of the plan, must not mix two plans.
    key, packed_by = plan_key(plan).encode(), building / PACKED_BY
    if not packed_by.is_file() or read_file(packed_by) != key:
        for part in building.glob(f"part-*{ENDING}"):
            part.unlink()
        write_whole(packed_by, key)
    size = -(-len(chunks) // MOST_SHARDS)
    copies_in: defaultdict[int, dict[tuple[int, int], str]] = defaultdict(dict)
    for (place, index), original in copies.items():
        copies_in[place // size][place % size, index] = original
    jobs = [
        PackJob(
            shard=shard,
            chunks=tuple(chunks[first : first + size]),
            copies=copies_in[shard],
            plan=plan,
            folder=folder,
            part=building / f"part-{shard:05d}{ENDING}",
        )
        for shard, first in enumerate(range(0, len(chunks), size))
    ]
    pieces = {job.shard: sum(map(len, job.chunks)) for job in jobs}
    missing = [job for job in jobs if not _kept(job.part, partial(verify_part, job), notice)]
    total, left = sum(pieces.values()), sum(pieces[job.shard] for job in missing)
    progress("packing", total - left, total)
    for done in run_jobs(_pack_job, missing, [pieces[job.shard] for job in missing], workers):
        progress("packing", total - left + done, total)
    return [job.part for job in jobs]


def _finish(folder: Path, source: Source, plan: Plan, parts: Sequence[Path], stamp: str) -> None:
    """Tell tunes apart, split, and write the account and, last of all, the manifest: with one, a corpus is finished."""
    names: list[str] = []
    labels: list[str] = []
    windows: list[int] = []
    tempos: list[float] = []
    checksums: list[str] = []
    rejections = _archives(source)
    sketches, lengths, owners = [np.zeros(0, np.uint32)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in map(load_part, parts):
        sketches.append(part.sketches)
        lengths.append(part.lengths)
        owners.append(part.piece_of_line + len(names))
        rejections += part.rejections
        checksums += part.checksums
        for piece in part.pieces:
            names.append(piece.name)
            labels.append(piece.label)
            windows.append(piece.windows)
            tempos.append(piece.tempo)
    labels = labels_of_pieces(labels)
    families = same_tunes(np.concatenate(sketches), np.concatenate(lengths), np.concatenate(owners), len(names))
    sides = split(names, families, windows, labels)

    def pieces() -> Iterator[Piece]:  # not kept: there can be very many
        known = zip(labels, sides, families, strict=True)
        for piece, (label, side, family) in zip(
            chain.from_iterable(load_part(part).pieces for part in parts), known, strict=True
        ):
            yield replace(piece, label=label, split=side, family=names[family])

    with whole_file(folder / PIECES) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(map(piece_line, pieces()))
    _write_rejections(folder, rejections)
    look = "\n".join([plan.grid.model_dump_json(), *(track.model_dump_json() for track in plan.corpus_tracks)])
    shards = [path for shard in range(len(parts)) for path in shard_paths(folder, shard)]
    files = {name: checksum_of_file(folder / name) for name in (PLAN, PIECES, REJECTED)}
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        source=source.name,
        grid=plan.grid,
        tracks=plan.corpus_tracks,
        common_tonic=plan.common_tonic,
        tempo=source.tempo or statistics.median(tempos),
        fingerprint=fingerprint(look, pieces(), shards),
        labels=tuple(sorted(set(labels) - {""})),
        stamp=stamp,
        files=files | dict(zip([path.name for path in shards], checksums, strict=True)),
    )
    write_manifest(folder, manifest)


def _archives(source: Source) -> list[Rejection]:
    return [Rejection(name, reason) for name, reason in source.unread.items()]


def _unread(source: Source, chunks: Sequence[StoredChunk]) -> Iterator[Rejection]:
    return chain(_archives(source), *(chunk.rejections() for chunk in chunks))


def _tidy(folder: Path) -> None:
    """Take the workshop away, all at once: what a killed process leaves of it is not taken for one."""
    (folder / BUILDING).replace(folder / DONE)
    shutil.rmtree(folder / DONE)


def _give_up(folder: Path, rejections: Iterable[Rejection], problem: str, remedy: str = "") -> NoReturn:
    """Leave nothing but the reasons, so that the same folder can be named again."""
    listed = list(rejections)
    _write_rejections(folder, listed)
    _tidy(folder)
    if listed and not remedy:
        reason, count = Counter(one.reason for one in listed).most_common(1)[0]
        problem += f"; {'each' if count == len(listed) else f'{count} of them'}: {reason}"
        remedy = shorter_phrases(reason)
    raise InputError(problem, remedy or f"The reasons are in {folder / REJECTED}.")


def shorter_phrases(reason: str) -> str:
    """Return what to do about a file that is left out as too short for a phrase; "" where that is not the reason, or
    a phrase is a bar already."""
    if not reason.startswith(SHORTER):
        return ""
    bars = int(reason.removeprefix(SHORTER).split()[0]) // 2
    return f"Take shorter phrases: --bars {bars}; in a plan, bars = {bars}." if bars else ""


def _write_rejections(folder: Path, rejections: Iterable[Rejection]) -> None:
    ordered = sorted(rejections, key=lambda rejection: rejection.file)
    lines = [json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in ordered]
    write_whole(folder / REJECTED, "".join(lines))
