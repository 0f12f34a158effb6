import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.judging.bootstrap import Estimate
from ganola.judging.calibration import Reliability
from ganola.rendering.charts.axis import Axis, factor_axis, linear_axis, logarithmic_axis
from ganola.rendering.charts.bars import PLOT, hbars, histogram, vbars
from ganola.rendering.charts.labels import BROAD, NARROW, fitting_labels, needs_horizontal
from ganola.rendering.charts.lines import BandLine, BandPoint, line_chart
from ganola.rendering.charts.plots import curve, reliability_curve
from ganola.rendering.charts.strips import axis_strip, interval_strip, quantile_strip

UNIT = linear_axis(0.0, 1.0)


def plain(value: float) -> str:
    return f"{value:g}"


def elements(chart: str, tag: str, kind: str) -> list[dict[str, str]]:
    """The attributes of all elements of a tag and a class, in order; the chart must be well-formed."""
    return [one.attrib for one in ElementTree.fromstring(chart).iter(tag) if kind in one.get("class", "").split()]  # noqa: S314


def words(chart: str, kind: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(chart).iter("text") if kind in one.get("class", "")]  # noqa: S314


def vertical(labels: list[str], generated: list[float | None]) -> str:
    zeros = [0.0] * len(labels)
    return vbars(labels, generated, zeros, zeros, about="", write=plain)


# Axes.


def test_a_decade_is_as_wide_as_any_other():
    axis = logarithmic_axis([0.5, 40.0])
    assert axis.ticks == (0.1, 1.0, 10.0, 100.0)
    assert [axis.place(value) for value in axis.ticks] == pytest.approx([0, 100 / 3, 200 / 3, 100])
    assert axis.place(10**0.5) == pytest.approx(50)


def test_an_axis_of_factors_holds_one_and_nothing_to_be_divided_by():
    assert logarithmic_axis([]).ticks == (1.0, 10.0)
    assert logarithmic_axis([300.0]).low == 1.0
    assert logarithmic_axis([0.0, 1e300]).place(0.0) == 0
    assert len(logarithmic_axis([0.0, 1e300]).ticks) <= 7


def test_what_lies_beyond_an_axis_lies_at_its_end():
    assert [UNIT.place(value) for value in (-3.0, 0.25, 7.0)] == [0, 25, 100]


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0.0, 1.0, 6, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (0.0, 1.0, 5, (0, 0.5, 1)),
        (12.0, 41.0, 5, (20, 30, 40)),
        (-2.5, 2.5, 4, (-2, 0, 2)),
    ],
)
def test_round_numbers_are_written(low: float, high: float, most: int, ticks: tuple[float, ...]):
    assert linear_axis(low, high, most).ticks == ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.0, 3.0, (0, 1, 2, 3)), (0.0, 9.0, (0, 2, 4, 6, 8)), (59.7, 61.8, (60, 61)), (3.1, 3.9, (3.2, 3.4, 3.6, 3.8))],
)
def test_counts_are_written_as_whole_numbers_where_two_of_them_fit(low: float, high: float, ticks: tuple[float, ...]):
    assert linear_axis(low, high, whole=True).ticks == ticks


@given(
    low=st.floats(-1e6, 1e6, allow_subnormal=False),  # torch, once it trains, lets the processor take these for zero
    width=st.floats(1e-3, 1e6, allow_subnormal=False),
    most=st.integers(2, 9),
)
def test_an_axis_writes_some_numbers_but_not_too_many(low: float, width: float, most: int):
    axis = linear_axis(low, low + width, most)
    assert 0 <= len(axis.ticks) <= most
    assert all(one < other for one, other in pairwise(axis.ticks))
    assert all(low - 1e-6 * width <= tick <= low + width * (1 + 1e-6) for tick in axis.ticks)


def test_an_axis_of_one_value_has_a_width():
    assert linear_axis(3.0, 3.0).place(3.5) == 50


# Marks.


def test_a_number_is_a_dot_on_its_interval():
    chart = interval_strip(logarithmic_axis([1.0, 100.0]), Estimate(10.0, 1.0, 100.0), mark=1.0, about="ten")
    (dot,), (interval,), (mark,) = (
        elements(chart, *one) for one in (("circle", "dot"), ("line", "interval"), ("line", "mark"))
    )
    assert (dot["cx"], interval["x1"], interval["x2"], mark["x1"]) == ("50%", "0%", "100%", "0%")
    assert 'aria-label="ten"' in chart


