"""Copies of known places, near copies of known likeness, and everything against plain Python on random music."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.judging.copying import training_index
from ganola.judging.copying.detector import copy_threshold
from ganola.judging.copying.melodic_runs import longest_shared_runs
from ganola.judging.copying.nearest import Nearest, find_nearest
from ganola.judging.copying.training_index import SEMITONES, build_index, window_at
from ganola.music.grid import Grid
from ganola.music.roll import encode, find_onsets
from ganola.music.score import Notes
from ganola.music.tracks import Track

GRID = Grid(lowest=48, pitches=30, steps_per_quarter=2, metre="3/4", bars=2)  # 12 steps from C3
TRACKS = (Track(name="Melody"), Track(name="Kit", drums=True), Track(name="Bass"))

Row = tuple[int, int, int, int]  # track, start, end, pitch


def cells(*rows: Row, steps: int = GRID.steps) -> np.ndarray:
    return encode(Notes.of(sorted(rows)), len(TRACKS), steps, GRID)


def moved(rows: tuple[Row, ...], semitones: int = 0, steps: int = 0) -> tuple[Row, ...]:
    """The rows higher and later, drums only later."""
    return tuple(
        (track, start + steps, end + steps, pitch + semitones * (track != 1)) for track, start, end, pitch in rows
    )


# Five notes of a tune, two of the kit, one of a bass: eight onsets.
PHRASE = (
    (0, 0, 2, 60),
    (0, 2, 3, 64),
    (0, 3, 7, 65),
    (0, 7, 8, 62),
    (0, 8, 12, 67),
    (1, 0, 1, 50),
    (1, 4, 5, 54),
    (2, 0, 9, 55),
)
OTHER = ((0, 0, 4, 72), (0, 5, 6, 71), (1, 2, 3, 49), (2, 3, 9, 57))


def section(*rows: Row) -> np.ndarray:
    return cells(*rows, steps=40)


TRAINING = build_index([section(*OTHER), section(*OTHER, *moved(PHRASE, steps=14))], GRID, TRACKS)


def places(found: Nearest) -> list[tuple[int, int, int]]:
    return list(zip(found.section.tolist(), found.start.tolist(), found.semitones.tolist(), strict=True))


def test_a_copy_is_found_where_it_was_taken() -> None:
    found = find_nearest(cells(*PHRASE)[None], TRAINING)
    assert found.similarity.tolist() == [1]
    assert places(found) == [(1, 14, 0)]


@pytest.mark.parametrize("semitones", sorted(SEMITONES))
def test_a_copy_is_found_in_all_twelve_keys(semitones) -> None:
    found = find_nearest(cells(*moved(PHRASE, semitones))[None], TRAINING)
    assert found.similarity.tolist() == [1]
    assert places(found) == [(1, 14, semitones)]


def test_a_copy_moved_further_is_not_found() -> None:
    assert find_nearest(cells(*moved(PHRASE, 7))[None], TRAINING).similarity[0] < 1


def test_a_copy_is_found_from_every_beat_but_not_from_between_beats() -> None:
    found = [
        find_nearest(cells(*PHRASE)[None], build_index([section(*moved(PHRASE, steps=n))], GRID, TRACKS))
        for n in range(7)
    ]
    assert [own.similarity[0] == 1 for own in found] == [True, False, True, False, True, False, True]
    assert [place for own in found[::2] for place in places(own)] == [(0, 0, 0), (0, 2, 0), (0, 4, 0), (0, 6, 0)]


def test_likeness_is_what_is_shared_of_all_that_begins() -> None:
    # Of eight onsets each, five are shared: of the others a pitch, a track, and a step differ.
    altered = (*PHRASE[:4], PHRASE[5], (0, 8, 12, 68), (2, 4, 5, 54), (2, 1, 9, 55))
    found = find_nearest(cells(*altered)[None], build_index([cells(*PHRASE)], GRID, TRACKS))
    assert found.similarity.tolist() == [5 / 11]
    shorter = find_nearest(cells(*PHRASE[:3])[None], build_index([cells(*PHRASE[1:])], GRID, TRACKS))
    assert shorter.similarity.tolist() == [2 / 8]


def test_lengths_of_notes_do_not_matter() -> None:
    staccato = tuple((track, start, start + 1, pitch) for track, start, _, pitch in PHRASE)
    assert places(find_nearest(cells(*staccato)[None], TRAINING)) == [(1, 14, 0)]
    assert find_nearest(cells(*staccato)[None], TRAINING).similarity.tolist() == [1]


def test_a_note_held_over_the_beginning_of_a_window_is_struck_there() -> None:
    held = ((0, 5, 9, 60), (0, 9, 11, 64), (2, 0, 15, 50), (1, 10, 11, 50), (0, 11, 20, 67))
    training = build_index([section(*held)], GRID, TRACKS)
    phrase = window_at(training, 0, 6, 0)
    assert (phrase == cells((0, 0, 3, 60), (0, 3, 5, 64), (2, 0, 9, 50), (1, 4, 5, 50), (0, 5, 12, 67))).all()
    found = find_nearest(phrase[None], training)
    assert found.similarity.tolist() == [1]
    assert places(found) == [(0, 6, 0)]


def test_a_note_that_ends_where_a_window_begins_is_not_of_it() -> None:
    training = build_index([section((0, 0, 6, 60), (0, 6, 8, 64))], GRID, TRACKS)
    found = find_nearest(cells((0, 0, 2, 64))[None], training)
    assert (found.similarity.tolist(), places(found)) == ([1], [(0, 6, 0)])


def test_drums_are_not_transposed() -> None:
    kit = ((1, 0, 1, 50), (1, 4, 5, 54), (1, 6, 7, 50))
    training = build_index([cells(*kit, (0, 0, 1, 60))], GRID, TRACKS)
    higher = tuple((track, start, end, pitch + 1) for track, start, end, pitch in kit)
    assert find_nearest(cells(*higher)[None], training).similarity.tolist() == [0]
    with_tune = find_nearest(cells(*kit, (0, 0, 1, 63))[None], training)
    assert (with_tune.similarity.tolist(), places(with_tune)) == ([1], [(0, 0, 3)])


def test_silence_is_like_nothing() -> None:
    found = find_nearest(cells()[None], TRAINING)
    assert (found.similarity.tolist(), places(found)) == ([0], [(0, 0, 0)])


def test_nothing_shared_is_no_likeness() -> None:
    assert find_nearest(cells((2, 11, 12, 77))[None], TRAINING).similarity.tolist() == [0]


def test_training_notes_that_a_move_takes_off_the_grid_still_count() -> None:
    training = build_index([cells((0, 0, 1, 48), (0, 4, 5, 60), (0, 6, 7, 61))], GRID, TRACKS)
    assert find_nearest(cells((0, 4, 5, 55), (0, 6, 7, 56))[None], training).similarity.tolist() == [2 / 3]


def test_of_equals_the_least_moved_is_nearest_then_down_then_the_first() -> None:
    one = (0, 0, 1, 60)
    later = build_index([section((0, 2, 3, 62), (0, 20, 21, 61), (0, 36, 37, 61))], GRID, TRACKS)
    assert places(find_nearest(cells(one)[None], later)) == [(0, 20, -1)]
    apart = build_index([section((0, 2, 3, 59)), section((0, 16, 17, 61))], GRID, TRACKS)
    assert places(find_nearest(cells(one)[None], apart)) == [(1, 16, -1)]
    twice = build_index([section((0, 4, 5, 59), (0, 18, 19, 59)), section((0, 0, 1, 59))], GRID, TRACKS)
    assert places(find_nearest(cells(one)[None], twice)) == [(0, 4, 1)]


def test_windows_do_not_run_from_section_to_section() -> None:
    whole = cells(*moved(PHRASE, steps=6), steps=24)
    assert find_nearest(cells(*PHRASE)[None], build_index([whole], GRID, TRACKS)).similarity[0] == 1
    halves = build_index([whole[:, :12], whole[:, 12:]], GRID, TRACKS)
    assert find_nearest(cells(*PHRASE)[None], halves).similarity[0] < 1


def test_a_section_shorter_than_a_phrase_has_no_window() -> None:
    training = build_index([cells(*PHRASE, steps=12)[:, :11], section(*OTHER)], GRID, TRACKS)
    assert find_nearest(cells(*PHRASE)[None], training).similarity[0] < 1
    with pytest.raises(ValueError, match="no section has the 12 steps"):
        build_index([cells(*PHRASE)[:, :11]], GRID, TRACKS)


def test_a_sustain_that_continues_nothing_begins_a_note() -> None:
    loose = cells(*PHRASE)
    loose[0, 7, 62 - 48] = 2
    assert find_nearest(loose[None], TRAINING).similarity.tolist() == [1]


def test_bars_of_no_whole_number_of_beats_are_met_by_places_between_beats() -> None:
    grid = Grid(lowest=48, pitches=30, steps_per_quarter=4, metre="3/8", bars=2)  # 6 steps a bar
    training = build_index([cells(*moved(PHRASE, steps=6), steps=18)], grid, TRACKS)
    found = find_nearest(cells(*PHRASE)[None], training)
    assert (found.similarity.tolist(), places(found)) == ([1], [(0, 6, 0)])


def test_a_copy_is_found_from_every_beat_that_a_listener_counts() -> None:
    grid = Grid(lowest=48, pitches=30, steps_per_quarter=12, metre="6/8", bars=1)  # two beats of 18 steps
    training = build_index([cells(*moved(PHRASE, steps=18), steps=72)], grid, TRACKS)
    found = find_nearest(cells(*PHRASE, steps=36)[None], training)
    assert (found.similarity.tolist(), places(found)) == ([1], [(0, 18, 0)])


def test_more_notes_than_a_byte_can_count() -> None:
    rng = np.random.default_rng(5)
    dense = (rng.random((3, GRID.steps, GRID.pitches)) < 0.6).astype(np.uint8)
    assert find_onsets(dense).sum() > 600
    found = find_nearest(dense[None], build_index([cells(*OTHER), dense], GRID, TRACKS))
    assert (found.similarity.tolist(), places(found)) == ([1], [(1, 0, 0)])


def random_cells(rng: np.random.Generator, steps: int, share: float = 0.07, lowest: int = 9) -> np.ndarray:
    """Onsets, and sustains that often continue nothing, on few pitches, so that much is alike."""
    drawn = rng.random((len(TRACKS), steps, GRID.pitches))
    made = np.where(drawn < share, 1, np.where(drawn < 3 * share, 2, 0)).astype(np.uint8)
    made[:, :, :lowest] = made[:, :, lowest + 7 :] = 0
    return made


def onsets(one: np.ndarray, semitones: int = 0) -> set[tuple[int, int, int]]:
    return {
        (track, step, pitch + semitones * (track != 1))
        for track, step, pitch in zip(*(column.tolist() for column in find_onsets(one).nonzero()), strict=True)
    }


def by_hand(phrase: np.ndarray, sections: list[np.ndarray]) -> tuple[float, int, int, int]:
    """Similarity, section, start and semitones of the nearest window, from plain sets over all of them."""
    own, best = onsets(phrase), (0.0, 0, 0, 0, 0)
    for number, one in enumerate(sections):
        for start in range(0, one.shape[1] - GRID.steps + 1, GRID.steps_per_quarter):
            window = one[:, start : start + GRID.steps]
            for semitones in range(-6, 6):
                theirs = onsets(window, semitones)
                alike = len(own & theirs) / max(1, len(own | theirs))
                rank = sorted(range(-6, 6), key=lambda move: (abs(move), move)).index(semitones)
                best = max(best, (alike, -rank, -number, -start, semitones)) if alike else best
    return best[0], -best[2], -best[3], best[4]


@given(st.integers(0, 2**32 - 1))
def test_nearest_is_what_plain_sets_say(seed) -> None:
    rng = np.random.default_rng(seed)
    lowest = int(rng.integers(GRID.pitches - 7, endpoint=True))
    lengths = rng.integers(GRID.steps, 30, rng.integers(1, 4)).tolist()
    sections = [random_cells(rng, steps, lowest=lowest) for steps in lengths]
    phrases = np.stack([random_cells(rng, GRID.steps, lowest=lowest) for _ in range(2)])
    found = find_nearest(phrases, build_index(sections, GRID, TRACKS))
    expected = [by_hand(phrase, sections) for phrase in phrases]
    assert list(zip(found.similarity.tolist(), *zip(*places(found), strict=True), strict=True)) == expected


def test_a_phrase_is_the_same_among_others_and_wherever_the_music_is_cut(monkeypatch) -> None:
    rng = np.random.default_rng(11)
    training = build_index([random_cells(rng, steps) for steps in (31, 12, 50)], GRID, TRACKS)
    phrases = np.stack([random_cells(rng, GRID.steps) for _ in range(9)])
    together = find_nearest(phrases, training)
    monkeypatch.setattr(training_index, "_PLACES_AT_ONCE", 5)
    done: list[tuple[int, int]] = []
    alone = [find_nearest(phrase[None], training, lambda *counts: done.append(counts)) for phrase in phrases]
    assert [own.similarity[0] for own in alone] == together.similarity.tolist()
    assert [place for own in alone for place in places(own)] == places(together)
    assert done[-1] == (16 + 6 + 25, 16 + 6 + 25)
    assert len(done) == 9 * 10


def test_the_nearest_window_can_be_shown() -> None:
    phrase = cells(*moved(PHRASE, -3))
    found = find_nearest(phrase[None], TRAINING)
    assert (window_at(TRAINING, 1, 14, int(found.semitones[0])) == phrase).all()
    high = window_at(TRAINING, 1, 14, 11)
    assert (high == cells(*(row for row in moved(PHRASE, 11) if row[3] <= 77))).all()


def test_nothing_is_changed() -> None:
    rng = np.random.default_rng(2)
    one, phrases = random_cells(rng, 30), np.stack([random_cells(rng, GRID.steps)] * 2)
    before = one.copy(), phrases.copy()
    training = build_index([one], GRID, TRACKS)
    find_nearest(phrases, training)
    longest_shared_runs(phrases, training)
    window_at(training, 0, 2, 1)
    assert (one == before[0]).all()
    assert (phrases == before[1]).all()


def test_a_copy_is_what_is_more_alike_than_99_of_100_held_out_phrases() -> None:
    none = np.zeros(101, dtype=np.int64)
    held_out = Nearest(np.random.default_rng(0).permutation(101) / 200, none, none, none)
    assert copy_threshold(held_out) == pytest.approx(99 / 200)


def tune(*notes: tuple[int, int], track: int = 0, end: int = 40) -> tuple[Row, ...]:
    """Notes given as start and pitch, each sounding until the next."""
    starts = [start for start, _ in notes]
    return tuple((track, start, till, p) for (start, p), till in zip(notes, [*starts[1:], end], strict=True))


RUN = ((0, 60), (3, 64), (4, 62), (6, 62), (8, 65), (11, 58))


def longest(phrase: tuple[Row, ...], *sections: tuple[Row, ...]) -> int:
    return int(
        longest_shared_runs(cells(*phrase)[None], build_index([section(*own) for own in sections], GRID, TRACKS))[0]
    )


def test_a_whole_melody_is_shared_in_another_key_and_track_and_from_any_step() -> None:
    elsewhere = tune(*((start + 17, pitch + 11) for start, pitch in RUN), track=2)
    assert longest(tune(*RUN, end=12), elsewhere) == 6


def test_a_run_ends_where_an_interval_or_a_length_differs() -> None:
    other_interval = tune(*RUN[:4], (8, 66), (11, 59))
    assert longest(tune(*RUN, end=12), other_interval) == 4
    other_rhythm = tune(*RUN[:2], (5, 62), (7, 62), (9, 65), (12, 58))
    assert longest(tune(*RUN, end=12), other_rhythm) == 4  # from the third on


def test_the_highest_note_is_the_melody() -> None:
    chords = (*tune(*RUN), (0, 3, 4, 50), (0, 8, 9, 61))
    assert longest(tune(*RUN, end=12), chords) == 6
    assert longest(tune(*RUN, end=12), (*chords, (0, 4, 5, 70))) == 3


def test_the_kit_has_no_melody() -> None:
    assert longest(tune(*RUN, track=1, end=12), tune(*RUN)) == 0
    assert longest(tune(*RUN, end=12), tune(*RUN, track=1)) == 0


def test_repeated_notes_alone_are_no_run_but_may_be_part_of_one() -> None:
    repeated = ((0, 60), (2, 60), (4, 60), (6, 60))
    assert longest(tune(*repeated, end=12), tune(*repeated, (8, 61))) == 0
    assert longest(tune(*repeated, (8, 61), end=12), tune(*repeated, (8, 61))) == 5


def test_melodies_do_not_run_from_track_to_track_nor_from_section_to_section() -> None:
    apart = (*tune(*RUN[:3], end=5), *tune(*((start, pitch) for start, pitch in RUN[3:]), track=2))
    assert longest(tune(*RUN, end=12), apart) == 3
    assert longest(tune(*RUN, end=12), tune(*RUN[:2], end=4), tune(*RUN[2:])) == 4


def test_silence_and_single_notes_share_no_run() -> None:
    assert longest((), tune(*RUN)) == 0
    assert longest(((0, 0, 1, 60),), tune(*RUN)) == 0
    assert longest(tune(*RUN, end=12), ()) == 0


def lines(one: np.ndarray) -> list[list[tuple[int, int]]]:
    """The melody of each pitched track as moves: semitones and steps to the next note."""
    melodies = []
    for track in (0, 2):
        top: dict[int, int] = defaultdict(int)
        for _, step, pitch in (onset for onset in onsets(one) if onset[0] == track):
            top[step] = max(top[step], pitch)
        notes = sorted(top.items())
        melodies.append([(b[1] - a[1], b[0] - a[0]) for a, b in pairwise(notes)])
    return melodies


def runs(one: np.ndarray) -> set[tuple[tuple[int, int], ...]]:
    return {
        tuple(line[begin:end])
        for line in lines(one)
        for begin in range(len(line))
        for end in range(begin + 1, len(line) + 1)
        if any(interval for interval, _ in line[begin:end])
    }


@given(st.integers(0, 2**32 - 1))
def test_shared_runs_are_what_plain_sets_say(seed) -> None:
    rng = np.random.default_rng(seed)
    narrow = [random_cells(rng, steps, 0.2) for steps in (GRID.steps, GRID.steps, 30, 41)]
    for one in narrow:
        one[:, :, 12:] = 0
    phrases, sections = np.stack(narrow[:2]), narrow[2:]
    known = set().union(*map(runs, sections))
    expected = [max((len(run) + 1 for run in runs(phrase) & known), default=0) for phrase in phrases]
    assert longest_shared_runs(phrases, build_index(sections, GRID, TRACKS)).tolist() == expected
