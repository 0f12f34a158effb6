"""Processes that ganola starts for itself: they need nothing of the caller's script, and none outlives its parent."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def hide_main() -> Iterator[None]:
    """Let a process that starts in the block not run the caller's script, which it would import for functions in it.

    It needs none of them. And a script that is not guarded by `if __name__ == "__main__"` would start everything anew.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back until a new process is on the list; the process starts with it blocked, so stays silent."""
    received: list[int] = []
    handlers: dict[int, Any] = {}
    # Blocking does not do where there are threads: the signal goes to one of them, and python then tells this one.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            handlers[number] = signal.signal(number, lambda number, _: received.append(number))
    try:
        with _block_interrupts():
            yield
    finally:
        for own, handler in handlers.items():
            signal.signal(own, handler)
        for signal_number in received:
            signal.raise_signal(signal_number)


@contextmanager
def _block_interrupts() -> Iterator[None]:
    """Block Ctrl-C in whatever this thread starts now, on systems that know how."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # started later, it would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """Let this process end when its parent does: even one that hangs must not outlive a parent that was killed."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def how_it_ended(exit_code: int | None) -> str:
    """Return in words how a process ended, by the exit code that `multiprocessing` gives it."""
    code = exit_code or 0
    return f"was killed (signal {-code})" if code < 0 else f"ended (exit status {code})"
