"""A lock that keeps a second ganola out of a folder; the system frees it when its process ends, however that ends."""

import contextlib
import errno
import os
import sys
from pathlib import Path

LOCK = ".lock"

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD_BY_ANOTHER = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
# What file systems say that know no locks: there, nothing keeps a second ganola out.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)


class FolderLock:
    """A lock on a folder that exists, by a hidden file in it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        self._descriptor = -1

    def acquire(self) -> bool:
        """Take the lock and return whether that was possible. Raises OSError where the folder cannot be written."""
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _lock(descriptor)
            except OSError as error:
                if error.errno in _HELD_BY_ANOTHER:
                    os.close(descriptor)
                    return False
                if error.errno not in _NO_LOCKS:
                    os.close(descriptor)
                    raise
            if self._is_file(descriptor):
                self._descriptor = descriptor
                return True
            os.close(descriptor)  # who held it took the file away after it was opened here

    def is_held(self) -> bool:
        """Return whether the lock's file is where it was, so that the folder was not removed meanwhile."""
        return self._is_file(self._descriptor)

    def release(self) -> None:
        """Give the lock back and take its file away."""
        if sys.platform == "win32":  # where nobody can remove an open file, not even of another who has opened it since
            os.close(self._descriptor)
            self._remove()
        else:  # while it is locked, so that nobody can lock a file that goes
            if self.is_held():
                self._remove()
            os.close(self._descriptor)

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _is_file(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False
