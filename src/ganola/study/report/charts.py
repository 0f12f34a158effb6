"""The curves of a question: how far from real music each value was, over samples and over processor time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from ganola.judging.bootstrap import Estimate
from ganola.rendering.charts.axis import Axis, factor_axis, linear_axis
from ganola.rendering.charts.lines import BandLine, BandPoint, line_chart
from ganola.rendering.charts.strips import axis_strip, interval_strip
from ganola.rendering.numbers import number
from ganola.study.records import TrialRecord
from ganola.study.report.comparison import Question, Value

_PLACES = 48  # along a curve, at which repetitions are put together


@dataclass(frozen=True)
class Chart:
    """A drawing of all values of a question on one collection, and what its width stands for."""

    corpus: str
    across: str
    drawing: Markup


def curve_charts(hues: Sequence[tuple[Value, str]], corpus: str) -> list[Chart]:
    """Return a chart over samples and one over processor time, or none where nothing was validated."""
    return [
        Chart(corpus, name, drawing)
        for name, field in (("samples", "samples"), ("processor time, in minutes", "processor_seconds"))
        if (drawing := _chart(hues, corpus, field)) is not None
    ]


def _chart(hues: Sequence[tuple[Value, str]], corpus: str, field: str) -> Markup | None:
    unit = 60.0 if field == "processor_seconds" else 1.0
    lines = [BandLine(hue, points) for value, hue in hues if (points := _points(value.in_corpus(corpus), field, unit))]
    if not lines:
        return None
    shown = [point for line in lines for point in line.points]
    across = linear_axis(0.0, max(point.place for point in shown))
    up = factor_axis([bound for point in shown for bound in (point.low, point.high)])
    about = f"distance from real music over {field.replace('_', ' ')} on {corpus}: " + ", ".join(
        value.name for value, _ in hues
    )
    return line_chart(lines, across=across, up=up, about=about, write_across=_plain, write_up=_plain)


def _points(trials: Sequence[TrialRecord], field: str, unit: float) -> tuple[BandPoint, ...]:
    """Return the least, median and greatest ratio of the trials that came so far, at places along the longest."""
    curves = [
        (
            [getattr(point, field) / unit for point in trial.curve],
            [math.log(max(point.ratio, 1e-9)) for point in trial.curve],
        )
        for trial in trials
        if trial.curve
    ]
    if not curves:
        return ()
    begin, end = min(places[0] for places, _ in curves), max(places[-1] for places, _ in curves)
    points = []
    for place in np.linspace(begin, end, _PLACES if end > begin else 1):
        here = [np.interp(place, *curve) for curve in curves if curve[0][0] <= place <= curve[0][-1] * (1 + 1e-9)]
        if here:
            low, middle, high = (float(np.exp(one)) for one in (min(here), np.median(here), max(here)))
            points.append(BandPoint(float(place), low, middle, high))
    return tuple(points)


def effect_axis(question: Question) -> Axis:
    """Return the axis of all effects of a question; it holds 1."""
    effects = [value.effect for value in question.compared if value.effect is not None]
    ends = [end for one in effects for end in (one.times, one.low, one.high) if end is not None]
    inside = [1.0, *(min(max(end, 0.01), 100.0) for end in ends)]
    return factor_axis(inside) if max(inside) / min(inside) > 1.05 else factor_axis([0.5, 2.0])


def effect_strip(value: Value, axis: Axis) -> Markup:
    """Return an effect as a dot on its interval, over a line at 1, which is no difference; nothing if unknown."""
    effect = value.effect
    if not value.against:
        return interval_strip(axis, Estimate(1.0, 1.0, 1.0), mark=1.0, about=f"{value.name}: 1, by definition")
    if effect is None:
        return Markup()
    low, high = (effect.times if end is None else end for end in (effect.low, effect.high))
    about = f"{value.name}: {number(effect.times)} times as far as {value.against}"
    return interval_strip(axis, Estimate(effect.times, low, high), mark=1.0, about=about)


def effect_numbers(axis: Axis) -> Markup:
    """Return the numbers below those strips."""
    return axis_strip(axis, _plain)


def _plain(value: float) -> str:
    return f"{value:,.15g}"
