"""What one step measures, of whatever phase it is."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

Number = TypeVar("Number", Float[Tensor, ""], float)


@dataclass(frozen=True, slots=True)
class StepMetrics(Generic[Number]):
    """A step's metrics by name, and the 2-norm of the gradient of each network that it trained.

    A step gives tensors on its device; `to_numbers` gives what is logged.
    """

    metrics: dict[str, Number]
    gradient_norms: dict[str, Number]

    def to_numbers(self) -> "StepMetrics[float]":
        """Return the same as plain numbers. Waits for the device once."""
        tensors = [*self.metrics.values(), *self.gradient_norms.values()]
        numbers = torch.stack([torch.as_tensor(tensor) for tensor in tensors]).tolist()
        split = len(self.metrics)
        return StepMetrics(
            dict(zip(self.metrics, numbers[:split], strict=True)),
            dict(zip(self.gradient_norms, numbers[split:], strict=True)),
        )


Metrics = StepMetrics[Float[Tensor, ""]]
