"""The other processes of a team: how they start, meet and end.

They are started by the training itself, or by torchrun, which starts all alike: then rank 0 tells the others the run.
"""

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

import torch
from torch import distributed as dist

from ganola.errors import InputError, MachineError
from ganola.processes import defer_interrupts, end_with_parent, hide_main, how_it_ended
from ganola.training.device import limit_threads
from ganola.training.recipe import Recipe
from ganola.training.run import Run, open_run
from ganola.training.team import ALONE, LostProcessError, Team

ROWS_EACH = 4  # of a batch that a process computes, at the least: with fewer, one more gains nearly nothing
PATIENCE = timedelta(
    days=30
)  # processes wait for one another; one that is gone is noticed at once, however long this is
_INTERFACE = "GLOO_SOCKET_IFNAME"  # gloo's variable: by which network interface processes talk

Connect = Callable[[], Team]
Follow = Callable[[Run, Connect], None]  # follow(run, connect): take the steps that rank 0 takes; see `loop.follow`


def count_processes(recipe: Recipe, device: torch.device, cores: int) -> int:
    """Return how many processes should train by a recipe on so many cores of the processor.

    Where torchrun started this process, it says how many. Else it is one where a recipe normalises over the batch, for
    then no row can be computed without the others; on a graphics card; and in a process that may start no others.
    """
    if launched_by_torchrun():
        return int(os.environ["WORLD_SIZE"])
    if device.type != "cpu" or recipe.normalises_over_batch or not dist.is_available():
        return 1
    if multiprocessing.current_process().daemon:
        return 1
    return max(1, min(cores, recipe.smallest_batch // ROWS_EACH))


@contextmanager
def gather_team(run: Run, processes: int, follow: Follow) -> Iterator[Connect]:
    """Start the other processes of a team, which end with the block; `connect` waits for them, and returns the team.

    Where torchrun started this process, the team is all that it started, and `processes` counts for nothing. Raises
    InputError where a recipe cannot be trained by several processes, and in the block MachineError, or what ended a
    process, where one is gone.
    """
    if launched_by_torchrun():
        with _join_launched(run.device) as team:
            _refuse_what_is_not_shared(run.recipe, team.size)
            dist.broadcast_object_list([run.folder.absolute()], src=0)
            yield lambda: team
    elif processes == 1:
        yield lambda: ALONE
    else:
        _refuse_what_is_not_shared(run.recipe, processes)
        with _start(run, processes, follow) as connect:
            yield connect


def launched_by_torchrun() -> bool:
    """Return whether torchrun started this process, and others beside it."""
    return dist.is_available() and dist.is_torchelastic_launched() and int(os.environ["WORLD_SIZE"]) > 1


def is_follower() -> bool:
    """Return whether torchrun started this process to take the steps that another one takes."""
    return launched_by_torchrun() and int(os.environ["RANK"]) > 0


def follow_launched(device: torch.device, follow: Follow) -> None:
    """Take the steps of the process that torchrun started with rank 0, until that one has done its training."""
    _ignore_interrupts()
    with suppress(LostProcessError), _join_launched(device) as team:
        told: list[Path] = [Path()]
        dist.broadcast_object_list(told, src=0)
        follow(open_run(told[0], device=device), lambda: team)


@contextmanager
def _join_launched(device: torch.device) -> Iterator[Team]:
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    with _keep_hook():
        # What processes agree on are numbers of the processor, for which there is gloo also beside a card.
        dist.init_process_group("gloo" if device.type == "cpu" else "cpu:gloo,cuda:nccl", timeout=PATIENCE)
    try:
        yield Team(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


def _refuse_what_is_not_shared(recipe: Recipe, processes: int) -> None:
    if recipe.normalises_over_batch:
        raise InputError(
            "this recipe normalises over the batch, so that several processes cannot share one",
            "Train it in one process, or set networks.generator_normalisation and networks.critic_normalisation to "
            "another value than batch.",
        )
    if processes > recipe.smallest_batch:
        raise InputError(
            f"{processes} processes cannot share a batch of {recipe.smallest_batch}",
            f"Start {recipe.smallest_batch} or fewer, or make the recipe's batches larger.",
        )


@contextmanager
def _start(run: Run, processes: int, follow: Follow) -> Iterator[Connect]:
    threads = max(1, torch.get_num_threads() // processes)
    followers: list[_Follower] = []
    with tempfile.TemporaryDirectory(prefix="ganola-") as folder:
        meeting = Path(folder) / "meeting"

        def connect() -> Team:
            for follower in followers:
                follower.wait_until_ready()
            _meet(Team(0, processes, threads), meeting)
            meeting.unlink(missing_ok=True)
            return Team(0, processes, threads)

        try:
            for rank in range(1, processes):
                with defer_interrupts():
                    followers.append(_Follower(run, Team(rank, processes, threads), meeting, follow))
            yield connect
        except LostProcessError as error:
            _raise_what_ended(followers, run, error)
        finally:
            for follower in followers:
                follower.stop()
            if dist.is_initialized():
                dist.destroy_process_group()


def _meet(team: Team, meeting: Path) -> None:
    """Connect this process with the others of its team, on this machine."""
    names = [name for _, name in socket.if_nameindex() if name in ("lo", "lo0")]
    if names:  # else gloo asks the network for this machine's name, which laptops may not know
        os.environ.setdefault(_INTERFACE, names[0])
    try:
        store = dist.FileStore(str(meeting), team.size)  # type: ignore[attr-defined]
        with _keep_hook():
            dist.init_process_group("gloo", store=store, rank=team.rank, world_size=team.size, timeout=PATIENCE)
        dist.barrier()  # from here nobody reads that file
    except RuntimeError as error:
        raise MachineError(
            f"the processes of the training cannot talk to one another ({str(error).splitlines()[0]})",
            "With --threads 1 it trains in one process.",
        ) from error


@contextmanager
def _keep_hook() -> Iterator[None]:
    """Undo in the end that torch prints a rank before each line of a traceback."""
    hook = sys.excepthook
    try:
        yield
    finally:
        sys.excepthook = hook


class _Follower:
    """Another process of the team, as rank 0 sees it."""

    def __init__(self, run: Run, team: Team, meeting: Path, follow: Follow) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would be frozen by the threads that there are
        self.pipe, other_end = context.Pipe()
        given = (run.folder.absolute(), run.device, team, meeting, follow, other_end)
        self.process = context.Process(target=_work, args=given, daemon=True)
        with hide_main():
            self.process.start()
        other_end.close()

    def wait_until_ready(self) -> None:
        """Wait until it has loaded all that it needs. Raises LostProcessError where it ends before that."""
        try:
            ready = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise LostProcessError("a process has ended", "") from error
        if ready is not None:
            raise ready

    def what_ended_it(self) -> Exception | None:
        """Return what it raised, if it did."""
        try:
            return self.pipe.recv() if self.pipe.poll() else None
        except (EOFError, OSError):
            return None

    def stop(self) -> None:
        self.process.kill()  # there is nothing to tidy up: it writes nothing
        self.process.join()
        self.pipe.close()


def _raise_what_ended(followers: list[_Follower], run: Run, error: LostProcessError) -> NoReturn:
    """Raise what ended a process of the team: its own exception, or that it was killed."""
    for follower in followers:
        if (raised := follower.what_ended_it()) is not None:
            raise raised from error
    how = next((how_it_ended(one.process.exitcode) for one in followers if not one.process.is_alive()), "has ended")
    raise MachineError(
        f"a process of the training {how}",
        f"It goes on from where it was last saved: ganola train --resume {run.folder}. With --threads 1 it needs less "
        "memory.",
    ) from error


def _work(folder: Path, device: torch.device, team: Team, meeting: Path, follow: Follow, pipe: Connection) -> None:
    """Follow rank 0, which this process tells that it is ready, or what ended it."""
    _ignore_interrupts()
    end_with_parent()

    def connect() -> Team:
        pipe.send(None)
        _meet(team, meeting)
        return team

    try:
        with limit_threads(team.threads):
            follow(open_run(folder, device=device), connect)
    except LostProcessError:
        pass  # rank 0 knows why
    except Exception as error:
        with suppress(Exception):  # it cannot be sent, or nobody is there
            pipe.send(error)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C and a polite kill, which all processes of a terminal get, to rank 0."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
