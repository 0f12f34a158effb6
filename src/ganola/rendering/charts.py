"""Charts of a report as inline SVG: strings, sized by their page and coloured by its style sheet.

Places along a width are per cent of it, so that a chart fits a phone as well as paper while its letters keep their
size. Classes say what a mark stands for: `generated`, `held-out`, `training`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from markupsafe import Markup, escape

from ganola.judging.bootstrap import Estimate
from ganola.judging.calibration import Reliability

STRIP = 26  # pixels of the height of one strip
PLOT = 104  # of a histogram or of upright bars
ROW = 24  # of one row of lying bars
SQUARE = 190  # of what has two axes
BELOW = 18  # of the numbers under a chart
NARROW, BROAD = 240, 550  # pixels that a chart has across on a phone, and one of many columns beside others

_LETTER = 6.2  # pixels that a letter takes, nearly
_NAMES = 30  # per cent of lying bars' width that their names take
_LONGEST_NAME = 13
_FEW = 8  # bars, each of which has to have its name
_DECADES = 6  # that an axis writes at most
_LEAST, _MOST = 1e-6, 1e9  # beyond what a logarithmic axis need not go

Write = Callable[[float], str]


@dataclass(frozen=True)
class Axis:
    """Where numbers lie along a width, from 0 to 100 per cent, and which of them are written."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a number lies; at the end, where it lies beyond."""
        low, high, here = (self._scaled(number) for number in (self.low, self.high, value))
        return 100 * min(max((here - low) / (high - low), 0.0), 1.0)

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, _LEAST)) if self.logarithmic else value


