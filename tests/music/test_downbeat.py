from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from music21 import corpus

from ganola.music.downbeat import Downbeat, EstimatedBars, _strengths, estimate_bars, estimate_downbeat, score_downbeats
from ganola.music.grid import Grid
from ganola.music.io.files import read_score
from ganola.music.metre import COMMON_TIME
from ganola.music.score import Notes, quantise

COMMON = Grid(metre="4/4")
WALTZ = Grid(metre="3/4")
JIG = Grid(metre="6/8")
NOTHING = Notes.of([])
TONICS = (0, 9, 5, 7)  # C, A minor, F, G: a chord a bar
CHORALES = ("bwv253", "bwv267", "bwv276", "bwv281", "bwv293", "bwv300", "bwv312", "bwv320")


def song(bars: int = 16) -> Notes:
    """A melody of crotchets, quavers and a half note at the bar's end, over a chord a bar."""
    rows = []
    for bar in range(bars):
        at, root = 16 * bar, 48 + TONICS[bar % 4]
        third = root + (3 if bar % 4 == 1 else 4)
        rows += [(1, at, at + 16, pitch) for pitch in (root - 12, third, root + 7)]
        rows += [(0, at, at + 6, third + 24), (0, at + 6, at + 8, root + 26), (0, at + 8, at + 16, root + 24)]
    return Notes.of(rows)


def waltz(bars: int = 16) -> Notes:
    """Bass and twice a chord, under a melody that dwells on the first two beats."""
    rows = []
    for bar in range(bars):
        at, root = 12 * bar, 48 + TONICS[bar // 2 % 4]
        rows += [(1, at, at + 4, root - 12)]
        rows += [(1, at + beat, at + beat + 4, root + pitch) for beat in (4, 8) for pitch in (4, 7)]
        rows += [(0, at, at + 8, root + 24), (0, at + 8, at + 12, root + 26 + bar % 3)]
    return Notes.of(rows)


def jig(bars: int = 16) -> Notes:
    """Crotchet and quaver, crotchet and quaver, over a bass in dotted crotchets."""
    rows = []
    for bar in range(bars):
        at, root = 12 * bar, 48 + TONICS[bar % 4]
        rows += [(0, at, at + 4, root + 24), (0, at + 4, at + 6, root + 26)]
        rows += [(0, at + 6, at + 10, root + 28), (0, at + 10, at + 12, root + 31)]
        rows += [(1, at, at + 6, root), (1, at + 6, at + 12, root)]
    return Notes.of(rows)


@pytest.mark.parametrize(("music", "grid"), [(song(), COMMON), (waltz(), WALTZ), (jig(), JIG)])
def test_a_bar_begins_where_the_chord_changes_and_long_notes_begin_wherever_that_is(music: Notes, grid: Grid):
    first = estimate_downbeat(music, grid)
    assert first.step == 0
    assert first.confidence > 0.7
    for late in range(1, grid.steps_per_bar):
        found = estimate_downbeat(music.shift(ticks=late), grid)
        assert (found.step, found.confidence) == (late, pytest.approx(first.confidence))


def test_a_pickup_does_not_move_the_bars():
    pickup = Notes.of([(0, 12, 16, 67)])
    music = song().shift(ticks=16)
    both = Notes.join([pickup, music])
    assert estimate_downbeat(both, COMMON).step == 0


@pytest.mark.parametrize("factor", [3, 6])
def test_a_finer_grid_finds_the_same_downbeat(factor: int):
    coarse = song().shift(ticks=5)
    fine = replace(coarse, start=coarse.start * np.int32(factor), end=coarse.end * np.int32(factor))
    found = estimate_downbeat(fine, Grid(steps_per_quarter=4 * factor))
    assert (found.step, found.confidence) == (5 * factor, pytest.approx(estimate_downbeat(coarse, COMMON).confidence))


# Rows, not notes: the type checks draw random numbers, and a strategy may not.
rows_of_notes = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 150), st.integers(1, 20), st.integers(30, 90)), min_size=1, max_size=40
)


def notes_of(rows: list[tuple[int, int, int, int]]) -> Notes:
    """Notes from rows of (track, start, length, pitch)."""
    return Notes.of([(track, start, start + length, pitch) for track, start, length, pitch in rows])


@given(st.data())
def test_keys_and_the_order_of_notes_do_not_matter(data: st.DataObject):
    rows = data.draw(rows_of_notes)
    music, other = notes_of(rows), notes_of(data.draw(st.permutations(rows)))
    other = other.shift(semitones=data.draw(st.integers(-7, 7)))
    assert estimate_downbeat(other, WALTZ).confidence == pytest.approx(estimate_downbeat(music, WALTZ).confidence)
    assert estimate_bars(other, 4).confidence == pytest.approx(estimate_bars(music, 4).confidence)


def test_of_notes_that_begin_together_the_longest_is_the_fresh_one():
    rows = [(0, 4, 1, 60), (0, 4, 12, 72), (0, 16, 2, 62), (0, 20, 1, 64)]
    either, other = (estimate_downbeat(notes_of(order), WALTZ) for order in (rows, [rows[1], rows[0], *rows[2:]]))
    assert either == other
    assert either == estimate_downbeat(notes_of([(0, 4, 1, 48), *rows[1:]]), WALTZ)  # in whichever octave


