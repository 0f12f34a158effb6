"""How the memory of a process grows: what large arrays leave goes back to the system."""

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD, _ARENAS = -3, -8  # of mallopt(3)
LARGE = 4 * 2**20  # bytes


def return_large_blocks() -> None:
    """Let every large block of memory go back to the system as soon as it is freed.

    The C library of Linux (glibc) otherwise keeps blocks of up to 32 MiB in the heap, several heaps where there are
    threads, and where these are full of holes a process stays far larger than what it uses. Elsewhere nothing happens.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, LARGE)
        library.mallopt(_ARENAS, 2)
