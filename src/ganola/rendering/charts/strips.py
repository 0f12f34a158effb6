"""Strips: a number, or the quantiles of some, along a line."""

from collections.abc import Sequence

from markupsafe import Markup

from ganola.judging.bootstrap import Estimate
from ganola.rendering.charts.axis import Axis
from ganola.rendering.charts.svg import BELOW, Write, axis_numbers, num, svg, tick_lines

STRIP = 26  # pixels of the height of one strip


def interval_strip(axis: Axis, estimate: Estimate, *, mark: float, about: str) -> Markup:
    """Return a number as a dot on its interval, over lines at the axis's numbers; a stronger line at `mark`."""
    low, high = axis.place(estimate.low), axis.place(estimate.high)
    return svg(
        STRIP,
        about,
        *tick_lines(axis, mark),
        f'<line class="interval" x1="{num(low)}%" x2="{num(high)}%" y1="50%" y2="50%"/>',
        f'<circle class="dot" cx="{num(axis.place(estimate.value))}%" cy="50%" r="5.5"/>',
    )


def quantile_strip(axis: Axis, quantiles: Sequence[float], *, about: str, mark: float | None = None) -> Markup:
    """Return a box plot: a line from the least to the most, a box for the middle half, the median in it."""
    least, lower, middle, upper, most = (axis.place(value) for value in quantiles)
    return svg(
        STRIP,
        about,
        *tick_lines(axis, mark),
        f'<line class="reach" x1="{num(least)}%" x2="{num(most)}%" y1="50%" y2="50%"/>',
        f'<rect class="half" x="{num(lower)}%" width="{num(upper - lower)}%" y="28%" height="44%"/>',
        f'<line class="median" x1="{num(middle)}%" x2="{num(middle)}%" y1="20%" y2="80%"/>',
    )


def axis_strip(axis: Axis, write: Write) -> Markup:
    """Return the numbers under some strips."""
    return svg(BELOW, "", *axis_numbers(axis, 13, write, inward=False))
