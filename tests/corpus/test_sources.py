import os
import sys
from pathlib import Path

import pytest

from ganola.corpus.sources import open_source
from ganola.errors import InputError


def test_a_folder_is_searched_to_its_depths_in_order(tmp_path: Path):
    for name in ("b.mid", "a/z.MIDI", "a/y.mid", "notes.txt", "c.midi.bak"):
        (tmp_path / "songs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "songs" / name).write_bytes(b"?")
    (tmp_path / "songs" / "folder.mid").mkdir()
    source = open_source(str(tmp_path / "songs"))
    assert source.name == "songs"
    assert [file.name for file in source.files] == ["a/y.mid", "a/z.MIDI", "b.mid"]
    assert source.files[0].path == tmp_path / "songs" / "a" / "y.mid"


def test_chorales_have_four_voices_of_one_note_each():
    source = open_source("chorales")
    assert [track.name for track in source.tracks or ()] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert all(track.one_note for track in source.tracks or ())
    assert source.beats_per_bar == 4
    assert len(source.files) > 350


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="there is no folder") as caught:
        open_source(str(tmp_path / "songs"))
    assert "chorales" in caught.value.remedy


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "song.mid").write_bytes(b"?")
    with pytest.raises(InputError, match="is a file"):
        open_source(str(tmp_path / "song.mid"))


def test_a_folder_without_midi_is_refused(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("?")
    with pytest.raises(InputError, match="no MIDI files"):
        open_source(str(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_a_name_that_is_no_text_is_shown_with_escapes(tmp_path: Path):
    (tmp_path / os.fsdecode(b"caf\xe9.mid")).write_bytes(b"?")
    assert [file.name for file in open_source(str(tmp_path)).files] == [r"caf\xe9.mid"]
