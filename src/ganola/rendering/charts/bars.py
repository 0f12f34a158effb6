"""Distributions beside one another: histograms, vertical and horizontal bars.

Generated music is filled, held-out music beside it, training music a line.
"""

from collections.abc import Sequence

from markupsafe import Markup, escape

from ganola.rendering.charts.axis import Axis, linear_axis
from ganola.rendering.charts.labels import BROAD, NARROW, fitting_labels, is_broad, label_position
from ganola.rendering.charts.svg import BELOW, Write, axis_numbers, base_line, num, svg, tick_lines

PLOT = 104  # pixels of the height of a histogram or of vertical bars
ROW = 24  # of one row of horizontal bars

_NAMES = 30  # per cent of the width of horizontal bars that their names take
_LONGEST_NAME = 13

Values = Sequence[float | None]


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
    """Return shares between edges: generated music filled, held-out music outlined, training music as a thin line."""
    axis = linear_axis(edges[0], edges[-1], whole=whole)
    peak = max(*generated, *held_out, *training, 1e-12)
    parts = [
        f'<path class="{kind}" d="{_outline(axis, edges, [share / peak for share in shares])}"/>'
        for kind, shares in (("generated area", generated), ("held-out area", held_out), ("training line", training))
        if len(shares)
    ]
    inner = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="{PLOT}">{"".join(parts)}</svg>'
    return svg(PLOT + BELOW, about, inner, base_line(PLOT), *axis_numbers(axis, PLOT + 14, write))


def _outline(axis: Axis, edges: Sequence[float], heights: Sequence[float]) -> str:
    """Return steps of those heights, 1 the highest, in a square of 100 that begins at its upper left corner."""
    steps = "".join(
        f"V{num(100 - 99 * height)}H{num(axis.place(right))}" for height, right in zip(heights, edges[1:], strict=True)
    )
    return f"M{num(axis.place(edges[0]))} 100{steps}V100"


def vbars(
    labels: Sequence[str], generated: Values, held_out: Values, training: Values, *, about: str, write: Write
) -> Markup:
    """Return bars side by side, generated and held-out, with training music as a line across both."""
    axis = linear_axis(0.0, _most(generated, held_out, training), most=3)
    slot, room = 100 / len(labels), 94 if is_broad(labels) else 88
    lines, scale, bars = [], [], []
    for tick in axis.ticks[1:]:
        down = _down(axis, tick)
        lines.append(f'<line class="tick" x1="0" x2="{room}%" y1="{num(down)}" y2="{num(down)}"/>')
        scale.append(f'<text class="scale" x="100%" y="{num(down + 4)}" text-anchor="end">{escape(write(tick))}</text>')
    for index, (one, other, third) in enumerate(zip(generated, held_out, training, strict=True)):
        left = index * slot
        bars += [
            f'<rect class="{kind}" x="{num(left + beside * slot)}%" width="{num(0.38 * slot)}%" '
            f'y="{num(_down(axis, value))}" height="{num(PLOT - _down(axis, value))}"/>'
            for kind, beside, value in (("generated", 0.1, one), ("held-out", 0.5, other))
            if value is not None
        ]
        if third is not None:
            across = f'x1="{num(left + 0.06 * slot)}%" x2="{num(left + 0.92 * slot)}%"'
            bars.append(
                f'<line class="training" {across} y1="{num(_down(axis, third))}" y2="{num(_down(axis, third))}"/>'
            )
    inside = "".join([*bars, base_line(PLOT), *_labels_below(labels)])
    inner = f'<svg width="{room}%" overflow="visible">{inside}</svg>'
    return svg(PLOT + BELOW, about, *lines, inner, *scale)


def _down(axis: Axis, value: float) -> float:
    return PLOT * (1 - 0.0096 * axis.place(value))


def _labels_below(labels: Sequence[str]) -> list[str]:
    """Return as many names as there is room for; on a phone, fewer."""
    few, many = fitting_labels(labels, NARROW), fitting_labels(labels, BROAD if is_broad(labels) else NARROW)
    names = []
    for index in sorted(few | many):
        kind = "" if index in few & many else " broad" if index in many else " narrow"
        where, anchor = label_position((index + 0.5) * 100 / len(labels), labels[index], index, len(labels))
        names.append(
            f'<text class="name{kind}" x="{num(where)}%" y="{PLOT + 14}" text-anchor="{anchor}">'
            f"{escape(labels[index])}</text>"
        )
    return names


def hbars(
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
    """Return bars under one another with their names beside them; dots, where zero means nothing."""
    known = [value for value in (*generated, *held_out, *training) if value is not None]
    low, high = (0.0, _most(known)) if from_zero else (min(known, default=0.0), max(known, default=1.0))
    margin = 0.0 if from_zero else 0.06 * (high - low or 1)
    axis = linear_axis(low - margin, high + margin, most=4, whole=whole)
    height = ROW * len(labels)
    names, marks = [], tick_lines(axis, down=str(height))
    for index, (label, *values) in enumerate(zip(labels, generated, held_out, training, strict=True)):
        top = index * ROW
        short = label if len(label) <= _LONGEST_NAME else label[: _LONGEST_NAME - 1] + "…"
        names.append(f'<text class="name" x="0" y="{top + ROW // 2 + 4}">{escape(short)}</text>')
        marks += _row_marks(axis, top, values, from_zero=from_zero)
    inner = f'<svg x="{_NAMES}%" width="{100 - _NAMES - 2}%" overflow="visible">'
    return svg(
        height + BELOW, about, *names, inner, *marks, *axis_numbers(axis, height + 14, write, inward=False), "</svg>"
    )


def _row_marks(axis: Axis, top: int, values: Sequence[float | None], *, from_zero: bool) -> list[str]:
    one, other, third = values
    marks = []
    for kind, down, value in (("generated", 3, one), ("held-out", 12, other)):
        if value is None:
            continue
        if from_zero:
            marks.append(f'<rect class="{kind}" x="0" width="{num(axis.place(value))}%" y="{top + down}" height="8"/>')
        else:
            marks.append(f'<circle class="{kind}" cx="{num(axis.place(value))}%" cy="{top + down + 4}" r="4"/>')
    if third is not None:
        across = f'x1="{num(axis.place(third))}%" x2="{num(axis.place(third))}%"'
        marks.append(f'<line class="training" {across} y1="{top + 1}" y2="{top + ROW - 2}"/>')
    return marks


def _most(*groups: Values) -> float:
    return max((value for values in groups for value in values if value is not None), default=0.0) or 1.0
