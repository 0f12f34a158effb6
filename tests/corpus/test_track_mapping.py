from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.corpus.plan import FAMILIES, Plan, PlannedTrack, TrackPolicy
from ganola.corpus.track_mapping import (
    assign_tracks,
    assign_voices,
    explain_missing_voices,
    instrument_family,
    map_tracks,
)
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.strategies import Row

FLUTE, BASS, KIT = Track(name="Flute", program=73), Track(name="Bass", program=32), Track(name="Kit", drums=True)
PIANO, GUITAR = Track(name="Piano"), Track(name="Guitar", program=24)


def plan_of(policy: TrackPolicy, *tracks: PlannedTrack, complete: bool = False) -> Plan:
    return Plan(tracks_by=policy, tracks=tracks, complete=complete)


def takes(*names: str, drums: bool = False) -> PlannedTrack:
    """A track called like the first of the names that it takes."""
    return PlannedTrack(name=names[0], takes=names, drums=drums)


def rows_of(tracks: tuple[Track, ...], plan: Plan, *rows: Row) -> tuple[list[Row], int]:
    notes, left_out = map_tracks(Score(tracks, Notes.of(list(rows)), 4), plan)
    return notes.rows(), left_out


# Families of instruments


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        (range(24), "keys"),
        (range(24, 32), "guitar"),
        (range(32, 40), "bass"),
        (range(40, 52), "strings"),
        (range(52, 128), "other"),
    ],
)
def test_a_program_belongs_to_a_family(programs: range, expected: str):
    assert {instrument_family(Track(name="", program=program)) for program in programs} == {expected}
    assert expected in FAMILIES


def test_drums_are_drums_by_their_flag_whatever_their_program_and_name():
    assert {instrument_family(Track(name="Bass", program=program, drums=True)) for program in (0, 33, 118)} == {"drums"}
    assert instrument_family(Track(name="Drums", program=118)) == "other"


def test_families_come_together_and_what_the_plan_does_not_have_is_left_out():
    plan = plan_of("families", takes("strings"), takes("keys"), takes("drums", drums=True))
    band = (PIANO, KIT, Track(name="Violin", program=40), FLUTE, Track(name="Organ", program=19), KIT)
    rows = [(0, 0, 4, 60), (1, 0, 1, 36), (2, 0, 3, 70), (3, 0, 2, 80), (3, 2, 4, 81), (4, 1, 2, 61), (5, 2, 3, 38)]
    expected = [(0, 0, 3, 70), (1, 0, 4, 60), (1, 1, 2, 61), (2, 0, 1, 36), (2, 2, 3, 38)]
    assert rows_of(band, plan, *rows) == (expected, 2)
    assert assign_tracks(band, plan) == [1, 2, 0, -1, 1, 2]


def test_two_families_may_share_a_track():
    plan = plan_of("families", takes("bass"), takes("keys", "Guitar"))
    assert assign_tracks((GUITAR, PIANO, BASS, KIT), plan) == [1, 1, 0, -1]


# All in one


def test_merged_music_is_all_pitched_tracks_together():
    rows = [(0, 0, 4, 60), (1, 2, 3, 36), (2, 1, 2, 55), (1, 3, 4, 38)]
    assert rows_of((FLUTE, KIT, BASS), plan_of("merged", PlannedTrack(name="all")), *rows) == (
        [(0, 0, 4, 60), (0, 1, 2, 55)],
        2,
    )


def test_merged_drums_are_the_drums_alone():
    rows = [(0, 0, 4, 60), (1, 2, 3, 36), (2, 1, 2, 55), (2, 3, 4, 38)]
    assert rows_of((FLUTE, KIT, KIT), plan_of("merged", PlannedTrack(name="drums", drums=True)), *rows) == (
        [(0, 1, 2, 55), (0, 2, 3, 36), (0, 3, 4, 38)],
        1,
    )


# By name


DUO = plan_of("named", takes("Flute"), takes("Bass"))


def test_tracks_are_found_by_name_in_any_order_and_any_letters():
    band = (Track(name="BASS"), Track(name="Oboe"), Track(name="flute"))
    rows = [(0, 0, 9, 48), (1, 1, 2, 70), (1, 2, 3, 71), (2, 0, 4, 60)]
    assert rows_of(band, DUO, *rows) == ([(0, 0, 4, 60), (1, 0, 9, 48)], 2)


def test_two_tracks_of_one_name_are_both_taken():
    assert rows_of((FLUTE, BASS, FLUTE), DUO, (0, 0, 4, 60), (2, 4, 8, 62)) == ([(0, 0, 4, 60), (0, 4, 8, 62)], 0)


