"""Phrases of known likeness, and each way of collapsing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.judging import diversity as room
from ganola.judging.diversity import count_distinct, jaccard_distances, measure_diversity, nearest_other
from ganola.judging.windows import WindowSet, independent
from ganola.music.grid import Grid
from ganola.music.roll import encode, find_onsets
from ganola.music.score import Notes
from ganola.music.tracks import Track

GRID = Grid(lowest=48, pitches=20, steps_per_quarter=2, metre="3/4", bars=2)  # 12 steps from C3
TRACKS = (Track(name="Flute"), Track(name="Lute"), Track(name="Viol"))

Row = tuple[int, int, int, int]  # track, start, end, pitch


def cells(*rows: Row) -> np.ndarray:
    return encode(Notes.of(sorted(rows)), len(TRACKS), GRID.steps, GRID)


def varied(count: int, seed: int = 0) -> np.ndarray:
    """Phrases in which each track plays something else each time."""
    return (np.random.default_rng(seed).random((count, len(TRACKS), GRID.steps, GRID.pitches)) < 0.1).astype(np.uint8)


REAL = independent("real", varied(120, seed=1))
SILENCE = np.zeros((40, len(TRACKS), GRID.steps, GRID.pitches), dtype=np.uint8)


def judged(phrases: np.ndarray, real: WindowSet = REAL) -> room.Diversity:
    return measure_diversity(independent("generated", phrases), real, TRACKS)


ONE = cells((0, 0, 2, 60), (0, 2, 3, 62), (1, 0, 9, 55), (2, 4, 5, 50), (2, 6, 7, 51))
# Of ONE: a note an octave higher, and one in another track; three of seven onsets are shared.
OTHER = cells((0, 0, 2, 60), (0, 2, 3, 50), (1, 0, 9, 55), (2, 4, 9, 50), (1, 6, 7, 51))
STRANGER = cells((0, 1, 2, 60), (0, 2, 3, 62))


def test_nearest_is_the_share_of_onsets_in_common() -> None:
    assert nearest_other(independent("", np.stack([ONE, OTHER, STRANGER]))).tolist() == pytest.approx(
        [3 / 7, 3 / 7, 1 / 6]
    )


def test_phrases_of_one_group_are_not_compared() -> None:
    music = WindowSet("", np.stack([ONE, ONE, OTHER, STRANGER]), np.array([7, 7, 7, 2]))
    assert nearest_other(music).tolist() == pytest.approx([1 / 6, 1 / 6, 0, 1 / 6])
    assert nearest_other(WindowSet("", np.stack([ONE, ONE]), np.array([3, 3]))).tolist() == [0, 0]


@given(st.integers(0, 2**32 - 1))
def test_nearest_is_what_plain_sets_say(seed) -> None:
    rng = np.random.default_rng(seed)
    phrases = (rng.random((7, 2, 3, 4)) < 0.2).astype(np.uint8) * rng.integers(1, 3, (7, 2, 3, 4)).astype(np.uint8)
    group = rng.integers(0, 4, 7)
    sets = [set(zip(*(column.tolist() for column in find_onsets(one).nonzero()), strict=True)) for one in phrases]
    expected = [
        max((len(a & b) / len(a | b) if a | b else 1 for b, h in zip(sets, group, strict=True) if h != g), default=0)
        for a, g in zip(sets, group, strict=True)
    ]
    assert nearest_other(WindowSet("", phrases, group)).tolist() == pytest.approx(expected)


def test_nearest_is_the_same_however_many_are_compared_at_once(monkeypatch) -> None:
    together = nearest_other(REAL).tolist()
    monkeypatch.setattr(room, "_ROWS", 7)
    assert nearest_other(REAL).tolist() == together


def test_distinct_phrases_are_those_that_sound_unlike_each_other() -> None:
    loose = ONE.copy()
    loose[0, 2, 62 - 48] = 2  # a sustain that continues nothing, where a note begins in ONE
    longer = ONE.copy()
    longer[0, 3, 62 - 48] = 2
    assert count_distinct(np.stack([ONE, loose, OTHER, longer, ONE])) == 3


def test_varied_phrases_have_not_collapsed() -> None:
    found = judged(varied(90))
    assert (found.phrases, found.distinct, found.dead_tracks, found.frozen_tracks) == (90, 1, (), ())
    assert len(found.nearest) == len(found.nearest_real) == 90
    assert (found.collapsed, found.why) == (False, "")


def test_one_phrase_again_and_again_is_a_collapse() -> None:
    found = judged(np.repeat(varied(1), 50, axis=0))
    assert found.distinct == 1 / 50
    assert found.nearest.tolist() == [1] * 50
    assert found.frozen_tracks == ("Flute", "Lute", "Viol")
    assert found.collapsed
    assert found.why.startswith("Different phrases: only 1 of 50.")


def test_two_phrases_in_turn_are_a_collapse() -> None:
    found = judged(np.tile(varied(2), (30, 1, 1, 1)))
    assert found.distinct == 2 / 60
    assert found.frozen_tracks == ()
    assert found.why == "Different phrases: only 2 of 60."


def test_two_phrases_with_slight_changes_are_a_collapse() -> None:
    phrases = np.tile(varied(2), (30, 1, 1, 1))
    phrases[np.arange(60), 0, np.arange(60) // 2 % 12, np.arange(60) // 24] ^= 1
    found = judged(phrases)
    assert found.distinct > 0.9
    assert found.why.startswith("Half the phrases are 9")
    assert "like another phrase or more; of real ones, 1 in 100 is more than" in found.why


def test_as_many_are_compared_as_there_is_real_music() -> None:
    # Among many phrases of few notes some are alike by chance: more of them than among a handful.
    few = (np.random.default_rng(3).random((400, 3, 12, 20)) < 0.01).astype(np.uint8)
    found = judged(few, independent("real", few[::40]))
    assert np.median(found.nearest) > np.quantile(found.nearest_real, 0.99)
    assert found.why == ""


def test_real_music_of_one_tune_is_no_yardstick_of_likeness() -> None:
    real = WindowSet("real", varied(30), np.zeros(30, dtype=np.int64))
    assert judged(varied(30, seed=4), real).why == ""


def test_a_dead_track_is_named_if_real_music_has_it() -> None:
    phrases = varied(100)
    phrases[1:, 1] = 0  # it plays in one phrase of a hundred
    found = judged(phrases)
    assert found.dead_tracks == ("Lute",)
    assert found.why == "Tracks silent in nearly all phrases: Lute."
    without = REAL.cells.copy()
    without[6:, 1] = 0
    assert judged(phrases, independent("real", without)).dead_tracks == ("Lute",)  # real music has it in 6 of 120
    without[5:, 1] = 0
    assert judged(phrases, independent("real", without)).dead_tracks == ()
    phrases[1, 1, 0, 0] = 1
    assert judged(phrases).dead_tracks == ()


def test_a_frozen_track_is_named_unless_real_music_is_as_frozen() -> None:
    phrases, real = varied(100), REAL.cells.copy()
    phrases[1:, 2] = ONE[2]
    found = judged(phrases)
    assert (found.dead_tracks, found.frozen_tracks) == ((), ("Viol",))
    assert found.why.endswith("Tracks playing the very same in nearly all phrases: Viol.")
    real[:, 2] = OTHER[2]
    assert judged(phrases, independent("real", real)).frozen_tracks == ()
    phrases[1, 2] = OTHER[2]
    assert judged(phrases).frozen_tracks == ()


def test_silent_music_is_a_collapse_and_measured_without_nonsense() -> None:
    found = judged(SILENCE)
    assert (found.distinct, found.nearest.tolist()) == (1 / 40, [1] * 40)
    assert (found.dead_tracks, found.frozen_tracks) == (("Flute", "Lute", "Viol"), ())
    assert found.collapsed
    assert judged(varied(20), independent("real", SILENCE)).dead_tracks == ()


def test_of_a_few_phrases_nobody_can_say_that_they_have_collapsed() -> None:
    assert not judged(np.repeat(ONE[None], 9, axis=0)).collapsed
    assert judged(np.repeat(ONE[None], 10, axis=0)).collapsed


def test_one_phrase_alone_has_not_collapsed() -> None:
    found = judged(ONE[None])
    assert (found.distinct, found.nearest.tolist(), found.why) == (1, [0], "")


def test_no_phrases_are_refused() -> None:
    with pytest.raises(ValueError, match="no phrases"):
        judged(SILENCE[:0])
    with pytest.raises(ValueError, match="no phrases"):
        judged(SILENCE, independent("real", SILENCE[:0]))


def test_change_is_the_share_of_onsets_not_in_common_row_by_row() -> None:
    one = np.stack([ONE, ONE, ONE, SILENCE[0], SILENCE[0]])
    other = np.stack([OTHER, ONE, STRANGER, ONE, SILENCE[0]])
    assert jaccard_distances(one, other).tolist() == pytest.approx([4 / 7, 0, 5 / 6, 1, 0])
    assert jaccard_distances(one[:0], other[:0]).tolist() == []


def test_nothing_is_changed() -> None:
    phrases, real = varied(9), varied(8, seed=2)
    before = phrases.copy(), real.copy()
    judged(phrases, independent("real", real))
    jaccard_distances(phrases[:8], real)
    assert (phrases == before[0]).all()
    assert (real == before[1]).all()
