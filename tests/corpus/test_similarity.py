from itertools import pairwise

import numpy as np
import pytest

from ganola.corpus import similarity
from ganola.corpus.similarity import (
    MELODY_NAME,
    NEIGHBOURS,
    SKETCH_SIZE,
    Sketch,
    group_same_tunes,
    melody_lines,
    sketch_lines,
    top_line,
)
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track

BEAT = 48
PIANO, KIT = Track(name="Piano"), Track(name="Kit", drums=True)
Rows = list[tuple[int, int, int, int]]


def tune(seed: int, count: int = 40) -> list[int]:
    """Pitches of a melody that no other seed's resembles, no two in a row the same, no leap as wide as an octave."""
    random = np.random.default_rng(seed)
    pitches = [int(random.integers(60, 85))]
    while len(pitches) < count:
        pitch = int(random.integers(60, 85))
        if 0 < abs(pitch - pitches[-1]) < 12:
            pitches.append(pitch)
    return pitches[:count]


def rows(pitches: list[int], track: int = 0, length: int = BEAT, begin: int = 0) -> Rows:
    return [(track, begin + index * length, begin + (index + 1) * length, pitch) for index, pitch in enumerate(pitches)]


def chords(count: int, track: int, seed: int = 0) -> Rows:
    """An accompaniment: three notes together on every beat, below the tunes."""
    random = np.random.default_rng(seed)
    found = rows([0] * count, track)
    return [(track, start, end, int(pitch)) for _, start, end, _ in found for pitch in random.choice(24, 3, False) + 30]


def score(*notes: Rows, names: tuple[str, ...] = ("Piano", "Piano", "Piano")) -> Score:
    return Score(
        tuple(Track(name=name) for name in names), Notes.of([row for part in notes for row in part]).sort(), BEAT
    )


def play(pitches: list[int], length: int = BEAT) -> Score:
    return score(rows(pitches, length=length))


def families(fingerprints: list[tuple[Sketch, ...]]) -> list[int]:
    lines = [line for own in fingerprints for line in own]
    return group_same_tunes(
        np.concatenate([np.zeros(0, np.uint32), *lines]),
        np.array([len(line) for line in lines], dtype=np.int64),
        np.array([piece for piece, own in enumerate(fingerprints) for _ in own], dtype=np.int64),
        len(fingerprints),
    )


def related(*scores: Score) -> list[int]:
    return families([sketch_lines(own) for own in scores])


def line_of(*notes: Rows, tolerance: int = 3) -> list[int]:
    return top_line(score(*notes).notes, tolerance).tolist()


def changed(pitches: list[int], seed: int, share: float = 0.05) -> list[int]:
    random = np.random.default_rng(seed)
    return [pitch + int(random.choice([-2, 1, 3])) * int(random.random() < share) for pitch in pitches]


def test_the_top_line_is_the_highest_note_at_each_onset():
    assert line_of(rows([72, 74, 71]), rows([60, 62, 64])) == [72, 74, 71]


def test_what_a_higher_note_covers_is_not_in_the_top_line():
    assert line_of([(0, 0, 96, 72), (0, 96, 144, 74)], rows([60, 64, 62, 65], length=24)) == [72, 74]


def test_the_next_note_of_a_melody_is_not_covered_by_one_that_touches_it():
    assert line_of(rows([74, 72, 71]), [(0, 144, 192, 69)]) == [74, 72, 71, 69]
    assert line_of([(0, 0, 50, 74), (0, 48, 96, 72)]) == [74, 72]
    assert line_of([(0, 0, 60, 74), (0, 48, 96, 72)]) == [74]


def test_an_accompaniment_an_octave_lower_is_not_the_melody_while_it_breathes():
    assert line_of([(0, 0, 48, 74), (0, 60, 72, 62), (0, 96, 144, 61)]) == [74, 61]
    assert line_of([(0, 0, 48, 74), (0, 60, 72, 63)]) == [74, 63]


