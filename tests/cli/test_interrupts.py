"""Ctrl-C: once, several times at once, and what a parent process has to say about it."""

import os
import signal
import time

import pytest

from ganola.cli import interrupts
from ganola.cli.interrupts import on_interrupt, stop_command

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_what_runs_and_those_that_follow_at_once_do_not_break_into_tidying_up(number) -> None:
    before = signal.getsignal(number)
    tidied = False

    def run() -> None:
        nonlocal tidied
        try:
            signal.raise_signal(number)
            pytest.fail("it went on")
        finally:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            tidied = True

    with pytest.raises(KeyboardInterrupt), on_interrupt(stop_command):
        run()
    assert tidied
    assert signal.getsignal(number) is before


def test_a_later_one_counts_again(monkeypatch) -> None:
    acts, now = [], [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with on_interrupt(lambda: acts.append(now[0])):
        for seconds in (0.0, 1.5, 0.4, 0.1):
            now[0] += seconds
            signal.raise_signal(signal.SIGINT)
    assert acts == [100.0, 100.0 + interrupts.SAME_ONE]


def test_what_a_parent_has_told_to_be_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with on_interrupt(stop_command):
            signal.raise_signal(signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGINT, before)
