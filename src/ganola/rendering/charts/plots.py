"""Square plots of two axes: curves, and how reliable judgements are."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from ganola.judging.calibration import Reliability
from ganola.rendering.charts.axis import Axis, linear_axis
from ganola.rendering.charts.svg import BELOW, Write, axis_numbers, num, svg

SQUARE = 190  # pixels of the height


def curve(points: Sequence[tuple[float, float]], *, about: str, across: Axis, write: Write) -> Markup:
    """Return points joined by a line; upwards from 0 to 1."""
    up = linear_axis(0.0, 1.0, most=6)
    places = [(across.place(x), _rise(up, y)) for x, y in points]
    joins = [
        f'<line class="join" x1="{num(one[0])}%" y1="{num(one[1])}" x2="{num(two[0])}%" y2="{num(two[1])}"/>'
        for one, two in pairwise(places)
    ]
    dots = [f'<circle class="dot" cx="{num(x)}%" cy="{num(y)}" r="4.5"/>' for x, y in places]
    return _square(about, across, up, write, [*joins, *dots])


def reliability_curve(found: Reliability, *, about: str) -> Markup:
    """Return a reliability diagram: a dot a bin, its area the number of phrases; the diagonal is perfect."""
    unit = linear_axis(0.0, 1.0, most=6)
    diagonal = f'<line class="perfect" x1="0" y1="{num(_rise(unit, 0.0))}" x2="100%" y2="{num(_rise(unit, 1.0))}"/>'
    radii = 3 + 7 * np.sqrt(found.count / found.count.max())
    dots = [
        f'<circle class="dot" cx="{num(unit.place(x))}%" cy="{num(_rise(unit, y))}" r="{num(radius)}"/>'
        for x, y, radius in zip(found.predicted.tolist(), found.observed.tolist(), radii.tolist(), strict=True)
    ]
    return _square(about, unit, unit, lambda value: f"{value:g}", [diagonal, *dots])


def _rise(axis: Axis, value: float) -> float:
    return 8 + (SQUARE - 16) * (1 - axis.place(value) / 100)


def _square(about: str, across: Axis, up: Axis, write: Write, marks: Sequence[str]) -> Markup:
    scale = [
        f'<line class="tick" x1="0" x2="100%" y1="{num(_rise(up, tick))}" y2="{num(_rise(up, tick))}"/>'
        f'<text class="scale" x="-7" y="{num(_rise(up, tick) + 4)}" text-anchor="end">{tick:g}</text>'
        for tick in up.ticks
    ]
    inner = '<svg x="11%" width="84%" overflow="visible">'
    numbers = axis_numbers(across, SQUARE + 12, write, inward=False)
    return svg(SQUARE + BELOW, about, inner, *scale, *marks, *numbers, "</svg>")
