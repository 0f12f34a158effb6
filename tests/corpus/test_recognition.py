"""Pieces of a corpus are known again by their notes."""

import shutil
from pathlib import Path

import pytest

from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.phrases import Phrases, read_phrases
from ganola.corpus.plan import PLAN, load_plan
from ganola.corpus.recognition import recognise_pieces
from ganola.corpus.store import Corpus
from ganola.music.io.midi.write import write_midi
from ganola.music.roll import to_score
from tests.corpora import write_tunes


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    """Eight tunes of six bars, two bars a phrase."""
    folder = tmp_path_factory.mktemp("known")
    write_tunes(folder / "tunes", 8)
    return build(open_source(str(folder / "tunes")), folder / "c", BuildOptions(bars=2, steps_per_quarter=2), workers=0)


def read(folder: Path, corpus: Corpus) -> Phrases:
    return read_phrases(open_source(str(folder)).files, load_plan(corpus.folder / PLAN).plan)


def test_a_corpus_knows_its_own_files_under_any_name_and_in_every_split(corpus, tmp_path) -> None:
    tunes = corpus.folder.parent / "tunes"
    for index, path in enumerate(sorted(tunes.iterdir())):
        shutil.copy(path, _made(tmp_path / "mine") / f"other name {index}.mid")
    found = recognise_pieces(read(tmp_path / "mine", corpus), corpus)
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
    assert recognise_pieces(phrases, corpus) == {}


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder
