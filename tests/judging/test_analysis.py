import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.judging import analysis as analysis_module
from ganola.judging.analysis import analyse, cells_of, count_table, divide_or_nan, in_chunks, notes_of
from ganola.music.grid import Grid
from ganola.music.metre import COMMON_TIME
from ganola.music.roll import decode, find_onsets, sounding
from ganola.music.tracks import Track
from tests.strategies import fitted

GRID = Grid(lowest=50, pitches=20, steps_per_quarter=2, metre="3/4", bars=1)


@given(st.data())
def test_notes_of_windows_are_those_of_the_codec(data) -> None:
    randomness = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    density = data.draw(st.sampled_from([0.02, 0.2, 0.7]))
    cells = randomness.integers(1, 3, (3, 2, GRID.steps, GRID.pitches), dtype=np.uint8)
    cells *= randomness.random(cells.shape) < density
    before = cells.copy()
    notes = notes_of(cells, GRID)
    for window in range(3):
        own = notes.where(notes.window == window)
        columns = (own.track, own.start, own.start + own.length, own.pitch)
        assert sorted(zip(*(column.tolist() for column in columns), strict=True)) == sorted(
            decode(cells[window], GRID).rows()
        )
    assert (cells == before).all()
    again = cells_of(notes, 3, 2, GRID)
    assert (sounding(again) == sounding(cells)).all()
    assert (find_onsets(again) == find_onsets(cells)).all()


@given(fitted())
def test_cells_of_is_the_inverse_of_notes_of(fixture) -> None:
    from ganola.music.roll import encode

    grid = fixture.grid.model_copy(update={"metre": COMMON_TIME})
    steps = fixture.steps
    cells = encode(fixture.notes, len(fixture.tracks), steps, grid)[None]
    notes = notes_of(cells, grid)
    rebuilt = np.zeros_like(cells)
    long = grid.model_copy(update={"bars": -(-steps // grid.steps_per_bar)})
    rebuilt = cells_of(notes, 1, len(fixture.tracks), long)[:, :, :steps]
    assert (rebuilt == cells).all()


def test_chroma_counts_the_notes_of_each_pitch_class_step_by_step_and_no_drums() -> None:
    cells = np.zeros((2, 2, GRID.steps, GRID.pitches), dtype=np.uint8)
    cells[1, 0, 1, 2], cells[1, 0, 2, 2] = 1, 2  # E3 for two steps
    cells[1, 0, 2, 14] = 1  # E4 for one
    cells[1, 1, 0, 0] = 1
    analysis = analyse(cells, GRID, (Track(name="piano"), Track(name="drums", drums=True)))
    expected = np.zeros((2, 2, GRID.steps, 12))
    expected[1, 0, 1, 4], expected[1, 0, 2, 4] = 1, 2
    np.testing.assert_array_equal(analysis.chroma, expected)
    assert len(analysis.pitched) == 2
    assert len(analysis.notes) == 3


def test_the_melody_is_the_highest_note_of_each_onset() -> None:
    cells = np.zeros((1, 1, GRID.steps, GRID.pitches), dtype=np.uint8)
    cells[0, 0, 0, [3, 9]] = 1
    cells[0, 0, 2, 5] = 1
    analysis = analyse(cells, GRID, (Track(name="piano"),))
    assert analysis.top.pitch.tolist() == [59, 55]
    assert analysis.melodic_steps[1].tolist() == [-4]


def test_a_share_of_nothing_is_no_number_and_warns_nobody() -> None:
    found = divide_or_nan(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    assert found[0] == 1 / 4
    assert np.isnan(found[1])


def test_a_count_table_weighs() -> None:
    rows, columns = np.array([0, 0, 1]), np.array([2, 2, 0])
    np.testing.assert_array_equal(count_table(rows, columns, (2, 3)), [[0, 0, 2], [1, 0, 0]])
    np.testing.assert_array_equal(
        count_table(rows, columns, (2, 3), np.array([0.5, 1.0, 3.0])), [[0, 0, 1.5], [3, 0, 0]]
    )


@pytest.mark.parametrize("count", [0, 2])
def test_silence_has_no_notes(count) -> None:
    cells = np.zeros((count, 1, GRID.steps, GRID.pitches), dtype=np.uint8)
    assert len(notes_of(cells, GRID)) == 0
    assert (cells_of(notes_of(cells, GRID), count, 1, GRID) == cells).all()


def test_as_many_windows_are_taken_at_once_as_their_size_allows(monkeypatch) -> None:
    assert [len(own) for own in in_chunks(np.zeros((300, 4, 64, 48), dtype=np.uint8))] == [256, 44]
    assert not list(in_chunks(np.zeros((0, 4, 64, 48), dtype=np.uint8)))
    monkeypatch.setattr(analysis_module, "CELLS_AT_ONCE", 25)
    cells = np.arange(50, dtype=np.uint8).reshape(5, 1, 2, 5)
    assert [len(own) for own in in_chunks(cells)] == [2, 2, 1]
    assert (np.concatenate(list(in_chunks(cells))) == cells).all()
    assert [len(own) for own in in_chunks(np.zeros((2, 1, 6, 5), dtype=np.uint8))] == [1, 1]
