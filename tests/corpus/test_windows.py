import numpy as np
import pytest

from ganola.corpus.store import Corpus
from ganola.corpus.windows import windows_of
from ganola.errors import InputError
from ganola.music.roll import OFF, ONSET, encode, from_planes, to_planes
from ganola.music.score import Notes
from tests.corpus.conftest import PAUSE_ROWS

BAR = 16


def cut(first_bar: int, bars: int) -> Notes:
    """The notes of the piece with the rest that sound in some of its bars, cut off at both ends."""
    first, last = first_bar * BAR, (first_bar + bars) * BAR
    return Notes.of(
        [
            (track, max(start, first) - first, min(end, last) - first, pitch)
            for track, start, end, pitch in PAUSE_ROWS
            if start < last and end > first
        ]
    )


def test_a_window_begins_at_every_bar_but_where_all_is_silent(pause: Corpus):
    windows = windows_of(pause, "train")
    assert windows.first_bar.tolist() == [0, 1, 2, 5]
    assert len(windows) == 4


def test_a_window_is_the_piece_cut_by_hand(pause: Corpus):
    windows = windows_of(pause, "train")
    rolls = windows.rolls(np.arange(4))
    for roll, first_bar in zip(rolls, windows.first_bar.tolist(), strict=True):
        expected = encode(cut(first_bar, 2), 1, 2 * BAR, pause.grid)
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
    bar = corpus.grid.steps_per_bar
    rolls = from_planes(windows.rolls(np.arange(len(windows))))
    for roll, piece, first_bar in zip(rolls, windows.piece, windows.first_bar, strict=True):
        first = (first_bar - pieces[piece].first_bar) * bar
        cells = corpus.piece_cells(pieces[piece])[:, first : first + 2 * bar]
        assert np.array_equal(roll[:, 1:], cells[:, 1:])
        assert np.array_equal(roll[:, 0], np.where(cells[:, 0] == OFF, OFF, ONSET))


def test_no_window_crosses_from_one_piece_into_the_next(corpus: Corpus):
    for split in ("train", "validation", "test"):
        windows, pieces = windows_of(corpus, split), corpus.of_split(split)
        last = [pieces[piece].first_bar + pieces[piece].bars - 2 for piece in windows.piece]
        assert (windows.first_bar <= np.array(last)).all()
        assert len(windows) == sum(piece.bars - 1 for piece in pieces)


def test_a_split_without_music_is_refused(pause: Corpus):
    with pytest.raises(InputError, match="validation split"):
        windows_of(pause, "validation")
