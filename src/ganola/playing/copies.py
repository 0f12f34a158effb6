"""Leave out generated phrases that are copies of training music."""

from collections.abc import Iterator

from ganola.errors import InputError
from ganola.judging.copying.detector import CopyDetector
from ganola.networks.model import Model
from ganola.playing.generate import Phrase, generate

MOST_TRIES = 20  # phrases generated for each that is kept


class CopyFilter:
    """Yields the phrases of a model that are no copies. Phrase k of a seed is the same as without the filter.

    A copy is more like training music than held-out music is (see `CopyDetector`). `rejected` counts them.
    """

    def __init__(self, model: Model, detector: CopyDetector) -> None:
        self.model = model
        self.threshold = detector.threshold
        self.rejected = 0
        self._detector = detector

    def generate(self, count: int, seed: int) -> Iterator[Phrase]:
        """Yield `count` phrases that are no copies. Raises InputError where hardly any are not."""
        kept = 0
        for phrase in generate(self.model, MOST_TRIES * count, seed):
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
