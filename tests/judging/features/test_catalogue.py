"""Each feature on music small enough to work out by hand."""

import math
import re

import numpy as np
import pytest

from ganola.judging import analysis
from ganola.judging.analysis import analyse
from ganola.judging.features.catalogue import FEATURES, Catalogue
from ganola.music.grid import Grid
from ganola.music.roll import encode
from ganola.music.score import Notes
from ganola.music.tracks import Track

GRID = Grid(lowest=36, pitches=60, steps_per_quarter=2, metre="4/4", bars=2)  # 16 steps from C2
MANY = (Track(name="right"), Track(name="left"))
VOICES = tuple(Track(name=name, monophonic=True) for name in ("soprano", "alto", "bass"))
BAND = (Track(name="piano"), Track(name="drums", drums=True))
BY_NAME = {feature.name: feature for feature in FEATURES}


def window(*rows: tuple[int, int, int, int], tracks: int = 2, grid: Grid = GRID) -> np.ndarray:
    """A window of notes (track, start, end, pitch)."""
    return encode(Notes.of(list(rows)), tracks, grid.steps, grid)[None]


# A melody of C4 (three steps), E4 and, an octave and a fourth up, A5; a bass on C3 that lasts eleven steps.
MELODY = ((0, 0, 3, 60), (0, 3, 5, 64), (0, 8, 9, 81))
BASS = (1, 0, 11, 48)
PHRASE = window(*MELODY, BASS)
SILENCE = np.zeros_like(PHRASE)


def measured(name: str, cells: np.ndarray, tracks: tuple[Track, ...] = MANY, grid: Grid = GRID) -> list[float]:
    """The feature's numbers for the first window."""
    return BY_NAME[name].measure(analyse(cells, grid, tracks)).reshape(len(cells), -1)[0].tolist()


def shares(name: str, cells: np.ndarray, tracks: tuple[Track, ...] = MANY, grid: Grid = GRID) -> dict[str, float]:
    """The columns that are not zero, by their labels."""
    labels = BY_NAME[name].columns(grid, tracks)
    return {label: part for label, part in zip(labels, measured(name, cells, tracks, grid), strict=True) if part}


def test_notes_a_bar() -> None:
    assert measured("notes a bar", PHRASE) == [4 / 2]


def test_note_length_is_in_beats() -> None:
    assert measured("note length", PHRASE) == [pytest.approx((3 + 2 + 1 + 11) / 2 / 4)]


def test_note_lengths_by_class() -> None:
    assert shares("note lengths", PHRASE) == {"up to 0.5": 1 / 4, "up to 1": 1 / 4, "up to 2": 1 / 4, "over 4": 1 / 4}


def test_off_beat_notes() -> None:
    assert measured("off-beat notes", PHRASE) == [1 / 4]


@pytest.mark.parametrize(
    ("metre", "bars", "starts", "between"),
    [
        ("6/8", 1, (0, 6), 0),  # its two beats, of six steps each
        ("6/8", 1, (0, 4, 6), 1 / 3),  # a quarter note in, which is no beat
        ("3/8", 4, (0, 6, 12, 18), 0),  # the one beat of each bar
        ("3/8", 4, (0, 4, 6, 8), 2 / 4),
        ("3/4", 2, (0, 4, 8, 12, 18), 1 / 5),
    ],
)
def test_off_beats_are_between_the_beats_that_a_listener_counts_in_each_bar(metre, bars, starts, between) -> None:
    grid = Grid(lowest=60, pitches=1, steps_per_quarter=4, metre=metre, bars=bars)
    cells = window(*((0, start, start + 1, 60) for start in starts), tracks=1, grid=grid)
    assert measured("off-beat notes", cells, MANY[:1], grid) == [pytest.approx(between)]


def test_positions_are_those_of_the_bar_in_beats_from_one() -> None:
    assert shares("where notes begin in a bar", PHRASE) == {"1": 3 / 4, "2.5": 1 / 4}


def test_positions_of_a_fine_grid_are_told_apart_as_far_as_columns_go() -> None:
    fine = Grid(lowest=60, pitches=1, steps_per_quarter=48, metre="4/4", bars=1)  # 192 steps, four a column
    cells = window((0, 3, 4, 60), (0, 4, 5, 60), (0, 96, 97, 60), tracks=1, grid=fine)
    found = shares("where notes begin in a bar", cells, MANY[:1], fine)
    assert found == {"1": 1 / 3, "1.083": 1 / 3, "3": 1 / 3}


def test_rests_are_steps_at_which_nothing_sounds() -> None:
    assert measured("rests", PHRASE) == [5 / 16]


