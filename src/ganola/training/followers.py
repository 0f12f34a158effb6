"""The other processes of a team: how many there should be, and how they start, meet and end."""

import multiprocessing
import os
import signal
import socket
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NoReturn

import torch
from torch import distributed as dist

from ganola.errors import InputError, MachineError
from ganola.processes import defer_interrupts, end_with_parent, hide_main, how_it_ended
from ganola.training.device import limit_threads
from ganola.training.recipe import Recipe
from ganola.training.run import Run, open_run
from ganola.training.team import ALONE, Connect, LostProcessError, Team, init_process_group
from ganola.training.torchrun import Follow, launched_processes, lead_launched

ROWS_EACH = 4  # of a batch that a process computes, at the least: with fewer, one more gains nearly nothing
EXIT_SECONDS = 5.0  # for one that is gone to be known as such
_INTERFACE = "GLOO_SOCKET_IFNAME"  # gloo's variable: by which network interface processes talk


def count_processes(recipe: Recipe, device: torch.device, cores: int) -> int:
    """Return how many processes should train by a recipe on so many cores of the processor.

    Where torchrun started this process, it says how many. Else it is one where a recipe normalises over the batch, for
    then no row can be computed without the others; on a graphics card; and in a process that may start no others, or
    is one of several already.
    """
    if launched_processes() > 1:
        return launched_processes()
    if device.type != "cpu" or recipe.normalises_over_batch or not dist.is_available():
        return 1
    if multiprocessing.current_process().daemon or dist.is_initialized():
        return 1
    return max(1, min(cores, recipe.smallest_batch // ROWS_EACH))


@contextmanager
def gather_team(run: Run, processes: int, follow: Follow) -> Iterator[Connect]:
    """Start the other processes of a team, which end with the block; `connect` waits for them, and returns the team.

    Where torchrun started this process, the team is all that it started, and `processes` counts for nothing. Raises
    InputError where a recipe cannot be trained by several processes, and in the block MachineError, or what ended a
    process, where one is gone.
    """
    launched = launched_processes()
    if max(launched, processes) > 1:
        _refuse_what_is_not_shared(run.recipe, launched if launched > 1 else processes)
    if launched > 1:
        with lead_launched(run) as connect:
            yield connect
    elif processes > 1:
        with _start(run, processes, follow) as connect:
            yield connect
    else:
        yield lambda: ALONE


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
    folder = tempfile.TemporaryDirectory(prefix="ganola-")
    with folder:
        meeting = Path(folder.name) / "meeting"

        def connect() -> Team:
            for follower in followers:
                follower.wait_until_ready()
            _meet(Team(0, processes, threads), meeting)
            folder.cleanup()
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
    try:
        with _talk_within_machine():
            store = dist.FileStore(str(meeting), team.size)  # type: ignore[attr-defined]
            init_process_group("gloo", store=store, rank=team.rank, world_size=team.size)
            dist.barrier()  # from here nobody reads that file
    except (RuntimeError, ValueError) as error:
        raise MachineError(
            f"the processes of the training cannot talk to one another ({str(error).splitlines()[0]})",
            "With --threads 1 it trains in one process.",
        ) from error


@contextmanager
def _talk_within_machine() -> Iterator[None]:
    """Let gloo connect processes without the network, of which it else asks this machine's name: laptops may have none.

    Where the loopback has another name than on Linux and macOS, or somebody says by which interface, that stays.
    """
    names = [name for _, name in socket.if_nameindex() if name in ("lo", "lo0")]
    if not names or _INTERFACE in os.environ:
        yield
        return
    os.environ[_INTERFACE] = names[0]
    try:
        yield
    finally:
        del os.environ[_INTERFACE]


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
    gone = wait([follower.process.sentinel for follower in followers], EXIT_SECONDS)
    for follower in followers:
        if follower.process.sentinel in gone:
            follower.process.join(EXIT_SECONDS)  # for its exit code
    codes = [follower.process.exitcode for follower in followers if follower.process.exitcode]
    raise MachineError(
        f"a process of the training {how_it_ended(codes[0] if codes else 0)}",
        f"It goes on from where it was last saved: ganola train --resume {run.folder}. With --threads 1 it needs less "
        "memory.",
    ) from error


def _work(folder: Path, device: torch.device, team: Team, meeting: Path, follow: Follow, pipe: Connection) -> None:
    """Follow rank 0, which this process tells that it is ready, or what ended it."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a terminal sends them to all its processes; they are for rank 0
        signal.signal(number, signal.SIG_IGN)
    end_with_parent()

    def connect() -> Team:
        pipe.send(None)
        _meet(team, meeting)
        return team

    try:
        with limit_threads(team.threads):
            follow(_open_run(folder, device), connect)
    except LostProcessError:
        pass  # rank 0 knows why
    except Exception as error:
        error.add_note(f"In another process of the training:\n{traceback.format_exc()}")
        with suppress(Exception):  # it cannot be sent, or nobody is there
            pipe.send(error)


def _open_run(folder: Path, device: torch.device) -> Run:
    try:
        return open_run(folder, device=device)
    except InputError as error:  # though rank 0 could open it
        raise MachineError(
            f"another process of the training cannot open its run: {error.problem}",
            "Such a process lacks what a program adds to ganola as it runs. With --threads 1, in Python processes=1, "
            "none is needed.",
        ) from error
