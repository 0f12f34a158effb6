"""The two stages of a build that go over processes: read every file, in chunks; pack every chunk, into shards.

The result depends neither on how many processes there are nor on how often the build was stopped. A process holds no
more than a shard in memory.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from ganola.corpus.build_folder import BuildFolder, Step
from ganola.corpus.chunks import StoredChunk, save_chunk
from ganola.corpus.columns import ENDING, load_record
from ganola.corpus.packing import PackJob, ShardSummary, pack_shard, verify_summary
from ganola.corpus.piece_stats import PieceStats
from ganola.corpus.pieces import Rejection
from ganola.corpus.plan import Plan, plan_key
from ganola.corpus.pool import Begin
from ganola.corpus.reading import COPY_OF, read_chunk
from ganola.corpus.shards import shard_paths
from ganola.corpus.source import Source, SourceFile
from ganola.music.io.formats import MIDI_SUFFIXES
from ganola.records import read_file
from ganola.storage import write_whole
from ganola.wording import none_of

PACKED_BY = "packed-by.json"
CHUNK_WORK = 64  # what a chunk may cost, a MIDI file costing 1
NOTATION_WORK = 8  # a file of notation takes so much longer, and more
MAX_SHARDS = 256  # each is an open file while its corpus is

ReadJob = tuple[tuple[SourceFile, ...], bool, Path]
Copies = Mapping[tuple[int, int], str]  # by (chunk, piece of it): why a piece is left out as a copy


def read_all(folder: BuildFolder, *, fingerprint: bool) -> list[StoredChunk]:
    """Read every chunk that is not there yet; if nothing in any of them can be used, give up."""
    source = folder.source
    steps = []
    for index, files in enumerate(_divide_into_chunks(source.files)):
        path = folder.building / f"read-{index:05d}{ENDING}"
        steps.append(Step((files, fingerprint, path), len(files), path, StoredChunk(path).verify))
    folder.run_stage("reading", _read_job, steps)
    chunks = [StoredChunk(step.output) for step in steps]
    if not any(len(chunk) for chunk in chunks):
        problem = f"{none_of(len(source.files), 'file')} of {source.name} can be used"
        folder.give_up(unreadable_files(source, chunks), problem)
    return chunks


def _divide_into_chunks(files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, ...]]:
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


def _read_job(job: ReadJob, skipped: Mapping[int, str], begin: Begin) -> None:
    files, fingerprint, path = job
    save_chunk(read_chunk(files, fingerprint=fingerprint, skipped=skipped, begin=begin), path)


def find_copies(chunks: Sequence[StoredChunk]) -> Copies:
    """Return which pieces are the same music as an earlier one, and why they are left out."""
    first: dict[bytes, str] = {}
    copies: dict[tuple[int, int], str] = {}
    for place, chunk in enumerate(chunks):
        for index, (name, digest) in enumerate(chunk.digests()):
            original = first.setdefault(digest, name)
            if original is not name:
                copies[place, index] = f"{COPY_OF} {original}"
    return copies


def stats_of_pieces(chunks: Sequence[StoredChunk], copies: Copies) -> Iterator[PieceStats]:
    """Return the statistics of each piece that is no copy."""
    return (
        stats
        for place, chunk in enumerate(chunks)
        for index, stats in enumerate(chunk.stats())
        if (place, index) not in copies
    )


def rejected_copies(chunks: Sequence[StoredChunk], copies: Copies) -> list[Rejection]:
    """Return the copies as rejections, each with its reason."""
    return [
        Rejection(name, copies[place, index])
        for place, chunk in enumerate(chunks)
        for index, (name, _) in enumerate(chunk.digests())
        if (place, index) in copies
    ]


def unread_archives(source: Source) -> list[Rejection]:
    """Return the archives and folders of a source that could not be opened."""
    return [Rejection(name, reason) for name, reason in source.unread.items()]


def unreadable_files(source: Source, chunks: Sequence[StoredChunk]) -> Iterator[Rejection]:
    """Return whatever of a source could not be read."""
    return chain(unread_archives(source), *(chunk.rejections() for chunk in chunks))


def pack_all(folder: BuildFolder, chunks: Sequence[StoredChunk], copies: Copies, plan: Plan) -> list[Path]:
    """Pack every shard that is not there yet, and return where their summaries lie; if no piece fits, give up."""
    _refuse_other_plan(folder.building, plan)
    jobs = list(_pack_jobs(folder, chunks, copies, plan))
    steps = [Step(job, sum(map(len, job.chunks)), job.summary, partial(verify_summary, job)) for job in jobs]
    folder.run_stage("packing", pack_shard, steps)
    summaries = [job.summary for job in jobs]
    if not any(load_record(path, ShardSummary).pieces for path in summaries):
        rejections = list(unread_archives(folder.source))
        for job in jobs:
            rejections += load_record(job.summary, ShardSummary).rejections
            for path in shard_paths(folder.path, job.shard):
                path.unlink(missing_ok=True)
        files = none_of(len(folder.source.files), "file")
        folder.give_up(rejections, f"{files} of {folder.source.name} fits the plan ({plan.grid})")
    return summaries


def _refuse_other_plan(building: Path, plan: Plan) -> None:
    """Remove what was packed by another plan: another version of the survey, or a changed file, must not mix two."""
    key, packed_by = plan_key(plan).encode(), building / PACKED_BY
    if not packed_by.is_file() or read_file(packed_by) != key:
        for summary in building.glob(f"shard-*{ENDING}"):
            summary.unlink()
        write_whole(packed_by, key)


def _pack_jobs(folder: BuildFolder, chunks: Sequence[StoredChunk], copies: Copies, plan: Plan) -> Iterator[PackJob]:
    size = -(-len(chunks) // MAX_SHARDS)
    copies_in: defaultdict[int, dict[tuple[int, int], str]] = defaultdict(dict)
    for (place, index), reason in copies.items():
        copies_in[place // size][place % size, index] = reason
    for shard, first in enumerate(range(0, len(chunks), size)):
        yield PackJob(
            shard=shard,
            chunks=tuple(chunks[first : first + size]),
            copies=copies_in[shard],
            plan=plan,
            folder=folder.path,
            summary=folder.building / f"shard-{shard:05d}{ENDING}",
        )