def test_tracks_play_so_much_of_the_time_that_anything_sounds() -> None:
    assert measured("tracks that play", PHRASE) == [6 / 11, 1.0]


def test_drums_on_eighth_notes() -> None:
    grid = GRID.model_copy(update={"steps_per_quarter": 4})
    cells = window((1, 0, 1, 36), (1, 2, 3, 42), (1, 3, 4, 42), (0, 1, 2, 60), grid=grid)
    assert measured("drums on eighth notes", cells, BAND, grid) == [pytest.approx(2 / 3)]


def test_register_is_each_tracks_own_mean_pitch_and_drums_have_none() -> None:
    assert measured("register", PHRASE) == [pytest.approx((60 + 64 + 81) / 3), 48]
    assert measured("register", window((0, 0, 1, 61), (1, 0, 1, 36)), BAND) == [61]


def test_pitch_range_in_semitones() -> None:
    assert measured("pitch range", PHRASE) == [81 - 48]


def test_pitch_classes_fold_octaves_and_weigh_by_length() -> None:
    expected = {"C": 14 / 17, "E": 2 / 17, "A": 1 / 17}
    assert shares("pitch classes", PHRASE) == pytest.approx(expected)
    entropy = -sum(part * math.log2(part) for part in expected.values())
    assert measured("pitch-class entropy", PHRASE) == [pytest.approx(entropy)]


def test_the_scale_that_holds_most_is_found_in_every_key() -> None:
    d_major_with_a_stranger = window((0, 0, 4, 62), (0, 4, 8, 66), (0, 8, 12, 69), (0, 12, 16, 73), (1, 0, 4, 60))
    assert measured("in one scale", d_major_with_a_stranger) == [pytest.approx(16 / 20)]


@pytest.mark.parametrize(("low", "high", "clashes"), [(60, 61, 1), (60, 71, 1), (60, 73, 1), (60, 62, 0), (59, 60, 1)])
def test_semitone_clashes_are_between_pitch_classes_across_octaves(low, high, clashes) -> None:
    assert measured("semitone clashes", window((0, 0, 5, low), (1, 0, 5, high))) == [clashes]


def test_clashes_are_a_share_of_the_steps_that_sound() -> None:
    assert measured("semitone clashes", window((0, 0, 8, 60), (1, 2, 5, 61))) == [pytest.approx(3 / 8)]


def test_leaps_and_melodic_intervals_run_from_highest_note_to_highest_note_of_a_track() -> None:
    assert measured("leaps", PHRASE) == [1 / 2]
    assert shares("melodic intervals", PHRASE) == {"+4": 1 / 2, "beyond +12": 1 / 2}
    chord = window((0, 0, 2, 60), (0, 0, 2, 64), (0, 4, 6, 63), (0, 6, 7, 63), (1, 2, 3, 81))
    assert measured("leaps", chord) == [0]
    assert shares("melodic intervals", chord) == {"-1": 1 / 2, "0": 1 / 2}


def test_intervals_do_not_run_from_window_to_window() -> None:
    two = np.concatenate([window((0, 0, 2, 60)), window((0, 0, 2, 80))])
    assert np.isnan(BY_NAME["leaps"].measure(analyse(two, GRID, MANY))).all()


def test_bass_intervals_are_moves_of_what_sounds_lowest() -> None:
    # Lowest: C3 (0-4), A2 from below joins (4-6), C3 again (6-8), rest, then G3 alone: 3 down, 3 up, 7 up.
    cells = window((1, 0, 8, 48), (0, 4, 6, 45), (0, 10, 12, 55))
    assert shares("bass intervals", cells) == {"3": pytest.approx(2 / 3), "7": pytest.approx(1 / 3)}


FROM_ZERO = GRID.model_copy(update={"lowest": 0})  # where MIDI's lowest pitch is a note, and not silence


def test_the_lowest_pitch_of_midi_is_a_bass_note() -> None:
    cells = window((1, 0, 2, 0), (0, 2, 4, 3), (0, 5, 6, 10), grid=FROM_ZERO)
    assert shares("bass intervals", cells, grid=FROM_ZERO) == {"3": 1 / 2, "7": 1 / 2}


def test_the_lowest_pitch_of_midi_is_a_voice() -> None:
    # The alto is above the soprano for three steps, and above the bass, as it should be, for two.
    crossing = window((0, 0, 3, 0), (1, 0, 3, 1), (2, 0, 2, 0), tracks=3, grid=FROM_ZERO)
    assert measured("voices crossing", crossing, VOICES, FROM_ZERO) == [pytest.approx(3 / 5)]
    fifths = window((0, 0, 2, 7), (0, 2, 4, 9), (2, 0, 2, 0), (2, 2, 4, 2), tracks=3, grid=FROM_ZERO)
    assert measured("parallel fifths", fifths, VOICES, FROM_ZERO) == [1]


