"""What turns a generator's logits into rolls. To add a way, see docs/extending.md.

In training the critic sees what `Discretiser.__call__` returns; a listener gets `Discretiser.hard`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from jaxtyping import Bool, Float
from torch import Tensor

from ganola.networks.outputs.logits import Logits, Roll
from ganola.networks.sustain import Frame


class Discretiser(ABC):
    """Turns logits into rolls of zeros and ones.

    `planes` is how many planes a roll has a track: 1 (what sounds) or 2 (onset, sustain). `monophonic` says of each
    track whether it plays one note at a time. Without `rest_gradient` no gradient of a roll reaches the logits of rest.
    """

    is_binary: ClassVar[bool] = True  # whether the critic sees zeros and ones too

    def __init__(self, planes: int, monophonic: Sequence[bool], *, rest_gradient: bool = True) -> None:
        self.planes = planes
        self.monophonic = [index for index, one in enumerate(monophonic) if one]
        self.polyphonic = [index for index, one in enumerate(monophonic) if not one]
        self.rest_gradient = rest_gradient

    @property
    def has_rest_hold(self) -> bool:
        """Return whether it needs logits of rest and hold."""
        return False

    @property
    def logit_planes(self) -> int:
        """Return how many planes of logits it needs of each track."""
        return self.planes

    @abstractmethod
    def __call__(self, logits: Logits, before: Frame | None = None) -> Roll:
        """Return the roll that the critic sees in training.

        `before` is what sounds at the step before the first one, where the roll continues other music.
        """

    @abstractmethod
    def step_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
        """Return -log p(roll | logits) in nats, one number a step of each track."""

    def reconstruction_loss(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch"]:
        """Return -log p(roll | logits) in nats, one number a roll."""
        return self.step_losses(logits, roll).sum(dim=(1, 2))

    def hard(self, logits: Logits) -> Bool[Tensor, "batch tracks planes steps pitches"]:
        """Return the roll that is played."""
        return self(logits) > 0.5