@given(
    rows_of_notes,
    st.sampled_from(["4/4", "3/4", "6/8", "3/8", "1/4", "5/4", "7/8", "2/2"]),
    st.sampled_from([2, 4, 12]),
)
def test_a_downbeat_lies_in_the_bar_and_its_confidence_between_0_and_1(rows, metre: str, steps_per_quarter: int):
    music, grid = notes_of(rows), Grid(metre=metre, steps_per_quarter=steps_per_quarter)
    found = estimate_downbeat(music, grid)
    assert 0 <= found.step < grid.steps_per_bar
    assert 0 <= found.confidence <= 1
    assert 0 <= estimate_bars(music, steps_per_quarter).confidence <= 1


@given(rows_of_notes)
def test_judging_notes_leaves_them_as_they_are(rows):
    music = notes_of(rows)
    before = music.where(np.arange(len(music)))
    estimate_downbeat(music, WALTZ)
    estimate_bars(music, 4)
    assert all(np.array_equal(getattr(before, name), getattr(music, name)) for name in Notes.__slots__)


def test_music_without_accents_is_judged_without_confidence():
    clear = estimate_downbeat(song(), COMMON).confidence
    scale = np.resize([0, 2, 4, 5, 7, 9, 11], 128)  # seven notes against four beats
    even = Notes.of([(0, 4 * beat, 4 * beat + 4, 60 + int(pitch)) for beat, pitch in enumerate(scale)])
    assert estimate_downbeat(even, COMMON).confidence < 0.7 < clear


def test_without_notes_there_is_nothing_to_be_confident_of():
    assert estimate_downbeat(NOTHING, WALTZ) == Downbeat(step=0, confidence=0.0)
    assert estimate_bars(NOTHING, 4) == EstimatedBars(COMMON_TIME, 0.0, 0)


def test_in_a_bar_of_one_pulse_other_steps_are_the_rivals():
    even = Notes.of([(0, step, step + 1, 60 + step * 5 % 12) for step in range(120)])
    assert estimate_downbeat(even, Grid(metre="3/8", steps_per_quarter=4)).confidence < 0.9


@pytest.mark.parametrize(
    ("metre", "steps_per_quarter", "strength"),
    [
        ("4/4", 4, "0434243414342434"),
        ("3/4", 2, "032323"),
        ("6/8", 4, "043434143434"),
        ("9/8", 2, "033233233"),
        ("3/8", 2, "033"),
        ("1/4", 1, "0"),
    ],
)
def test_strengths_in_the_bar_are_as_strong_as_musicians_say(metre: str, steps_per_quarter: int, strength: str):
    """0 is the downbeat, 1 the half bar, 2 another pulse, 3 a part of a pulse, 4 any other step."""
    places = _strengths(Grid(metre=metre, steps_per_quarter=steps_per_quarter))
    assert "".join(map(str, places.tolist())) == strength


def test_the_downbeat_is_the_step_of_the_best_odds():
    odds = score_downbeats(waltz().shift(ticks=5), WALTZ)
    assert (odds.shape, int(odds.argmax())) == ((12,), estimate_downbeat(waltz().shift(ticks=5), WALTZ).step)


def test_a_bar_of_one_step_begins_with_it():
    assert estimate_downbeat(song(), Grid(metre="1/4", steps_per_quarter=1)) == Downbeat(step=0, confidence=1.0)


@pytest.mark.parametrize("late", [0, 3, 7])
@pytest.mark.parametrize(("music", "metre"), [(song(), "4/4"), (waltz(), "3/4"), (jig(), "6/8")])
def test_the_bar_that_the_music_repeats_itself_by_is_found(music: Notes, metre: str, late: int):
    found = estimate_bars(music.shift(ticks=late), 4)
    assert (str(found.metre), found.downbeat) == (
        metre,
        estimate_downbeat(music.shift(ticks=late), Grid(metre=metre)).step,
    )
    assert found.confidence > 0.3


@pytest.mark.parametrize(("rhythm", "metre"), [((8, 4), "3/4"), ((4, 2, 4, 2), "6/8")])
def test_a_rhythm_on_any_pitches_tells_its_bar_by_coming_again(rhythm: tuple[int, ...], metre: str):
    lengths = np.tile(rhythm, 16)
    ends, pitches = np.cumsum(lengths), 60 + np.random.default_rng(2).integers(0, 12, len(lengths))
    rows = zip(ends - lengths, ends, pitches, strict=True)
    found = estimate_bars(Notes.of([(0, int(start), int(end), int(pitch)) for start, end, pitch in rows]), 4)
    assert str(found.metre) == metre
    assert found.confidence > 0.9


def test_what_says_nothing_of_its_bar_counts_as_common_time():
    assert estimate_bars(Notes.of([(0, 5, 9, 60)]), 4).metre == COMMON_TIME
    assert estimate_bars(Notes.of([(0, step, step + 4, 60) for step in range(0, 256, 4)]), 4).metre == COMMON_TIME


def test_most_of_bachs_chorales_begin_their_bars_where_he_wrote_them():
    right = 0
    for number, name in enumerate(CHORALES):
        score = quantise(read_score(corpus.getWork(f"bach/{name}", fileExtensions=[".mxl"])), 4)
        grid = Grid(metre=str(score.metres[0]))
        late = 3 * number
        found = estimate_downbeat(score.pitched.shift(ticks=late), grid)
        right += found.step == (score.first_bar + late) % grid.steps_per_bar
    assert right >= len(CHORALES) - 1
