import os
from pathlib import Path

import pytest

from ganola.wording import (
    capitalised,
    counted,
    did_you_mean,
    either,
    escape_controls,
    listed,
    nearest,
    none_of,
    one_line,
    printable,
    printable_path,
)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 phrases"), (1, "1 phrase"), (2, "2 phrases"), (1200, "1,200 phrases"), (2.5, "2.5 phrases")],
)
def test_one_is_singular_and_any_other_number_plural(count: float, text: str) -> None:
    assert counted(count, "phrase") == text


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(count, "pitch", "pitches") for count in (1, 2)] == ["1 pitch", "2 pitches"]


def test_none_of_one_is_said_without_a_number() -> None:
    assert [none_of(count, "file") for count in (1, 3)] == ["no file", "none of the 3 files"]


def test_a_choice_ends_in_or() -> None:
    assert [either(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a or b", "a, b or c"]


def test_what_may_have_been_meant_is_the_nearest_name_whatever_its_capitals() -> None:
    assert nearest("choralse", ["quartets", "chorales", "folk"]) == "chorales"
    assert nearest("FOLKS", ["quartets", "chorales", "Folk"]) == "Folk"
    assert nearest("sing", ["info", "train"]) is None
    assert did_you_mean("trian", ["info", "train"]) == "Did you mean train?"
    assert did_you_mean("sing", ["info", "train"], "See the list.") == "See the list."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dvořák, 曲 1", "Dvořák, 曲 1"),
        ("a\x1b[2J\n", r"a\x1b[2J\n"),
        ("\u202ecod\u2066", r"\u202ecod\u2066"),
        ("a\u2028b\u00a0c", r"a\u2028b\xa0c"),
        ("\ud800", r"\ud800"),
        (os.fsdecode(b"caf\xe9"), r"caf\xe9"),
    ],
)
def test_a_name_is_printable(name: str, shown: str) -> None:
    assert printable(name) == shown
    assert printable(shown) == shown


def test_a_path_has_the_same_name_on_every_system() -> None:
    assert printable_path(Path("a\x07", "b.mid")) == r"a\x07/b.mid"


def test_only_signs_that_control_are_escaped() -> None:
    every = "".join(map(chr, range(0x3000)))
    changed = [sign for sign in every if escape_controls(sign) != sign]
    controls = [*range(10), *range(11, 32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F)]
    assert changed == [chr(code) for code in (*controls, *range(0x2066, 0x206A))]
    assert escape_controls("a\tb\r\n\x9b") == "a\\tb\\r\n\\x9b"
    assert one_line("a\r\nb") == r"a\r\nb"


@pytest.mark.parametrize(("names", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_listed_as_a_sentence_has_them(names, said) -> None:
    assert listed(names) == said


def test_a_sentence_begins_with_a_capital_and_is_else_as_it_was() -> None:
    assert (capitalised("the VAE"), capitalised("")) == ("The VAE", "")
