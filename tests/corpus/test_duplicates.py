"""One piece of music in two formats is found; nothing else is."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ganola.corpus.duplicates import find_duplicates, onset_overlap
from ganola.corpus.open import open_source
from ganola.corpus.phrases import Phrases, read_phrases
from ganola.corpus.store import Corpus
from ganola.music.io.files import read_score
from ganola.music.io.musicxml.write import write_musicxml


def read(folder: Path, corpus: Corpus) -> Phrases:
    return read_phrases(open_source(str(folder)).files, corpus.plan)


def test_the_same_notes_beside_each_other_in_two_formats_are_one(corpus, collection, tmp_path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    tunes = [collection / f"tune-{index:02d}.mid" for index in range(3)]
    for path in tunes[:2]:
        shutil.copy(path, mine)
    write_musicxml(read_score(tunes[0]).transpose(3), mine / "tune-00.musicxml")
    write_musicxml(read_score(tunes[2]), mine / "tune-01.musicxml")  # of the same name, but other music
    phrases = read(mine, corpus)
    assert phrases.names == ("tune-00.mid", "tune-00.musicxml", "tune-01.mid", "tune-01.musicxml")
    assert find_duplicates(phrases) == {1: 0}


def test_tunes_of_one_book_are_never_one_however_alike(corpus, tmp_path) -> None:
    tune = "X:{}\nM:4/4\nL:1/2\nK:C\nV:1\nCE|FA|GB|C{}|\nV:2 clef=bass\nC,2|F,2|G,2|C,2|\n"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "book.abc").write_text("\n".join([tune.format(1, "E"), tune.format(2, "G")]))
    phrases = read(tmp_path / "mine", corpus)
    assert phrases.names == ("book.abc#1", "book.abc#2")
    assert onset_overlap(phrases.of_file(0), phrases.of_file(1)) > 0.5
    assert find_duplicates(phrases) == {}


def test_music_is_alike_in_any_key_and_not_at_another_length() -> None:
    cells = np.zeros((2, 1, 4, 24), dtype=np.uint8)
    cells[0, 0, 0, 5] = cells[0, 0, 2, 9] = cells[1, 0, 1, 7] = 1
    moved = np.roll(cells, 4, axis=3)
    assert onset_overlap(cells, moved) == 1
    moved[1, 0, 1, 11] = 0
    moved[1, 0, 2, 11] = 1
    assert onset_overlap(cells, moved) == pytest.approx(2 / 4)
    assert onset_overlap(cells, moved[:1]) == 0
