import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.corpus.store import (
    MANIFEST,
    PIECES,
    REJECTED,
    Corpus,
    Piece,
    open_corpus,
    pack_bars,
    piece_line,
    shard_name,
    unpack_bars,
)
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.roll import from_planes, to_planes
from tests import strategies


@given(strategies.grids(), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_unpacking_undoes_packing_on_any_grid(grid: Grid, tracks: int, bars: int, seed: int):
    shape = (tracks, bars * grid.steps_per_bar, grid.pitches)
    cells = np.random.default_rng(seed).integers(0, 3, shape).astype(np.uint8)
    packed = pack_bars(cells, grid)
    assert packed.shape == (bars, -(-tracks * 2 * grid.steps_per_bar * grid.pitches // 8))
    assert np.array_equal(unpack_bars(packed[None], grid, tracks)[0], to_planes(cells))


def test_bars_that_are_no_whole_bytes_can_be_taken_in_any_order():
    grid = Grid(lowest=41, pitches=7, steps_per_beat=3, beats_per_bar=3)  # 126 bits a bar
    cells = np.random.default_rng(1).integers(0, 3, (1, 4 * 9, 7)).astype(np.uint8)
    packed = pack_bars(cells, grid)
    assert packed.shape == (4, 16)
    windows = from_planes(unpack_bars(packed[[[2, 3], [0, 1]]], grid, 1))
    assert np.array_equal(windows[0], cells[:, 18:])
    assert np.array_equal(windows[1], cells[:, :18])


def piece(bars: int, silent_bars: tuple[int, ...] = ()) -> Piece:
    return Piece("song", "train", "song", None, 0, 97.0, 0, 5, bars, silent_bars, 9, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("bars", "silent", "starts"),
    [
        (5, (), [0, 1, 2]),
        (3, (), [0]),
        (2, (), []),
        (7, (1, 2), [0, 1, 2, 3, 4]),
        (7, (1, 2, 3), [0, 2, 3, 4]),
        (7, (0, 1, 2, 3), [2, 3, 4]),
    ],
)
def test_windows_of_three_bars_begin_where_something_sounds(bars: int, silent: tuple[int, ...], starts: list[int]):
    assert piece(bars, silent).window_starts(3) == starts


def test_a_corpus_is_opened_as_it_was_built(corpus: Corpus):
    again = open_corpus(corpus.folder)
    assert (again.manifest, again.pieces, again.rejected) == (corpus.manifest, corpus.pieces, corpus.rejected)
    for one, other in zip(again.pieces, corpus.pieces, strict=True):
        assert np.array_equal(again.piece_cells(one), corpus.piece_cells(other))


def test_bars_stay_on_disk(corpus: Corpus):
    assert all(isinstance(shard, np.memmap) for shard in corpus.shards)


def change(line: str, **values: object) -> str:
    return json.dumps(json.loads(line) | values) + "\n"


def without(line: str, name: str) -> str:
    return json.dumps({key: value for key, value in json.loads(line).items() if key != name}) + "\n"


DAMAGE: dict[str, tuple[str, Callable[[str], str]]] = {
    "an empty manifest": (MANIFEST, lambda _: ""),
    "half a manifest": (MANIFEST, lambda text: text[: len(text) // 2]),
    "a list for a manifest": (MANIFEST, lambda _: "[]"),
    "a manifest without a grid": (MANIFEST, lambda text: without(text, "grid")),
    "a grid without pitches": (MANIFEST, lambda text: text.replace('"pitches": ', '"pitches": -')),
    "a manifest of the future": (MANIFEST, lambda text: change(text, format_version=7)),
    "no pieces": (PIECES, lambda _: ""),
    "a piece cut off": (PIECES, lambda text: text[:-20]),
    "a piece that is no JSON": (PIECES, lambda text: text.replace('"name": ', "", 1)),
    "a piece that is no record": (PIECES, lambda text: "7\n" + text),
    "a piece without bars": (PIECES, lambda text: without(text.splitlines()[0], "bars")),
    "a piece without silences": (PIECES, lambda text: without(text.splitlines()[0], "silent_bars")),
    "a piece with too much": (PIECES, lambda text: change(text.splitlines()[0], colour="red")),
    "a rejection cut off": (REJECTED, lambda text: text[:-5]),
}


@pytest.fixture
def copy(corpus: Corpus, tmp_path: Path) -> Path:
    return Path(shutil.copytree(corpus.folder, tmp_path / "copy.corpus"))


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_corpus_is_refused_by_name(copy: Path, damage: str):
    name, spoil = DAMAGE[damage]
    text = (copy / name).read_text(encoding="utf-8")
    assert spoil(text) != text
    (copy / name).write_text(spoil(text), encoding="utf-8")
    with pytest.raises(InputError, match=r"damaged|another version") as caught:
        open_corpus(copy)
    assert str(copy) in caught.value.problem
    assert "ganola corpus build" in caught.value.remedy


def test_text_that_is_no_utf8_is_damage(copy: Path):
    (copy / PIECES).write_bytes(b'{"name": "caf\xe9"}\n')
    with pytest.raises(InputError, match="damaged"):
        open_corpus(copy)


@pytest.mark.parametrize("name", [MANIFEST, PIECES, REJECTED])
def test_a_corpus_without_one_of_its_files_is_not_finished(copy: Path, name: str):
    (copy / name).unlink()
    with pytest.raises(InputError, match="not a finished corpus"):
        open_corpus(copy)


def test_a_folder_that_is_not_there_is_no_corpus(tmp_path: Path):
    with pytest.raises(InputError, match="not a finished corpus"):
        open_corpus(tmp_path / "gone.corpus")


def test_a_file_is_no_corpus(copy: Path):
    with pytest.raises(InputError, match="not a finished corpus"):
        open_corpus(copy / MANIFEST)


def remove(path: Path) -> None:
    path.unlink()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def scribble(path: Path) -> None:
    path.write_bytes(b"This is no array." * 40)


@pytest.mark.parametrize("spoil", [remove, cut_off, empty, scribble])
def test_a_shard_that_is_missing_or_damaged_is_named(copy: Path, spoil: Callable[[Path], None]):
    spoil(copy / shard_name(1))
    opened = open_corpus(copy)
    with pytest.raises(InputError, match=shard_name(1)):
        opened.piece_cells(opened.pieces[0])


def test_a_line_of_a_piece_is_one_line_whatever_its_name():
    name = "Für\u2028Elise\n.mid"
    line = piece_line(Piece(name, *list(piece(3).__getstate__())[1:]))
    assert line.count("\n") == 1
    assert json.loads(line)["name"] == name
