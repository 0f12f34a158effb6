import pytest
from pydantic import BaseModel, ValidationError

from ganola.music.metre import TimeSignature


@pytest.mark.parametrize(
    ("metre", "quarters"), [("4/4", 4), ("2/2", 4), ("3/4", 3), ("6/8", 3), ("7/8", 3.5), ("12/8", 6), ("5/16", 1.25)]
)
def test_a_bar_has_a_length_in_quarter_notes(metre: str, quarters: float):
    assert TimeSignature.parse(metre).quarters == quarters


KINDS = ["4/4", "2/4", "2/2", "3/2", "1/4", "8/4", "3/4", "6/4", "3/8", "6/8", "9/8", "12/8", "12/16", "5/4", "7/8"]
FITTING = {
    "1/4": {"4/4", "2/4", "2/2", "3/2", "8/4", "3/4", "6/4", "5/4"},
    "2/4": {"4/4", "2/2", "3/2", "8/4", "6/4"},
    "4/4": {"2/2", "8/4"},
    "2/2": {"4/4", "8/4"},
    "3/4": {"3/2", "6/4"},
    "3/2": {"6/4"},
    "6/4": {"3/2"},
    "3/8": {"6/8", "9/8", "12/8", "12/16"},
    "6/8": {"12/8", "12/16"},
    "12/16": {"6/8", "12/8"},
}


@pytest.mark.parametrize("metre", KINDS)
def test_bars_fit_in_bars_that_they_fill_in_whole_numbers_with_beats_of_their_kind(metre: str):
    larger = {other for other in KINDS if TimeSignature.parse(metre).divides(TimeSignature.parse(other))}
    assert larger == FITTING.get(metre, set()) | {metre}


@pytest.mark.parametrize(("metre", "ticks"), [("3/4", 36), ("6/8", 36), ("2/2", 48), ("5/16", 15), ("1/64", 1)])
def test_a_bar_has_at_least_one_tick_of_twelve_a_quarter_note(metre: str, ticks: int):
    assert TimeSignature.parse(metre).bar_ticks(12) == ticks


@pytest.mark.parametrize(
    ("metre", "pulses", "quarters"), [("4/4", 4, 1), ("6/8", 2, 1.5), ("3/8", 1, 1.5), ("2/2", 2, 2), ("7/8", 7, 0.5)]
)
def test_pulses_of_compound_metres_have_three_parts(metre: str, pulses: int, quarters: float):
    signature = TimeSignature.parse(metre)
    assert (signature.pulses, signature.pulse_quarters) == (pulses, quarters)


@pytest.mark.parametrize(("metre", "ticks", "whole"), [("3/4", 1, True), ("7/8", 1, False), ("7/8", 2, True)])
def test_a_bar_may_be_no_whole_number_of_ticks(metre: str, ticks: int, whole: bool):
    assert TimeSignature.parse(metre).is_whole(ticks) == whole


@pytest.mark.parametrize(
    "text", ["", "4", "4/", "/4", "0/4", "4/0", "-3/4", "3/4 ", "3.5/4", "123456/4", "3/4/4", "٣/4"]
)
def test_what_is_no_time_signature_is_refused(text: str):
    with pytest.raises(ValueError, match="no time signature"):
        TimeSignature.parse(text)


class Piece(BaseModel):
    metre: TimeSignature


def test_a_model_holds_a_time_signature_and_its_file_the_text():
    piece = Piece.model_validate({"metre": "6/8"})
    assert piece == Piece(metre=TimeSignature(6, 8))
    assert piece.model_dump() == {"metre": "6/8"}
    assert Piece.model_validate_json(piece.model_dump_json()) == piece


@pytest.mark.parametrize("metre", [None, 4, [4, 4], {"numerator": 4, "denominator": 4}, "waltz"])
def test_a_model_refuses_what_is_no_time_signature(metre: object):
    with pytest.raises(ValidationError):
        Piece.model_validate({"metre": metre})
