"""Ctrl-C, and a polite kill: the command stops as after an error, tidies up, and leaves with exit status 130."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from ganola.cli.console import warn

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


class StopSignal(threading.Event):
    """Set by the first Ctrl-C, which is answered with `text`; another one, two seconds later or more, ends at once."""

    _armed = True

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def ask(self) -> None:
        """Ask what runs to stop when it can. Raises KeyboardInterrupt where it was asked before, or has ended."""
        if self.is_set() or not self._armed:
            raise KeyboardInterrupt
        self.set()
        with suppress(RuntimeError):  # where Ctrl-C comes while something is printed
            warn(self._text)

    def disarm(self) -> None:
        """From here there is no step to wait for: what comes next can be ended at once."""
        self._armed = False
