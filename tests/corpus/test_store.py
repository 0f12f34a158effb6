import hashlib
import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganola.corpus.bars import BAR_NOTE, by_bar
from ganola.corpus.pieces import Rejection, piece_line
from ganola.corpus.shards import Shard, shard_paths, write_shard
from ganola.corpus.store import MANIFEST, PIECES, REJECTED, Corpus, fingerprint, open_corpus
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.roll import encode
from ganola.music.score import Notes
from ganola.music.tracks import Track
from tests.corpus.by_hand import Music, piece, write_corpus

GRID = Grid(lowest=48, pitches=24, steps_per_beat=2, bars=2)  # eight steps a bar
TRACKS = (Track(name="Melody"), Track(name="Bass"))
# Held over a bar line and over the end of a section; half silent, in the same shard; in another shard.
JIG = Music("jig.mid", "train", (2, 2), [(0, 5, 11, 60), (1, 0, 8, 48), (0, 14, 18, 64), (0, 31, 32, 71)])
REEL = Music("reel.mid", "test", (4,), [(0, 0, 16, 67), (1, 9, 10, 50), (0, 12, 13, 55)])
AIR = Music("airs/air.mid", "validation", (2,), [(1, 3, 9, 52)])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Three pieces in two shards."""
    return write_corpus(tmp_path_factory.mktemp("corpus") / "tunes.corpus", GRID, TRACKS, [[JIG, REEL], [AIR]])


@pytest.fixture
def copy(corpus: Corpus, tmp_path: Path) -> Path:
    return Path(shutil.copytree(corpus.folder, tmp_path / "copy.corpus"))


def test_a_corpus_is_opened_as_it_was_written(corpus: Corpus):
    assert (corpus.grid, corpus.tracks) == (GRID, TRACKS)
    assert (corpus.manifest.stamp, corpus.manifest.labels) == ("fedcba9876543210", ("reels", "jigs"))
    assert corpus.rejected == (Rejection("noise.mid", "no music"),)
    assert corpus.pieces == (piece(JIG, 0, 0, 2), piece(REEL, 0, 4, 2), piece(AIR, 1, 0, 1))
    assert corpus.of_split("test") == (piece(REEL, 0, 4, 2),)


@pytest.mark.parametrize(("index", "music"), [(0, JIG), (1, REEL), (2, AIR)])
def test_the_cells_of_a_piece_are_its_music_sustained_across_bars(corpus: Corpus, index: int, music: Music):
    steps = 8 * sum(music.sections)
    expected = encode(Notes.of(music.rows), 2, steps, GRID)
    assert np.array_equal(corpus.piece_cells(corpus.pieces[index]), expected)


def test_planes_are_of_the_bars_and_shards_asked_for(corpus: Corpus):
    rolls = corpus.planes([(1, 0), (0, 5), (1, 1), (0, 5)], 1)
    assert rolls.shape == (4, 2, 2, 8, 24)
    struck = [np.argwhere(roll[:, 0]).tolist() for roll in rolls]  # track, step, pitch
    assert struck == [[[1, 3, 4]], [[0, 0, 19], [0, 4, 7], [1, 1, 2]], [[1, 0, 4]], [[0, 0, 19], [0, 4, 7], [1, 1, 2]]]


def test_windows_of_a_piece_begin_in_its_own_bars_and_sections(corpus: Corpus):
    assert [corpus.window_starts(piece).tolist() for piece in corpus.pieces] == [[0, 2], [0, 1], [0]]


def test_notes_stay_on_disk_and_shards_are_opened_once_each_when_asked_for(copy: Path):
    corpus = open_corpus(copy)
    for path in shard_paths(copy, 1):
        path.unlink()
    assert isinstance(corpus.shards[0].numbers.base.base, np.memmap)
    assert corpus.shards[0] is corpus.shards[0]
    assert list(corpus.shards) == [0]
    with pytest.raises(InputError, match=shard_paths(copy, 1)[0].name):
        corpus.shards[1]


def test_pieces_are_read_one_by_one(copy: Path):
    with (copy / PIECES).open("a", encoding="utf-8") as file:
        file.write("half a li")
    pieces = iter_pieces(copy)
    assert [piece.name for piece in itertools.islice(pieces, 3)] == ["jig.mid", "reel.mid", "airs/air.mid"]
    with pytest.raises(InputError, match="damaged"):
        next(pieces)


def test_reading_can_stop_at_any_piece(copy: Path):
    pieces = iter_pieces(copy)
    next(pieces)
    pieces.close()
    assert list(pieces) == []


def read_all(folder: Path) -> None:
    corpus = open_corpus(folder)
    assert corpus.pieces
    assert corpus.rejected


def change(line: str, **values: object) -> str:
    return json.dumps(json.loads(line) | values) + "\n"


def without(line: str, name: str) -> str:
    return json.dumps({key: value for key, value in json.loads(line).items() if key != name}) + "\n"


DAMAGE: dict[str, tuple[str, Callable[[str], str]]] = {
    "an empty manifest": (MANIFEST, lambda _: ""),
    "half a manifest": (MANIFEST, lambda text: text[: len(text) // 2]),
    "a list for a manifest": (MANIFEST, lambda _: "[]"),
    "a manifest without a grid": (MANIFEST, lambda text: without(text, "grid")),
    "a manifest without a stamp": (MANIFEST, lambda text: without(text, "stamp")),
    "a grid without pitches": (MANIFEST, lambda text: text.replace('"pitches": ', '"pitches": -')),
    "a manifest of the future": (MANIFEST, lambda text: change(text, format_version=7)),
    "a manifest of the past": (MANIFEST, lambda text: change(text, format_version=1)),
    "no pieces": (PIECES, lambda _: ""),
    "a piece cut off": (PIECES, lambda text: text[:-20]),
    "a piece that is no JSON": (PIECES, lambda text: text.replace('"name": ', "", 1)),
    "a piece that is no record": (PIECES, lambda text: "7\n" + text),
    "a piece without bars": (PIECES, lambda text: without(text.splitlines()[0], "bars")),
    "a piece without sections": (PIECES, lambda text: without(text.splitlines()[0], "sections")),
    "a piece of one section": (PIECES, lambda text: change(text.splitlines()[0], sections=4)),
    "a piece with too much": (PIECES, lambda text: change(text.splitlines()[0], colour="red")),
    "a rejection cut off": (REJECTED, lambda text: text[:-5]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_corpus_is_refused_by_name(copy: Path, damage: str):
    name, spoil = DAMAGE[damage]
    text = (copy / name).read_text(encoding="utf-8")
    assert spoil(text) != text
    (copy / name).write_text(spoil(text), encoding="utf-8")
    with pytest.raises(InputError, match=r"damaged|another version") as caught:
        read_all(copy)
    assert str(copy) in caught.value.problem
    assert "ganola corpus build" in caught.value.remedy


@pytest.mark.parametrize("damage", [damage for damage, (name, _) in DAMAGE.items() if name == MANIFEST])
def test_a_damaged_manifest_is_told_at_once(copy: Path, damage: str):
    text = (copy / MANIFEST).read_text(encoding="utf-8")
    (copy / MANIFEST).write_text(DAMAGE[damage][1](text), encoding="utf-8")
    with pytest.raises(InputError):
        open_corpus(copy)


def test_text_that_is_no_utf8_is_damage(copy: Path):
    (copy / PIECES).write_bytes(b'{"name": "caf\xe9"}\n')
    with pytest.raises(InputError, match="damaged"):
        list(iter_pieces(copy))


@pytest.mark.parametrize("name", [MANIFEST, PIECES, REJECTED])
def test_a_corpus_without_one_of_its_files_is_not_finished(copy: Path, name: str):
    (copy / name).unlink()
    with pytest.raises(InputError, match="not a finished corpus"):
        open_corpus(copy)


def test_a_folder_that_is_not_there_is_no_corpus(tmp_path: Path):
    with pytest.raises(InputError, match="there is no corpus"):
        open_corpus(tmp_path / "gone.corpus")


def test_a_file_is_no_corpus(copy: Path):
    with pytest.raises(InputError, match="not a finished corpus"):
        open_corpus(copy / MANIFEST)


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
def test_a_shard_that_is_missing_or_damaged_is_named(copy: Path, spoil: Callable[[Path], None], which: int):
    path = shard_paths(copy, 1)[which]
    spoil(path)
    opened = open_corpus(copy)
    opened.piece_cells(opened.pieces[0])
    with pytest.raises(InputError, match=f"{path.name} is missing or damaged"):
        opened.piece_cells(opened.pieces[2])


@pytest.mark.parametrize(
    "first",
    [
        np.array([0, 1, 2, 3]),  # of three notes; there are two
        np.array([0, 1]),
        np.array([1, 2, 2]),
        np.array([0, 3, 2]),
        np.zeros(0, dtype=np.int64),
        np.zeros((1, 1), dtype=np.int64),
        np.array([0.0, 1.0, 2.0]),
    ],
)
def test_bars_that_are_not_those_of_the_notes_are_damage(copy: Path, first: np.ndarray):
    np.save(shard_paths(copy, 1)[1], first)
    with pytest.raises(InputError, match=r"bars-00001\.npy and notes-00001\.npy do not belong together"):
        open_corpus(copy).shards[1]


def test_notes_of_another_kind_are_damage(copy: Path):
    np.save(shard_paths(copy, 1)[0], np.zeros(2, dtype=np.int64))
    with pytest.raises(InputError, match="do not belong together"):
        open_corpus(copy).shards[1]


def shard_of(folder: Path, index: int) -> Shard:
    return open_corpus(folder).shards[index]


def test_a_shard_is_written_as_it_is_read(copy: Path):
    one, first = by_bar(Notes.of(JIG.rows), 4, 8)
    two, second = by_bar(Notes.of(AIR.rows), 2, 8)
    write_shard(copy, 7, [one, two], np.concatenate([first, second[1:] + first[-1]]))
    shard = shard_of(copy, 7)
    assert shard.numbers.view(BAR_NOTE).tolist() == [*one.tolist(), *two.tolist()]
    assert shard.first.tolist() == [0, 2, 4, 5, 6, 7, 8]


def test_a_shard_without_pieces_can_be_written(copy: Path):
    write_shard(copy, 7, [], np.zeros(1, dtype=np.int64))
    shard = shard_of(copy, 7)
    assert (len(shard.numbers), shard.first.tolist()) == (0, [0])


def test_a_shard_is_written_whole_or_not_at_all(tmp_path: Path):
    notes, bars = shard_paths(tmp_path, 0)
    bars.mkdir()
    with pytest.raises(InputError, match=bars.name):
        write_shard(tmp_path, 0, [], np.zeros(1, dtype=np.int64))
    assert not notes.exists()
    assert list(tmp_path.iterdir()) == [bars]


def test_a_fingerprint_is_of_the_plan_the_pieces_and_every_file_in_order(tmp_path: Path):
    paths = [tmp_path / name for name in ("notes", "bars")]
    for path, content in zip(paths, (b"two" * 500_000, b"three"), strict=True):
        path.write_bytes(content)
    own = replace(piece(JIG), name="a.mid", label="", split="test", family="a.mid")
    own = replace(own, shard=0, first_bar=4, bars=9, sections=(5, 4), windows=3)
    seen = b'["a.mid", "", "test", "a.mid", 0, 4, 9, [5, 4], 3]'
    expected = hashlib.sha256(b"plan" + seen + b"two" * 500_000 + b"three").hexdigest()[:16]
    assert fingerprint("plan", [own], paths) == expected
    assert fingerprint("plan", [replace(own, tempo=own.tempo + 1, remarks=("repaired",))], paths) == expected
    assert fingerprint("plan", [replace(own, split="train")], paths) != expected


def test_a_line_of_a_piece_is_one_line_whatever_its_name(copy: Path):
    odd = replace(piece(JIG), name="Für\u2028Elise\r\n.mid")
    line = piece_line(odd)
    assert line.count("\n") == 1
    (copy / PIECES).write_text(line, encoding="utf-8", newline="\n")
    assert list(iter_pieces(copy)) == [odd]
