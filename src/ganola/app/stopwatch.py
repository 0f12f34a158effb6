"""How long a training takes by the clock, and how fast the machine lets it go."""

import time

from ganola.events import Callback, StepLogged
from ganola.training.contention import Contention
from ganola.training.run import Run


class Stopwatch(Callback):
    """Measures a training from when it is made. It comes before the callbacks that ask it."""

    def __init__(self, run: Run) -> None:
        self.moved = False  # whether any step was taken
        # On another device this thread waits, which tells nothing.
        self._contention = Contention() if run.device.type == "cpu" else None
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return the seconds by the clock since it was made."""
        return time.monotonic() - self._begun

    @property
    def speed(self) -> float | None:
        """Return the share of full speed at which it went lately; None where that is not known."""
        return self._contention.speed if self._contention else None

    @property
    def mean_speed(self) -> float | None:
        """Return the share of full speed at which all of it went; None where that is not known."""
        return self._contention.mean_speed if self._contention else None

    def on_step(self, event: StepLogged) -> None:
        self.moved = True
        if self._contention:
            self._contention.update(event.seconds)
