"""How busy the machine is with other programs: which share of a quiet machine's speed a training gets."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

# Share of the time that a training's thread computes on a quiet machine; the rest it waits for its other threads. Of
# `default` on two threads it was 0.9 or more; a little less is taken, for there are machines of more threads.
QUIET_SHARE = 0.85
BUSY = 0.75  # of full speed: less is worth a word
_WINDOW = 10.0  # seconds
_SHORTEST = 3.0  # seconds, of which something can be said


@dataclass(frozen=True, slots=True)
class _Reading:
    clock: float  # seconds on the wall
    computed: float  # seconds that this thread computed
    trained: float  # seconds of training


class Contention:
    """Measures the speed of the thread that calls it, as a share of its speed on a quiet machine.

    This thread takes part in everything that is computed. So the share of the time in which it computes, and waits
    neither for a processor nor for other threads that do, is the speed of the training.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        computed: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock, self._computed = clock, computed
        self._recent: deque[_Reading] = deque()
        self._trained = self._quiet_seconds = 0.0  # of training; those that a quiet machine would need for it

    def update(self, trained: float) -> None:
        """Take a reading, after so many seconds of training."""
        now = _Reading(self._clock(), self._computed(), trained)
        if self._recent:
            last = self._recent[-1]
            self._trained += trained - last.trained
            self._quiet_seconds += (trained - last.trained) * _speed(last, now)
        self._recent.append(now)
        while len(self._recent) > 2 and now.clock - self._recent[1].clock >= _WINDOW:
            self._recent.popleft()

    @property
    def speed(self) -> float | None:
        """Share of full speed in the last seconds; None until they are enough to tell."""
        if not self._recent or self._recent[-1].clock - self._recent[0].clock < _SHORTEST:
            return None
        return _speed(self._recent[0], self._recent[-1])

    @property
    def mean_speed(self) -> float | None:
        """Share of full speed since the first reading; None where that was a moment ago."""
        return self._quiet_seconds / self._trained if self._trained >= _SHORTEST else None


def _speed(before: _Reading, now: _Reading) -> float:
    return min(1.0, (now.computed - before.computed) / max(now.clock - before.clock, 1e-9) / QUIET_SHARE)
