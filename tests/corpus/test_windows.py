from pathlib import Path

import numpy as np
import pytest

from ganola.corpus.store import Corpus
from ganola.corpus.windows import NO_LABEL, Windows, windows_of
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.roll import OFF, ONSET, encode, from_planes, to_planes
from ganola.music.tracks import Track
from tests.corpus.by_hand import Music, cut, write_corpus
from tests.strategies import Row

BAR = 16

# Held over the first bar line; then bars 3, 4 and 5 are silent.
PAUSE_ROWS = [(0, 3, 21, 60), (0, 40, 44, 64), (0, 44, 46, 64), (0, 97, 110, 67)]


@pytest.fixture(scope="module")
def pause(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus of one piece of seven bars with a long rest in it, two bars a phrase."""
    music = Music("pause.mid", "train", (7,), PAUSE_ROWS)
    grid = Grid(lowest=60, pitches=12, bars=2)
    return write_corpus(tmp_path_factory.mktemp("pause") / "corpus", grid, (Track(name="Flute"),), [[music]])


def walk(seed: int, bars: int) -> list[Row]:
    """Notes of any length up to three bars over each other in two tracks, a string after another."""
    generator = np.random.default_rng(seed)
    rows = []
    for track, pitch in [(0, 50), (0, 57), (1, 50), (1, 61)]:
        step = int(generator.integers(0, 9))
        while step < bars * BAR:
            length = int(generator.integers(1, 48))
            rows.append((track, step, min(step + length, bars * BAR), pitch))
            step += length + int(generator.integers(0, 3))
    return rows


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Pieces of every split in three shards, some in segments, some too short for a window of three bars."""
    segments = [(6,), (3, 4), (2,), (5, 1, 3), (9,), (2, 2), (4,), (3,)]
    splits = ["train", "test", "train", "train", "validation", "validation", "train", "test"]
    music = [
        Music(f"{seed}.mid", split, own, walk(seed, sum(own)))
        for seed, (split, own) in enumerate(zip(splits, segments, strict=True))
    ]
    grid = Grid(lowest=50, pitches=12, bars=3)
    tracks = (Track(name="Melody"), Track(name="Bass"))
    shards = [music[:3], music[3:4], music[4:]]
    return write_corpus(tmp_path_factory.mktemp("pieces") / "corpus", grid, tracks, shards)


def test_a_window_begins_at_every_bar_but_where_all_is_silent(pause: Corpus):
    windows = windows_of(pause, "train")
    assert windows.first_bar.tolist() == [0, 1, 2, 5]
    assert len(windows) == 4


def test_a_window_is_the_piece_cut_by_hand(pause: Corpus):
    windows = windows_of(pause, "train")
    rolls = windows.rolls(np.arange(4))
    for roll, first_bar in zip(rolls, windows.first_bar.tolist(), strict=True):
        expected = encode(cut(PAUSE_ROWS, first_bar * BAR, (first_bar + 2) * BAR), 1, 2 * BAR, pause.grid)
        assert np.array_equal(roll, to_planes(expected))


def test_a_note_held_from_before_is_struck_at_the_first_step(pause: Corpus):
    whole = pause.piece_cells(pause.pieces[0])
    assert whole[0, BAR - 1 : BAR + 1, 0].tolist() == [2, 2]
    second = from_planes(windows_of(pause, "train").rolls(np.array([1])))
    assert second[0, 0, :6, 0].tolist() == [ONSET, 2, 2, 2, 2, 0]


def test_windows_come_in_the_order_asked_for(pause: Corpus):
    windows = windows_of(pause, "train")
    assert np.array_equal(windows.rolls(np.array([3, 0, 0])), windows.rolls(np.arange(4))[[3, 0, 0]])
    assert windows.rolls(np.array([], dtype=np.int64)).shape == (0, 1, 2, 32, 12)


def test_reading_windows_changes_nothing_on_disk(pause: Corpus):
    windows = windows_of(pause, "train")
    first = windows.rolls(np.arange(4))
    first[...] = True
    assert not windows.rolls(np.arange(4)).all()


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_every_window_of_every_shard_is_its_pieces_own(corpus: Corpus, split: str):
    windows, pieces = windows_of(corpus, split), corpus.of_split(split)
    chosen = np.random.default_rng(1).permutation(len(windows))
    rolls = from_planes(windows.rolls(chosen))
    for roll, index in zip(rolls, chosen, strict=True):
        piece = pieces[windows.piece[index]]
        assert piece.shard == windows.shard[index]
        first = (windows.first_bar[index] - piece.first_bar) * BAR
        cells = corpus.piece_cells(piece)[:, first : first + 3 * BAR]
        assert np.array_equal(roll[:, 1:], cells[:, 1:])
        assert np.array_equal(roll[:, 0], np.where(cells[:, 0] == OFF, OFF, ONSET))


def place_of_each(windows: Windows) -> list[tuple[int, int, int]]:
    columns = (windows.piece, windows.shard, windows.first_bar)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_a_batch_has_the_planes_the_labels_and_the_velocities_of_its_windows(tmp_path: Path):
    grid = Grid(lowest=50, pitches=12, bars=2)
    labels = ("jigs", "", "reels")
    music = [Music(f"{number}.mid", "train", (3,), walk(number, 3), label) for number, label in enumerate(labels)]
    corpus = write_corpus(tmp_path / "corpus", grid, (Track(name="Melody"), Track(name="Bass")), [music])
    windows = windows_of(corpus, "train")
    indices = np.array([5, 0, 2])
    batch = windows.batch(indices)
    assert np.array_equal(batch.planes, windows.rolls(indices))
    assert corpus.manifest.labels == ("reels", "jigs")
    assert batch.labels.tolist() == [0, 1, NO_LABEL]
    assert np.array_equal(batch.velocity, 84 * batch.planes[:, :, 0])


def test_windows_lie_within_a_section_in_the_order_of_the_pieces(corpus: Corpus):
    assert place_of_each(windows_of(corpus, "test")) == [(0, 0, 6), (0, 0, 9), (0, 0, 10), (1, 2, 17)]
    in_train = [(0, 0, row) for row in range(4)] + [(2, 1, row) for row in (0, 1, 2, 6)] + [(3, 2, 13), (3, 2, 14)]
    assert place_of_each(windows_of(corpus, "train")) == in_train
    assert place_of_each(windows_of(corpus, "validation")) == [(0, 2, row) for row in range(7)]


def test_each_piece_knows_how_many_windows_it_has(corpus: Corpus):
    for split in ("train", "validation", "test"):
        counts = np.bincount(windows_of(corpus, split).piece, minlength=len(corpus.of_split(split)))
        assert counts.tolist() == [piece.windows for piece in corpus.of_split(split)]


def test_a_split_without_music_is_refused(pause: Corpus):
    with pytest.raises(InputError, match="validation split"):
        windows_of(pause, "validation")


def test_a_split_of_nothing_but_short_pieces_is_refused(tmp_path: Path):
    short = Music("short.mid", "train", (1, 1), [(0, 0, 20, 60)])
    grid = Grid(lowest=60, pitches=12, bars=2)
    corpus = write_corpus(tmp_path / "corpus", grid, (Track(name="Flute"),), [[short]])
    with pytest.raises(InputError, match="no windows"):
        windows_of(corpus, "train")