def logarithmic(values: Sequence[float]) -> Axis:
    """An axis of whole decades that holds the values, and 1."""
    inside = [1.0, *(min(max(value, _LEAST), _MOST) for value in values)]
    low, high = math.floor(math.log10(min(inside))), math.ceil(math.log10(max(inside)))
    high = max(high, low + 1)
    powers = range(low, high + 1, -(-(high - low) // _DECADES))
    return Axis(10.0**low, 10.0**high, tuple(10.0**power for power in powers), logarithmic=True)


def linear(low: float, high: float, most: int = 5, *, whole: bool = False) -> Axis:
    """An axis from low to high with at most so many numbers, round ones.

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


def interval_strip(axis: Axis, estimate: Estimate, *, mark: float, about: str) -> Markup:
    """A number as a dot on its interval, over lines at the axis's numbers; a stronger line at `mark`."""
    low, high = axis.place(estimate.low), axis.place(estimate.high)
    return _svg(
        STRIP,
        about,
        *_lines(axis, mark),
        f'<line class="interval" x1="{_n(low)}%" x2="{_n(high)}%" y1="50%" y2="50%"/>',
        f'<circle class="dot" cx="{_n(axis.place(estimate.value))}%" cy="50%" r="5.5"/>',
    )


def quantile_strip(axis: Axis, quantiles: Sequence[float], *, about: str, mark: float | None = None) -> Markup:
    """The least, the quartiles and the most: a line from end to end, a box for the middle half, the median in it."""
    least, lower, middle, upper, most = (axis.place(value) for value in quantiles)
    return _svg(
        STRIP,
        about,
        *_lines(axis, mark),
        f'<line class="reach" x1="{_n(least)}%" x2="{_n(most)}%" y1="50%" y2="50%"/>',
        f'<rect class="half" x="{_n(lower)}%" width="{_n(upper - lower)}%" y="28%" height="44%"/>',
        f'<line class="median" x1="{_n(middle)}%" x2="{_n(middle)}%" y1="20%" y2="80%"/>',
    )


def axis_strip(axis: Axis, write: Write) -> Markup:
    """The numbers under some strips."""
    return _svg(BELOW, "", *_numbers(axis, 13, write, inward=False))


def histogram(
    edges: Sequence[float],
    generated: Sequence[float],
    held_out: Sequence[float],
    training: Sequence[float],
    *,
    about: str,
    write: Write,
    whole: bool = False,
) -> Markup:
    """Shares between edges: generated music filled, held-out music outlined, training music as a thin line."""
    axis = linear(edges[0], edges[-1], whole=whole)
    peak = max(*generated, *held_out, *training, 1e-12)
    parts = [
        f'<path class="{kind}" d="{_outline(axis, edges, [share / peak for share in shares])}"/>'
        for kind, shares in (("generated area", generated), ("held-out area", held_out), ("training line", training))
        if len(shares)
    ]
    inner = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="{PLOT}">{"".join(parts)}</svg>'
    return _svg(PLOT + BELOW, about, inner, _base(PLOT), *_numbers(axis, PLOT + 14, write))


def _outline(axis: Axis, edges: Sequence[float], heights: Sequence[float]) -> str:
    """Steps of those heights, 1 the highest, in a square of 100 that begins at its upper left corner."""
    steps = "".join(
        f"V{_n(100 - 99 * height)}H{_n(axis.place(right))}" for height, right in zip(heights, edges[1:], strict=True)
    )
    return f"M{_n(axis.place(edges[0]))} 100{steps}V100"


Values = Sequence[float | None]


def upright(
    labels: Sequence[str], generated: Values, held_out: Values, training: Values, *, about: str, write: Write
) -> Markup:
    """Bars side by side, generated and held-out, with training music as a line across both."""
    axis = linear(0.0, _most(generated, held_out, training), most=3)
    slot, room = 100 / len(labels), 94 if is_broad(labels) else 88
    lines, scale, bars = [], [], []
    for tick in axis.ticks[1:]:
        down = _down(axis, tick)
        lines.append(f'<line class="tick" x1="0" x2="{room}%" y1="{_n(down)}" y2="{_n(down)}"/>')
        scale.append(f'<text class="scale" x="100%" y="{_n(down + 4)}" text-anchor="end">{escape(write(tick))}</text>')
    for index, (one, other, third) in enumerate(zip(generated, held_out, training, strict=True)):
        left = index * slot
        bars += [
            f'<rect class="{kind}" x="{_n(left + beside * slot)}%" width="{_n(0.38 * slot)}%" '
            f'y="{_n(_down(axis, value))}" height="{_n(PLOT - _down(axis, value))}"/>'
            for kind, beside, value in (("generated", 0.1, one), ("held-out", 0.5, other))
            if value is not None
        ]
        if third is not None:
            across = f'x1="{_n(left + 0.06 * slot)}%" x2="{_n(left + 0.92 * slot)}%"'
            bars.append(
                f'<line class="training" {across} y1="{_n(_down(axis, third))}" y2="{_n(_down(axis, third))}"/>'
            )
    inner = f'<svg width="{room}%" overflow="visible">{"".join(bars)}{_base(PLOT)}{"".join(_names_below(labels))}</svg>'
    return _svg(PLOT + BELOW, about, *lines, inner, *scale)


def _down(axis: Axis, value: float) -> float:
    return PLOT * (1 - 0.0096 * axis.place(value))


def _names_below(labels: Sequence[str]) -> list[str]:
    """As many names as there is room for; on a phone, fewer."""
    few, many = fitting(labels, NARROW), fitting(labels, BROAD if is_broad(labels) else NARROW)
    names = []
    for index in sorted(few | many):
        kind = "" if index in few & many else " broad" if index in many else " narrow"
        where, anchor = _anchored((index + 0.5) * 100 / len(labels), labels[index], index, len(labels))
        names.append(
            f'<text class="name{kind}" x="{_n(where)}%" y="{PLOT + 14}" text-anchor="{anchor}">'
            f"{escape(labels[index])}</text>"
        )
    return names


def _anchored(middle: float, label: str, index: int, count: int) -> tuple[float, str]:
    """A name that is wider than its bar stays within the chart."""
    if len(label) * _LETTER > NARROW / count:
        if index == 0:
            return 0.0, "start"
        if index == count - 1:
            return 100.0, "end"
    return middle, "middle"


def is_broad(labels: Sequence[str]) -> bool:
    """Whether upright bars are so many that they take twice the room."""
    return len(labels) > 13


def fitting(labels: Sequence[str], width: int) -> set[int]:
    """Which names fit below upright bars over so many pixels: the first, the last, and what fits between."""
    slot, last = width / len(labels), len(labels) - 1

    def span(index: int) -> tuple[float, float]:
        length = _LETTER * len(labels[index])
        middle, anchor = _anchored((index + 0.5) * slot, labels[index], index, len(labels))
        left = {"start": 0.0, "end": width - length, "middle": middle - length / 2}[anchor]
        return left, left + length

    chosen, end = {0}, span(0)[1]
    limit = span(last)[0]
    for index in range(1, last):
        left, right = span(index)
        if left >= end + 3 and right + 3 <= limit:
            chosen.add(index)
            end = right
    return chosen | ({last} if limit >= end + 3 else set())


def lies(labels: Sequence[str]) -> bool:
    """Whether bars had better lie, for under upright ones names would be missing: of few any, of many a third."""
    missing = len(labels) - len(fitting(labels, BROAD if is_broad(labels) else NARROW))
    return missing > (0 if len(labels) <= _FEW else len(labels) / 3)


def lying(
    labels: Sequence[str],
    generated: Values,
    held_out: Values,
    training: Values,
    *,
    about: str,
    write: Write,
    from_zero: bool = True,
    whole: bool = False,
) -> Markup:
    """Bars under one another with their names beside them; dots, where zero means nothing."""
    known = [value for value in (*generated, *held_out, *training) if value is not None]
    low, high = (0.0, _most(known)) if from_zero else (min(known, default=0.0), max(known, default=1.0))
    margin = 0.0 if from_zero else 0.06 * (high - low or 1)
    axis = linear(low - margin, high + margin, most=4, whole=whole)
    height = ROW * len(labels)
    names, marks = [], _lines(axis, down=str(height))
    for index, (label, *values) in enumerate(zip(labels, generated, held_out, training, strict=True)):
        top = index * ROW
        short = label if len(label) <= _LONGEST_NAME else label[: _LONGEST_NAME - 1] + "…"
        names.append(f'<text class="name" x="0" y="{top + ROW // 2 + 4}">{escape(short)}</text>')
        marks += _lying_marks(axis, top, values, from_zero=from_zero)
    inner = f'<svg x="{_NAMES}%" width="{100 - _NAMES - 2}%" overflow="visible">'
    return _svg(
        height + BELOW, about, *names, inner, *marks, *_numbers(axis, height + 14, write, inward=False), "</svg>"
    )


def _lying_marks(axis: Axis, top: int, values: Sequence[float | None], *, from_zero: bool) -> list[str]:
    one, other, third = values
    marks = []
    for kind, down, value in (("generated", 3, one), ("held-out", 12, other)):
        if value is None:
            continue
        if from_zero:
            marks.append(f'<rect class="{kind}" x="0" width="{_n(axis.place(value))}%" y="{top + down}" height="8"/>')
        else:
            marks.append(f'<circle class="{kind}" cx="{_n(axis.place(value))}%" cy="{top + down + 4}" r="4"/>')
    if third is not None:
        across = f'x1="{_n(axis.place(third))}%" x2="{_n(axis.place(third))}%"'
        marks.append(f'<line class="training" {across} y1="{top + 1}" y2="{top + ROW - 2}"/>')
    return marks


def curve(points: Sequence[tuple[float, float]], *, about: str, across: Axis, write: Write) -> Markup:
    """Points joined by a line; upwards from 0 to 1."""
    up = linear(0.0, 1.0, most=6)
    places = [(across.place(x), _rise(up, y)) for x, y in points]
    joins = [
        f'<line class="join" x1="{_n(one[0])}%" y1="{_n(one[1])}" x2="{_n(two[0])}%" y2="{_n(two[1])}"/>'
        for one, two in pairwise(places)
    ]
    dots = [f'<circle class="dot" cx="{_n(x)}%" cy="{_n(y)}" r="4.5"/>' for x, y in places]
    return _square(about, across, up, write, [*joins, *dots])


def reliability_curve(found: Reliability, *, about: str) -> Markup:
    """For each bin of judgements what came true, its dot's area the number of phrases; the diagonal is perfect."""
    unit = linear(0.0, 1.0, most=6)
    diagonal = f'<line class="perfect" x1="0" y1="{_n(_rise(unit, 0.0))}" x2="100%" y2="{_n(_rise(unit, 1.0))}"/>'
    radii = 3 + 7 * np.sqrt(found.count / found.count.max())
    dots = [
        f'<circle class="dot" cx="{_n(unit.place(x))}%" cy="{_n(_rise(unit, y))}" r="{_n(radius)}"/>'
        for x, y, radius in zip(found.predicted.tolist(), found.observed.tolist(), radii.tolist(), strict=True)
    ]
    return _square(about, unit, unit, lambda value: f"{value:g}", [diagonal, *dots])


def _rise(axis: Axis, value: float) -> float:
    return 8 + (SQUARE - 16) * (1 - axis.place(value) / 100)


def _square(about: str, across: Axis, up: Axis, write: Write, marks: Sequence[str]) -> Markup:
    scale = [
        f'<line class="tick" x1="0" x2="100%" y1="{_n(_rise(up, tick))}" y2="{_n(_rise(up, tick))}"/>'
        f'<text class="scale" x="-7" y="{_n(_rise(up, tick) + 4)}" text-anchor="end">{tick:g}</text>'
        for tick in up.ticks
    ]
    inner = '<svg x="11%" width="84%" overflow="visible">'
    numbers = _numbers(across, SQUARE + 12, write, inward=False)
    return _svg(SQUARE + BELOW, about, inner, *scale, *marks, *numbers, "</svg>")


def _most(*groups: Values) -> float:
    return max((value for values in groups for value in values if value is not None), default=0.0) or 1.0


def _lines(axis: Axis, mark: float | None = None, *, down: str = "100%") -> list[str]:
    """Lines at the axis's numbers, so far down, and one at `mark`."""
    places = [("tick", axis.place(tick)) for tick in axis.ticks]
    places += [] if mark is None else [("mark", axis.place(mark))]
    return [f'<line class="{kind}" x1="{_n(x)}%" x2="{_n(x)}%" y1="0" y2="{down}"/>' for kind, x in places]


def _numbers(axis: Axis, down: int, write: Write, *, inward: bool = True) -> list[str]:
    """The axis's numbers; those at its ends within it, where they may not lie beyond."""
    numbers = []
    for tick in axis.ticks:
        place = axis.place(tick)
        anchor = "start" if inward and place < 4 else "end" if inward and place > 96 else "middle"
        numbers.append(
            f'<text class="scale" x="{_n(place)}%" y="{down}" text-anchor="{anchor}">{escape(write(tick))}</text>'
        )
    return numbers


def _base(down: int) -> str:
    return f'<line class="base" x1="0" x2="100%" y1="{down}" y2="{down}"/>'


def _svg(height: int, about: str, *parts: str) -> Markup:
    role = f'role="img" aria-label="{escape(about)}"' if about else 'aria-hidden="true"'
    inside = f'<svg class="chart" width="100%" height="{height}" {role}>{"".join(parts)}</svg>'
    return Markup(inside)  # noqa: S704 - whatever words came from elsewhere have been escaped


def _n(value: float) -> str:
    """A place in the drawing, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