def test_notes_at_once_counts_only_steps_that_sound() -> None:
    assert measured("notes at once", PHRASE) == [pytest.approx((3 + 2 + 1 + 11) / 11)]


def test_vertical_interval_classes_are_of_all_pairs_that_sound_at_once() -> None:
    # C3, G4, C5 for two steps (fifth, fifth, octave), then C3 and F#4 for one (tritone).
    cells = window((1, 0, 3, 48), (0, 0, 2, 67), (0, 0, 2, 72), (0, 2, 3, 66))
    assert shares("vertical intervals", cells) == pytest.approx({"0": 2 / 7, "5": 4 / 7, "6": 1 / 7})


def test_two_voices_on_one_pitch_are_a_unison() -> None:
    assert shares("vertical intervals", window((0, 0, 3, 60), (1, 0, 3, 60))) == {"0": 1}


def test_chord_tones_are_a_share_of_the_sounding_time_beat_by_beat() -> None:
    # First beat C E G of two steps each and a D of one; second beat A C E.
    cells = window(
        (0, 0, 2, 60), (0, 0, 2, 64), (0, 0, 2, 67), (1, 1, 2, 50), (0, 2, 4, 69), (0, 2, 4, 72), (0, 2, 4, 76)
    )
    assert measured("chord tones", cells) == [pytest.approx(12 / 13)]


def test_a_chord_changes_only_where_another_holds_more() -> None:
    c_major, f_major = ((0, 0, 4, 60), (0, 0, 4, 64), (0, 0, 4, 67)), ((0, 8, 10, 65), (0, 8, 10, 69), (0, 8, 10, 72))
    still_c = (0, 4, 8, 67)  # a lone G is of C major as well as of others
    assert measured("chord changes a bar", window(*c_major, still_c, *f_major)) == [1 / 2]


def test_tonal_distance_follows_harte() -> None:
    # C and G: a step on the circle of fifths (radius 1), 7 x 3/2 pi on that of minor thirds, 7 x 2/3 pi on major ones.
    def circle(radius: float, turn: float) -> float:
        return (2 * radius * math.sin(turn * 7 * math.pi / 2)) ** 2

    expected = math.sqrt(circle(1, 7 / 6) + circle(1, 3 / 2) + circle(0.5, 2 / 3))
    cells = window((0, 0, 2, 60), (1, 0, 2, 43), (1, 8, 9, 45))  # in bar two only one track sounds
    assert measured("tonal distance between tracks", cells) == [pytest.approx(expected)]


def test_tonal_distance_does_not_depend_on_octaves() -> None:
    assert measured("tonal distance between tracks", window((0, 0, 2, 60), (1, 0, 2, 84))) == [pytest.approx(0)]


def test_voices_cross_where_a_lower_one_is_above() -> None:
    cells = window((0, 0, 4, 67), (1, 0, 3, 69), (2, 0, 4, 48), tracks=3)
    # Soprano and alto sound together for three steps, alto and bass for three: three of six are crossed.
    assert measured("voices crossing", cells, VOICES) == [3 / 6]


def test_parallel_fifths_are_moves_of_two_voices_in_one_direction() -> None:
    fifths = ((0, 0, 2, 67), (0, 2, 4, 69), (1, 0, 2, 60), (1, 2, 4, 62))
    on_to_a_fourth = ((0, 4, 6, 67), (1, 4, 6, 64))
    cells = window(*fifths, *on_to_a_fourth, tracks=3)
    assert measured("parallel fifths", cells, VOICES) == [1 / 2]
    assert measured("parallel octaves", cells, VOICES) == [0]


def test_repeated_fifths_and_contrary_motion_are_no_parallels() -> None:
    repeated = window((0, 0, 2, 67), (0, 2, 4, 67), (1, 0, 2, 60), (1, 2, 4, 60), tracks=3)
    assert math.isnan(measured("parallel fifths", repeated, VOICES)[0])
    contrary = window((0, 0, 2, 67), (0, 2, 4, 76), (1, 0, 2, 60), (1, 2, 4, 57), tracks=3)  # a fifth to a twelfth
    assert measured("parallel fifths", contrary, VOICES) == [0]


def test_parallel_octaves_and_unisons() -> None:
    cells = window((0, 0, 2, 72), (0, 2, 4, 74), (2, 0, 2, 48), (2, 2, 4, 50), tracks=3)
    assert measured("parallel octaves", cells, VOICES) == [1]


BARS = Grid(lowest=60, pitches=12, steps_per_quarter=1, metre="4/4", bars=4)


