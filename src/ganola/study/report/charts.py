"""The curves of a question: how far from real music each value was, over samples and over processor time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from ganola.judging.bootstrap import Estimate
from ganola.rendering.charts.axis import Axis, factor_axis, linear_axis
from ganola.rendering.charts.lines import BandLine, BandPoint, line_chart
from ganola.rendering.charts.strips import axis_strip, interval_strip
from ganola.rendering.numbers import number
from ganola.study.records import Point, TrialRecord
from ganola.study.report.comparison import Question, Value
from ganola.study.statistics import log_ratio

_PLACES = 48  # along a curve, at which repetitions are put together
_UNITS = (("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))
_FEWEST = 3  # of a unit, that the longest training took


@dataclass(frozen=True)
class Chart:
    """A drawing of all values of a question on one collection, and what its width stands for."""

    across: str
    drawing: Markup


def curve_charts(hues: Sequence[tuple[Value, str]], corpus: str) -> list[Chart]:
    """Return a chart over samples and one over processor time, or none where nothing was validated."""
    trials = [trial for value, _ in hues for trial in value.in_corpus(corpus)]
    longest = max((point.processor_seconds for trial in trials for point in trial.curve), default=0.0)
    unit, seconds = next(unit for unit in _UNITS if longest >= unit[1] * _FEWEST or unit == _UNITS[-1])
    ways: tuple[tuple[str, Callable[[Point], float]], ...] = (
        ("samples", lambda point: float(point.samples)),
        (f"processor time, in {unit}", lambda point: point.processor_seconds / seconds),
    )
    drawn = [(across, _chart(hues, corpus, across, place)) for across, place in ways]
    return [Chart(across, drawing) for across, drawing in drawn if drawing is not None]


def _chart(
    hues: Sequence[tuple[Value, str]], corpus: str, across: str, place: Callable[[Point], float]
) -> Markup | None:
    lines = [BandLine(hue, points) for value, hue in hues if (points := _points(value.in_corpus(corpus), place))]
    if not lines:
        return None
    shown = [point for line in lines for point in line.points]
    about = f"distance from real music over {across} on {corpus}: {', '.join(value.name for value, _ in hues)}"
    return line_chart(
        lines,
        across=linear_axis(0.0, max(point.place for point in shown)),
        up=factor_axis([bound for point in shown for bound in (point.low, point.high)]),
        about=about,
        write_across=_plain,
        write_up=_plain,
    )


def _points(trials: Sequence[TrialRecord], place: Callable[[Point], float]) -> tuple[BandPoint, ...]:
    """Return the least, median and greatest ratio of the trials, at places to where the first of them ends that has a
    model; those without one count as far as they came."""
    known = [trial for trial in trials if trial.curve]
    if not known:
        return ()
    curves = [
        ([place(point) for point in trial.curve], [log_ratio(point.ratio) for point in trial.curve]) for trial in known
    ]
    whole = [curve for curve, trial in zip(curves, known, strict=True) if trial.ratio is not None] or curves
    begin, end = max(places[0] for places, _ in whole), min(places[-1] for places, _ in whole)
    points = []
    for here in np.linspace(begin, end, _PLACES if end > begin else 1):
        logs = [np.interp(here, *curve) for curve in curves if curve[0][0] <= here <= curve[0][-1]]
        low, middle, high = (float(np.exp(one)) for one in (min(logs), np.median(logs), max(logs)))
        points.append(BandPoint(float(here), low, middle, high))
    return tuple(points)


def effect_axis(question: Question) -> Axis:
    """Return the axis of all effects of a question; it holds 1."""
    values = [*question.compared, *([question.together] if question.together else [])]
    effects = [value.effect for value in values if value.effect is not None]
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
