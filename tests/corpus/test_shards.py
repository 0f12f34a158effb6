import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ganola.corpus import shards
from ganola.corpus.bars import BAR_NOTE, split_into_bars
from ganola.corpus.shards import Shard, Shards, shard_paths, write_shard
from ganola.corpus.windows import windows_of
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.score import Notes
from ganola.music.tracks import Track
from tests.corpora import checksums_in
from tests.corpus.by_hand import Music, write_corpus

GRID = Grid(lowest=48, pitches=24, steps_per_quarter=2, bars=2)  # eight steps a bar
JIG = [(0, 5, 11, 60), (1, 0, 8, 48), (0, 14, 18, 64), (0, 31, 32, 71)]
AIR = [(1, 3, 9, 52)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two shards, of four bars and of two."""
    for index, (rows, bars) in enumerate([(JIG, 4), (AIR, 2)]):
        notes, first = split_into_bars(Notes.of(rows), bars, 8)
        write_shard(tmp_path, index, [notes], first)
    return tmp_path


def opened(folder: Path, tracks: int = 2) -> Shards:
    """The shards of a folder, whatever their files hold."""
    return Shards(folder, checksums_in(folder), GRID, tracks)


def read_bars(shard: Shard) -> list[tuple[int, ...]]:
    return shard.read(0, int(shard.first[-1])).view(BAR_NOTE).tolist()


def test_a_shard_is_written_as_it_is_read(tmp_path: Path):
    one, first = split_into_bars(Notes.of(JIG), 4, 8)
    two, second = split_into_bars(Notes.of(AIR), 2, 8)
    write_shard(tmp_path, 7, [one, two], np.concatenate([first, second[1:] + first[-1]]))
    shard = opened(tmp_path)[7]
    assert read_bars(shard) == [*one.tolist(), *two.tolist()]
    assert shard.first.tolist() == [0, 2, 4, 5, 6, 7, 8]
    notes, bars = shard_paths(tmp_path, 7)
    assert np.array_equal(np.load(notes), np.concatenate([one, two]))  # in numpy's own format
    assert np.load(bars).tolist() == shard.first.tolist()


def test_a_shard_without_pieces_can_be_written(tmp_path: Path):
    write_shard(tmp_path, 7, [], np.zeros(1, dtype=np.int64))
    shard = opened(tmp_path)[7]
    assert (read_bars(shard), shard.first.tolist()) == ([], [0])


def test_what_is_written_has_the_checksums_that_are_returned(tmp_path: Path):
    notes, first = split_into_bars(Notes.of(JIG), 4, 8)
    checksums = write_shard(tmp_path, 0, [notes], first)
    assert dict(zip([path.name for path in shard_paths(tmp_path, 0)], checksums, strict=True)) == checksums_in(tmp_path)


def test_a_shard_is_written_whole_or_not_at_all(tmp_path: Path):
    notes, bars = shard_paths(tmp_path, 0)
    bars.mkdir()
    with pytest.raises(InputError, match=bars.name):
        write_shard(tmp_path, 0, [], np.zeros(1, dtype=np.int64))
    assert not notes.exists()
    assert list(tmp_path.iterdir()) == [bars]


def test_notes_come_from_the_bars_and_shards_asked_for(folder: Path):
    found = opened(folder)
    rows, counts = found.read_bars([(1, 0), (0, 0), (0, 3)], 1)
    assert counts.tolist() == [[1], [2], [1]]
    assert rows.tolist() == [*read_bars(found[1])[:1], *read_bars(found[0])[:2], *read_bars(found[0])[-1:]]
    assert opened(folder).read_bars([], 2)[1].shape == (0, 2)


def test_notes_are_read_the_same_where_the_system_cannot_read_at_a_place(folder: Path, monkeypatch: pytest.MonkeyPatch):
    expected = read_bars(opened(folder)[0])
    monkeypatch.delattr(os, "pread")
    assert read_bars(opened(folder)[0]) == expected


def test_shards_are_opened_once_each_when_asked_for(folder: Path):
    found = opened(folder)
    for path in shard_paths(folder, 1):
        path.unlink()
    assert found[0] is found[0]
    assert list(found) == [0]
    with pytest.raises(InputError, match=shard_paths(folder, 1)[0].name):
        found[1]


# Damage


def remove(path: Path) -> None:
    path.unlink()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def scribble(path: Path) -> None:
    path.write_bytes(b"This is no array." * 40)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("spoil", [remove, cut_off, empty, scribble])
def test_a_shard_that_is_missing_or_damaged_is_named(folder: Path, spoil: Callable[[Path], None], which: int):
    found, path = opened(folder), shard_paths(folder, 1)[which]
    spoil(path)
    found[0]
    with pytest.raises(InputError, match=path.name) as refused:
        found[1]
    assert "uild" in refused.value.remedy


@pytest.mark.parametrize("bars", [1, 2, 5])
@pytest.mark.parametrize("bar", [4, 100, 10**30])
def test_bars_beyond_a_shard_are_refused(folder: Path, bar: int, bars: int):
    with pytest.raises(InputError, match="too few bars"):
        opened(folder).read_bars([(0, bar)], bars)


@pytest.mark.parametrize("spoil", [cut_off, empty, scribble])
def test_notes_that_change_while_they_are_in_use_are_refused(folder: Path, spoil: Callable[[Path], None]):
    found, path = opened(folder), shard_paths(folder, 0)[0]
    found.read_bars([(0, 0)], 4)
    spoil(path)
    with pytest.raises(InputError, match=f"{path.name} was changed or cut off while it was in use"):
        found.read_bars([(0, 0)], 4)


def test_notes_written_in_place_while_they_are_in_use_are_refused(folder: Path):
    found, path = opened(folder), shard_paths(folder, 0)[0]
    data = path.read_bytes()
    found.read_bars([(0, 0)], 4)
    with path.open("rb+") as file:
        file.seek(-1, io.SEEK_END)
        file.write(b"\xff")
    os.utime(path, ns=(0, 0))  # clocks of files can be coarse
    assert path.stat().st_size == len(data)
    with pytest.raises(InputError, match="was changed or cut off"):
        found.read_bars([(0, 0)], 4)


def test_notes_that_end_early_are_refused_though_nothing_else_shows_it(folder: Path, monkeypatch: pytest.MonkeyPatch):
    found, path = opened(folder), shard_paths(folder, 0)[0]
    found.read_bars([(0, 0)], 4)
    monkeypatch.setattr(shards.Shard, "refuse_changed", lambda _: None)  # cut off between two looks
    cut_off(path)
    with pytest.raises(InputError, match="was changed or cut off"):
        found.read_bars([(0, 0)], 4)


def test_a_corpus_whose_notes_are_cut_off_under_a_training_says_so(tmp_path: Path):
    music = Music("jig.mid", "train", (4,), JIG)
    corpus = write_corpus(tmp_path / "jig.corpus", GRID, (Track(name="Melody"), Track(name="Bass")), [[music]])
    windows = windows_of(corpus, "train")
    windows.rolls(np.arange(len(windows)))
    with shard_paths(corpus.folder, 0)[0].open("rb+") as file:
        file.truncate(10)
    with pytest.raises(InputError, match=r"notes-00000\.npy was changed or cut off"):
        windows.rolls(np.arange(len(windows)))


# What is whole, and yet cannot be


@pytest.mark.parametrize(
    "first",
    [
        np.array([0, 1, 2, 3]),  # of three notes; there are two
        np.array([0, 1]),
        np.array([1, 2, 2]),
        np.array([0, 3, 2]),
        np.zeros(0, dtype=np.int64),
    ],
)
def test_bars_that_are_not_those_of_the_notes_are_damage(folder: Path, first: np.ndarray):
    np.save(shard_paths(folder, 1)[1], first)
    with pytest.raises(InputError, match=r"notes-00001\.npy is damaged: bars-00001\.npy is not of its notes"):
        opened(folder)[1]


@pytest.mark.parametrize(
    "array", [np.zeros((1, 1), dtype=np.int64), np.array([0.0, 1.0]), np.zeros(2, dtype=BAR_NOTE), np.array(["text"])]
)
@pytest.mark.parametrize("which", [0, 1])
def test_an_array_of_another_kind_is_damage(folder: Path, array: np.ndarray, which: int):
    path = shard_paths(folder, 1)[which]
    if array.dtype == BAR_NOTE:  # right for the one, but notes of nothing
        path = shard_paths(folder, 1)[1]
    np.save(path, array)
    with pytest.raises(InputError, match=f"{path.name} is damaged: it holds no array that ganola wrote"):
        opened(folder)[1]


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<i8', 'fortran_order': False, 'shape': (999999999999999,), }",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (" + "(" * 1000,
        "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
        "\0",
    ],
)
def test_a_strange_header_is_never_read(folder: Path, header: str):
    path = shard_paths(folder, 1)[1]
    size = len(header) + 1
    text = header.encode() + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + size.to_bytes(2, "little") + text + bytes(24))
    with pytest.raises(InputError, match="it holds no array that ganola wrote"):
        opened(folder)[1]


NOTE = (2, False, 60, 1, 3, 84)  # length, held, pitch, track, start, velocity


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("length", 0), ("length", 6), ("length", 65535), ("pitch", 47), ("pitch", 72), ("pitch", 255)],
        *[("track", 2), ("track", 255), ("start", 7), ("start", 65535), ("velocity", 0), ("velocity", 128)],
    ],
)
def test_a_note_out_of_bounds_is_damage(tmp_path: Path, field: str, value: int):
    rows = np.array([NOTE, NOTE], dtype=BAR_NOTE)
    write_shard(tmp_path, 0, [rows], np.array([0, 2]))
    assert read_bars(opened(tmp_path)[0]) == [NOTE, NOTE]
    rows[field][1] = value
    write_shard(tmp_path, 0, [rows], np.array([0, 2]))
    with pytest.raises(InputError, match=r"notes-00000\.npy is damaged: 1 note lies"):
        opened(tmp_path)[0]


def test_a_truth_that_is_neither_is_damage(tmp_path: Path):
    rows = np.array([NOTE], dtype=BAR_NOTE)
    rows.view(np.uint8)[2] = 2
    write_shard(tmp_path, 0, [rows], np.array([0, 1]))
    with pytest.raises(InputError, match="1 note lies"):
        opened(tmp_path)[0]
