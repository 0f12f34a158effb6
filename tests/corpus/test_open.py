from pathlib import Path

import pytest

from ganola.corpus.collections import COLLECTIONS
from ganola.corpus.open import open_source
from ganola.errors import InputError


def test_a_collection_brings_its_tracks_and_says_where_it_is_from():
    source = open_source("chorales")
    assert [track.name for track in source.tracks or ()] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert (str(source.metre), source.complete) == ("4/4", True)
    assert source.about == (COLLECTIONS["chorales"].about, COLLECTIONS["chorales"].licence)
    assert source.tempo == COLLECTIONS["chorales"].tempo
    assert len(source.files) > 350


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="there is no folder") as caught:
        open_source(str(tmp_path / "songs"))
    assert "chorales" in caught.value.remedy


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "song.txt").write_bytes(b"?")
    with pytest.raises(InputError, match="is a file"):
        open_source(str(tmp_path / "song.txt"))