VIOLIN, FIRST, SECOND = (Track(name=name) for name in ("Violin", "VIOLIN 1", "Violin 2"))


@pytest.mark.parametrize(
    ("taken", "tracks", "expected"),
    [
        (("violin 1", "Violin 2"), (VIOLIN, BASS), [0, -1]),  # a lone one is the first
        (("violin 1", "Violin 2"), (SECOND, FIRST), [1, 0]),
        (("violin 1", "Violin 2"), (VIOLIN, SECOND), [0, 1]),
        (("violin 1", "Violin 2"), (VIOLIN, FIRST), [-1, 0]),
        (("violin", "Viola"), (FIRST, SECOND), [0, 0]),  # where one is asked for, all of them
        (("violin", "Viola"), (VIOLIN, SECOND), [0, -1]),
        (("violin", "Violin 2"), (FIRST, SECOND), [0, 1]),
        (("violin", "Violin 1"), (FIRST, SECOND), [1, 0]),
    ],
)
def test_a_number_after_a_name_tells_only_those_apart_that_are_there(
    taken: tuple[str, ...], tracks: tuple[Track, ...], expected: list[int]
):
    assert assign_tracks(tracks, plan_of("named", *map(takes, taken))) == expected


def test_a_track_takes_all_the_names_that_it_is_given():
    plan = plan_of("named", takes("Bass"), takes("Flute", "Oboe"))
    assert assign_tracks((Track(name="Oboe"), Track(name="flute"), Track(name="Horn"), BASS), plan) == [1, 1, -1, 0]


def test_where_no_name_is_known_the_first_track_is_the_first_and_so_on():
    unnamed = (Track(name="track 1"), Track(name="track 2"))
    assert rows_of(unnamed, DUO, (1, 0, 9, 48), (0, 0, 4, 60)) == ([(0, 0, 4, 60), (1, 0, 9, 48)], 0)


@pytest.mark.parametrize(
    "tracks",
    [
        (Track(name="Oboe"),),  # of two tracks which?
        (Track(name="Oboe"), Track(name="Horn"), Track(name="Tuba")),
        (KIT, Track(name="Oboe")),  # drums are no flute
    ],
)
def test_the_order_says_nothing_where_there_are_other_tracks_than_planned(tracks: tuple[Track, ...]):
    assert assign_tracks(tracks, DUO) == [-1] * len(tracks)
    rows = [(index, 0, 4, 60) for index in range(len(tracks))]
    assert rows_of(tracks, DUO, *rows) == ([], len(tracks))


def test_one_known_name_is_enough_for_the_order_to_say_nothing():
    assert assign_tracks((Track(name="Oboe"), FLUTE), DUO) == [-1, 0]


def test_of_drums_the_order_may_say_who_they_are():
    plan = plan_of("named", takes("Drums", drums=True), takes("Lead"))
    assert assign_tracks((KIT, FLUTE), plan) == [0, 1]
    assert assign_tracks((FLUTE, KIT), plan) == [-1, -1]


# Pieces that lack a track

TRIO = (takes("Flute"), takes("Bass"), takes("Oboe"))


@pytest.mark.parametrize(
    ("tracks", "reason"),
    [
        ((FLUTE, BASS, Track(name="oboe")), None),
        ((FLUTE, BASS, FLUTE, KIT, Track(name="Oboe")), None),
        ((Track(name="Alto"), Track(name="Tenor"), Track(name="Soprano")), None),
        ((BASS, FLUTE), "has no voice called Oboe"),
        ((Track(name="flute"), KIT), "has no voice called Bass or Oboe"),
        ((Track(name="Alto"), Track(name="Tenor")), "has no voice called Flute or Bass or Oboe"),
    ],
)
def test_a_piece_may_have_to_have_every_track(tracks: tuple[Track, ...], reason: str | None):
    assert explain_missing_voices(tracks, plan_of("named", *TRIO, complete=True)) == reason
    assert explain_missing_voices(tracks, plan_of("named", *TRIO)) is None


# Voices of a keyboard


def voices_of(count: int, *rows: Row) -> list[int]:
    return assign_voices(Notes.of(list(rows)), count).tolist()


@st.composite
def part_music(draw: st.DrawFn) -> list[Row]:
    """Four voices, each in its own rhythm, in segments of twelve steps; they all sound always and never cross."""
    rows = []
    for section in range(draw(st.integers(1, 4))):
        height = draw(st.integers(20, 90))
        for voice in range(4):
            parts = draw(st.sampled_from([1, 2, 3, 4, 6]))
            length = 12 // parts
            for part in range(parts):
                start = 12 * section + part * length
                rows.append((voice, start, start + length, height + 7 * (3 - voice) + draw(st.integers(0, 6))))
    return draw(st.permutations(rows))


