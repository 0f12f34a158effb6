import pytest

from ganola.judging.bootstrap import Estimate
from ganola.rendering.numbers import NARROW_SPACE, between, in_words, measured, number, percent, rough, short, tick

NONE, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "three", "two"),
    [
        (None, NONE, NONE),
        (0.0, "0", "0"),
        (1234.5, "1,234", "1,234"),
        (15.13, "15.1", "15"),
        (9.97, "9.97", "10"),
        (1.375, "1.38", "1.4"),
        (0.25, "0.25", "0.25"),
        (0.0592, "0.059", "0.06"),
        (0.0002, "<0.001", "<0.01"),
        (-4.0, f"{MINUS}4.00", f"{MINUS}4.0"),
        (-0.0002, "0", "0"),
    ],
)
def test_numbers_have_digits_that_mean_something(value: float | None, three: str, two: str):
    assert (number(value), rough(value)) == (three, two)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.125, "12 %"), (0.0832, "8.3 %"), (0.999, "99.9 %"), (1.0, "100 %"), (0.0, "0 %"), (None, NONE)],
)
def test_a_share_is_written_in_per_cent(share: float | None, text: str):
    assert percent(share).replace(NARROW_SPACE, " ") == text


@pytest.mark.parametrize(
    ("value", "unit", "long", "brief"),
    [
        (0.125, "share", f"12{NARROW_SPACE}%", f"12{NARROW_SPACE}%"),
        (1.5, "beats", "1.50 beats", "1.50"),
        (60.25, "MIDI pitch", "60.2", "60.2"),
        (None, "beats", NONE, NONE),
    ],
)
def test_a_value_has_its_unit_where_the_features_name_does_not_say_it(value, unit: str, long: str, brief: str):
    assert (measured(value, unit), short(value, unit)) == (long, brief)


@pytest.mark.parametrize(
    ("name", "label", "words"),
    [
        ("bass intervals", "7", "7 semitones"),
        ("bass intervals", "1", "1 semitone"),
        ("melodic intervals", "-1", "-1 semitone"),
        ("note lengths", "up to 1", "up to 1 beat"),
        ("note lengths", "over 4", "over 4 beats"),
        ("pitch classes", "Eb", "Eb"),
    ],
)
def test_a_column_is_named_in_words(name: str, label: str, words: str):
    assert in_words(name, label) == words


def test_an_axis_is_written_in_per_cent_or_as_it_is():
    assert tick("share")(0.125) == f"12.5{NARROW_SPACE}%"
    assert tick("beats")(0.125) == "0.125"


def test_an_interval_ends_where_the_measure_does():
    assert between(Estimate(0.9, 0.8, 1.02), "c2st_trees") == "0.80 to 1.0"
    assert between(Estimate(0.9, -0.5, 3.25), "density") == "0 to 3.2"
    assert between(Estimate(-4.0, -14.0, 5.5), "mmd") == f"{MINUS}14 to 5.5"
    assert between(Estimate(1.0, 1.0, 1.0), "ratio") == ""
