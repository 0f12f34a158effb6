"""Bach's chorales as music21's corpus holds them, against their printed beginnings."""

import pytest

from ganola.corpus.collections import COLLECTIONS
from ganola.music.io.files import read_score
from ganola.music.score import Score
from tests.metres import metre_at

QUARTER = 96


@pytest.fixture(scope="module")
def chorales() -> dict[str, Score]:
    paths = {file.name: file.path for file in COLLECTIONS["chorales"].files()}
    return {name: read_score(paths[f"bach/{name}"]) for name in ("bwv269", "bwv66.6", "bwv227.1")}


def voice(score: Score, name: str, count: int) -> list[tuple[float, int]]:
    """The first notes of a voice: when they begin, in quarter notes, and their pitch."""
    track = [track.name for track in score.tracks].index(name)
    rows = [row for row in score.notes.rows() if row[0] == track]
    return [(start / QUARTER, pitch) for _, start, _, pitch in rows[:count]]


def test_each_has_its_four_voices(chorales: dict[str, Score]):
    for score in chorales.values():
        assert [track.name for track in score.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]


def test_aus_meines_herzens_grunde_has_a_pickup_in_three_four(chorales: dict[str, Score]):
    score = chorales["bwv269"]
    assert (score.metres[0], score.first_bar) == (metre_at(0, "3/4"), QUARTER)
    assert voice(score, "Soprano", 5) == [(0, 67), (1, 67), (3, 74), (4, 71), (5.5, 69)]


def test_bwv_66_6_has_a_pickup_of_two_quavers(chorales: dict[str, Score]):
    score = chorales["bwv66.6"]
    assert (score.metres[0], score.first_bar) == (metre_at(0, "4/4"), QUARTER)
    assert voice(score, "Soprano", 5) == [(0, 73), (0.5, 71), (1, 69), (2, 71), (3, 73)]
    assert voice(score, "Bass", 3) == [(0, 57), (0.5, 56), (1, 54)]


def test_jesu_meine_freude_begins_on_the_bar(chorales: dict[str, Score]):
    score = chorales["bwv227.1"]
    assert (score.metres[0], score.first_bar) == (metre_at(0, "4/4"), 0)
    assert voice(score, "Soprano", 6) == [(0, 71), (1, 71), (2, 69), (3, 67), (4, 66), (6, 64)]
