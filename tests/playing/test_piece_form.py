import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.playing.piece_form import PieceForm, parse_form


def test_a_section_that_returns_repeats_its_first_time() -> None:
    form = parse_form(6, " aba ")
    assert form == PieceForm(6, "ABA")
    assert form.first_places().tolist() == [0, 1, 2, 3, 0, 1]
    assert form.returns().tolist() == [False, False, True]


def test_without_sections_every_bar_is_new() -> None:
    form = parse_form(5, None, loop=True)
    assert np.array_equal(form.first_places(), np.arange(5))
    assert str(form) == "5 bars, a loop"


@pytest.mark.parametrize(
    ("bars", "sections", "variation", "problem", "remedy"),
    [
        (0, None, 0.0, "0 bars", "Choose 1 to 256 bars."),
        (257, None, 0.0, "257 bars", "Choose 1 to 256 bars."),
        (32, "", 0.0, "'' is not a form", "such as AABA"),
        (32, "AB1A", 0.0, "'AB1A' is not a form", "A to Z"),
        (32, "ÄA", 0.0, "is not a form", "A to Z"),
        (32, "AAB", 0.0, "cannot be divided", "Choose 30 or 33 bars"),
        (256, "AAB", 0.0, "cannot be divided", "Choose 255 bars"),
        (32, "AABA", 1.5, "1.5 is not a share", "0 to 1"),
        (32, "AABA", float("nan"), "nan is not a share", "0 to 1"),
        (32, "ABC" + "D", 0.2, "no section returns in ABCD", "such as AABA"),
        (32, None, 0.2, "no section returns", "such as AABA"),
    ],
)
def test_what_no_form_is_is_refused_with_a_remedy(bars, sections, variation, problem, remedy) -> None:
    with pytest.raises(InputError) as refused:
        parse_form(bars, sections, variation=variation)
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy


@pytest.mark.parametrize(
    ("form", "bars", "remedy"),
    [
        (PieceForm(3), 4, "at least 4 bars"),
        (PieceForm(12, "AABA"), 4, "at least 16 bars"),
        (PieceForm(64, "AABB"), 64, "at least 256 bars"),
        (PieceForm(100, "AABBA"), 64, "fewer sections"),
        (PieceForm(8), 1, "longer phrases"),
    ],
)
def test_sections_are_at_least_a_phrase_long(form, bars, remedy) -> None:
    with pytest.raises(InputError) as refused:
        form.refuse_unfit(Grid(bars=bars))
    assert remedy in refused.value.remedy


def test_a_section_as_long_as_a_phrase_fits() -> None:
    PieceForm(16, "AABA").refuse_unfit(Grid(bars=4))