def test_likeness_of_bars_is_the_mean_over_pairs_that_play() -> None:
    # Bars: {C on 1, D on 2}, {C on 1, E on 2}, the first again, silence.
    cells = window(
        (0, 0, 1, 60), (0, 1, 2, 62), (0, 4, 5, 60), (0, 5, 6, 64), (0, 8, 9, 60), (0, 9, 11, 62), tracks=1, grid=BARS
    )
    pairs = [1 / 3, 1.0, 0.0, 1 / 3, 0.0, 0.0]  # 12, 13, 14, 23, 24, 34
    assert measured("likeness of bars", cells, MANY[:1], BARS) == [pytest.approx(sum(pairs) / 6)]
    rhythm = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0]
    assert measured("likeness of rhythm", cells, MANY[:1], BARS) == [pytest.approx(sum(rhythm) / 6)]
    assert measured("repeated bars", cells, MANY[:1], BARS) == [1 / 2]  # of bars two and three, which play


def test_a_sustain_that_continues_nothing_is_a_note() -> None:
    cells = SILENCE.copy()
    cells[0, 0, 3:5, 12] = 2
    assert measured("notes a bar", cells) == [1 / 2]


def test_silence_is_all_rests_and_says_nothing_else() -> None:
    catalogue = Catalogue.of(GRID, VOICES)
    table = catalogue.measure(np.concatenate([SILENCE[:, :1]] * 3, axis=1))
    for feature, _, own in catalogue.columns():
        expected = {"notes a bar": 0.0, "rests": 1.0}.get(feature.name)
        assert np.isnan(table[0, own]).all() if expected is None else table[0, own] == expected


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_says_what_it_measures_in_a_phrase_of_its_own(feature) -> None:
    assert re.fullmatch(r"[a-z][^_]+[^.]", feature.meaning)
    assert len(feature.meaning) < 125  # as much as a panel of the report has room for
    assert [one.name for one in FEATURES if one.meaning == feature.meaning] == [feature.name]


def test_features_that_mean_nothing_on_this_music_are_left_out() -> None:
    def names(tracks: tuple[Track, ...], grid: Grid = GRID) -> set[str]:
        return {feature.name for feature in Catalogue.of(grid, tracks).features}

    assert "voices crossing" in names(VOICES)
    assert "voices crossing" not in names(MANY)
    assert "tonal distance between tracks" not in names(BAND)
    assert "drums on eighth notes" not in names(BAND)  # two steps a beat hold nothing finer
    assert "drums on eighth notes" in names(BAND, GRID.model_copy(update={"steps_per_quarter": 4}))
    assert "likeness of bars" not in names(MANY, GRID.model_copy(update={"bars": 1}))
    only_drums = names(BAND[1:])
    assert not only_drums & {"register", "pitch classes", "leaps", "semitone clashes"}


@pytest.mark.parametrize("tracks", [MANY, VOICES, BAND, BAND[1:]])
def test_measuring_changes_nothing_and_does_not_depend_on_company_or_workers(monkeypatch, tracks) -> None:
    monkeypatch.setattr(analysis, "CELLS_AT_ONCE", 256 * len(tracks) * GRID.steps * GRID.pitches)
    randomness = np.random.default_rng(0)
    cells = (randomness.random((600, len(tracks), GRID.steps, GRID.pitches)) < 0.03).astype(np.uint8)
    cells *= randomness.integers(1, 3, cells.shape, dtype=np.uint8)
    before = cells.copy()
    catalogue = Catalogue.of(GRID, tracks)
    table = catalogue.measure(cells)
    assert (cells == before).all()
    assert table.shape == (600, len(catalogue.feature_of_column))
    np.testing.assert_array_equal(catalogue.measure(cells, workers=3), table)
    np.testing.assert_array_equal(catalogue.measure(cells[7:9]), table[7:9])
    assert not np.isinf(table).any()


def test_transposition_changes_only_register_and_pitch_classes() -> None:
    higher = window(*((track, start, end, pitch + 2) for track, start, end, pitch in (*MELODY, BASS)))
    for feature in Catalogue.of(GRID, MANY).features:
        same = np.allclose(measured(feature.name, higher), measured(feature.name, PHRASE), equal_nan=True)
        assert same == (feature.name not in ("register", "pitch classes"))


def test_profiles_add_up_to_one() -> None:
    catalogue = Catalogue.of(GRID, MANY)
    table = catalogue.measure(window(*MELODY, (1, 0, 4, 48), (1, 4, 9, 43)))
    for feature, labels, own in catalogue.columns():
        if len(labels) > 2:
            assert table[0, own].sum() == pytest.approx(1), feature.name
