"""Lines with bands: how a number goes over time in several repetitions of the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ganola.rendering.charts.axis import Axis
from ganola.rendering.charts.svg import BELOW, Write, axis_numbers, base_line, num, svg

PLOT = 220  # pixels of the height
_LEFT = 9  # per cent of the width that the numbers beside it take


@dataclass(frozen=True, slots=True)
class BandPoint:
    """The least, the median and the most of some repetitions at one place."""

    place: float
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class BandLine:
    """A line and its band, in the colour of a class of the page's style sheet."""

    hue: str
    points: tuple[BandPoint, ...]


def line_chart(
    lines: Sequence[BandLine], *, across: Axis, up: Axis, about: str, write_across: Write, write_up: Write
) -> Markup:
    """Return medians as lines over bands from the least to the most; a dashed line at 1, if that is on the axis."""
    scale = [
        f'<line class="tick" x1="0" x2="100%" y1="{num(_down(up, tick))}" y2="{num(_down(up, tick))}"/>'
        f'<text class="scale" x="-7" y="{num(_down(up, tick) + 4)}" text-anchor="end">{write_up(tick)}</text>'
        for tick in up.ticks
    ]
    if up.low <= 1 <= up.high:
        scale.append(f'<line class="mark" x1="0" x2="100%" y1="{num(_down(up, 1.0))}" y2="{num(_down(up, 1.0))}"/>')
    drawn = "".join([*(_band(line, across, up) for line in lines), *(_middle(line, across, up) for line in lines)])
    inner = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="{PLOT}">{drawn}</svg>'
    numbers = axis_numbers(across, PLOT + 14, write_across)
    frame = f'<svg x="{_LEFT}%" width="{100 - _LEFT}%" overflow="visible">'
    return svg(PLOT + BELOW, about, frame, *scale, base_line(PLOT), inner, *numbers, "</svg>")


def _down(up: Axis, value: float) -> float:
    return PLOT * (1 - up.place(value) / 100)


def _band(line: BandLine, across: Axis, up: Axis) -> str:
    there = [(point.place, point.high) for point in line.points]
    back = [(point.place, point.low) for point in reversed(line.points)]
    return f'<polygon class="band {line.hue}" points="{_places([*there, *back], across, up)}"/>'


def _middle(line: BandLine, across: Axis, up: Axis) -> str:
    places = _places([(point.place, point.middle) for point in line.points], across, up)
    return f'<polyline class="middle {line.hue}" points="{places}"/>'


def _places(points: Sequence[tuple[float, float]], across: Axis, up: Axis) -> str:
    return " ".join(f"{num(across.place(place))},{num(100 - up.place(value))}" for place, value in points)
