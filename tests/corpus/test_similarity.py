from itertools import pairwise

import numpy as np
import pytest

from ganola.corpus.similarity import SKETCH_SIZE, melody, same_tunes, sketch
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

PIANO, KIT = Track(name="Piano"), Track(name="Kit", drums=True)


def tune(seed: int, count: int = 30) -> list[int]:
    """Pitches of a melody that no other seed's resembles."""
    return np.random.default_rng(seed).integers(60, 85, count).tolist()


def play(pitches: list[int], length: int = 2, gap: int = 0) -> Score:
    rows = [(0, index * (length + gap), index * (length + gap) + length, pitch) for index, pitch in enumerate(pitches)]
    return Score((PIANO, KIT), Notes.of(rows), 4)


def with_more(score: Score, *rows: tuple[int, int, int, int]) -> Score:
    return Score(score.tracks, Notes.of([*score.notes.rows(), *rows]), score.ticks_per_beat)


def test_the_melody_is_the_highest_note_that_sounds():
    score = with_more(play([72, 74, 71]), (0, 0, 9, 60), (0, 1, 3, 67))
    assert melody(score).tolist() == [72, 74, 71, 60]


def test_a_repeated_note_and_a_drum_do_not_count():
    score = with_more(play([72, 72, 74]), (1, 0, 9, 90))
    assert melody(score).tolist() == [72, 74]


def test_the_lowest_pitch_of_all_is_a_melody_too():
    assert melody(play([0, 0])).tolist() == [0]
    assert sketch(play([0])) == ()


def test_drums_alone_have_no_melody():
    assert sketch(Score((KIT,), Notes.of([(0, 0, 2, 40), (0, 2, 4, 50)]), 4)) == ()


def test_a_sketch_is_the_same_in_any_key_and_at_any_pace():
    pitches = tune(1)
    lower = [pitch - 5 for pitch in pitches]
    assert sketch(play(pitches)) == sketch(play(lower, length=3, gap=1)) != ()


def test_a_sketch_is_small_sorted_and_told_apart():
    long = sketch(play(tune(1, count=1000)))
    assert len(long) == SKETCH_SIZE
    assert all(one < other for one, other in pairwise(long))
    assert sketch(play(tune(1))) != sketch(play(tune(2)))


def test_versions_of_a_tune_are_one_family_and_other_tunes_are_not():
    pitches = tune(1)
    versions = [
        play(tune(2)),
        play(pitches),
        play(tune(3)),
        play([pitch + 4 for pitch in pitches], length=5),
        with_more(play(pitches, length=1), (0, 0, 30, 40)),
        play(tune(4)),
    ]
    assert same_tunes([sketch(score) for score in versions]) == [0, 1, 2, 1, 1, 5]


def test_a_tune_with_a_new_ending_is_still_the_tune():
    pitches = tune(1, count=60)
    assert same_tunes([sketch(play(pitches)), sketch(play(pitches[:40] + tune(9, count=20)))]) == [0, 0]


def test_an_excerpt_of_a_long_piece_is_the_same_tune():
    pitches = tune(1, count=1000)
    assert same_tunes([sketch(play(pitches)), sketch(play(tune(2, 1000))), sketch(play(pitches[300:500]))]) == [0, 1, 0]


def test_many_copies_of_a_tune_are_one_family():
    copies = [sketch(play([pitch + key for pitch in tune(1)])) for key in range(-25, 25)]
    assert same_tunes(copies) == [0] * len(copies)


def test_pieces_are_linked_through_a_third():
    first, second = tune(1), tune(2)
    medley = sketch(play(first + second))
    assert same_tunes([sketch(play(first)), sketch(play(second)), medley]) == [0, 0, 0]


# Eight notes hold two fragments of six intervals, fifteen hold nine.
@pytest.mark.parametrize(("count", "shared"), [(60, 8), (60, 15), (12, 8)])
def test_a_few_notes_in_common_do_not_make_a_family(count: int, shared: int):
    first, second = tune(1, count), tune(2, count)
    second[2 : 2 + shared] = first[count - shared :]
    assert same_tunes([sketch(play(first)), sketch(play(second))]) == [0, 1]


def test_pieces_without_melody_are_families_of_their_own():
    assert same_tunes([(), sketch(play(tune(1))), ()]) == [0, 1, 2]
