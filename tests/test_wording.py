import pytest

from ganola.wording import counted, did_you_mean, either, nearest, none_of


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
