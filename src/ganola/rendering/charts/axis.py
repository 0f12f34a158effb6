"""Where numbers lie along a width, and which of them are written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_DECADES = 6  # that an axis writes at most
_LEAST, _MOST = 1e-6, 1e9  # beyond what a logarithmic axis need not go


@dataclass(frozen=True)
class Axis:
    """Where numbers lie along a width, from 0 to 100 per cent, and which of them are written."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a number lies; at the end, where it lies beyond."""
        low, high, here = (self._scaled(number) for number in (self.low, self.high, value))
        return 100 * min(max((here - low) / (high - low), 0.0), 1.0)

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, _LEAST)) if self.logarithmic else value


def logarithmic_axis(values: Sequence[float]) -> Axis:
    """Return an axis of whole decades that holds the values, and 1."""
    inside = [1.0, *(min(max(value, _LEAST), _MOST) for value in values)]
    low, high = math.floor(math.log10(min(inside))), math.ceil(math.log10(max(inside)))
    high = max(high, low + 1)
    powers = range(low, high + 1, -(-(high - low) // _DECADES))
    return Axis(10.0**low, 10.0**high, tuple(10.0**power for power in powers), logarithmic=True)


def factor_axis(values: Sequence[float], most: int = 8) -> Axis:
    """Return a logarithmic axis that ends at the nearest of 1, 2, 5, 10, 20 ... around the values, which it writes;
    for values that lie within a few decades. Where these are more than `most`, it writes the powers of 10."""
    inside = [min(max(value, _LEAST), _MOST) for value in values] or [1.0]
    first, last = math.floor(math.log10(min(inside))), math.ceil(math.log10(max(inside)))
    steps = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)]
    low = max(step for step in steps if step <= min(inside) * (1 + 1e-9))
    high = min(step for step in steps if step >= max(inside) * (1 - 1e-9) and step > low)
    ticks = tuple(step for step in steps if low <= step <= high)
    if len(ticks) > most:
        ticks = tuple(step for step in ticks if math.log10(step) == round(math.log10(step)))
    return Axis(low, high, ticks, logarithmic=True)


def linear_axis(low: float, high: float, most: int = 5, *, whole: bool = False) -> Axis:
    """Return an axis from low to high with at most so many numbers, round ones.

    Of what is counted, whole numbers alone are written, unless fewer than two lie on the axis.
    """
    high = high if high > low else low + 1
    steps = [step for step in _round_steps((high - low) / (most - 1)) if _count(low, high, step) <= most]
    counts = [step for step in steps if whole and step == int(step) and _count(low, high, step) > 1]
    step = (counts or steps)[0]
    first = math.ceil(low / step - 1e-9)
    return Axis(low, high, tuple(round((first + index) * step, 10) for index in range(_count(low, high, step))))


def _round_steps(least: float) -> Sequence[float]:
    power = 10.0 ** math.floor(math.log10(least))
    steps = [power * factor for factor in (0.5, 1, 2, 5, 10, 20, 50)]
    return sorted({*steps, 1.0} if steps[0] < 1 else steps)


def _count(low: float, high: float, step: float) -> int:
    return math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1
