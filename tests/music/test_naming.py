from pathlib import Path

import pytest

from ganola.music.io.files import read_score
from ganola.music.naming import alternative_names, number_equal_names
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.strategies import Row

CASES = Path(__file__).parent / "cases"
KIT = Track(name="Drums", drums=True)


def score(*tracks: Track | str, rows: list[Row] | None = None) -> Score:
    """Four ticks a beat; without other notes each track holds one for as long as all others do."""
    own = tuple(Track(name=track) if isinstance(track, str) else track for track in tracks)
    return Score(own, Notes.of(rows or [(index, 0, 16, 60) for index in range(len(own))]), 4)


def names(music: Score) -> list[str]:
    return [track.name for track in number_equal_names(music).tracks]


def test_parts_of_one_name_are_numbered_in_their_order():
    assert names(score("Voice", "Voice", "Voice", "Voice")) == ["Voice 1", "Voice 2", "Voice 3", "Voice 4"]
    assert names(score("Violin", "Viola", "Violin", "Cello")) == ["Violin 1", "Viola", "Violin 2", "Cello"]


def test_two_violins_of_a_file_are_two():
    assert names(read_score(CASES / "four-parts-two-violins.musicxml")) == ["Violin 1", "Violin 2"]


def test_a_score_with_distinct_names_is_left_as_it_is():
    music = score("Violin", "Viola")
    assert number_equal_names(music) is music


def test_capitals_make_no_other_name_and_the_first_spelling_is_kept():
    assert names(score("Oboe", "OBOE")) == ["Oboe 1", "Oboe 2"]


def test_numbers_pass_over_names_that_are_there():
    assert names(score("Violin", "violin 1", "Violin")) == ["Violin 2", "violin 1", "Violin 3"]
    assert names(score("Voice", "Voice", "Voice 2", "Voice 2")) == ["Voice 1", "Voice 3", "Voice 2 1", "Voice 2 2"]


def test_a_number_fits_into_a_name_of_the_greatest_length():
    first, second = names(score("x" * 80, "x" * 80))
    assert (first, second) == ("x" * 78 + " 1", "x" * 78 + " 2")


def test_drums_of_one_name_are_one_kit():
    assert names(score(KIT, KIT, KIT)) == ["Drums", "Drums", "Drums"]


def test_a_title_on_every_track_leaves_the_kit_one_part():
    title, drums = Track(name="My song"), Track(name="My song", drums=True)
    assert names(score(title, drums, title, drums)) == ["My song 1", "My song 2", "My song 3", "My song 2"]


@pytest.mark.parametrize(("shared", "expected"), [(0, ["Violin", "Violin"]), (2, ["Violin", "Violin"]), (3, None)])
def test_tracks_that_play_in_turn_are_one_part(shared: int, expected: list[str] | None):
    bowed, plucked = Track(name="Violin", program=40), Track(name="Violin", program=45)
    rows = [(0, 0, 60, 60), (1, 60 - shared, 100, 62)]  # of 40 ticks, a twentieth is 2
    assert names(score(bowed, plucked, rows=rows)) == (expected or ["Violin 1", "Violin 2"])


def test_rests_and_chords_do_not_lengthen_what_is_shared():
    rows = [(0, 0, 10, 60), (0, 0, 10, 64), (0, 50, 60, 60), (1, 10, 50, 62), (1, 10, 50, 65)]
    assert names(score(Track(name="Hand"), Track(name="Hand", program=5), rows=rows)) == ["Hand", "Hand"]


def test_two_choirs_that_answer_each_other_are_two():
    assert names(score("Alto", "Alto", rows=[(0, 0, 16, 60), (1, 16, 32, 62)])) == ["Alto 1", "Alto 2"]


def test_two_players_who_both_change_their_instruments_stay_two():
    bowed, plucked = Track(name="Violin", program=40), Track(name="Violin", program=45)
    rows = [(0, 0, 40, 60), (1, 40, 90, 62), (2, 0, 40, 67), (3, 40, 90, 69)]
    expected = ["Violin 1", "Violin 1", "Violin 2", "Violin 2"]
    assert names(score(bowed, plucked, bowed, plucked, rows=rows)) == expected


def test_a_silent_part_keeps_its_number():
    assert names(score("Violin", "Violin", rows=[(1, 0, 16, 60)])) == ["Violin 1", "Violin 2"]


def test_of_three_parts_two_that_take_turns_are_one():
    rows = [(0, 0, 50, 60), (1, 0, 100, 48), (2, 50, 100, 72)]
    horns = [Track(name="Horn", program=program) for program in (60, 58, 69)]
    assert names(score(*horns, rows=rows)) == ["Horn 1", "Horn 2", "Horn 1"]


@pytest.mark.parametrize(
    ("name", "present", "elsewhere"),
    [
        ("violin", {"violin", "viola"}, ("violin", "violin 1")),
        ("violin 1", {"violin 1", "violin 2"}, ("violin 1", "violin")),
        ("violin 2", {"violin 1", "violin 2"}, ("violin 2", "violin")),
        ("violin", {"violin", "violin 1", "violin 2"}, ("violin",)),
        ("violin 2", {"violin", "violin 1", "violin 2"}, ("violin 2", "violin 2 1")),
        ("violin 2", {"violin 2", "viola"}, ("violin 2", "violin 2 1")),
        ("1", {"1"}, ("1", "1 1")),
    ],
)
def test_a_track_may_have_other_names_elsewhere(name: str, present: set[str], elsewhere: tuple[str, ...]):
    assert alternative_names(name, present) == elsewhere
