import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganola.checksums import CHECKSUM, with_checksum
from ganola.corpus.bars import split_into_bars
from ganola.corpus.pieces import Rejection, piece_line, piece_record
from ganola.corpus.plan import PLAN, Plan, PlannedTrack
from ganola.corpus.shards import write_shard
from ganola.corpus.store import (
    FORMAT_VERSION,
    MANIFEST,
    PIECES,
    REJECTED,
    SPLITS,
    Corpus,
    fingerprint,
    open_corpus,
    write_manifest,
)
from ganola.corpus.windows import windows_of
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.roll import encode
from ganola.music.score import Notes
from ganola.music.tracks import Track
from tests.corpora import checksums_in, rewrite
from tests.corpus.by_hand import Music, piece, write_corpus

GRID = Grid(lowest=48, pitches=24, steps_per_quarter=2, bars=2)  # eight steps a bar
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
    steps = 8 * sum(music.segments)
    expected = encode(Notes.of(music.rows), 2, steps, GRID)
    assert np.array_equal(corpus.piece_cells(corpus.pieces[index]), expected)


def test_planes_are_of_the_bars_and_shards_asked_for(corpus: Corpus):
    rolls = corpus.planes([(1, 0), (0, 5), (1, 1), (0, 5)], 1)
    assert rolls.shape == (4, 2, 2, 8, 24)
    struck = [np.argwhere(roll[:, 0]).tolist() for roll in rolls]  # track, step, pitch
    assert struck == [[[1, 3, 4]], [[0, 0, 19], [0, 4, 7], [1, 1, 2]], [[1, 0, 4]], [[0, 0, 19], [0, 4, 7], [1, 1, 2]]]


def test_windows_of_a_piece_begin_in_its_own_bars_and_sections(corpus: Corpus):
    assert [corpus.window_starts(piece).tolist() for piece in corpus.pieces] == [[0, 2], [0, 1], [0]]


def test_pieces_are_read_one_by_one(corpus: Corpus, copy: Path):
    half = rewrite(open_corpus(copy), PIECES, (copy / PIECES).read_text(encoding="utf-8") + "half a li")
    pieces = half.iter_pieces()
    assert tuple(itertools.islice(pieces, 3)) == corpus.pieces
    with pytest.raises(InputError, match=f"{PIECES} is damaged: line 4: it is not valid JSON"):
        next(pieces)


def test_reading_can_stop_at_any_piece(corpus: Corpus):
    pieces = corpus.iter_pieces()
    next(pieces)
    pieces.close()
    assert list(pieces) == []


def test_a_line_of_a_piece_is_one_line_whatever_its_name(copy: Path):
    odd = replace(piece(JIG), name="Für\u2028Elise\r\n.mid")
    line = piece_line(odd)
    assert line.count("\n") == 1
    (read,) = rewrite(open_corpus(copy), PIECES, line).pieces
    assert read == replace(odd, name=r"Für\u2028Elise\r\n.mid")  # as it can be shown


def test_what_a_manifest_says_can_be_shown(copy: Path):
    manifest_with(copy, source="a\x1b[2J", labels=["b\u202e"], tracks=[{"name": "Lead\x1b\n"}, {"name": "Bass"}])
    manifest = open_corpus(copy).manifest
    assert (manifest.source, manifest.labels) == (r"a\x1b[2J", (r"b\u202e",))
    assert manifest.tracks[0].name == "Lead"


# Damage


def read_all(folder: Path) -> tuple[object, ...]:
    """All that a corpus says and holds."""
    corpus = open_corpus(folder)
    rolls = []
    for split in SPLITS:
        windows = windows_of(corpus, split)
        rolls.append(windows.rolls(np.arange(len(windows))).tobytes())
    cells = [corpus.piece_cells(piece).tobytes() for piece in corpus.pieces]
    return corpus.manifest, corpus.plan, corpus.pieces, corpus.rejected, *rolls, *cells


def test_no_damaged_byte_of_any_file_is_believed(corpus: Corpus, copy: Path):
    names = sorted(path.name for path in copy.iterdir())
    assert names == sorted([MANIFEST, *corpus.manifest.files])
    whole = read_all(corpus.folder)
    chance = np.random.default_rng(15)
    refused = []
    for name in names:
        data = (copy / name).read_bytes()
        for at in chance.choice(len(data), 40, replace=False):
            (copy / name).write_bytes(data[:at] + bytes([data[at] ^ 1 << int(chance.integers(8))]) + data[at + 1 :])
            try:
                assert read_all(copy) == whole
            except InputError as error:
                refused.append(error.problem)
        (copy / name).write_bytes(data)
    assert all(str(copy) in problem and "\n" not in problem for problem in refused)
    assert len(refused) >= 40 * (len(names) - 1) + 30  # between two values of the manifest, a byte may say nothing


