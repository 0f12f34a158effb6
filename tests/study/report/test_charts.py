import math
from xml.etree import ElementTree

import pytest

from ganola.rendering.charts.axis import factor_axis
from ganola.study.records import Point
from ganola.study.report.charts import curve_charts, effect_strip
from ganola.study.report.comparison import Value
from ganola.study.statistics import Effect
from tests.study.report.studies import trial


def curve(*points: tuple[int, float, float]) -> dict[str, object]:
    return {"curve": tuple(Point(samples=at, processor_seconds=spent, ratio=ratio) for at, spent, ratio in points)}


def middle_of(chart: str) -> list[tuple[float, float]]:
    """The places of the median line, in per cent from the upper left corner."""
    (line,) = list(ElementTree.fromstring(chart).iter("polyline"))  # noqa: S314
    return [tuple(map(float, place.split(","))) for place in line.attrib["points"].split()]


def test_curves_are_medians_of_logarithms_up_to_where_the_first_training_ends():
    trials = (
        trial("loss", "hinge", "folk", 0, 1.0, **curve((0, 0.0, 100.0), (1000, 60.0, 1.0))),
        trial("loss", "hinge", "folk", 1, 1.0, **curve((0, 0.0, 100.0), (1000, 120.0, 1.0))),
        trial("loss", "hinge", "folk", 2, 1.0, **curve((0, 0.0, 100.0), (1000, 240.0, 100.0))),
    )
    over_samples, over_time = curve_charts([(Value("hinge", trials, (), 3), "hue-0")], "folk")
    assert (over_samples.across, over_time.across) == ("samples", "processor time, in minutes")
    places = middle_of(over_samples.drawing)
    assert places[0] == (0, 0)
    assert places[-1] == (100, 100)
    # By time, only the first minute is known of all three: there the second has come half of its way, in logarithms.
    assert middle_of(over_time.drawing)[-1] == (100, pytest.approx(50, abs=0.5))


def test_a_training_without_a_model_counts_as_far_as_it_came():
    trials = (
        trial("loss", "hinge", "folk", 0, 1.0, **curve((0, 0.0, 100.0), (1000, 1.0, 1.0))),
        trial("loss", "hinge", "folk", 1, None, **curve((0, 0.0, 100.0), (250, 0.25, 100.0))),
    )
    over_samples, over_time = curve_charts([(Value("hinge", trials, (), 2), "hue-0")], "folk")
    assert over_time.across == "processor time, in seconds"
    places = middle_of(over_samples.drawing)
    before, after = ([down for across, down in places if low < across < high] for low, high in ((20, 25), (25, 30)))
    assert max(before) < 13  # the median of both, which is half of what the one has come down
    assert min(after) > 25  # and then that one alone


def test_nothing_is_drawn_where_nothing_was_validated():
    assert curve_charts([(Value("hinge", (), (), 3), "hue-0")], "folk") == []


def test_an_effect_is_a_dot_on_its_interval():
    value = Value("hinge", (), (), 3, "wasserstein", Effect(1.0, 0.5, 2.0, 1.0, 6, 2))
    chart = ElementTree.fromstring(effect_strip(value, factor_axis([0.5, 2.0])))  # noqa: S314
    (interval,) = [one for one in chart.iter("line") if one.get("class") == "interval"]
    assert (interval.attrib["x1"], interval.attrib["x2"]) == ("0%", "100%")
    assert not effect_strip(Value("hinge", (), (), 3, "wasserstein"), factor_axis([0.5, 2.0]))
    assert math.isclose(float(next(chart.iter("circle")).attrib["cx"].rstrip("%")), 50)
