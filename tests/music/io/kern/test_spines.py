"""Humdrum's table: which spine a field belongs to, and the pieces of a file."""

import pytest

from ganola.errors import InputError
from ganola.music.io.kern.spines import read_lines, split_humdrum


def spines(*lines: str) -> list[str]:
    """The data lines of a piece, each field as the letter of its spine (a, b, c ... as they open) and its text."""
    letters: dict[object, str] = {}
    table = []
    for line in read_lines("\n".join(lines)):
        for strand, _ in line.fields:
            letters.setdefault(strand.spine, "abcdef"[len(letters)])
        if not line.is_interpretation and not line.is_bar_line:
            table.append(" ".join(letters[strand.spine] + field for strand, field in line.fields))
    return table


OPEN = "**kern\t**kern"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (["*^\t*"], "a1 a2 b3"),
        (["*^\t*^"], "a1 a2 b3 b4"),
        (["*^\t*", "*^\t*^\t*"], "a1 a2 a3 a4 b5"),
        (["*^\t*", "*^\t*\t*", "*v\t*v\t*v\t*"], "a1 b2"),  # three at once
        (["*^\t*^", "*v\t*v\t*v\t*v"], "a1 b2"),  # two groups side by side
        (["*\t*^", "*\t*v\t*v"], "a1 b2"),
        (["*^\t*", "*^\t*\t*", "*v\t*v\t*\t*"], "a1 a2 b3"),  # the first two of three
        (["*v\t*v"], "a1"),  # two spines into one
        (["*x\t*x"], "b1 a2"),
        (["*^\t*", "*\t*x\t*x"], "a1 b2 a3"),
        (["*\t*-"], "a1"),
        (["*+\t*", "*\t**kern\t*"], "a1 c2 b3"),  # a new spine
    ],
)
def test_every_field_is_known_by_its_spine(changes: list[str], expected: str):
    data = "\t".join(str(place + 1) for place in range(len(expected.split())))
    assert spines(OPEN, *changes, data) == [expected]


def test_comments_blank_lines_and_doubled_tabs_do_not_count():
    lines = ["!!!COM: Nobody", OPEN, "!! global", "!local\t!", "", "! a comment with too\t! many\t! fields", "1\t\t2"]
    assert spines(*lines) == ["a1 b2"]


@pytest.mark.parametrize("data", ["1", "1\t2\t3"])
def test_a_line_of_the_wrong_width_is_refused_with_its_number(data: str):
    with pytest.raises(InputError, match=r"line 3 has \d columns where 2 are open"):
        spines(OPEN, "1\t2", data, "1\t2")


def test_a_line_wider_than_any_score_is_refused():
    with pytest.raises(InputError, match="it has 1,001 columns"):
        spines("\t".join(["**kern"] * 1001))


def test_a_last_line_that_is_cut_off_is_left_out():
    assert spines(OPEN, "1\t2", "1") == ["a1 b2"]


def test_music_after_the_end_is_not_lost_silently():
    with pytest.raises(InputError, match="line 4 has 1 columns where 0 are open"):
        spines("**kern", "1", "*-", "1", "*-")


def test_a_file_may_hold_several_pieces():
    text = "!!!OTL: first\n**kern\n4c\n*-\n!!!OTL: second\n**kern\t**text\n4d\tla\n*-\t*-\n!!!ENC: me\n"
    pieces = split_humdrum(text.encode())
    assert [mark for mark, _ in pieces] == ["#1", "#2"]
    assert [spines(*piece.split("\n")) for _, piece in pieces] == [["a4c"], ["a4d bla"]]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"])
def test_a_file_in_any_encoding_is_read(codec: str, line: str):
    [(mark, text)] = split_humdrum(line.join(["!!!COM: Dvořák", "**kern", "4c", "*-"]).encode(codec, "replace"))
    assert (mark, spines(*text.split("\n"))) == ("", ["a4c"])


@pytest.mark.parametrize("text", ["This is not music.", "", "*-\n", "4c\n4d\n"])
def test_what_has_no_spines_is_refused(text: str):
    with pytest.raises(InputError, match="not Humdrum"):
        split_humdrum(text.encode())


def test_a_text_too_long_for_music_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganola.music.io.texts.MAX_TEXT_BYTES", 10)
    with pytest.raises(InputError, match="of text, which no piece of music needs"):
        split_humdrum(b"**kern\n4c\n*-\n")
