"""Processes that train together: each computes its rows of every batch, and what they find is summed.

Every process has the whole state and draws the random numbers of the whole batch. Gradients are summed over the
processes before a network is updated, so that all take the same step, the one that a single process would take, up to
rounding (synchronous data parallelism; Goyal et al. 2017, arXiv 1706.02677, section 3).
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch import distributed as dist

from ganola.errors import MachineError

TIMEOUT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Share:
    """The rows of a batch that one process computes, of `count` in all."""

    rows: slice
    count: int

    @property
    def weight(self) -> float:
        """The share of the batch: a mean over these rows, times this, is their part of the mean over the batch."""
        return (self.rows.stop - self.rows.start) / self.count

    def every(self, step: int) -> tuple[slice, float]:
        """Return which of these rows are every so manieth of the batch, from its first on, and their share of those."""
        first = -self.rows.start % step
        own = range(self.rows.start + first, self.rows.stop, step)
        return slice(first, None, step), len(own) / len(range(0, self.count, step))


class LostProcessError(MachineError):
    """Another process of the team has ended, so that this one cannot go on."""


@dataclass(frozen=True, slots=True)
class Team:
    """One of `size` processes that train together, the one of this `rank`.

    Processes of a team call the same methods in the same order, and wait there for one another without computing.
    Rank 0 decides, and alone prints and writes. All methods but `share` raise LostProcessError where a process is gone.
    """

    rank: int = 0
    size: int = 1
    threads: int | None = None  # that each computes a step with; None is as many as torch has

    def share(self, count: int) -> Share:
        """Return this process's share of `count` rows: as many as every other has, or one more."""
        return Share(slice(count * self.rank // self.size, count * (self.rank + 1) // self.size), count)

    def sum(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Return the sum over all processes of each tensor, to the bit the same in each; these are of one type and
        device."""
        if self.size == 1:
            return list(tensors)
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with explain_loss():
            dist.all_reduce(flat)
        parts = flat.split([tensor.numel() for tensor in tensors])
        return [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]

    def gather(self, rows: Float[Tensor, "own width"]) -> Float[Tensor, "all width"]:
        """Return the rows of all processes, those of rank 0 first. Some may have none."""
        if self.size == 1:
            return rows
        counts = torch.zeros(self.size, dtype=torch.int64)
        counts[self.rank] = len(rows)
        ends = self.sum([counts])[0].cumsum(0).tolist()
        whole = rows.new_zeros(ends[-1], rows.shape[1])
        whole[ends[self.rank] - len(rows) : ends[self.rank]] = rows
        return self.sum([whole])[0]

    def agree(self, values: Sequence[float]) -> list[float]:
        """Return the values that rank 0 gives; every process gives as many."""
        if self.size == 1:
            return list(values)
        told = torch.tensor(values, dtype=torch.float64)
        with explain_loss():
            dist.broadcast(told, src=0)
        return told.tolist()


ALONE = Team()
Connect = Callable[[], Team]  # waits for the other processes of a team, and returns it


@contextmanager
def explain_loss() -> Iterator[None]:
    """Raise LostProcessError where torch finds in the block that another process is gone."""
    try:
        yield
    except RuntimeError as error:
        raise LostProcessError(
            "a process that trains beside this one has ended",
            "ganola train --resume RUN goes on from where the run was last saved.",
        ) from error


def init_process_group(backend: str, **options: Any) -> None:
    """Connect this process with the others, as torch's function of that name does, for whom it then waits for days.

    One that is gone is noticed at once. Tracebacks stay as they are: torch would put a rank before each of their lines.
    """
    hook = sys.excepthook
    dist.init_process_group(backend, timeout=TIMEOUT, **options)
    sys.excepthook = hook
