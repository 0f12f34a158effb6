"""What turns a generator's logits into rolls. To add a way, see docs/extending.md.

In training the critic sees what a discretiser returns when it is called; a listener gets `Discretiser.hard`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ganola.networks.outputs.logits import Logits, Roll
from ganola.networks.sustain import Frame

Uniform = Float[Tensor, "batch tracks steps numbers"]


class Discretiser(nn.Module, ABC):
    """Turns logits into rolls of zeros and ones.

    `planes` is how many planes a roll has a track: 1 (what sounds) or 2 (onset, sustain). `monophonic` says of each
    track whether it plays one note at a time. Without `rest_gradient` no gradient of a roll reaches the logits of rest.
    `temperature` is by how much the noise of choices is scaled where an output leaves that open.
    """

    is_binary: ClassVar[bool] = True  # whether the critic sees zeros and ones too
    has_temperature: ClassVar[bool] = False  # whether a recipe says how much its choices are left to chance

    def __init__(
        self, planes: int, monophonic: Sequence[bool], *, rest_gradient: bool = True, temperature: float = 0.0
    ) -> None:
        super().__init__()
        self.planes = planes
        self.monophonic = [index for index, one in enumerate(monophonic) if one]
        self.polyphonic = [index for index, one in enumerate(monophonic) if not one]
        self.rest_gradient, self.temperature = rest_gradient, temperature

    @property
    def has_rest_hold(self) -> bool:
        """Return whether it needs logits of rest and hold."""
        return False

    @property
    def logit_planes(self) -> int:
        """Return how many planes of logits it needs of each track."""
        return self.planes

    def noise_numbers(self, pitches: int) -> int:  # noqa: ARG002 - of those that draw
        """Return how many random numbers the noise of a track's step takes; 0 where nothing is drawn."""
        return 0

    def noise(self, uniform: Uniform) -> Logits:
        """Return the noise of all choices, in the unit of logits, from that many numbers from U[0, 1).

        The argument is overwritten.
        """
        raise NotImplementedError

    @abstractmethod
    def forward(self, logits: Logits, noise: Logits | None = None, before: Frame | None = None) -> Roll:
        """Return the roll that the critic sees in training; `noise` is added to the logits where a choice is made.

        `before` is what sounds at the step before the first one, where the roll continues other music.
        """

    @abstractmethod
    def step_losses(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch tracks steps"]:
        """Return -log p(roll | logits) in nats, one number a step of each track."""

    def reconstruction_loss(self, logits: Logits, roll: Roll) -> Float[Tensor, "batch"]:
        """Return -log p(roll | logits) in nats, one number a roll."""
        return self.step_losses(logits, roll).sum(dim=(1, 2))

    def hard(
        self, logits: Logits, noise: Logits | None = None, before: Frame | None = None
    ) -> Bool[Tensor, "batch tracks planes steps pitches"]:
        """Return the roll that is played."""
        return self(logits, noise, before) > 0.5


class Annealed(Discretiser):
    """A discretiser whose probabilities become steeper as training goes on: logits count `slope` times.

    The slope is 1 at first (see `training.schedule.annealed_slope`). It is kept with the weights, for what a generator
    plays may depend on it. 1 / slope is what others call the temperature.
    """

    slope: Float[Tensor, ""]

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.register_buffer("slope", torch.ones((), device="cpu"))  # never on "meta", for nobody draws it

    @torch.no_grad()
    def raise_slope(self, slope: float) -> None:
        """Let the slope be at least this; it never falls, so that fine-tuning begins with that of the model."""
        self.slope.clamp_(min=slope)