@given(part_music())
def test_four_voices_merged_come_back_as_they_were(rows: list[Row]):
    merged = [(0, *row[1:]) for row in rows]
    assert voices_of(4, *merged) == [voice for voice, *_ in rows]


@given(part_music())
def test_four_voices_are_found_in_a_score_in_whichever_tracks_they_lie(rows: list[Row]):
    plan = plan_of("voices", *(PlannedTrack(name=f"voice {index}", monophonic=True) for index in range(4)))
    two_hands = [(2 if voice < 2 else 0, *rest) for voice, *rest in rows]
    drums = [(1, 5, 6, 36), (1, 7, 8, 100)]
    assert rows_of((PIANO, KIT, PIANO), plan, *two_hands, *drums) == (sorted(rows), 2)


CHORDS = [(0, 0, 4, 74), (0, 0, 4, 67), (0, 0, 4, 60), (0, 0, 4, 48), (0, 4, 8, 72), (0, 4, 8, 67), (0, 4, 8, 60)]
CHORDS += [(0, 4, 8, 52)]  # four voices whose means are 73, 67, 60 and 50


@pytest.mark.parametrize(
    ("pitches", "voices"),
    [
        ([73], [0]),
        ([66], [1]),
        ([61], [2]),
        ([40], [3]),
        ([100], [0]),
        ([75, 48], [0, 3]),
        ([68, 59], [1, 2]),
        ([61, 59], [2, 3]),  # both nearest to the third voice, which cannot take both
        ([51, 48], [2, 3]),  # both nearest to the last
        ([75, 74], [0, 1]),
        ([66, 60, 49], [1, 2, 3]),
        ([76, 74, 72], [0, 1, 2]),
        ([52, 50, 48], [1, 2, 3]),
        ([90, 80, 70, 20], [0, 1, 2, 3]),
        ([90, 80, 70, 60, 50, 40], [0, 1, 2, 3, 3, 3]),
    ],
)
def test_fewer_notes_take_the_nearest_voices_and_of_more_the_lowest_share_the_last(
    pitches: list[int], voices: list[int]
):
    alone = [(0, 8, 12, pitch) for pitch in pitches]
    assert voices_of(4, *CHORDS, *alone)[8:] == voices


def test_notes_that_are_held_count_when_another_begins():
    held_bass = [(0, 0, 16, 48), (0, 1, 2, 72), (0, 2, 4, 71), (0, 4, 5, 74)]
    assert voices_of(2, *held_bass) == [1, 0, 0, 0]
    held_descant = [(0, 0, 16, 74), (0, 1, 2, 72), (0, 2, 4, 71), (0, 4, 5, 70)]
    assert voices_of(2, *held_descant) == [0, 1, 1, 1]
    over = [(0, 0, 8, 72), (0, 0, 8, 48), (0, 8, 9, 71), (0, 8, 9, 50)]  # what ended as they begin does not
    assert voices_of(2, *over) == [0, 1, 0, 1]


def test_two_voices_in_unison_are_two_voices():
    assert sorted(voices_of(4, (0, 0, 4, 72), (0, 0, 4, 60), (0, 0, 4, 60), (0, 0, 4, 48))) == [0, 1, 2, 3]


def test_where_all_voices_never_sound_together_they_are_spread_from_the_highest_note_to_the_lowest():
    assert voices_of(4, (0, 0, 4, 90), (0, 4, 8, 42), (0, 8, 12, 59), (0, 12, 16, 72)) == [0, 3, 2, 1]


def test_no_notes_have_no_voices():
    assert voices_of(3) == []


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 9), st.integers(0, 127)), max_size=25, unique=True),
    st.integers(1, 6),
)
def test_no_two_notes_that_begin_together_share_a_voice_unless_too_many_sound(
    shapes: list[tuple[int, int, int]], voices: int
):
    rows = [(0, start, start + length, pitch) for start, length, pitch in shapes]
    voice = voices_of(voices, *rows)
    assert all(0 <= own < voices for own in voice)
    for start in {row[1] for row in rows}:
        sounding = sum(row[1] <= start < row[2] for row in rows)
        chord = sorted((-row[3], own) for row, own in zip(rows, voice, strict=True) if row[1] == start)
        for (_, upper), (_, lower) in pairwise(chord):
            assert upper < lower or (upper == lower and sounding > voices)


@given(part_music())
def test_the_notes_are_left_as_they_were(rows: list[Row]):
    notes = Notes.of(rows)
    before = np.stack([notes.track, notes.start, notes.end, notes.pitch])
    assign_voices(notes, 3)
    assert np.array_equal(np.stack([notes.track, notes.start, notes.end, notes.pitch]), before)
