import numpy as np
import pytest

from ganola.corpus.fitting import NO_BEAT, FittedPiece, fit_piece
from ganola.corpus.piece_stats import analyse_piece
from ganola.corpus.plan import Plan, PlannedTrack
from ganola.music.metre import MetreChange
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.corpus.marching import march
from tests.metres import metre_at

PIANO = Track(name="Piano")


def score(onsets: np.ndarray) -> Score:
    """Notes that begin at these ticks, 480 a quarter note."""
    rows = [(0, int(tick), int(tick) + 200, 60 + index % 7) for index, tick in enumerate(onsets)]
    return Score((PIANO,), Notes.of(rows), 480, (metre_at(0, "4/4"),))


def made(music: Score, *, free_timing: bool = False) -> FittedPiece | str:
    plan = Plan(free_timing=free_timing, tracks=(PlannedTrack(name="all"),))
    piece = analyse_piece("song.mid", "", music, fingerprint=False)
    return fit_piece(piece.stats, piece.score, plan)


def test_music_without_a_beat_is_left_out_unless_the_plan_takes_it():
    adrift = score(np.cumsum(np.linspace(200, 300, 400)))
    assert made(adrift) == NO_BEAT
    assert isinstance(made(adrift, free_timing=True), FittedPiece)


@pytest.mark.parametrize("free_timing", [False, True])
def test_what_is_played_loosely_comes_to_the_nearest_step(free_timing: bool):
    late = np.clip(np.random.default_rng(6).normal(0, 20, 400), -55, 55)  # half a step is 60 ticks
    found = made(score(480 + 240 * np.arange(400) + late), free_timing=free_timing)
    assert isinstance(found, FittedPiece)
    assert sorted(found.notes.start.tolist()) == [4 + 2 * quaver for quaver in range(400)]


@pytest.mark.parametrize("metre", [metre_at(0, "4/4"), metre_at(0, "2/4")])
@pytest.mark.parametrize("steps", [4, 6])
def test_estimated_bars_begin_where_the_notes_say_on_any_grid_and_in_bars_of_twice_the_length(
    metre: MetreChange, steps: int
):
    late = [(0, start + 240, end + 240, pitch) for _, start, end, pitch in march()]  # by half a quarter note
    piece = analyse_piece("song.mid", "", Score((PIANO,), Notes.of(late), 480, (metre,)), fingerprint=False)
    assert not piece.stats.bars_stated
    found = fit_piece(piece.stats, piece.score, Plan(steps_per_quarter=steps, tracks=(PlannedTrack(name="all"),)))
    assert isinstance(found, FittedPiece)
    bass = found.notes.start[found.notes.pitch < 48]
    assert np.flatnonzero(np.bincount(bass % (4 * steps))).tolist() == [0]
