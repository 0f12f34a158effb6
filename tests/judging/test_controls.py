import numpy as np
import pytest

from ganola.judging import analysis
from ganola.judging.analysis import notes_of
from ganola.judging.controls import WRONG_NOTES, add_wrong_notes, copies_of, noise, shuffle_bars
from ganola.judging.reference import sample_windows
from ganola.judging.windows import WindowSet
from ganola.music.grid import Grid
from ganola.music.roll import OFF
from ganola.music.tracks import Track


@pytest.fixture(scope="module")
def training(styled) -> WindowSet:
    return sample_windows(styled, "train", 400, seed=0)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_copier_plays_training_windows_note_for_note(training) -> None:
    copies = copies_of(training, 30, chance())
    known = {window.tobytes() for window in training.cells}
    assert len(copies) == 30
    assert all(window.tobytes() in known for window in copies.cells)
    assert set(copies.group) <= set(training.group)
    assert len(copies.group) == 30


def test_noise_has_the_density_of_each_track(training) -> None:
    found = (noise(training, 2000, chance()).cells != OFF).mean(axis=(0, 2, 3))
    np.testing.assert_allclose(found, (training.cells != OFF).mean(axis=(0, 2, 3)), rtol=0.03)


def test_noise_is_the_same_however_much_of_it_is_made_at_once(training, monkeypatch) -> None:
    whole = noise(training, 50, chance()).cells
    monkeypatch.setattr(analysis, "CELLS_AT_ONCE", 3 * whole[0].size)
    assert np.array_equal(noise(training, 50, chance()).cells, whole)


def test_shuffled_bars_are_real_bars_at_their_place(training, styled) -> None:
    found = shuffle_bars(training, styled.grid, chance())
    bar = styled.grid.steps_per_bar
    for index in range(styled.grid.bars):
        own = slice(index * bar, (index + 1) * bar)
        assert sorted(window.tobytes() for window in found.cells[:, :, own] != OFF) == sorted(
            window.tobytes() for window in training.cells[:, :, own] != OFF
        )
    assert (found.cells[:, :, bar:] != training.cells[:, :, bar:]).any(axis=(1, 2, 3)).mean() > 0.9


def test_a_note_held_into_a_shuffled_bar_is_struck_there() -> None:
    grid = Grid(lowest=60, pitches=2, steps_per_quarter=1, metre="2/4", bars=2)
    held, silent = np.zeros((2, 1, 4, 2), dtype=np.uint8)
    held[0, :, 0] = [1, 2, 2, 2]
    found = shuffle_bars(WindowSet("two", np.stack([held, silent]), np.arange(2)), grid, chance())
    assert sorted(found.cells[:, 0, 2:, 0].tolist()) == [[0, 0], [1, 2]]


def test_five_notes_in_a_hundred_are_a_semitone_off_and_nothing_else_changes(training, styled) -> None:
    wrong = add_wrong_notes(training, styled.grid, styled.tracks, chance())
    right, heard = notes_of(training.cells, styled.grid), notes_of(wrong.cells, styled.grid)
    assert (wrong.group == training.group).all()
    assert len(heard) == pytest.approx(len(right), rel=0.005)

    def places(notes) -> set[tuple[int, ...]]:
        columns = (notes.window, notes.track, notes.start, notes.pitch)
        return set(zip(*(column.tolist() for column in columns), strict=True))

    gone, come = places(right) - places(heard), places(heard) - places(right)
    assert len(gone) / len(right) == pytest.approx(WRONG_NOTES, rel=0.15)
    moved = {(window, track, start) for window, track, start, _ in gone}
    assert {(window, track, start) for window, track, start, _ in come} <= moved
    by_place = {place[:3]: place[3] for place in gone}
    assert all(abs(by_place[place[:3]] - place[3]) == 1 for place in come)


def test_other_shares_of_notes_can_be_wrong(training, styled) -> None:
    found = add_wrong_notes(training, styled.grid, styled.tracks, chance(), 0.2)
    before, after = (notes_of(music.cells, styled.grid) for music in (training, found))
    assert found.name == "20% wrong notes"
    assert (np.bincount(before.pitch, minlength=128) != np.bincount(after.pitch, minlength=128)).any()
    changed = (training.cells != found.cells).any(axis=(1, 2, 3)).mean()
    fewer = (training.cells != add_wrong_notes(training, styled.grid, styled.tracks, chance(), 0.01).cells).any(
        axis=(1, 2, 3)
    )
    assert changed > 0.8 > fewer.mean()


def test_drums_are_never_out_of_tune(training, styled) -> None:
    drums = tuple(Track(name=track.name, drums=True) for track in styled.tracks)
    assert (add_wrong_notes(training, styled.grid, drums, chance()).cells == training.cells).all()


def test_wrong_notes_stay_on_the_grid() -> None:
    grid = Grid(lowest=60, pitches=2, steps_per_quarter=1, metre="4/4", bars=1)
    cells = np.ones((500, 1, 4, 2), dtype=np.uint8) * np.array([0, 1], dtype=np.uint8)
    found = add_wrong_notes(WindowSet("top", cells, np.arange(500)), grid, (Track(name="one"),), chance())
    assert 0 < (found.cells[..., 0] != OFF).mean() < 0.2


def test_one_pitch_leaves_no_room_for_wrong_notes() -> None:
    grid = Grid(lowest=60, pitches=1, steps_per_quarter=1, metre="4/4", bars=1)
    cells = np.ones((50, 1, 4, 1), dtype=np.uint8)
    assert (
        add_wrong_notes(WindowSet("one", cells, np.arange(50)), grid, (Track(name="one"),), chance()).cells == cells
    ).all()


def test_controls_change_no_music_and_the_same_chance_makes_the_same(training, styled) -> None:
    before = training.cells.copy()
    for make in (
        lambda seed: copies_of(training, 20, chance(seed)),
        lambda seed: noise(training, 20, chance(seed)),
        lambda seed: shuffle_bars(training, styled.grid, chance(seed)),
        lambda seed: add_wrong_notes(training, styled.grid, styled.tracks, chance(seed)),
    ):
        assert (make(1).cells == make(1).cells).all()
        assert (make(1).cells != make(2).cells).any()
    assert (training.cells == before).all()
