"""Work on a Ray cluster: functions run as tasks on whatever machines there are, and their results as they come.

The only module that knows Ray. What crosses between processes (a function's name, its item and its result) is pickled
by Ray, between programs of this cluster alone; ganola itself unpickles nothing, and no file comes that way.
"""

import os
import platform
import signal
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ganola import __version__
from ganola.errors import GanolaError, InputError, MachineError
from ganola.storage import machine_error
from ganola.wording import counted

LOCAL, AUTO = "local", "auto"
RETRIES = 3  # how often a task begins again whose worker died
ANSWER_SECONDS = 5.0  # within which a cluster answers at its address
LOCAL_STORE = 128 * 2**20  # bytes of shared memory for what tasks of a local cluster return, which is little
_START = "Start one: ray start --head. Or name --cluster local, which starts one for this command alone."

T = TypeVar("T")
R = TypeVar("R")


class LostTaskError(MachineError):
    """A task was lost: the worker that did it died again and again."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Ray cluster that this process is connected to."""

    ray: Any

    def room(self, cores: int = 1, gpus: int = 0) -> int:
        """Return how many tasks that need so many cores and graphics cards fit on the machines that are there now."""
        machines = self._machines()
        fit = [int(min(own // cores, cards // gpus if gpus else own)) for own, cards in machines]
        return sum(fit)

    def run(
        self,
        function: Callable[[T], R],
        items: Sequence[T],
        *,
        cores: int = 1,
        gpus: int = 0,
        retries: int = RETRIES,
        shared: Sequence[Path] = (),
        on_begin: Callable[[T], None] = lambda _: None,
    ) -> Iterator[tuple[int, R | GanolaError]]:
        """Yield the index of each item and what `function` makes of it, as they come, each once.

        `function` is one of a module. It runs in the folder in which this process is, so that a relative path means
        the same there; `shared` are files that have to be there too. Each call has `cores` and `gpus` of its own, and
        as many run as there is room for; `on_begin` is told each item when it first goes out. What a call raises as one
        of ganola's own errors is yielded in the result's place, and so is a LostTaskError where its worker died
        `retries` + 1 times. Whatever else it raises is raised here.
        Raises InputError where no machine has so many cores and graphics cards.
        """
        self.refuse_if_too_small(cores, gpus)
        task = self.ray.remote(num_cpus=cores, num_gpus=gpus, max_retries=0)(_call)
        call = self.ray.put(_Call(function, Path.cwd(), tuple(path.absolute() for path in shared), __version__))
        waiting, running, deaths = deque(range(len(items))), dict[Any, int](), Counter[int]()
        try:
            while waiting or running:
                while waiting and (not running or len(running) < self.room(cores, gpus)):
                    index = waiting.popleft()
                    if not deaths[index]:
                        on_begin(items[index])
                    running[task.remote(call, items[index])] = index
                (ended, *_), _ = self.ray.wait(list(running))
                index = running.pop(ended)
                try:
                    yield index, self.ray.get(ended)
                except _ways_to_die(self.ray) as error:
                    deaths[index] += 1
                    if deaths[index] <= retries:
                        waiting.appendleft(index)
                    else:
                        yield index, _explain_death(error, deaths[index])
        finally:  # a cluster that stays after this program would go on with them
            for left in running:
                self.ray.cancel(left, force=True)

    def _machines(self) -> list[tuple[float, float]]:
        """Return the cores and graphics cards of each machine that is there."""
        resources = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
        return [(one.get("CPU", 0.0), one.get("GPU", 0.0)) for one in resources]

    def refuse_if_too_small(self, cores: int, gpus: int) -> None:
        """Raise InputError where no machine has so many cores and graphics cards."""
        machines = self._machines()
        if not any(own >= cores and cards >= gpus for own, cards in machines):
            needs = counted(cores, "core") + (f" and {counted(gpus, 'graphics card')}" if gpus else "")
            most, most_cards = (max(column, default=0.0) for column in zip(*machines, strict=True))
            raise InputError(
                f"no machine of the cluster has {needs} (they have {most:g} cores and {most_cards:g} cards at most)",
                "Ask for less, or let a larger machine join: ray start --address HOST:PORT.",
            )


@contextmanager
def connect(address: str, cores: int | None = None) -> Iterator[Cluster]:
    """Connect to the cluster at `address`, and leave it in the end, however that comes.

    `address` is HOST:PORT; or "auto", the one that this program is connected to or that this machine belongs to; or
    "local", which starts one with `cores`, by default all of this machine, and ends it. Raises InputError where Ray is
    not installed, and where nothing answers at the address.
    """
    ray = _import_ray()
    if ray.is_initialized():
        if address == AUTO:
            yield Cluster(ray)
            return
        raise InputError("this program is connected to a Ray cluster already", "Call ray.shutdown() before.")
    own = (
        {"num_cpus": cores, "include_dashboard": False, "object_store_memory": LOCAL_STORE} if address == LOCAL else {}
    )
    if address not in (LOCAL, AUTO):
        _refuse_if_nothing_answers(address)
    try:
        with _keep_signals(), _close_stderr():
            _join(ray, address, own)
        yield Cluster(ray)
    finally:
        ray.shutdown()


def _import_ray() -> Any:
    # Which lines of a cluster Ray does not print: all. `log_to_driver` is of workers alone, not of its own remarks.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")
    try:
        import ray
    except ImportError as error:
        raise InputError(
            "--cluster needs Ray, which is not installed", "In the folder of ganola: pip install '.[cluster]'"
        ) from error
    return ray


def _refuse_if_nothing_answers(address: str) -> None:
    """Raise InputError where nothing listens at an address; Ray itself would look for two minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise InputError(f"{address} is no address of a cluster", "Write HOST:PORT, auto or local.")
    try:
        socket.create_connection((host, int(port)), ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"no Ray cluster answers at {address}", _START) from error


def _join(ray: Any, address: str, own: dict[str, Any]) -> None:
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", **own)
    except (Exception, SystemExit) as error:  # by SystemExit, too, Ray says that none is there
        if address == AUTO and isinstance(error, ConnectionError):
            raise InputError("no Ray cluster runs on this machine", _START) from error
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        if address == LOCAL:
            raise MachineError(f"Ray did not start: {reason}", "Try again when the machine is less busy.") from error
        raise MachineError(
            f"the Ray cluster ({address}) cannot be joined: {reason}",
            "Give the command on a machine of the cluster, with the Python and the Ray of the others; where an address "
            "needs a token, with RAY_AUTH_MODE=token.",
        ) from error


@contextmanager
def _keep_signals() -> Iterator[None]:
    """Leave what happens at a polite kill as it is: Ray would have the program exit without a word."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _close_stderr() -> Iterator[None]:
    """Let nothing be written to standard error, where the core of Ray, which is no Python, counts its attempts."""
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _ways_to_die(ray: Any) -> tuple[type[Exception], ...]:
    """Return what Ray raises where a worker, its machine, or a result that lay there is lost."""
    errors = ray.exceptions
    return errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError, errors.ObjectLostError


def _explain_death(error: Exception, times: int) -> LostTaskError:
    return LostTaskError(
        f"the worker of a task died {counted(times, 'time')} ({type(error).__name__})",
        "Ray's logs say why (in /tmp/ray/session_latest/logs, on its machine). The same command goes on where it was.",
    )


@dataclass(frozen=True, slots=True)
class _Call(Generic[T, R]):
    """A function, the folder in which it runs, which files are there, and of which ganola it is."""

    function: Callable[[T], R]
    folder: Path
    shared: tuple[Path, ...]
    version: str


def _call(call: "_Call[T, R]", item: T) -> R | GanolaError:
    """Call a function in a worker. Returns ganola's own errors, for what raises is wrapped by Ray, in other words."""
    try:
        _enter(call)
        return call.function(item)
    except GanolaError as error:
        return error
    except OSError as error:
        return machine_error(error, Path(error.filename or "."))


def _enter(call: "_Call[T, R]") -> None:
    """Go to the folder of a call. Raises MachineError where this machine has not what the first one has."""
    machine = platform.node()
    if call.version != __version__:
        raise MachineError(
            f"{machine} has ganola {__version__}, and this is {call.version}", "Install the same one on all machines."
        )
    for path in (call.folder, *call.shared):
        if not path.exists():
            raise MachineError(
                f"{path} is not there on {machine}",
                "All machines of a cluster must have the folder in which ganola works, and the music, at the same "
                "place: a disk of the network, most often.",
            )
    os.chdir(call.folder)
