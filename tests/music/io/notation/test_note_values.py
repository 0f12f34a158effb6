"""Which notes a length is written with."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.music.io.notation.note_values import Tuplet, Value, tuplets_in, values_of
from ganola.music.metre import TimeSignature

QUARTERS = {
    "breve": 8,
    "whole": 4,
    "half": 2,
    "quarter": 1,
    "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4),
    "32nd": Fraction(1, 8),
}
QUARTERS |= {"64th": Fraction(1, 16), "128th": Fraction(1, 32), "256th": Fraction(1, 64)}
SHORT = {"w": "whole", "h": "half", "q": "quarter", "e": "eighth", "s": "16th"}
FOUR, THREE, SIX = (
    TimeSignature.parse("4/4"),
    TimeSignature.parse("3/4"),
    TimeSignature.parse("6/8"),
)


def written(start: float, end: float, metre: TimeSignature, rest: bool = False) -> str:
    """The values from one quarter note to another, a letter each, with its dot."""
    letters = {name: letter for letter, name in SHORT.items()}
    values = values_of(Fraction(start), Fraction(end), (), metre, rest=rest)
    return " ".join(letters[value.kind] + "." * value.dots for value in values)


@pytest.mark.parametrize(
    ("metre", "start", "end", "expected"),
    [
        (FOUR, 0, 4, "w"), (FOUR, 0, 3, "h."), (FOUR, 1, 3, "h"), (FOUR, 1, 4, "h."), (FOUR, 0, 2.5, "h e"),
        (FOUR, 0.5, 1.5, "q"), (FOUR, 0.5, 2, "q."), (FOUR, 0.5, 2.5, "q. e"), (FOUR, 1.5, 2.5, "e e"),
        (FOUR, 1.5, 4, "e h"), (FOUR, 0.25, 0.75, "e"), (FOUR, 0.25, 1.25, "e. s"), (FOUR, 0.75, 1.25, "s s"),
        (FOUR, 0, 3.5, "h q."), (THREE, 0, 2.5, "h e"), (THREE, 0.5, 3, "e h"), (THREE, 0, 3, "h."),
        (SIX, 0, 3, "h."), (SIX, 0, 1.5, "q."), (SIX, 0.5, 1.5, "q"), (SIX, 1, 2, "e e"), (SIX, 0, 2, "q. e"),
        (SIX, 0.5, 2.5, "q q"), (TimeSignature.parse("12/8"), 1.5, 4.5, "h."), (TimeSignature.parse("2/2"), 0, 4, "w"),
    ],
)  # fmt: skip
def test_notes_leave_the_beats_to_be_seen(metre: TimeSignature, start: float, end: float, expected: str):
    assert written(start, end, metre) == expected


@pytest.mark.parametrize(
    ("metre", "start", "end", "expected"),
    [
        (FOUR, 1, 3, "q q"), (FOUR, 1, 4, "q h"), (FOUR, 0, 1.5, "q e"), (FOUR, 0.5, 2, "e q"), (FOUR, 2, 4, "h"),
        (SIX, 0, 1.5, "q."), (SIX, 1, 3, "e q."),
    ],
)  # fmt: skip
def test_rests_stand_on_the_beats(metre: TimeSignature, start: float, end: float, expected: str):
    assert written(start, end, metre, rest=True) == expected


def test_a_tuplet_fills_no_more_than_it_must():
    third = Fraction(1, 3)
    assert tuplets_in([Fraction(1), Fraction(1) + third, Fraction(1) + 2 * third, Fraction(2)], FOUR, Fraction(4)) == [
        Tuplet(Fraction(1), Fraction(2), 3, 2)
    ]
    assert tuplets_in([Fraction(1, 2), Fraction(2, 3), Fraction(5, 6)], FOUR, Fraction(4)) == [
        Tuplet(Fraction(1, 2), Fraction(1), 3, 2)
    ]
    assert tuplets_in([Fraction(1, 6), Fraction(1, 3), Fraction(2, 3)], FOUR, Fraction(4)) == [
        Tuplet(Fraction(0), Fraction(1), 6, 4)
    ]
    assert tuplets_in([Fraction(1, 5), Fraction(2, 5)], FOUR, Fraction(4)) == [Tuplet(Fraction(0), Fraction(1), 5, 4)]
    assert tuplets_in([2 * third, 4 * third], FOUR, Fraction(4)) == [Tuplet(Fraction(0), Fraction(2), 3, 2)]
    assert tuplets_in([Fraction(1, 2), Fraction(3, 4), Fraction(3)], FOUR, Fraction(4)) == []


def test_a_triplet_is_three_eighths_in_the_time_of_two():
    triplet = Tuplet(Fraction(0), Fraction(1), 3, 2)
    assert triplet.kind == "eighth"
    assert list(values_of(Fraction(0), Fraction(2, 3), [triplet], FOUR)) == [
        Value(Fraction(0), Fraction(2, 3), "quarter", 0, triplet)
    ]
    half = Tuplet(Fraction(0), Fraction(2), 3, 2)
    assert half.kind == "quarter"
    assert list(values_of(Fraction(0), Fraction(4, 3), [half], FOUR)) == [
        Value(Fraction(0), Fraction(4, 3), "half", 0, half)
    ]


def test_a_note_into_a_triplet_is_cut_where_it_begins():
    triplet = Tuplet(Fraction(1), Fraction(2), 3, 2)
    values = list(values_of(Fraction(0), Fraction(4, 3), [triplet], FOUR))
    assert [(value.kind, value.tuplet) for value in values] == [("quarter", None), ("eighth", triplet)]


@given(
    st.sampled_from(
        [
            FOUR,
            THREE,
            SIX,
            TimeSignature.parse("9/8"),
            TimeSignature.parse("5/8"),
            TimeSignature.parse("3/2"),
            TimeSignature.parse("4/2"),
        ]
    ),
    st.sampled_from([1, 2, 3, 4, 6, 8, 12, 48]),
    st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=6),
    st.booleans(),
)
def test_values_follow_one_another_and_last_as_long_as_they_are_written(
    metre: TimeSignature, steps: int, places: list[float], rest: bool
):
    length = metre.quarters
    edges = sorted({Fraction(0), length, *(Fraction(math.floor(place * length * steps), steps) for place in places)})
    tuplets = tuplets_in(edges, metre, length)
    filled: dict[Tuplet, Fraction] = {}
    for start, end in itertools.pairwise(edges):
        now = start
        for value in values_of(start, end, tuplets, metre, rest=rest):
            sounding = Fraction(QUARTERS[value.kind]) * (Fraction(3, 2) if value.dots else 1)
            if value.tuplet:
                sounding *= Fraction(value.tuplet.normal, value.tuplet.actual)
                filled[value.tuplet] = filled.get(value.tuplet, Fraction(0)) + value.end - value.start
            assert (value.start, value.end - value.start) == (now, sounding)
            now = value.end
        assert now == end
    assert filled == {tuplet: tuplet.end - tuplet.start for tuplet in tuplets}
