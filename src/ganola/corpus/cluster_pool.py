"""The jobs of a build as tasks of a Ray cluster, protected from deadly files as in a pool of processes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from ganola.cluster import Cluster
from ganola.corpus.pool import Task, run_jobs
from ganola.errors import GanolaError

BATCHES_A_CORE = 4  # so that cores that are done early find more to do
MAX_JOBS = 16  # a batch: what is done again at most where its machine is lost

J = TypeVar("J")


@dataclass(frozen=True, slots=True)
class _Batch(Generic[J]):
    """What one task does: some jobs in a row, in a process of its own beside the worker, which files may kill."""

    task: Task[J]
    jobs: Sequence[J]
    sizes: Sequence[int]


def run_jobs_on_cluster(
    task: Task[J], jobs: Sequence[J], sizes: Sequence[int], *, cluster: Cluster, shared: Sequence[Path]
) -> Iterator[int]:
    """Yield how many items are done as batches of jobs end; the last is the sum of `sizes`. See `pool.run_jobs`.

    `shared` are files that each machine must have. Raises what a task raises, and MachineError where a worker died
    again and again.
    """
    length = max(1, min(MAX_JOBS, len(jobs) // (BATCHES_A_CORE * max(1, cluster.room()))))
    starts = range(0, len(jobs), length)
    batches = [_Batch(task, jobs[start : start + length], sizes[start : start + length]) for start in starts]
    done = 0
    for index, error in cluster.run(_run_batch, batches, shared=shared):
        if isinstance(error, GanolaError):
            raise error
        done += sum(batches[index].sizes)
        yield done


def _run_batch(batch: "_Batch[J]") -> None:
    for _ in run_jobs(batch.task, batch.jobs, batch.sizes, workers=1):
        pass
