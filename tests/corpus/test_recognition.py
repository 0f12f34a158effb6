"""Pieces of a corpus known again by their notes, and one music in two formats."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ganola.corpus.build import build
from ganola.corpus.phrases import Phrases, read_phrases
from ganola.corpus.plan import PLAN, load_plan
from ganola.corpus.proposal import Wishes
from ganola.corpus.recognition import recognise
from ganola.corpus.sources import open_source
from ganola.corpus.store import Corpus
from ganola.corpus.twins import alike, find_twins
from ganola.music.io.files import read_score
from ganola.music.io.midi.write import write_midi
from ganola.music.io.musicxml.write import write_musicxml
from ganola.music.roll import to_score
from tests.corpora import write_tunes


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    """Eight tunes of six bars, two bars a phrase."""
    folder = tmp_path_factory.mktemp("known")
    write_tunes(folder / "tunes", 8)
    return build(open_source(str(folder / "tunes")), folder / "c", Wishes(bars=2, steps_per_beat=2), workers=0)


def read(folder: Path, corpus: Corpus) -> Phrases:
    return read_phrases(open_source(str(folder)).files, load_plan(corpus.folder / PLAN).plan)


def test_a_corpus_knows_its_own_files_under_any_name_and_in_every_split(corpus, tmp_path) -> None:
    tunes = corpus.folder.parent / "tunes"
    for index, path in enumerate(sorted(tunes.iterdir())):
        shutil.copy(path, _made(tmp_path / "mine") / f"other name {index}.mid")
    found = recognise(read(tmp_path / "mine", corpus), corpus)
    assert found == {index: f"tune-{index:02d}.mid" for index in range(8)}
    assert {piece.split for piece in corpus.pieces} == {"train", "validation", "test"}


def test_other_music_and_a_quotation_are_not_known(corpus, tmp_path) -> None:
    write_tunes(tmp_path / "more", 10)
    mine = _made(tmp_path / "mine")
    shutil.copy(tmp_path / "more" / "tune-09.mid", mine / "a.mid")
    piece = corpus.pieces[0]
    bar = corpus.grid.steps_per_bar
    one_phrase = corpus.piece_cells(piece)[:, : 2 * bar]
    write_midi(to_score(one_phrase, corpus.grid, corpus.tracks, 120.0), mine / "b.mid", {"piece": piece.name})
    phrases = read(mine, corpus)
    assert phrases.names == ("a.mid", "b.mid")
    assert (phrases.of_file(1)[0] == one_phrase).all()  # the very notes, but a third of the piece
    assert recognise(phrases, corpus) == {}


def test_the_same_notes_beside_each_other_in_two_formats_are_one(corpus, tmp_path) -> None:
    mine = _made(tmp_path / "mine")
    tunes = sorted((corpus.folder.parent / "tunes").iterdir())
    for path in tunes[:2]:
        shutil.copy(path, mine)
    write_musicxml(read_score(tunes[0]).transposed(3), mine / "tune-00.musicxml")
    write_musicxml(read_score(tunes[2]), mine / "tune-01.musicxml")  # of the same name, but other music
    phrases = read(mine, corpus)
    assert phrases.names == ("tune-00.mid", "tune-00.musicxml", "tune-01.mid", "tune-01.musicxml")
    assert find_twins(phrases) == {1: 0}


def test_tunes_of_one_book_are_never_one_however_alike(corpus, tmp_path) -> None:
    tune = "X:{}\nM:4/4\nL:1/2\nK:C\nV:1\nCE|FA|GB|C{}|\nV:2 clef=bass\nC,2|F,2|G,2|C,2|\n"
    (_made(tmp_path / "mine") / "book.abc").write_text("\n".join([tune.format(1, "E"), tune.format(2, "G")]))
    phrases = read(tmp_path / "mine", corpus)
    assert phrases.names == ("book.abc#1", "book.abc#2")
    assert alike(phrases.of_file(0), phrases.of_file(1)) > 0.5
    assert find_twins(phrases) == {}


def test_music_is_alike_in_any_key_and_not_at_another_length() -> None:
    cells = np.zeros((2, 1, 4, 24), dtype=np.uint8)
    cells[0, 0, 0, 5] = cells[0, 0, 2, 9] = cells[1, 0, 1, 7] = 1
    moved = np.roll(cells, 4, axis=3)
    assert alike(cells, moved) == 1
    moved[1, 0, 1, 11] = 0
    moved[1, 0, 2, 11] = 1
    assert alike(cells, moved) == pytest.approx(2 / 4)
    assert alike(cells, moved[:1]) == 0


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder
