import pytest

from ganola.corpus.track_sharing import count_pieces_with, group_instruments

LEVEL = dict.fromkeys(["bass", "guitar", "keys", "strings", "drums", "flute"], 60.0)


def instrumentations(**pieces: int) -> dict[frozenset[str], int]:
    """So many pieces for each playing, its instruments joined by an underscore."""
    return {frozenset(who.split("_")): count for who, count in pieces.items()}


def shared(kinds: list[str], register: dict[str, float] = LEVEL, **pieces: int) -> list[tuple[str, ...]]:
    return group_instruments(kinds, instrumentations(**pieces), drums=["drums", "kit"], register=register)


def test_instruments_that_never_play_together_share_a_track():
    assert shared(["guitar", "keys", "flute"], guitar=3, keys=9, flute=1) == [("guitar", "keys", "flute")]


def test_instruments_that_play_together_do_not():
    assert shared(["guitar", "keys"], guitar_keys=4) == [("guitar",), ("keys",)]
    assert shared(["bass", "guitar", "keys"], bass_guitar=4, keys=4) == [("bass", "keys"), ("guitar",)]


@pytest.mark.parametrize(("together", "groups"), [(1, 1), (2, 2)])
def test_one_piece_in_twenty_of_the_rarer_one_makes_no_difference(together: int, groups: int):
    assert len(shared(["guitar", "keys"], guitar=20 - together, keys=99, guitar_keys=together)) == groups


def test_a_group_is_apart_from_another_as_a_whole():
    # Keys could share with either, but then guitar and flute, which play together, could not join them both.
    groups = shared(["guitar", "keys", "flute"], guitar_flute=5, keys=5)
    assert groups == [("guitar", "keys"), ("flute",)]


def test_those_nearest_in_register_come_together_first():
    register = {"bass": 38.0, "guitar": 59.0, "keys": 61.0}
    assert shared(["bass", "guitar", "keys"], register, bass_guitar=4, keys=4) == [("bass",), ("guitar", "keys")]


def test_drums_share_tracks_with_drums_only():
    assert shared(["drums", "keys"], drums=4, keys=4) == [("drums",), ("keys",)]
    assert group_instruments(
        ["drums", "kit"],
        instrumentations(drums=2, kit=3),
        drums=["drums", "kit"],
        register={"drums": 40.0, "kit": 40.0},
    ) == [("drums", "kit")]


def test_a_piece_of_several_of_a_group_is_counted_once():
    assert count_pieces_with(("guitar", "keys"), instrumentations(guitar=1, keys_flute=2, guitar_keys=4, flute=8)) == 7
