"""Each feature on music small enough to work out by hand."""

import math

import numpy as np
import pytest

from ganola.judging.features import FEATURES, features, hear
from ganola.music.grid import Grid
from ganola.music.roll import encode
from ganola.music.score import Notes

GRID = Grid(lowest=48, pitches=36, steps_per_beat=2, metre="4/4", bars=2)  # 16 steps from C3
SILENCE = np.zeros((1, 2, GRID.steps, GRID.pitches), dtype=np.uint8)


def window(*rows: tuple[int, int, int, int], tracks: int = 2) -> np.ndarray:
    return encode(Notes.of(list(rows)), tracks, GRID.steps, GRID)[None]


# A melody of C4 (three steps), E4 and, an octave and a fourth up, A5; a bass on C3 that lasts eleven steps.
MELODY = ((0, 0, 3, 60), (0, 3, 5, 64), (0, 8, 9, 81))
BASS = (1, 0, 11, 48)
PHRASE = window(*MELODY, BASS)


def measured(name: str, cells: np.ndarray) -> float:
    return float(FEATURES[name](hear(cells, GRID))[0])


def test_notes_a_bar() -> None:
    assert measured("notes a bar", PHRASE) == 4 / 2


def test_note_length_is_in_beats() -> None:
    assert measured("note length (beats)", PHRASE) == pytest.approx((3 + 2 + 1 + 11) / 2 / 4)


def test_notes_at_once_counts_only_steps_that_sound() -> None:
    assert measured("notes at once", PHRASE) == pytest.approx((3 + 2 + 1 + 11) / 11)


def test_rests_are_each_tracks_own() -> None:
    assert measured("rests", PHRASE) == pytest.approx(((16 - 6) + (16 - 11)) / 32)


def test_off_beat_notes() -> None:
    assert measured("off-beat notes", PHRASE) == pytest.approx(1 / 4)


def test_mean_pitch_counts_each_note_once() -> None:
    assert measured("mean pitch", PHRASE) == pytest.approx((60 + 64 + 81 + 48) / 4)


def test_pitch_range_in_semitones() -> None:
    assert measured("pitch range", PHRASE) == 81 - 48


def test_pitch_class_entropy_folds_octaves_and_weighs_by_length() -> None:
    shares = [14 / 17, 2 / 17, 1 / 17]  # C (3 + 11 steps), E, A
    entropy = -sum(share * math.log2(share) for share in shares)
    assert measured("pitch-class entropy (bits)", PHRASE) == pytest.approx(entropy)


def test_the_scale_that_holds_most_is_found_in_every_key() -> None:
    d_major_with_a_stranger = window((0, 0, 4, 62), (0, 4, 8, 66), (0, 8, 12, 69), (0, 12, 16, 73), (1, 0, 4, 60))
    assert measured("in one scale", d_major_with_a_stranger) == pytest.approx(16 / 20)


@pytest.mark.parametrize(("low", "high", "clashes"), [(60, 61, 1), (60, 71, 1), (60, 73, 1), (60, 62, 0), (59, 60, 1)])
def test_semitone_clashes_are_between_pitch_classes_across_octaves(low, high, clashes) -> None:
    assert measured("semitone clashes a step", window((0, 0, 5, low), (1, 0, 5, high))) == clashes


def test_clashes_are_a_share_of_the_steps_that_sound() -> None:
    assert measured("semitone clashes a step", window((0, 0, 8, 60), (1, 2, 5, 61))) == pytest.approx(3 / 8)


def test_leaps_are_a_tracks_own_from_highest_note_to_highest_note() -> None:
    assert measured("leaps", PHRASE) == pytest.approx(1 / 2)
    chord = window((0, 0, 2, 60), (0, 0, 2, 64), (0, 4, 6, 65), (1, 2, 3, 81))
    assert measured("leaps", chord) == 0


def test_leaps_do_not_run_from_window_to_window() -> None:
    two = np.concatenate([window((0, 0, 2, 60)), window((0, 0, 2, 80))])
    assert FEATURES["leaps"](hear(two, GRID)).tolist() == [0, 0]


def test_a_sustain_that_continues_nothing_is_a_note() -> None:
    cells = SILENCE.copy()
    cells[0, 0, 3:5, 12] = 2
    assert measured("notes a bar", cells) == 1 / 2


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_silence_is_measured_without_nonsense(name) -> None:
    expected = 1.0 if name == "rests" else 0.0
    assert measured(name, SILENCE) == expected


def test_no_feature_changes_the_music_and_all_are_finite() -> None:
    random = (np.random.default_rng(0).random((5, 2, GRID.steps, GRID.pitches)) < 0.3).astype(np.uint8) * 2
    before = random.copy()
    table = features(random, GRID)
    assert table.shape == (5, len(FEATURES))
    assert np.isfinite(table).all()
    assert (random == before).all()


def test_transposition_changes_only_the_mean_pitch() -> None:
    higher = window(*((track, start, end, pitch + 2) for track, start, end, pitch in (*MELODY, BASS)))
    change = (features(higher, GRID) - features(PHRASE, GRID))[0]
    assert dict(zip(FEATURES, change.round(9), strict=True)) == dict.fromkeys(FEATURES, 0) | {"mean pitch": 2}
