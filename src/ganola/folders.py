"""Folders that a command makes: one command at a time in each, and nothing unfinished ever looks whole."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from ganola.errors import InputError
from ganola.locking import LOCK, FolderLock
from ganola.storage import PARTIAL, machine_error

T = TypeVar("T")

_TRIES = 1000  # at a folder that others keep taking away
_CONTENT = "content"


class TakenError(InputError):
    """A name that is in use: something has it already, or another ganola is at work there."""


def first_free(begin: Callable[[int], T]) -> T:
    """Return what `begin` makes of the first number, from 1 on, for which it does not raise TakenError."""
    for number in count(1):
        with contextlib.suppress(TakenError):
            return begin(number)
    raise AssertionError("there is no last number")


@contextlib.contextmanager
def claimed_folder(name: Callable[[int], Path]) -> Iterator[Path]:
    """Make the first of the folders name(1), name(2) ... that does not exist, in one step; if it is empty at the end,
    it goes again."""
    folder, made = first_free(lambda number: _make_new(name(number)))
    try:
        yield folder
    finally:
        _remove_empty(made)


def refuse_existing(path: Path) -> None:
    """Raise TakenError where `path` is a file, or a folder that holds something. Hidden files do not count."""
    _refuse_file(path)
    if path.is_dir() and _visible(path):
        raise TakenError(f"the folder {path} already exists and is not empty", "Name another one, or move it away.")


@contextlib.contextmanager
def lock_folder(path: Path) -> Iterator[None]:
    """Keep every other ganola out of the folder `path`, which is made if need be; if it is empty then, it goes again.

    Raises TakenError where another ganola is at work there, and InputError where the folder is removed meanwhile.
    """
    lock, made = _make_and_lock(path, path)
    try:
        _remove_partial_files(path)
        yield
        _raise_if_removed(lock, path)
    finally:
        lock.release()
        _remove_empty(made)


def remove_folder(path: Path) -> None:
    """Remove a folder with all that is in it, unless another ganola is at work there."""
    with contextlib.suppress(TakenError), lock_folder(path):
        for entry in _visible(path):
            _remove(entry)
    with contextlib.suppress(OSError):  # what is hidden in it is somebody's
        path.rmdir()


@contextlib.contextmanager
def all_or_none(paths: Sequence[Path]) -> Iterator[None]:
    """Remove all of `paths` if the block, which writes them, fails: they belong together."""
    try:
        yield
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise


class Unfinished:
    """What is written to a hidden folder, and moved to its place by `finish`; without that, nothing is left of it.

    `folder` is where to write, `target` what it becomes. What a killed process leaves of it stays hidden, and the next
    that writes to the same place takes it away. Made by `begin_folder` and `begin_files`.
    """

    def __init__(self, target: Path, into: Path, hidden: Path, refuse: Callable[[], None]) -> None:
        refuse()
        self.target, self._into, self._hidden, self._refuse = target, into, hidden, refuse
        self._lock, self._made = _make_and_lock(hidden, target)
        self.folder = hidden / _CONTENT
        try:
            refuse()  # for another may have finished since
            _remove(self.folder)
            self.folder.mkdir()
        except BaseException:
            self._take_away()
            raise

    def finish(self) -> Path:
        """Move what was written to its place, and return that. Raises InputError where the folder was removed."""
        _raise_if_removed(self._lock, self.target)
        self._refuse()
        try:
            if not self._into.exists():
                self.folder.rename(self._into)
            else:  # the target last: where it is, all is
                for entry in sorted(self.folder.iterdir(), key=lambda entry: (entry.name == self.target.name, entry)):
                    entry.replace(self._into / entry.name)
        except OSError as error:
            raise machine_error(error, self.target) from error
        return self.target

    def __enter__(self) -> "Unfinished":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._take_away()

    def _take_away(self) -> None:
        _remove(self.folder)
        self._lock.release()
        _remove_empty([self._hidden, *self._made])


def begin_folder(path: Path, *, replace: bool = False) -> Unfinished:
    """Begin the folder `path`. Raises TakenError where it holds something, unless its files may be replaced, or where
    another ganola is at work on it."""

    def refuse() -> None:
        _refuse_file(path) if replace else refuse_existing(path)

    # An empty folder may lie where nothing can be made beside it.
    hidden = path / ".partial" if path.is_dir() else path.with_name(f".{path.name}.partial")
    return Unfinished(path, path, hidden, refuse)


def begin_files(files: Sequence[Path], *, replace: bool = False) -> Unfinished:
    """Begin files of one folder that belong together, of which the first comes last. Raises TakenError as
    `begin_folder` does."""
    first = files[0]

    def refuse() -> None:
        for file in () if replace else files:
            if file.exists():
                raise TakenError(f"{file} is there already", "Name another --out, or move it away.")

    return Unfinished(first, first.parent, first.with_name(f".{first.name}.partial"), refuse)


def _make_new(folder: Path) -> tuple[Path, list[Path]]:
    """The folder, and which folders were made for it, the last first. Raises TakenError where it exists."""
    for _ in range(_TRIES):
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        try:
            folder.mkdir(parents=True)
        except FileNotFoundError:  # another has just taken away what it had made
            continue
        except FileExistsError as error:
            raise TakenError(f"{folder} is there already", "Name another folder.") from error
        except OSError as error:
            raise machine_error(error, folder) from error
        return folder, made
    raise _cannot_be_made(folder)


def _make_and_lock(folder: Path, name: Path) -> tuple[FolderLock, list[Path]]:
    """The lock on a folder that is made if need be, and which folders were made for it, the last first."""
    _refuse_file(folder)
    lock = FolderLock(folder)
    for _ in range(_TRIES):
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held = lock.acquire()
        except FileNotFoundError:  # another has just taken away what it had made
            continue
        except OSError as error:
            _remove_empty(made)
            raise machine_error(error, name) from error
        if not held:
            raise TakenError(f"another ganola is at work in {name}", "Wait until it is done, or name another folder.")
        return lock, made
    raise _cannot_be_made(name)


def _cannot_be_made(folder: Path) -> InputError:
    return InputError(f"the folder {folder} cannot be made", "Check the name, and the folders it lies in.")


def _raise_if_removed(lock: FolderLock, name: Path) -> None:
    if not lock.is_held():
        raise InputError(f"{name} was removed while ganola was at work in it", "Start again, and leave it alone.")


def _refuse_file(path: Path) -> None:
    if path.is_file():
        raise TakenError(f"{path} is a file", "Name a folder that does not exist yet.")


def _visible(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _remove_partial_files(folder: Path) -> None:
    """Remove what processes that were killed had begun to write, there and in folders that nobody holds a lock on."""
    inner = [path for path in _visible(folder) if path.is_dir() and not (path / LOCK).exists()]
    for place in (folder, *inner):
        for partial in place.glob(PARTIAL):
            if partial.is_file():
                partial.unlink(missing_ok=True)


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # one that another has put something into stays
            folder.rmdir()
