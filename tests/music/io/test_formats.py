"""The table of formats, and how another one is added."""

import re
from pathlib import Path

import pytest

from ganola.music.io import files, formats
from ganola.music.io.formats import FORMATS, MUSIC_SUFFIXES

EXTENDING = Path(__file__).parents[3] / "docs" / "extending.md"


def test_no_two_formats_share_a_suffix():
    assert len(set(MUSIC_SUFFIXES)) == len(MUSIC_SUFFIXES) == sum(len(one.suffixes) for one in FORMATS)


def test_the_format_of_the_documentation_is_read_once_it_is_in_the_table(monkeypatch: pytest.MonkeyPatch):
    section = EXTENDING.read_text(encoding="utf-8").partition("## A file format")[2]
    example: dict = {}
    exec(re.search(r"```python\n(.*?)```", section, re.DOTALL)[1], example)  # noqa: S102
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, example["PITCHES"]))
    monkeypatch.setattr(files, "MUSIC_SUFFIXES", (*MUSIC_SUFFIXES, ".pitches"))
    (tune,) = files.tunes_in(b"pitches 60 62 64\n", ".Pitches")
    assert tune.read().notes.rows() == [(0, 0, 1, 60), (0, 1, 2, 62), (0, 2, 3, 64)]