def test_quartiles_are_a_box_and_the_median_a_line_in_it():
    chart = quantile_strip(UNIT, (0.05, 0.2, 0.25, 0.6, 0.9), about="", mark=0.35)
    (box,), (median,), (reach,), (mark,) = (
        elements(chart, *one) for one in (("rect", "half"), ("line", "median"), ("line", "reach"), ("line", "mark"))
    )
    assert (box["x"], box["width"]) == ("20%", "40%")
    assert (median["x1"], reach["x1"], reach["x2"], mark["x1"]) == ("25%", "5%", "90%", "35%")


def test_the_highest_bar_is_as_high_as_its_share_of_the_plot():
    tall, short = elements(vertical(["a", "b"], [0.4, 0.1]), "rect", "generated")
    assert float(tall["height"]) == pytest.approx(4 * float(short["height"]), abs=0.05)
    assert float(tall["height"]) == pytest.approx(0.96 * PLOT, abs=0.01)
    assert float(tall["y"]) + float(tall["height"]) == pytest.approx(PLOT, abs=0.01)


def test_horizontal_bars_are_as_long_as_their_values():
    chart = hbars(["Lead", "Bass"], [0.2, None], [0.8, 0.4], [0.1, 0.6], about="", write=plain)
    assert [bar["width"] for bar in elements(chart, "rect", "generated")] == ["25%"]
    assert [bar["width"] for bar in elements(chart, "rect", "held-out")] == ["100%", "50%"]
    assert [line["x1"] for line in elements(chart, "line", "training")] == ["12.5%", "75%"]
    assert words(chart, "name") == ["Lead", "Bass"]


def test_where_zero_means_nothing_values_are_dots():
    chart = hbars(["Lead"], [60.0], [72.0], [66.0], about="", write=plain, from_zero=False)
    assert not elements(chart, "rect", "generated")
    (own,), (real,) = (elements(chart, "circle", kind) for kind in ("generated", "held-out"))
    middle = elements(chart, "line", "training")[0]["x1"]
    assert middle == "50%"
    assert float(own["cx"][:-1]) == pytest.approx(100 * 0.06 / 1.12, abs=0.01)
    assert float(own["cx"][:-1]) + float(real["cx"][:-1]) == pytest.approx(100)


def heights(path: str) -> list[float]:
    """How high each step of an outline is, of 99."""
    return [round(100 - float(value), 2) for value in re.findall(r"V([\d.]+)H", path)]


def test_a_histogram_is_of_the_shares_it_was_given():
    chart = histogram((0.0, 1.0, 4.0), (0.25, 0.75), (1.0, 0.0), (0.5, 0.5), about="", write=plain)
    paths = [elements(chart, "path", kind)[0]["d"] for kind in ("generated", "held-out", "training")]
    assert [heights(path) for path in paths] == [[24.75, 74.25], [99, 0], [49.5, 49.5]]
    assert re.findall(r"H([\d.]+)", paths[0]) == ["25", "100"]


def test_music_that_is_not_there_has_no_outline():
    chart = histogram((0.0, 1.0), (1.0,), (1.0,), (), about="", write=plain)
    assert not elements(chart, "path", "training")


def test_points_are_joined_in_order():
    points = ((0.0, 0.0), (45.0, 0.75), (90.0, 1.0))
    chart = curve(points, about="", across=linear_axis(0.0, 90.0), write=plain)
    dots = elements(chart, "circle", "dot")
    assert [dot["cx"] for dot in dots] == ["0%", "50%", "100%"]
    downs = [float(dot["cy"]) for dot in dots]
    assert (downs[0] - downs[1]) / (downs[0] - downs[2]) == pytest.approx(0.75)
    assert len(elements(chart, "line", "join")) == 2


def test_a_perfect_judge_is_on_the_diagonal_and_many_phrases_are_a_large_dot():
    found = Reliability(np.array([0.25, 1.0]), np.array([0.25, 1.0]), np.array([25, 100]), 0.0, 0.1)
    chart = reliability_curve(found, about="")
    small, large = elements(chart, "circle", "dot")
    (line,) = elements(chart, "line", "perfect")
    assert (float(small["r"]) - 3) / (float(large["r"]) - 3) == pytest.approx(0.5)
    assert (large["cx"], large["cy"]) == ("100%", line["y2"])
    quarter = 0.75 * float(line["y1"]) + 0.25 * float(line["y2"])
    assert (small["cx"], float(small["cy"])) == ("25%", pytest.approx(quarter))