def test_notes_of_a_strummed_chord_are_one_onset():
    assert line_of([(0, 0, 48, 60), (0, 2, 48, 64), (0, 4, 48, 67), (0, 48, 96, 65), (0, 50, 96, 62)]) == [67, 65]


def test_of_notes_that_start_together_the_highest_counts_though_a_lower_one_is_longer():
    assert line_of([(0, 0, 12, 72), (0, 0, 90, 60), (0, 12, 48, 70)]) == [72, 70]


def test_the_lowest_pitch_of_all_is_a_melody_too():
    assert line_of(rows([0, 1, 0])) == [0, 1, 0]


def test_a_piece_of_one_track_has_one_line_and_without_drums():
    piece = Score((PIANO, KIT), Notes.of([*rows([72, 74]), (1, 0, 9, 90)]), BEAT)
    assert [line.tolist() for line in melody_lines(piece)] == [[72, 74]]


def test_the_tracks_called_a_melody_count_and_no_others():
    flute = [(track, start, end, pitch + 24) for track, start, end, pitch in rows(tune(2), 0)]
    piece = score(flute, rows(tune(1), 1), names=("Flute", "Lead Vocals"))
    assert [line.tolist() for line in melody_lines(piece)] == [tune(1), [pitch + 24 for pitch in tune(2)]]


def test_a_track_of_a_few_notes_is_no_melody():
    calls = [rows([90, 91, 92], track) for track in (0, 1)]
    piece = score(*calls, rows(tune(1), 2), names=("Voice 1", "Voice 2", "Voice 3"))
    assert melody_lines(piece)[0].tolist() == tune(1)


