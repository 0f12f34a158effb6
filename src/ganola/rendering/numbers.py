"""Numbers as a report writes them: three digits or so, per cent, units, intervals.

What is not a number is a dash, and what a measure cannot be is never written.
"""

import math
from collections.abc import Callable

from ganola.judging.bootstrap import Estimate

NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"

_NOTHING = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"

# How a number of a feature is written; units that the feature's name says already are left out.
_IN_UNITS = {"beats": "{} beats", "semitones": "{} semitones", "bits": "{} bits", "a step": "{} a step"}
# Units of what is counted: between two of them lies nothing.
COUNTS = frozenset({"notes", "changes", "semitones", "MIDI pitch"})
# What the label of one of several columns means, by the feature's name.
_COLUMNS = {
    "note lengths": "{} beats",
    "where notes begin in a bar": "beat {}",
    "melodic intervals": "{} semitones",
    "bass intervals": "{} semitones",
    "vertical intervals": "{} semitones",
}
# What a measure can be at all: an interval, being of a normal distribution, may reach beyond.
_POSSIBLE = {
    "distance": (0.0, math.inf),
    "ratio": (0.0, math.inf),
    "energy": (0.0, math.inf),
    "density": (0.0, math.inf),
    "coverage": (0.0, 1.0),
    "c2st_trees": (0.0, 1.0),
    "c2st_network": (0.0, 1.0),
    "form": (0.0, 1.0),
}


def number(value: float | None) -> str:
    """Return three digits or so: 1,234 and 15.1 and 0.25 and 0.012."""
    if value is None or math.isnan(value):
        return _NOTHING
    size = abs(value)
    return _written(value, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3)


def rough(value: float | None) -> str:
    """Return two digits or so, for what is not known better: 268 and 15 and 3.2 and 0.57."""
    if value is None or math.isnan(value):
        return _NOTHING
    return _written(value, 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.995 else 2)


def percent(share: float | None) -> str:
    """Return a share of 1 in per cent; a digit more near none and near all."""
    if share is None or math.isnan(share):
        return _NOTHING
    text = f"{100 * share:.{0 if 0.0995 <= share <= 0.9 else 1}f}".removesuffix(".0")
    return f"{text}{NARROW_SPACE}%".replace("-", _MINUS)


def measured(value: float | None, unit: str) -> str:
    """Return a value of a feature in its unit."""
    if unit == "share" or value is None:
        return percent(value)
    return _IN_UNITS.get(unit, "{}").format(number(value))


def short(value: float | None, unit: str) -> str:
    """Return the same without the name of the unit."""
    return percent(value) if unit == "share" else number(value)


def between(estimate: Estimate, key: str = "distance") -> str:
    """Return the interval of a measure, as far as that can be; nothing where there is none."""
    if estimate.low == estimate.high:
        return ""
    low, high = bounds(estimate, key)
    return f"{rough(low)} to {rough(high)}"


def share_between(estimate: Estimate) -> str:
    """Return the interval of a share in per cent."""
    low, high = bounds(estimate, "form")
    return f"{percent(low).removesuffix(f'{NARROW_SPACE}%')} to {percent(high)}"


def bounds(estimate: Estimate, key: str) -> tuple[float, float]:
    """Return the ends of the interval of a measure, as far as that can be."""
    low, high = _POSSIBLE.get(key, (-math.inf, math.inf))
    return max(estimate.low, low), min(estimate.high, high)


def in_words(name: str, label: str) -> str:
    """Return the label of one of a feature's several columns."""
    words = _COLUMNS.get(name, "{}").format(label)
    return words.removesuffix("s") if label.endswith(("+1", "-1")) or label.split()[-1:] == ["1"] else words


def tick(unit: str) -> Callable[[float], str]:
    """Return how the numbers of an axis are written."""
    if unit == "share":
        return lambda value: f"{100 * value:.3g}{NARROW_SPACE}%"
    return lambda value: f"{value:,.15g}" if value == int(value) else f"{value:.4g}"


def _written(value: float, decimals: int) -> str:
    if value and round(abs(value), decimals) == 0:
        return f"<{10.0**-decimals:g}" if value > 0 else "0"
    return f"{value:,.{decimals}f}".replace("-", _MINUS) if value else "0"
