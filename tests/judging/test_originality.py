"""Which held-out music sets the threshold of copies, and what is one."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ganola.corpus.store import PIECES, Corpus, open_corpus
from ganola.errors import InputError
from ganola.judging.copying import Nearest, nearest, threshold
from ganola.judging.originality import Originality, originality
from ganola.judging.reference import HELD_OUT, some_windows


def with_splits(styled: Corpus, folder: Path, **renamed: str) -> Corpus:
    """A copy of the corpus some of whose splits are called otherwise."""
    shutil.copytree(styled.folder, folder)
    lines = (folder / PIECES).read_text()
    for split, other in renamed.items():
        assert f'"split": "{split}"' in lines
        lines = lines.replace(f'"split": "{split}"', f'"split": "{other}"')
    (folder / PIECES).write_text(lines)
    return open_corpus(folder)


def test_test_music_sets_the_threshold(styled) -> None:
    told: list[tuple[int, int]] = []
    found = originality(styled, lambda *far: told.append(far))
    held_out = nearest(some_windows(styled, "test", HELD_OUT, seed=0).cells, found.training)
    assert found.held_out.similarity.tolist() == held_out.similarity.tolist()
    assert found.threshold == threshold(held_out)
    assert told[-1] == (len(found.training.whole), len(found.training.whole))


def test_where_there_is_no_test_music_validation_music_sets_it(styled, tmp_path) -> None:
    untested = with_splits(styled, tmp_path / "untested", test="none")
    found = originality(untested)
    held_out = nearest(some_windows(styled, "validation", HELD_OUT, seed=0).cells, found.training)
    assert found.held_out.similarity.tolist() == held_out.similarity.tolist()


def test_where_nothing_is_held_out_nothing_says_what_a_copy_is(styled, tmp_path) -> None:
    with pytest.raises(InputError, match="neither test nor validation music"):
        originality(with_splits(styled, tmp_path / "trained", test="none", validation="none"))


def test_the_same_is_a_copy_even_where_held_out_music_is_the_same(styled) -> None:
    found = originality(styled)
    none = np.zeros(3, dtype=np.int64)
    near = Nearest(np.array([0.4, 0.9, 1.0]), none, none, none)
    assert Originality(found.training, 1.0, found.held_out).copies(near).tolist() == [False, False, True]
    assert Originality(found.training, 0.4, found.held_out).copies(near).tolist() == [False, True, True]
    cells = some_windows(styled, "train", 3, seed=0).cells
    assert Originality(found.training, 1.0, found.held_out).copied(cells).all()
