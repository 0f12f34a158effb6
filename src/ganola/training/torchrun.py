"""Teams that torchrun starts, on one machine or several: it starts all processes alike, and rank 0 tells the others
the run. All of them have to see its folder."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from torch import distributed as dist

from ganola.training.run import Run, open_run
from ganola.training.team import Connect, LostProcessError, Team, explain_loss, init_process_group

Follow = Callable[[Run, Connect], None]  # follow(run, connect): take the steps that rank 0 takes; see `loop.follow`


def launched_processes() -> int:
    """Return how many processes torchrun started, this one among them; 1 where it did not."""
    return int(os.environ["WORLD_SIZE"]) if dist.is_available() and dist.is_torchelastic_launched() else 1


def is_follower() -> bool:
    """Return whether torchrun started this process to take the steps that another one takes."""
    return launched_processes() > 1 and int(os.environ["RANK"]) > 0


@contextmanager
def lead_launched(run: Run) -> Iterator[Connect]:
    """Tell the processes that torchrun started which run it is."""
    with _join(run.device) as team:
        with explain_loss():
            dist.broadcast_object_list([run.folder.absolute()], src=0)
        yield lambda: team


def follow_launched(device: torch.device, follow: Follow) -> None:
    """Take the steps of the process that torchrun started with rank 0, until that one has done its training.

    Where that one is gone, this one ends without a word, and torchrun hears of it from the other.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for rank 0 alone
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # by which torchrun ends those that wait for one that never comes
    with suppress(LostProcessError), _join(device) as team:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        told: list[Path] = [Path()]
        with explain_loss():
            dist.broadcast_object_list(told, src=0)
        follow(open_run(told[0], device=device), lambda: team)


@contextmanager
def _join(device: torch.device) -> Iterator[Team]:
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    # What processes agree on are numbers of the processor, for which there is gloo also beside a card.
    init_process_group("gloo" if device.type == "cpu" else "cpu:gloo,cuda:nccl")
    try:
        yield Team(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