@pytest.mark.parametrize("name", [PIECES, REJECTED, PLAN, "notes-00000.npy", "bars-00001.npy", MANIFEST])
@pytest.mark.parametrize("end", [-2, -20, 0])
def test_a_file_that_is_cut_off_is_named(copy: Path, name: str, end: int):
    (copy / name).write_bytes((copy / name).read_bytes()[:end])
    with pytest.raises(InputError, match=name) as refused:
        read_all(copy)
    assert "uild" in refused.value.remedy


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
@pytest.mark.parametrize("name", [PIECES, REJECTED, PLAN, "notes-00000.npy", "bars-00001.npy", MANIFEST])
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_refused_and_not_waited_for(copy: Path, name: str, make: Callable[[Path], None]):
    (copy / name).unlink()
    make(copy / name)
    with pytest.raises(InputError, match=f"{name} is no file that can be read"):
        read_all(copy)


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


def test_another_plan_than_the_corpus_was_built_by_is_refused(copy: Path):
    (copy / PLAN).write_text((copy / PLAN).read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"{PLAN} is not the plan that this corpus was built by") as refused:
        open_corpus(copy).plan  # noqa: B018
    assert f"--plan {copy / PLAN}" in refused.value.remedy


# What is whole, and yet cannot be


def manifest_with(folder: Path, **values: object) -> None:
    """Change values of a manifest, its checksum with them; None takes a value away."""
    record = json.loads((folder / MANIFEST).read_bytes()) | values
    del record[CHECKSUM]
    changed = {name: value for name, value in record.items() if value is not None}
    (folder / MANIFEST).write_text(json.dumps(with_checksum(changed)), encoding="utf-8")


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"tempo": 0.0}, "tempo is 0.0, and has to be 5 or more"),
        ({"tempo": -120.0}, "tempo is -120.0"),
        ({"tempo": 1e9}, "tempo is 1000000000.0, and has to be 2000 or less"),
        ({"tempo": float("nan")}, "tempo is nan"),
        ({"tempo": "fast"}, "tempo is fast"),
        ({"grid": None}, "grid is missing"),
        ({"grid": {"lowest": 48, "pitches": -24}}, "grid.pitches is -24"),
        ({"tracks": []}, "tracks is a list of 0"),
        ({"tracks": [{"name": "x"}] * 256}, "tracks is a list of 256"),
        ({"grid": {"bars": 64, "metre": "99/1"}}, "101,376 steps and 48 pitches is too large"),
        ({"stamp": None}, "stamp is missing"),
        ({"fingerprint": "../.."}, "fingerprint is ../.."),
        ({"files": {"x": "0"}}, "files.x is 0"),
        ({"colour": "red"}, "colour is unknown"),
    ],
)
def test_a_manifest_of_absurd_values_is_refused_though_its_checksum_is_right(copy: Path, values: dict, fault: str):
    manifest_with(copy, **values)
    with pytest.raises(InputError) as refused:
        open_corpus(copy)
    assert fault in refused.value.problem
    assert refused.value.problem.startswith(f"{copy / MANIFEST} is damaged")


@pytest.mark.parametrize("text", ["", "[]", "7", '{"a":' * 100_000, "[" * 100_000, "9" * 5000])
def test_what_is_no_manifest_is_refused(copy: Path, text: str):
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"{MANIFEST} is damaged"):
        open_corpus(copy)


@pytest.mark.parametrize("version", [1, 2, 3, FORMAT_VERSION + 1, "3", None])
def test_a_corpus_of_another_version_of_ganola_says_so(copy: Path, version: object):
    """Those of version 2 had no checksum."""
    record = json.loads((copy / MANIFEST).read_bytes()) | {"format_version": version}
    del record[CHECKSUM], record["files"]
    (copy / MANIFEST).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError, match="is of another version of ganola") as refused:
        open_corpus(copy)
    assert "ganola corpus build" in refused.value.remedy


ABSURD: dict[str, list[Any]] = {
    "name": [None, 7, []],
    "label": [None, 7],
    "split": ["none", "Train", None],
    "family": [None],
    "metre": [4, None],
    "bars_estimated": ["perhaps", None],
    "key": [7, []],
    "semitones": [128, 0.5, "up"],
    "tempo": [0, -1, 1e9, float("nan"), float("inf"), None],
    "offset": [float("nan"), None, "late"],
    "shard": [-1, 2, 10**30, None, "0"],
    "first_bar": [-1, 7, 10**30],
    "bars": [-1, 3, 10**30],
    "segments": [[], [0, 4], [-1, 5], [3], [10**30], 4, None],
    "windows": [-1, 3, 10**30],
    "notes": [-1, 0.5],
    "out_of_range": [-1],
    "merged": [-1],
    "shortened": [-1],
    "left_out": [-1],
    "other_metre": [-1],
    "remarks": [7, [7], None],
}


