"""Which held-out music sets the threshold of copies, and what is one."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ganola.corpus.pieces import piece_line
from ganola.corpus.store import PIECES, Corpus, open_corpus
from ganola.errors import InputError
from ganola.judging.copying.detector import CopyDetector, build_copy_detector, copy_threshold
from ganola.judging.copying.nearest import Nearest, find_nearest
from ganola.judging.reference import MAX_HELD_OUT, sample_windows
from tests.corpora import rewrite


def without_splits(styled: Corpus, folder: Path, *splits: str) -> Corpus:
    """A copy of the corpus that lacks the pieces of some splits."""
    assert set(splits) <= {piece.split for piece in styled.pieces}
    copy = open_corpus(Path(shutil.copytree(styled.folder, folder)))
    return rewrite(copy, PIECES, "".join(piece_line(piece) for piece in copy.pieces if piece.split not in splits))


def test_test_music_sets_the_threshold(styled) -> None:
    told: list[tuple[int, int]] = []
    found = build_copy_detector(styled, lambda *far: told.append(far))
    held_out = find_nearest(sample_windows(styled, "test", MAX_HELD_OUT, seed=0).cells, found.training)
    assert found.held_out.similarity.tolist() == held_out.similarity.tolist()
    assert found.threshold == copy_threshold(held_out)
    assert told[-1] == (len(found.training.whole), len(found.training.whole))


def test_where_there_is_no_test_music_validation_music_sets_it(styled, tmp_path) -> None:
    untested = without_splits(styled, tmp_path / "untested", "test")
    found = build_copy_detector(untested)
    held_out = find_nearest(sample_windows(styled, "validation", MAX_HELD_OUT, seed=0).cells, found.training)
    assert found.held_out.similarity.tolist() == held_out.similarity.tolist()


def test_where_nothing_is_held_out_nothing_says_what_a_copy_is(styled, tmp_path) -> None:
    with pytest.raises(InputError, match="neither test nor validation music"):
        build_copy_detector(without_splits(styled, tmp_path / "trained", "test", "validation"))


def test_the_same_is_a_copy_even_where_held_out_music_is_the_same(styled) -> None:
    found = build_copy_detector(styled)
    none = np.zeros(3, dtype=np.int64)
    near = Nearest(np.array([0.4, 0.9, 1.0]), none, none, none)
    assert CopyDetector(found.training, 1.0, found.held_out).is_too_similar(near).tolist() == [False, False, True]
    assert CopyDetector(found.training, 0.4, found.held_out).is_too_similar(near).tolist() == [False, True, True]
    cells = sample_windows(styled, "train", 3, seed=0).cells
    assert CopyDetector(found.training, 1.0, found.held_out).is_copy(cells).all()
