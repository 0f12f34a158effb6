"""Metres from time signatures and bar lines; a beat has 12 ticks."""

import pytest

from ganola.music.bar_lines import drop_pickup_metre, restate_metres
from ganola.music.metre import MetreChange
from tests.metres import metre_at

THREE = metre_at(0, "3/4")  # 36 ticks


@pytest.mark.parametrize(
    ("lines", "anew", "first_bar"),
    [
        ([0, 36, 72, 108], [], 0),
        ([0, 12, 48, 84], [], 12),  # a pickup
        ([0, 12, 48, 72, 84, 120], [], 12),  # and two parts of a bar about a repeat
        ([0, 36, 60, 96, 132], [60], 0),  # a bar too short
        ([0, 36, 84, 120, 156], [84], 0),  # a bar too long
        ([0, 36, 60, 96, 108, 144, 180], [60, 108], 0),
        ([0, 36, 108, 144], [], 0),  # two bars in one: the next lie as they should
        ([0, 24], [], 0),  # nothing but a short bar
        ([], [], 0),
    ],
)
def test_the_metre_is_stated_anew_where_bars_leave_its_grid(lines: list[int], anew: list[int], first_bar: int):
    metres = (THREE, *(metre_at(tick, "3/4") for tick in anew))
    assert restate_metres((THREE,), lines, 12) == (metres, first_bar)


def test_bars_are_counted_from_the_last_time_signature():
    change = metre_at(60, "2/4")
    lines = [0, 36, 60, 84, 108, 120, 144]
    assert restate_metres((THREE, change), lines, 12)[0] == (THREE, change, metre_at(120, "2/4"))


def test_without_a_metre_bar_lines_say_nothing():
    assert restate_metres((), [0, 12, 48], 12) == ((), 0)


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        (
            (metre_at(0, "1/4"), metre_at(12, "4/4")),
            ((metre_at(12, "4/4"),), 12),
        ),
        (
            (metre_at(0, "1/4"), metre_at(24, "4/4")),
            ((metre_at(0, "1/4"), metre_at(24, "4/4")), 0),
        ),  # two bars of it
        (
            (metre_at(0, "4/4"), metre_at(48, "3/4")),
            ((metre_at(0, "4/4"), metre_at(48, "3/4")), 0),
        ),  # a longer one
        ((metre_at(0, "1/4"),), ((metre_at(0, "1/4"),), 0)),
        ((), ((), 0)),
    ],
)
def test_one_bar_of_fewer_beats_is_a_pickup(
    metres: tuple[MetreChange, ...], expected: tuple[tuple[MetreChange, ...], int]
):
    assert drop_pickup_metre(metres, 12) == expected