def test_every_field_of_a_piece_has_its_bounds():
    assert ABSURD.keys() == piece_record(piece(JIG)).keys()


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in ABSURD.items() for value in values])
def test_a_piece_of_absurd_values_is_refused_though_all_checksums_are_right(copy: Path, field: str, value: object):
    first, *others = (copy / PIECES).read_text(encoding="utf-8").splitlines(keepends=True)
    rewrite(open_corpus(copy), PIECES, "".join([json.dumps(json.loads(first) | {field: value}) + "\n", *others]))
    if (field, value) == ("shard", "0"):  # says the same
        assert read_all(copy)
        return
    with pytest.raises(InputError):
        read_all(copy)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("7", "line 1: "),
        ("{}", "line 1: name is missing"),
        ('{"a":' * 100_000, "line 1: it is nested too deep"),
        ("", "line 1: it is not valid JSON"),
    ],
)
def test_what_is_no_piece_is_refused(copy: Path, line: str, fault: str):
    broken = rewrite(open_corpus(copy), PIECES, line + "\n")
    with pytest.raises(InputError) as refused:
        list(broken.iter_pieces())
    assert refused.value.problem.startswith(f"{copy / PIECES} is damaged: {fault}")


def test_a_piece_with_too_much_is_refused(copy: Path):
    line = json.dumps(piece_record(piece(JIG)) | {"colour": "red"})
    with pytest.raises(InputError, match="colour is unknown"):
        list(rewrite(open_corpus(copy), PIECES, line + "\n").iter_pieces())


def test_a_corpus_without_pieces_is_refused(copy: Path):
    with pytest.raises(InputError, match="it has no pieces"):
        list(rewrite(open_corpus(copy), PIECES, "").iter_pieces())


@pytest.mark.parametrize("line", ["{}", '{"file": 7, "reason": ""}', '{"file": "a", "reason": "b", "more": 1}', "[]"])
def test_what_is_no_rejection_is_refused(copy: Path, line: str):
    with pytest.raises(InputError, match=f"{REJECTED} is damaged: line 1"):
        rewrite(open_corpus(copy), REJECTED, line + "\n").rejected  # noqa: B018


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("bars = 2", "bars = 3", "it is of other music than manifest.json"),
        ('name = "Bass"', 'name = "Basso"', "it is of other music than manifest.json"),
        ("common_tonic = false", "common_tonic = true", "it is of other music than manifest.json"),
        ("bars = 2", "bars = " + "[" * 100_000, "is not valid TOML"),
        ("bars = 2", "bars = 0x" + "f" * 10_000, "bars is a number with too many digits"),
        ("bars = 2", "bars = " + "9" * 10_000, "is not valid TOML"),
    ],
)
def test_a_plan_of_other_music_is_refused_though_all_checksums_are_right(copy: Path, old: str, new: str, fault: str):
    text = (copy / PLAN).read_text(encoding="utf-8")
    assert old in text
    other = rewrite(open_corpus(copy), PLAN, text.replace(old, new))
    with pytest.raises(InputError) as refused:
        other.plan  # noqa: B018
    assert fault in refused.value.problem


def test_a_manifest_of_another_grid_than_the_notes_is_refused(copy: Path):
    manifest = open_corpus(copy).manifest
    narrow = manifest.model_copy(update={"grid": GRID.model_copy(update={"lowest": 49})})
    write_manifest(copy, narrow.model_copy(update={"files": checksums_in(copy)}))
    with pytest.raises(InputError, match=r"notes-00000\.npy is damaged: 1 note lies"):
        read_all(copy)


# The fingerprint


def test_a_fingerprint_is_of_the_plan_the_pieces_and_all_notes_and_stays_what_it_was_in_format_3(tmp_path: Path):
    notes, first = split_into_bars(Notes.of([(0, 0, 17, 60), (0, 3, 5, 67)]), 2, 16)
    write_shard(tmp_path, 0, [notes], first)
    own = replace(piece(JIG), name="a.mid", label="", split="test", family="a.mid")
    own = replace(own, shard=0, first_bar=4, bars=9, segments=(5, 4), windows=3)
    by = Plan(tracks=(PlannedTrack(name="Flöte", program=73, monophonic=True),))

    digest = hashlib.sha256(b'{"lowest":36,"pitches":48,"steps_per_beat":4,"metre":"4/4","bars":4}')
    digest.update(b'\n{"name":"Fl\xc3\xb6te","program":73,"drums":false,"one_note":true}')
    digest.update(b'["a.mid", "", "test", "a.mid", 0, 4, 9, [5, 4], 3]')
    kinds = [("length", "<u2"), ("held", "?"), ("pitch", "u1"), ("track", "u1"), ("start", "<u2"), ("spare", "u1")]
    silent = np.array([(16, 0, 60, 0, 0, 0), (2, 0, 67, 0, 3, 0), (1, 1, 60, 0, 0, 0)], dtype=kinds)
    for array in (silent, np.array([0, 2, 3], dtype="<i8")):
        file = BytesIO()
        np.save(file, array)
        digest.update(file.getvalue())
    expected = digest.hexdigest()[:16]

    assert fingerprint(by, [own], tmp_path, 1) == expected
    assert fingerprint(by, [replace(own, tempo=own.tempo + 1, remarks=("repaired",))], tmp_path, 1) == expected
    assert fingerprint(by, [replace(own, split="train")], tmp_path, 1) != expected
    notes["velocity"] = 9
    write_shard(tmp_path, 0, [notes], first)
    assert fingerprint(by, [own], tmp_path, 1) == expected
    notes["pitch"][1] = 66
    write_shard(tmp_path, 0, [notes], first)
    assert fingerprint(by, [own], tmp_path, 1) != expected