def test_a_singer_may_hold_a_note_over_the_next():
    (_, start, end, pitch), *rest = rows(tune(1, 8), 1)
    piece = score(chords(8, 0), [(1, start, end + BEAT // 4, pitch), *rest], names=("a", "b"))
    assert len(melody_lines(piece)) == 2
    assert melody_lines(piece)[0].tolist() == tune(1, 8)


def test_without_such_a_name_it_is_the_highest_that_plays_one_note_at_a_time():
    high, middle, bass = rows([pitch + 20 for pitch in tune(1)], 0), rows(tune(2), 1), rows(tune(3), 2)
    bass = [(track, start, end, pitch - 40) for track, start, end, pitch in bass]
    lines = melody_lines(score(middle, bass, high, names=("a", "b", "c")))
    assert [line.tolist() for line in lines[:2]] == [[pitch + 20 for pitch in tune(1)], tune(2)]
    assert len(lines) == 3


def test_a_track_of_chords_is_no_melody_unless_it_is_called_one():
    tracks = rows(tune(1), 0), [(1, start, end, pitch + 40) for _, start, end, pitch in chords(40, 1)]
    assert [len(line) for line in melody_lines(score(*tracks, names=("a", "b")))] == [40, 40]
    assert melody_lines(score(*tracks, names=("a", "b")))[0].tolist() == tune(1)
    assert melody_lines(score(*tracks, names=("a", "Voices")))[0].min() > 60


@pytest.mark.parametrize("name", ["MELODY", "vocals", "Lead", "Soprano", "Singstimme", "Voice 1"])
def test_names_of_melodies_are_known(name: str):
    assert MELODY_NAME.search(name)


def test_a_sketch_is_the_same_in_any_key_and_at_any_pace():
    (own,) = sketch_lines(play(tune(1)))
    (other,) = sketch_lines(play([pitch - 5 for pitch in tune(1)], length=31))
    assert own.tolist() == other.tolist() != []


def test_a_repeated_note_does_not_count():
    (own,), (other,) = sketch_lines(play(tune(1))), sketch_lines(play([pitch for pitch in tune(1) for _ in range(3)]))
    assert own.tolist() == other.tolist()


def test_a_sketch_is_small_sorted_and_told_apart():
    (long,) = sketch_lines(play(tune(1, count=1000)))
    assert len(long) == SKETCH_SIZE
    assert long.dtype == np.uint32
    assert all(one < other for one, other in pairwise(long.tolist()))
    assert sketch_lines(play(tune(1)))[0].tolist() != sketch_lines(play(tune(2)))[0].tolist()


def test_a_sketch_draws_on_the_whole_piece():
    (long,) = sketch_lines(play(tune(1, count=1000)))
    (beginning,) = sketch_lines(play(tune(1, count=500)))
    assert 0.3 < len(set(long.tolist()) & set(beginning.tolist())) / SKETCH_SIZE < 0.7


def test_lines_that_are_the_same_are_sketched_once():
    assert len(sketch_lines(score(rows(tune(1), 0), chords(40, 1), names=("Melody", "Piano")))) == 1


def test_a_line_with_too_few_notes_has_no_sketch():
    assert [len(sketch_lines(play(tune(1, count)))) for count in (0, 1, 7, 8, 9)] == [0, 0, 0, 1, 1]
    assert sketch_lines(Score((KIT,), Notes.of([(0, at, at + 2, 40 + at) for at in range(30)]), BEAT)) == ()


def test_versions_of_a_tune_are_one_family_and_other_tunes_are_not():
    pitches = tune(1)
    versions = [
        play(tune(2)),
        play(pitches),
        play(tune(3)),
        play([pitch + 4 for pitch in pitches], length=12),
        score(rows(pitches), chords(40, 0)),
        play(tune(4)),
    ]
    assert related(*versions) == [0, 1, 2, 1, 1, 5]


def test_a_melody_is_found_below_another_accompaniment():
    above = [(1, start, end, pitch + 60) for _, start, end, pitch in chords(40, 1, seed=5)]
    low = score(rows(tune(1), 0), above, names=("Melody", "Strings"))
    high = score(rows([pitch + 3 for pitch in tune(1)], 1), chords(40, 0, seed=6), names=("Guitar", "Voice"))
    assert related(low, high) == [0, 0]


def test_a_melody_is_found_in_the_top_line_of_a_piano():
    song = score(rows(tune(1), 0), chords(40, 1, seed=5), rows(tune(2), 2), names=("Melody", "Guitar", "Fiddle"))
    assert related(song, score(rows([pitch + 12 for pitch in tune(1)]), chords(40, 0, seed=6))) == [0, 0]


def test_a_tune_with_some_notes_changed_is_still_the_tune():
    pitches = tune(1, 60)
    assert related(*(play(changed(pitches, seed)) for seed in range(10))) == [0] * 10


def test_a_tune_with_a_new_ending_is_still_the_tune():
    pitches = tune(1, count=60)
    assert related(play(pitches), play(pitches[:40] + tune(9, count=20))) == [0, 0]


def test_an_excerpt_of_a_long_piece_is_the_same_tune():
    pitches = tune(1, count=1000)
    assert related(play(pitches), play(tune(2, 1000)), play(pitches[300:500])) == [0, 1, 0]


def test_many_copies_of_a_tune_are_one_family():
    assert related(*(play([pitch + key for pitch in tune(1)]) for key in range(-25, 25))) == [0] * 50


def test_very_many_unlike_copies_among_other_pieces_are_one_family():
    pitches = tune(1, 60)
    pieces = [play(changed(pitches, seed)) if seed % 2 else play(tune(seed, 60)) for seed in range(2, 602)]
    found = related(*pieces)
    assert sum(found[index] == 1 for index in range(1, 600, 2)) >= 297  # in one or two of them little is left
    assert [found[index] for index in range(0, 600, 2)] == list(range(0, 600, 2))


def test_a_collection_of_nothing_but_unlike_copies_is_one_family():
    copies = [play(changed(tune(1, 40), seed)) for seed in range(500)]
    assert related(*copies).count(0) > 485  # in a few of them little is left


def test_what_three_pieces_of_three_have_in_common_is_not_commonplace():
    phrase = tune(1000, 16)
    assert related(*(play(tune(seed, 10) + phrase) for seed in range(3))) == [0, 0, 0]


def test_hands_that_do_not_strike_together_play_the_same_lines():
    late = [(0, start + pitch % 3, end, pitch) for _, start, end, pitch in chords(20, 0)]
    exact, played = melody_lines(score(chords(20, 0))), melody_lines(score(late))
    assert [line.tolist() for line in exact] == [line.tolist() for line in played]


def test_lines_that_are_alike_meet_though_others_hold_each_of_their_fragments():
    # A plane of 7 x 7 points and its 56 lines, each with 7 of the points, each two with one in common: a point stands
    # for 6 fragments, so that each fragment is in 8 lines, more than a line is compared with.
    points = np.random.default_rng(1).integers(0, 2**32 - 1, (7, 7, 6), dtype=np.uint32)
    x = np.arange(7)
    lines = [points[x, (slope * x + rise) % 7] for slope in range(7) for rise in range(7)] + list(points)
    sketched = [np.sort(line.ravel()) for line in lines]
    shorter = [np.delete(line, [5, 20]) for line in sketched]
    assert NEIGHBOURS < 8
    assert families([(line,) for line in sketched + shorter]) == [*range(56), *range(56)]


def test_a_phrase_that_everyone_uses_makes_no_family():
    cadence = tune(1000, 16)
    assert related(*(play(tune(seed, 20) + cadence) for seed in range(1, 61))) == list(range(60))


def test_a_rare_phrase_tells_more_than_one_that_everyone_uses():
    phrase, other = tune(1000, 18), tune(2000, 18)
    everyone = [play(tune(seed, 20) + phrase) for seed in range(200)]
    two = [play(tune(seed, 20) + other) for seed in (300, 301)]
    assert related(*everyone, *two) == [*range(200), 200, 200]


def test_pieces_are_linked_through_a_third():
    first, second = tune(1), tune(2)
    assert related(play(first), play(second), play(first + second)) == [0, 0, 0]


def test_a_family_is_named_after_its_first_piece_however_it_is_linked():
    links = [tune(seed, 30) + tune(seed + 1, 30) for seed in (7, 3, 6, 1, 5, 2, 4)]
    assert related(*map(play, links)) == [0] * 7


# Eight notes hold two fragments of six intervals, ten hold four.
@pytest.mark.parametrize(("count", "shared"), [(60, 8), (60, 15), (13, 10)])
def test_a_few_notes_in_common_do_not_make_a_family(count: int, shared: int):
    first, second = tune(1, count), tune(2, count)
    second[2 : 2 + shared] = first[count - shared :]
    assert related(play(first), play(second)) == [0, 1]


def test_short_pieces_are_one_family_if_they_are_the_same():
    assert related(play(tune(1, 8)), play(tune(1, 8)), play(tune(1, 60)), play(tune(2, 8))) == [0, 0, 2, 3]


def test_two_lines_of_one_piece_do_not_make_a_family():
    line = sketch_lines(play(tune(1)))[0]
    assert families([(line, line), ()]) == [0, 1]


def test_pieces_without_melody_are_families_of_their_own():
    assert families([(), sketch_lines(play(tune(1))), ()]) == [0, 1, 2]
    assert families([]) == []


def test_little_memory_does_not_change_the_families(monkeypatch: pytest.MonkeyPatch):
    pieces = [sketch_lines(play(changed(tune(seed // 3, 60), seed, 0.02))) for seed in range(90)]
    expected = families(pieces)
    assert expected == [index - index % 3 for index in range(90)]
    monkeypatch.setattr(similarity, "_FRAGMENTS_AT_ONCE", 600)
    monkeypatch.setattr(similarity, "_LINES_AT_ONCE", 7)
    monkeypatch.setattr(similarity, "_MOST_PAIRS", 300)
    assert families(pieces) == expected
