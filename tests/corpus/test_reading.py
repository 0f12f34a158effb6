import math
from pathlib import Path

import pytest

from ganola.corpus import reading
from ganola.corpus.pieces import Rejection
from ganola.corpus.reading import OPENING_SECONDS, read_chunk
from ganola.corpus.source import SourceFile
from ganola.music.io.formats import seconds_allowed
from ganola.music.io.midi.write import write_midi
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests import midi

BOOK = """X:1
M:4/4
L:1/4
K:C
CDEF|GABc|
X:2
K:C
z4|z4|
X:3
M:3/4
L:1/4
K:C
CDE|FGA|
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[SourceFile, ...]:
    write_midi(Score((Track(name="Flute"),), Notes.of([(0, 0, 4, 60)]), 4), tmp_path / "song.mid")
    (tmp_path / "bad.mid").write_bytes(midi.midi_file())
    (tmp_path / "book.abc").write_text(BOOK)
    names = ("bad.mid", "gone.mid", "book.abc", "song.mid")
    return tuple(SourceFile(f"songs/{name}", tmp_path / name, label="folk") for name in names)


def test_a_bad_file_is_rejected_and_does_not_stop_the_others(files: tuple[SourceFile, ...]):
    chunk = read_chunk(files)
    assert [piece.stats.name for piece in chunk.pieces] == ["songs/book.abc#1", "songs/book.abc#3", "songs/song.mid"]
    assert {piece.stats.label for piece in chunk.pieces} == {"folk"}
    assert [rejection.file for rejection in chunk.rejections] == ["songs/bad.mid", "songs/gone.mid", "songs/book.abc#2"]
    assert chunk.rejections[0].reason == "no notes in it"


def test_what_ganola_made_is_not_learned_from(files: tuple[SourceFile, ...]):
    write_midi(Score((Track(name="Flute"),), Notes.of([(0, 0, 4, 60)]), 4), files[3].path, {"model": "x", "seed": 1})
    assert read_chunk(files[3:]).rejections == (Rejection("songs/song.mid", "made by ganola itself"),)


def test_whatever_is_wrong_with_a_file_the_others_are_read(
    files: tuple[SourceFile, ...], monkeypatch: pytest.MonkeyPatch
):
    def stumble(data: bytes, suffix: str) -> list[object]:
        raise ValueError("an accident")

    monkeypatch.setattr(reading, "tunes_in", stumble)
    chunk = read_chunk(files[2:])
    assert [rejection.reason for rejection in chunk.rejections] == ["could not be read (ValueError: an accident)"] * 2


def test_a_lost_file_is_not_touched(files: tuple[SourceFile, ...]):
    touched: list[int] = []
    chunk = read_chunk(files, skipped={2: "its reader was killed"}, begin=lambda index, _: touched.append(index))
    assert Rejection("songs/book.abc", "its reader was killed") in chunk.rejections
    assert [piece.stats.name for piece in chunk.pieces] == ["songs/song.mid"]
    assert sorted(set(touched)) == [0, 1, 3, 4]


def test_each_file_is_announced_with_its_time_and_so_is_the_end(files: tuple[SourceFile, ...]):
    told: list[tuple[int, float]] = []
    read_chunk(files, begin=lambda index, seconds: told.append((index, seconds)))
    assert [index for index, _ in told] == [0, 0, 1, 2, 2, 3, 3, 4]
    assert told[3:5] == [(2, OPENING_SECONDS), (2, seconds_allowed(BOOK.encode(), ".abc"))]
    assert told[-1] == (4, math.inf)


def test_a_file_for_which_memory_does_not_suffice_is_rejected(
    files: tuple[SourceFile, ...], monkeypatch: pytest.MonkeyPatch
):
    def burst(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(reading, "analyse_piece", burst)
    chunk = read_chunk(files[3:])
    assert chunk.rejections == (Rejection("songs/song.mid", "it needs more memory than is sensible"),)
