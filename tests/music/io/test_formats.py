"""The table of formats, and how another one is added."""

import pytest

from ganola.music.io import files, formats
from ganola.music.io.formats import FORMATS, MUSIC_SUFFIXES
from tests.extending import run_example


def test_no_two_formats_share_a_suffix():
    assert len(set(MUSIC_SUFFIXES)) == len(MUSIC_SUFFIXES) == sum(len(one.suffixes) for one in FORMATS)


def test_the_format_of_the_documentation_is_read_once_it_is_in_the_table(monkeypatch: pytest.MonkeyPatch):
    example = run_example("A file format")
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, example["PITCHES"]))
    monkeypatch.setattr(files, "MUSIC_SUFFIXES", (*MUSIC_SUFFIXES, ".pitches"))
    (tune,) = files.tunes_in(b"pitches 60 62 64\n", ".Pitches")
    assert tune.read().notes.rows() == [(0, 0, 1, 60), (0, 1, 2, 62), (0, 2, 3, 64)]
