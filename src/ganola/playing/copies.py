"""Leave out generated phrases that are copies of training music."""

from collections.abc import Callable, Iterator

from ganola.errors import InputError
from ganola.judging.copying.detector import CopyDetector
from ganola.playing.generate import Phrase

MOST_TRIES = 20  # phrases generated for each that is kept

Play = Callable[[int, int], Iterator[Phrase]]  # so many phrases of a seed


class CopyFilter:
    """Yields those phrases of `play` that are no copies. Phrase k of a seed is the same as without the filter.

    A copy is more like training music than held-out music is (see `CopyDetector`). `rejected` counts them.
    """

    def __init__(self, play: Play, detector: CopyDetector) -> None:
        self.play = play
        self.threshold = detector.threshold
        self.rejected = 0
        self._detector = detector

    def generate(self, count: int, seed: int) -> Iterator[Phrase]:
        """Yield `count` phrases that are no copies. Raises InputError where hardly any are not."""
        kept = 0
        for phrase in self.play(MOST_TRIES * count, seed):
            if self._detector.is_copy(phrase.cells[None])[0]:
                self.rejected += 1
                continue
            yield phrase
            kept += 1
            if kept == count:
                return
        raise InputError(
            f"only {kept} of {MOST_TRIES * count} phrases were no copies of training music",
            "Ask for fewer, or train on more music.",
        )
