"""The five measures as defined and as released, on music worked out by hand."""

import math

import numpy as np
import pytest

from ganola.judging.musegan import musegan_rows
from ganola.music.grid import Grid
from ganola.music.roll import encode
from ganola.music.score import Notes
from ganola.music.tracks import Track

GRID = Grid(lowest=24, pitches=84, steps_per_quarter=4, metre="4/4", bars=2)  # MuseGAN's pitches
PIANOS = (Track(name="piano"), Track(name="strings"))
BAND = (Track(name="piano"), Track(name="drums", drums=True))


def measured(*rows: tuple[int, int, int, int], tracks=PIANOS, grid: Grid = GRID) -> dict[str, tuple[float, float]]:
    cells = encode(Notes.of(list(rows)), len(tracks), grid.steps, grid)[None]
    return {row.name: (row.defined, row.released) for row in musegan_rows(cells, grid, tracks)}


def test_empty_bars_are_each_tracks_own() -> None:
    assert measured((0, 0, 4, 60), (1, 8, 24, 48))["EB"] == (1 / 4, 1 / 4)


def test_used_pitch_classes_fold_octaves_where_the_code_folds_neighbours() -> None:
    # C4, C5 and C#5: two pitch classes. The code adds up C1-F#1, G1-C#2, D2-G#2 ...: C4 is alone, C5 and C#5 too?
    found = measured((0, 0, 4, 60), (0, 4, 8, 72), (0, 8, 12, 73))["UPC"]
    folded = {(pitch - 24) // 7 for pitch in (60, 72, 73)}
    assert found == (2.0, len(folded))
    assert measured((0, 0, 4, 60), (0, 4, 8, 61), (0, 8, 12, 62))["UPC"] == (3.0, 1.0)


def test_bars_in_which_a_track_is_silent_do_not_count_as_using_nothing() -> None:
    assert measured((0, 0, 4, 60), (0, 4, 8, 64), (0, 8, 12, 67), (1, 16, 20, 55))["UPC"][0] == pytest.approx(
        (3 + 1) / 2
    )


def test_a_qualified_note_is_a_thirty_second_or_where_the_code_counts_two_steps() -> None:
    assert measured((0, 0, 1, 60), (0, 4, 6, 62), (0, 8, 12, 64))["QN"] == (1.0, pytest.approx(2 / 3))
    fine = GRID.model_copy(update={"steps_per_quarter": 24})  # MuseGAN's own: three steps are a thirty-second note
    found = measured((0, 0, 1, 60), (0, 4, 6, 62), (0, 8, 11, 64), (0, 20, 44, 64), grid=fine)["QN"]
    assert found == (pytest.approx(2 / 4), pytest.approx(3 / 4))


def test_the_code_takes_a_repeated_note_for_one_and_a_note_over_a_bar_line_for_two() -> None:
    # Bar one: a one-step note struck twice in a row (one run of two) and the first step of a note held over; bar two:
    # the other step of that note.
    found = measured((0, 4, 5, 60), (0, 5, 6, 60), (0, 15, 17, 62))["QN"]
    assert found[1] == pytest.approx(((1 / 2) + 0) / 2)


def test_drum_patterns() -> None:
    fine = GRID.model_copy(update={"steps_per_quarter": 24})  # six steps a sixteenth
    sixteenths = [(1, start, start + 1, 36) for start in (0, 12, 18)]  # of which two are eighths
    found = measured(*sixteenths, (1, 37, 38, 42), (0, 1, 2, 60), tracks=BAND, grid=fine)["DP"]
    assert found == (pytest.approx(3 / 4), pytest.approx((3 + 0.3) / 4))
    shifted = [(1, start + 2, start + 3, 36) for start in (0, 6, 12)]  # all late by two steps: the code shifts with it
    assert measured(*shifted, tracks=BAND, grid=fine)["DP"] == (0.0, 1.0)


def test_a_grid_of_four_steps_a_beat_has_only_sixteenths_and_one_of_six_has_none() -> None:
    strokes = [(1, start, start + 1, 36) for start in (0, 1, 2, 7)]
    assert measured(*strokes, tracks=BAND)["DP"] == (1.0, 1.0)
    six = GRID.model_copy(update={"steps_per_quarter": 6})
    assert measured(*strokes, tracks=BAND, grid=six)["DP"] == (None, None)


def test_drums_alone_have_no_pitch_classes_and_no_distance() -> None:
    # Two hits in a row on 42 are one run of two steps to the code; nothing is in bar two.
    found = measured((0, 0, 1, 36), (0, 2, 3, 42), (0, 3, 4, 42), tracks=BAND[1:])
    assert found == {
        "EB": (1 / 2, 1 / 2), "UPC": (None, None), "QN": (1.0, 1 / 2), "DP": (1.0, 1.0), "TD": (None, None),
    }  # fmt: skip


def test_without_drums_there_is_no_drum_pattern_and_with_one_pitched_track_no_distance() -> None:
    assert measured((0, 0, 4, 60))["DP"] == (None, None)
    assert measured((0, 0, 4, 60), (1, 0, 1, 36), tracks=BAND)["TD"] == (None, None)


def test_tonal_distance_is_none_in_octaves_but_not_to_the_code() -> None:
    defined, released = measured((0, 0, 4, 60), (1, 0, 4, 72))["TD"]
    assert defined == pytest.approx(0)
    # The code puts C4 (36 above its lowest pitch) in the sixth of its twelve groups of seven, C5 in the seventh: it
    # takes them for a semitone apart.
    apart = [2 * radius * math.sin(turn * math.pi / 2) for radius, turn in ((1.0, 7 / 6), (1.0, 3 / 2), (0.5, 2 / 3))]
    groups = (60 - 24) // 7, (72 - 24) // 7
    assert groups == (5, 6)
    assert released == pytest.approx(math.hypot(*apart))


def test_silence_measures_nothing_and_changes_nothing() -> None:
    cells = np.zeros((3, 2, GRID.steps, GRID.pitches), dtype=np.uint8)
    rows = {row.name: (row.defined, row.released) for row in musegan_rows(cells, GRID, PIANOS)}
    assert rows["EB"] == (1.0, 1.0)
    assert rows["UPC"] == rows["QN"] == rows["DP"] == rows["TD"] == (None, None)
    assert not cells.any()
