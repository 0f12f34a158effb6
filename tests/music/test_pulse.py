import numpy as np
import pytest

from ganola.music.pulse import find_timing, follows_beat
from ganola.music.timing import phases

TICKS = 480
RHYTHM = (0.0, 0.5, 1.0, 1.25, 2.0, 2.75, 3.0, 3.5)  # quarter notes of a bar of four


def rhythm(bars: int = 40) -> np.ndarray:
    """The onsets of so many bars, in quarter notes."""
    return (np.array(RHYTHM) + 4 * np.arange(bars)[:, None]).ravel()


def ticks(beats: np.ndarray) -> np.ndarray:
    return np.sort(np.round(beats * TICKS)).astype(np.int32)


def timing(beats: np.ndarray) -> str:
    onsets = ticks(beats)
    return find_timing(onsets, TICKS, phases(onsets, TICKS))


def by_hand(beats: np.ndarray, spread: float, seed: int = 3) -> np.ndarray:
    """Each note early or late by so much of a quarter note, the standard deviation of a normal distribution."""
    return beats + 1 + np.random.default_rng(seed).normal(0, spread, len(beats))


def rubato(beats: np.ndarray, seed: int, ratio: float = 1.13) -> np.ndarray:
    """As a transcription has it: at a tempo of `ratio` times that of the file, which sways by a tenth."""
    random = np.random.default_rng(seed)
    sway = np.convolve(random.normal(0, 1, len(beats) + 30), np.hanning(31) / np.hanning(31).sum(), "valid")
    tempo = ratio * np.exp(0.1 * sway / sway.std())
    return np.concatenate([[0.0], np.cumsum(np.diff(beats) / tempo[1:])])


def test_what_is_written_on_a_grid_lies_on_it():
    assert timing(rhythm()) == "grid"
    assert timing(rhythm() * 4 / 3) == "grid"  # triplets
    assert timing(by_hand(rhythm(), 0.004)) == "grid"


# At 120 quarter notes a minute 0.06 of one is 30 ms, which is sloppy.
@pytest.mark.parametrize("spread", [0.035, 0.045, 0.06])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_played_to_a_click_is_loosely_on_the_beat(spread: float, seed: int):
    assert timing(by_hand(rhythm(), spread, seed)) == "loose"


def test_a_player_who_is_late_all_along_or_swings_keeps_to_the_beat():
    swung = np.where(rhythm() % 1 == 0.5, rhythm() + 0.16, rhythm())
    assert timing(by_hand(swung, 0.04)) == "loose"
    assert timing(by_hand(rhythm() + 0.11, 0.05)) == "loose"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("ratio", [0.71, 1.02, 1.13])
def test_music_at_a_tempo_that_sways_on_its_own_has_no_beat(seed: int, ratio: float):
    assert timing(rubato(rhythm(), seed, ratio)) == "none"


# Of 160 quarter notes each file takes this many: one too many is a whole turn of the beat against the music.
@pytest.mark.parametrize(("turns", "keeps"), [(0.0, True), (0.05, True), (1.0, False), (-1.0, False), (4.3, False)])
def test_a_steady_tempo_that_is_not_the_files_drifts_past_its_beat(turns: float, keeps: bool):
    drifting = by_hand(rhythm(), 0.03) * (1 + turns / 160)
    assert follows_beat(ticks(drifting), TICKS) == keeps


def test_a_beat_that_is_lost_in_the_middle_is_no_beat():
    half = rhythm(20)
    astray = rubato(half, seed=1) + 80
    assert timing(by_hand(np.concatenate([half, half + 80]), 0.04)) == "loose"
    assert timing(by_hand(np.concatenate([half, astray]), 0.04)) == "none"


def test_notes_at_random_have_no_beat_however_many():
    for notes in (48, 200, 2000):
        assert timing(np.random.default_rng(notes).uniform(0, notes / 3, notes)) == "none"


def test_of_too_few_notes_to_tell_the_file_is_believed():
    scattered = np.random.default_rng(1).uniform(0, 20, 48)
    assert timing(scattered) == "none"
    assert timing(scattered[:47]) == "loose"
    assert timing(np.zeros(0)) == "loose"


def test_judging_onsets_leaves_them_as_they_are():
    onsets = ticks(by_hand(rhythm(), 0.05))
    before = onsets.copy()
    follows_beat(onsets, TICKS)
    np.testing.assert_array_equal(onsets, before)