# Names.


def test_names_have_their_room():
    pitch_classes = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    assert fitting_labels(pitch_classes, 270) == set(range(12))
    assert words(vertical(pitch_classes, [0.1] * 12), "name") == pitch_classes
    intervals = ["beyond -12", *(f"{step:+d}" for step in range(-12, 13)), "beyond +12"]
    assert {0, 26} < fitting_labels(intervals, NARROW) < fitting_labels(intervals, BROAD)
    assert not needs_horizontal(intervals)


def test_bars_are_horizontal_where_their_names_would_not_fit_side_by_side():
    assert needs_horizontal(["Acoustic grand piano", "Electric bass", "Drums"])
    assert not needs_horizontal(["Soprano", "Alto", "Tenor", "Bass"])
    assert not needs_horizontal([""])


@pytest.mark.parametrize("draw", [hbars, vbars])
def test_names_are_words_whatever_is_in_them(draw):
    hostile = ['<b>"', "&", "]]>"]
    chart = draw(hostile, [0.1] * 3, [0.1] * 3, [None] * 3, about='"><script>', write=lambda value: f"<{value:g}>")
    assert words(chart, "name") == hostile
    assert "<script" not in chart


def test_a_long_name_is_cut_beside_horizontal_bars():
    chart = hbars(["Acoustic grand piano"], [0.1], [0.1], [0.1], about="", write=plain)
    assert words(chart, "name") == ["Acoustic gra…"]


def test_a_chart_has_no_colours_of_its_own():
    axis = Axis(0.0, 1.0, (0.0, 1.0))
    drawn = (
        interval_strip(axis, Estimate(0.5, 0.2, 0.6), mark=1.0, about=""),
        quantile_strip(axis, (0.1, 0.2, 0.3, 0.4, 0.5), about=""),
        vertical(["a"], [0.5]),
        axis_strip(axis, plain),
    )
    assert not any(re.search(r"fill=|stroke=|style=|#[0-9a-f]{3}", chart) for chart in drawn)


def test_music_of_which_nothing_is_known_is_no_bar():
    assert not elements(vertical(["a"], [None]), "rect", "generated")
    assert hbars(["a"], [None], [None], [None], about="", write=plain, from_zero=False)


# Lines over time.


def band(hue: str, *points: tuple[float, float, float, float]) -> BandLine:
    return BandLine(hue, tuple(BandPoint(*point) for point in points))


def test_a_line_is_the_median_and_its_band_goes_there_by_the_most_and_back_by_the_least():
    line = band("hue-1", (0.0, 1.0, 10.0, 100.0), (4.0, 1.0, 1.0, 10.0))
    axes = {"across": linear_axis(0.0, 4.0), "up": factor_axis([1.0, 100.0])}
    chart = line_chart([line], **axes, about="", write_across=plain, write_up=plain)
    (middle,) = elements(chart, "polyline", "middle")
    assert middle["points"] == "0,50 100,100"
    assert "hue-1" in middle["class"]
    (around,) = elements(chart, "polygon", "band")
    assert around["points"] == "0,0 100,50 100,100 0,100"
    assert len(elements(chart, "line", "mark")) == 1  # at 1


def test_an_axis_of_factors_ends_at_round_numbers_around_its_values():
    assert factor_axis([3.0, 17.0]).ticks == (2.0, 5.0, 10.0, 20.0)
    assert factor_axis([0.7]).ticks == (0.5, 1.0)
    assert factor_axis([2.0, 5.0]).ticks == (2.0, 5.0)
    assert factor_axis([]).ticks == (1.0, 2.0)
    assert factor_axis([0.02, 3000.0]).ticks == (0.1, 1.0, 10.0, 100.0, 1000.0)


@given(st.lists(st.floats(1e-4, 1e6), min_size=1, max_size=4))
def test_an_axis_of_factors_holds_its_values(values):
    axis = factor_axis(values)
    assert axis.low <= min(values) * (1 + 1e-6)
    assert axis.high >= max(values) * (1 - 1e-6)
    assert axis.low < axis.high
    assert axis.ticks
