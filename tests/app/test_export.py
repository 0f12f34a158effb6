"""A split's pieces as the networks see them, exported."""

from pathlib import Path

import mido
import numpy as np
import pytest

from ganola.app.export import export_split
from ganola.corpus.build import build
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.store import Corpus
from ganola.errors import InputError
from ganola.music.io.files import read_provenance, read_score
from ganola.music.roll import encode
from ganola.music.score import quantise
from tests.corpora import write_tunes


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_every_exported_piece_is_its_cells(corpus: Corpus, tmp_path: Path, split: str):
    export_split(corpus.folder, tmp_path / "out", split)
    pieces = corpus.of_split(split)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(piece.name for piece in pieces)
    for piece in pieces:
        score = read_score(tmp_path / "out" / piece.name)
        notes = quantise(score, corpus.grid.steps_per_quarter).notes
        cells = encode(notes, len(corpus.tracks), piece.bars * corpus.grid.steps_per_bar, corpus.grid)
        assert np.array_equal(cells, corpus.piece_cells(piece))
        assert [(track.name, track.program) for track in score.tracks] == [("Melody", 73), ("Bass", 32)]
        assert score.tempo == pytest.approx(piece.tempo)


def test_an_exported_piece_lasts_whole_bars_and_has_its_name_and_key(corpus: Corpus, tmp_path: Path):
    export_split(corpus.folder, tmp_path / "out", "test")
    for piece in corpus.of_split("test"):
        file = mido.MidiFile(tmp_path / "out" / piece.name)
        assert file.tracks[0].name == piece.name
        keys = [message.key for message in file.tracks[0] if message.type == "key_signature"]
        assert len(keys) == 1
        assert keys[0] in ("C", "Cm")  # every piece was brought there
        ticks = file.ticks_per_beat * piece.bars * 4
        assert {sum(message.time for message in track) for track in file.tracks} == {ticks}


def test_an_exported_piece_says_what_it_is(corpus: Corpus, tmp_path: Path):
    export_split(corpus.folder, tmp_path / "out", "test")
    piece = corpus.of_split("test")[0]
    assert read_provenance(tmp_path / "out" / piece.name) == {
        "corpus": corpus.manifest.fingerprint,
        "piece": piece.name,
        "split": "test",
        "key": piece.key,
        "transposed": piece.semitones,
    }


def test_a_folder_with_something_in_it_is_not_written_to(corpus: Corpus, tmp_path: Path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        export_split(corpus.folder, tmp_path, "test")


def test_pieces_whose_names_look_alike_are_all_exported(tmp_path: Path):
    write_tunes(tmp_path / "tunes", count=2)
    (tmp_path / "tunes" / "tune").mkdir()
    (tmp_path / "tunes" / "tune-00.mid").rename(tmp_path / "tunes" / "tune" / "01.mid")
    options = BuildOptions(bars=2, steps_per_quarter=2)
    folder = build(open_source(str(tmp_path / "tunes")), tmp_path / "tunes.corpus", options, workers=0).folder
    export_split(folder, tmp_path / "out", "train")  # two tunes are too few for any other split
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.mid")}
    assert names == {"tune-01.mid", "tune/01.mid"}


def test_a_split_without_pieces_is_refused(tmp_path: Path):
    write_tunes(tmp_path / "tunes", count=2)
    options = BuildOptions(bars=2, steps_per_quarter=2)
    folder = build(open_source(str(tmp_path / "tunes")), tmp_path / "tunes.corpus", options, workers=0).folder
    with pytest.raises(InputError, match="has no pieces"):
        export_split(folder, tmp_path / "test", "test")
    assert not (tmp_path / "test").exists()
