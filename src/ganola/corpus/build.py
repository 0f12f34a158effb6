"""Build a corpus from a source: read every file, survey what was read, pack it by the plan, split it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ganola import __version__
from ganola.cluster import Cluster
from ganola.corpus.assembly import assemble
from ganola.corpus.build_folder import BUILDING, REQUEST, BuildFolder, Notice, RunJobs, write_rejections
from ganola.corpus.chunks import StoredChunk
from ganola.corpus.cluster_pool import run_jobs_on_cluster
from ganola.corpus.options import BuildOptions
from ganola.corpus.plan import PLAN, WrittenPlan, plan_toml
from ganola.corpus.pool import Progress, run_jobs
from ganola.corpus.proposal import Proposal, propose
from ganola.corpus.source import Source
from ganola.corpus.stages import (
    Copies,
    find_copies,
    pack_all,
    read_all,
    rejected_copies,
    stats_of_pieces,
    unreadable_files,
)
from ganola.corpus.store import Corpus, open_corpus
from ganola.errors import InputError
from ganola.folders import lock_folder
from ganola.storage import write_whole

READING = 6  # the format of what is kept of files that were read


def build(
    source: Source,
    folder: Path,
    options: BuildOptions,
    *,
    plan: WrittenPlan | None = None,
    fingerprints: bool = True,
    workers: int = 1,
    cluster: Cluster | None = None,
    progress: Progress = lambda *_: None,
    explain: Callable[[Proposal], None] = lambda _: None,
    notice: Notice = lambda _: None,
) -> Corpus:
    """Build a corpus of `source` in `folder` by `plan`, or else by the plan that the survey proposes, and return it.

    `workers` processes read and pack; 0 does it in this one, where a file that kills its reader ends the build. Where
    there is a `cluster`, its machines do it; each needs `folder` and the music in the same place.
    Without `fingerprints` every piece counts as a tune of its own. `explain` is told the proposal, `notice` what of an
    unfinished build was damaged, and is made anew. Raises InputError where the folder holds anything but an unfinished
    build of the same request, or where no file could be used, and TakenError where another ganola is at work in it.
    """
    with lock_folder(folder):
        stamp = source.stamp()
        run = _on_cluster(cluster, source, folder) if cluster else partial(run_jobs, workers=workers)
        unfinished = BuildFolder(folder, source, run, progress, notice)
        unfinished.open(
            _request(source, stamp)
            | {"options": options.model_dump(), "fingerprints": fingerprints, "plan": plan.text if plan else None}
        )
        chunks = read_all(unfinished, fingerprint=fingerprints)
        copies = find_copies(chunks)
        written = plan or _propose_or_give_up(unfinished, chunks, copies, options, explain)
        summaries = pack_all(unfinished, chunks, copies, written.plan)
        assemble(unfinished, written, summaries, stamp)
        unfinished.close()
        return open_corpus(folder)


def survey(
    source: Source,
    folder: Path,
    options: BuildOptions,
    *,
    workers: int = 1,
    progress: Progress = lambda *_: None,
    notice: Notice = lambda _: None,
    draw: Callable[[Proposal], None] = lambda _: None,
) -> tuple[Proposal, int]:
    """Return what `source` holds and the plan for it, and how many files cannot be used.

    Writes to `folder` the plan and the reason for each unusable file; what `draw` writes there is part of it. Raises
    InputError where no file can be used, or the folder holds anything but an unfinished survey of the same files, and
    TakenError where another ganola is at work in it.
    """
    with lock_folder(folder):
        unfinished = BuildFolder(folder, source, partial(run_jobs, workers=workers), progress, notice)
        unfinished.open(_request(source, source.stamp()) | {"survey": True})
        chunks = read_all(unfinished, fingerprint=False)
        copies = find_copies(chunks)
        unusable = [*unreadable_files(source, chunks), *rejected_copies(chunks, copies)]
        proposal = propose(lambda: stats_of_pieces(chunks, copies), source, options)
        write_rejections(folder, unusable)
        draw(proposal)
        write_whole(folder / PLAN, plan_toml(proposal.plan, proposal.reasons))
        unfinished.close()
        return proposal, len(unusable)


def _on_cluster(cluster: Cluster, source: Source, folder: Path) -> RunJobs:
    """Return what runs jobs on machines that have the unfinished corpus, and the first file of the music."""
    shared = (folder / BUILDING / REQUEST, *[file.path for file in source.files[:1]])
    return partial(run_jobs_on_cluster, cluster=cluster, shared=shared)


def _request(source: Source, stamp: str) -> dict[str, object]:
    """Return what a build and a survey were both asked, by which an unfinished one is known again."""
    return {"ganola": __version__, "reading": READING, "source": source.name, "stamp": stamp}


def _propose_or_give_up(
    folder: BuildFolder,
    chunks: Sequence[StoredChunk],
    copies: Copies,
    options: BuildOptions,
    explain: Callable[[Proposal], None],
) -> WrittenPlan:
    try:
        proposal = propose(lambda: stats_of_pieces(chunks, copies), folder.source, options)
    except InputError as error:
        folder.give_up(unreadable_files(folder.source, chunks), error.problem, error.remedy)
    explain(proposal)
    return WrittenPlan(proposal.plan, plan_toml(proposal.plan, proposal.reasons))
