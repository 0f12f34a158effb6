"""How busy a machine is beside a training: how much of the time that it wants it gets a processor."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

# Share of the time that a training's thread computes on a quiet machine; the rest it waits for its other threads. Of
# `default` on two threads it was 0.9 or more; a little less is taken, for there are machines of more threads.
FULL = 0.85
BUSY = 0.75  # of full speed: less is worth a word
_LATELY = 10.0  # seconds
_AT_LEAST = 3.0  # seconds, of which something can be said


@dataclass(frozen=True, slots=True)
class _Reading:
    clock: float  # seconds on the wall
    computed: float  # seconds that this thread computed
    trained: float  # seconds of training


class Contention:
    """Follows how fast the thread that calls it gets on, beside how fast it would on a quiet machine.

    This thread takes part in everything that is computed. So how much of the time it computes, and neither waits for a
    processor nor for other threads that do, is how fast a training goes, whatever the machine and its load.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        computed: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock, self._computed = clock, computed
        self._lately: deque[_Reading] = deque()
        self._trained = self._learned = 0.0  # seconds, since it began to look; those that a quiet machine would need

    def follow(self, trained: float) -> None:
        """Take a reading, after so many seconds of training."""
        now = _Reading(self._clock(), self._computed(), trained)
        if self._lately:
            last = self._lately[-1]
            self._trained += trained - last.trained
            self._learned += (trained - last.trained) * _speed(last, now)
        self._lately.append(now)
        while len(self._lately) > 2 and now.clock - self._lately[1].clock >= _LATELY:
            self._lately.popleft()

    @property
    def speed(self) -> float | None:
        """Which part of full speed it went at lately; None until there is something to say."""
        if not self._lately or self._lately[-1].clock - self._lately[0].clock < _AT_LEAST:
            return None
        return _speed(self._lately[0], self._lately[-1])

    @property
    def mean_speed(self) -> float | None:
        """Which part of full speed all of the training went at that was followed; None where that is hardly any."""
        return self._learned / self._trained if self._trained >= _AT_LEAST else None


def _speed(before: _Reading, now: _Reading) -> float:
    return min(1.0, (now.computed - before.computed) / max(now.clock - before.clock, 1e-9) / FULL)
