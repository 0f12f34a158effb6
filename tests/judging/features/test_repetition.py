"""Each measure of form on music small enough to work out by hand."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.judging.analysis import analyse
from ganola.judging.features.catalogue import FEATURES, FORM, Catalogue
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, encode, find_onsets
from ganola.music.score import Notes
from ganola.music.tracks import Track

GRID = Grid(lowest=36, pitches=60, steps_per_quarter=2, metre="4/4", bars=4)  # 8 steps a bar
MANY = (Track(name="right"), Track(name="left"))
BAND = (Track(name="piano"), Track(name="drums", drums=True))
BY_NAME = {feature.name: feature for feature in FORM}

A = ((0, 0, 60), (0, 4, 64), (1, 0, 48))  # track, step of the bar, pitch
B = ((0, 0, 60), (0, 6, 67))
A_HIGHER = tuple((track, step, pitch + 2) for track, step, pitch in A)
SILENT: tuple[tuple[int, int, int], ...] = ()


def phrase(*bars: tuple[tuple[int, int, int], ...], grid: Grid | None = None) -> np.ndarray:
    """A window of these bars, each note a step long."""
    grid = grid or GRID.model_copy(update={"bars": len(bars)})
    rows = [
        (track, 8 * index + step, 8 * index + step + 1, pitch)
        for index, bar in enumerate(bars)
        for track, step, pitch in bar
    ]
    return encode(Notes.of(rows), 2, grid.steps, grid)[None]


def measured(name: str, cells: np.ndarray, tracks: tuple[Track, ...] = MANY) -> list[float]:
    """The numbers of the first window."""
    grid = GRID.model_copy(update={"bars": cells.shape[2] // 8})
    return BY_NAME[name].measure(analyse(cells, grid, tracks)).reshape(len(cells), -1)[0].tolist()


# Bar 3 is bar 1 a tone higher, bar 4 is silent. Bar 2 begins as bar 1 and shares nothing else with it.
PHRASE = phrase(A, B, A_HIGHER, SILENT)


def test_rhythm_that_returns() -> None:
    # After one bar: 1 of 4 places, 1 of 4, none of 3. After two: all of 3, none of 2.
    assert measured("rhythm that returns", PHRASE) == [pytest.approx((1 / 4 + 1 / 4 + 0) / 3), (1 + 0) / 2]


def test_notes_that_return_in_any_key() -> None:
    # Bar 3 shares one note of four with bar 2, a tone higher, and all with bar 1, a tone higher.
    assert measured("notes that return", PHRASE) == [pytest.approx((1 / 4 + 1 / 4 + 0) / 3), (1 + 0) / 2]
    other_pitches = phrase(A, ((0, 0, 62), (0, 4, 69), (1, 0, 50)))  # up by 2, 5 and 2: the rhythm is the same
    assert measured("notes that return", other_pitches) == [2 / 4]
    assert measured("rhythm that returns", other_pitches) == [1]


def test_a_chord_returns_by_the_interval_by_which_most_of_it_fits() -> None:
    chord, other = ((0, 0, 60), (0, 0, 64), (0, 0, 67)), ((0, 0, 62), (0, 0, 66), (0, 0, 71))
    assert measured("notes that return", phrase(chord, other)) == [2 / 4]  # a tone up: C to D, E to F sharp
    assert measured("rhythm that returns", phrase(chord, other)) == [1]


def test_drums_return_on_the_drum_that_they_were_on_and_no_other() -> None:
    first, higher = ((0, 0, 60), (1, 0, 36)), ((0, 0, 62), (1, 0, 38))
    assert measured("notes that return", phrase(first, higher), BAND) == [1 / 3]
    assert measured("notes that return", phrase(first, (higher[0], first[1])), BAND) == [1]
    assert measured("rhythm that returns", phrase(first, higher), BAND) == [1]


def test_one_track_does_not_return_in_another() -> None:
    assert measured("notes that return", phrase(((0, 0, 60),), ((1, 0, 60),))) == [0]
    assert measured("rhythm that returns", phrase(((0, 0, 60),), ((1, 0, 60),))) == [0]


def test_bars_that_return_note_for_note_in_any_key_and_in_rhythm() -> None:
    assert measured("bars that return", PHRASE) == [0, 1 / 2, 1 / 2]  # of bars 2 and 3
    same_rhythm = ((0, 0, 60), (0, 4, 66), (1, 0, 48))
    assert measured("bars that return", phrase(A, same_rhythm, A_HIGHER, A)) == [1 / 3, 2 / 3, 1]
    assert measured("bars that return", phrase(A, A[:2], B, SILENT)) == [0, 0, 0]


@pytest.mark.parametrize(
    ("bars", "share"),
    [
        ((A, B, A_HIGHER, SILENT), 1),  # of bar 3: there are no others
        ((A, B, A, A), 1),
        ((A, A, B, A), 1 / 2),
        ((A, A, A, A), 0),  # nothing else between
        ((A, A_HIGHER, A, A_HIGHER), 0),
        ((A, A, B, B), 0),
        ((A, SILENT, A, B), 1 / 2),
        ((A, B, A[:2], B), 1),  # two of three notes are most of them
        ((A, B, A[1:2], B), 1 / 2),  # one of three is not
        ((A, B, A, B, A, SILENT, SILENT, B), 1),
    ],
)
def test_a_theme_that_returns_after_something_else(bars, share) -> None:
    assert measured("a theme that returns", phrase(*bars)) == [share]


def test_a_lag_is_measured_where_the_phrase_is_longer() -> None:
    bars = [A if number % 4 == 0 else B if number % 2 else SILENT for number in range(16)]  # A B - B, four times
    assert measured("rhythm that returns", phrase(*bars)) == [pytest.approx(value) for value in (7 / 60, 7 / 14, 1, 1)]
    # After one bar, 7 pairs are A and B, who share a quarter, and 8 have a silent bar; after two, 7 are B and B.
    labels = [BY_NAME["notes that return"].columns(GRID.model_copy(update={"bars": bars}), MANY) for bars in (2, 8, 9)]
    one, two, four, eight = "after 1 bar", "after 2 bars", "after 4 bars", "after 8 bars"
    assert labels == [[one], [one, two, four], [one, two, four, eight]]


def test_silence_has_nothing_that_could_return() -> None:
    for feature in FORM:
        assert all(map(math.isnan, measured(feature.name, phrase(SILENT, SILENT, SILENT, SILENT))))


def test_windows_are_compared_with_themselves_only() -> None:
    catalogue = Catalogue.of(GRID, MANY, FORM)
    two = np.concatenate([PHRASE, phrase(A, A, A, A)])
    np.testing.assert_array_equal(catalogue.measure(two)[0], catalogue.measure(PHRASE)[0])


def test_phrases_of_one_bar_have_no_form_and_of_two_no_theme() -> None:
    names = [
        [feature.name for feature in Catalogue.of(GRID.model_copy(update={"bars": bars}), MANY, FORM).features]
        for bars in (1, 2)
    ]
    assert names == [[], ["rhythm that returns", "notes that return", "bars that return"]]
    assert Catalogue.of(GRID.model_copy(update={"bars": 1}), MANY, FORM).measure(PHRASE[:, :, :8]).shape == (1, 0)


def test_the_measures_of_form_are_no_part_of_the_distance() -> None:
    assert not {feature.name for feature in FORM} & {feature.name for feature in FEATURES}


@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.booleans())
def test_bars_are_as_alike_as_a_count_by_hand_says(seed: int, bars: int, has_drums: bool) -> None:
    grid = Grid(lowest=40, pitches=5, steps_per_quarter=1, metre="3/4", bars=bars)
    randomness = np.random.default_rng(seed)
    cells = np.where(randomness.random((2, 2, grid.steps, 5)) < 0.2, ONSET, OFF).astype(np.uint8)
    before, tracks = cells.copy(), BAND if has_drums else MANY
    found = analyse(cells, grid, tracks).self_similarity
    for window, later in product(range(2), range(bars)):
        for earlier in range(later):
            one, other = (_notes(cells[window], bar) for bar in (later, earlier))
            at = window, later, earlier
            assert _same(found.notes[at], _jaccard(one, other))
            assert _same(found.rhythm[at], _jaccard({note[:2] for note in one}, {note[:2] for note in other}))
            moved = [_jaccard(one, _moved(other, by, tracks)) for by in range(-4, 5)]
            assert _same(found.in_any_key[at], np.nan if math.isnan(moved[0]) else max(moved))
        assert np.isnan(found.notes[window, later, later:]).all()
    assert (cells == before).all()


def _notes(cells: np.ndarray, bar: int) -> set[tuple[int, int, int]]:
    return {tuple(note) for note in np.argwhere(find_onsets(cells)[:, 3 * bar : 3 * bar + 3]).tolist()}


def _moved(notes: set, by: int, tracks: tuple[Track, ...]) -> set:
    return {(track, step, row + by * (not tracks[track].drums)) for track, step, row in notes}


def _jaccard(one: set, other: set) -> float:
    return len(one & other) / len(one | other) if one | other else math.nan


def _same(found: float, expected: float) -> bool:
    return bool(np.isclose(found, expected, equal_nan=True))
