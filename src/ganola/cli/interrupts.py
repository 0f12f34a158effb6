"""Ctrl-C, and a polite kill: the command stops as after an error, tidies up, and leaves with exit status 130."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SAME_ONE = 2.0  # seconds in which another Ctrl-C means no more than the first one, which is being heeded

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` at Ctrl-C or a polite kill. Those that follow within two seconds are one with it: fingers and parent
    processes send several, and they must not break into tidying up."""
    last = -SAME_ONE

    def receive(_number: int, _frame: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SAME_ONE:
            last = now
            act()

    if threading.current_thread() is not threading.main_thread():  # only that one may say who receives signals
        yield
        return
    # What a parent process has told to ignore Ctrl-C, as a shell tells what runs in its background, goes on doing so.
    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, receive) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_command() -> None:
    """End what runs, as `on_interrupt` asks it."""
    raise KeyboardInterrupt
