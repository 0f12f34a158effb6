"""Drums without numbers: by their names, and by their places on the staff."""

import pytest

from ganola.music.io.notation.drums import drum_of
from ganola.music.io.notation.percussion import guess_drum


@pytest.mark.parametrize("key", [*range(35, 58), 59])
def test_a_drum_is_known_by_the_name_that_ganola_writes(key: int) -> None:
    assert guess_drum((drum_of(key).name,), "C", 3, "normal") == key


@pytest.mark.parametrize(
    ("name", "key"), [("Kick 22 inch", 36), ("Snare (brushes)", 38), ("Open Hihat", 46), ("floor tom 16", 43)]
)
def test_other_names_are_known_by_their_words(name: str, key: int) -> None:
    assert guess_drum((name,), "C", 3, "normal") == key


def test_the_name_of_a_kit_says_no_drum_and_the_place_does() -> None:
    assert guess_drum(("Drum Set", "Drums"), "F", 4, "normal") == 36
    assert guess_drum(("",), "G", 5, "normal") == 42


@pytest.mark.parametrize("key", [*range(35, 58), 59])
def test_a_drum_is_known_by_the_place_and_head_that_ganola_writes(key: int) -> None:
    drum = drum_of(key)
    assert guess_drum(("",), drum.letter, drum.octave, drum.head) == key


@pytest.mark.parametrize(("head", "key"), [("normal", 50), ("x", 51), ("diamond", 53), ("slash", 50)])
def test_the_head_tells_drums_of_one_place_apart(head: str, key: int) -> None:
    assert guess_drum(("Drums",), "F", 5, head) == key
