import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganola.corpus.build import build, survey
from ganola.corpus.build_folder import BUILDING, DONE, REQUEST
from ganola.corpus.chunks import ALL_COLUMNS
from ganola.corpus.columns import load_columns, save_columns
from ganola.corpus.open import open_source
from ganola.corpus.options import BuildOptions
from ganola.corpus.pieces import Rejection
from ganola.corpus.plan import PLAN, load_plan
from ganola.corpus.source import Source
from ganola.corpus.stages import PACKED_BY
from ganola.corpus.store import MANIFEST, PIECES, REJECTED, Corpus, open_corpus
from ganola.corpus.windows import windows_of
from ganola.errors import InputError, MachineError
from ganola.music.io.files import read_score
from ganola.music.io.midi.write import write_midi
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.roll import decode
from ganola.music.score import Notes, Score, quantise
from ganola.music.tracks import Track
from tests import midi
from tests.corpora import TRACKS, checksums_in, write_tunes
from tests.corpus.conftest import OPTIONS
from tests.corpus.killing import KillingFile
from tests.metres import metre_at
from tests.strategies import Row


def make(music: Path, folder: Path, options: BuildOptions = OPTIONS, **more: object) -> Corpus:
    return build(open_source(str(music)), folder, options, **({"workers": 0} | more))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(path: Path, *rows: Row, tracks: tuple[Track, ...] = TRACKS, metre: MetreChange | None = None) -> None:
    """A file of notes in half beats."""
    write_midi(Score(tracks, Notes.of(list(rows)), 2, (metre or metre_at(0, "4/4"),)), path)


# What a corpus holds


def test_every_file_is_in_the_corpus_or_left_out_with_a_reason(corpus: Corpus):
    assert [piece.name for piece in corpus.pieces] == [f"tune-{index:02d}.mid" for index in range(20)]
    assert corpus.rejected == (
        Rejection("bad/empty.mid", "the file is empty"),
        Rejection("bad/silent.mid", "no notes in it"),
        Rejection("bad/text.mid", "not a MIDI file (it does not begin with MThd)"),
        Rejection("short.mid", "shorter than 2 bars of 4/4"),
        Rejection("waltz.mid", "in 3/4; this corpus is in 4/4"),
    )


def test_a_finished_corpus_is_all_that_is_left(corpus: Corpus):
    assert sorted(contents(corpus.folder)) == [
        *("bars-00000.npy", "bars-00001.npy", MANIFEST),
        *("notes-00000.npy", "notes-00001.npy", PIECES, PLAN, REJECTED),
    ]
    assert not (corpus.folder / BUILDING).exists()


def test_the_manifest_says_what_the_collection_is_like(corpus: Corpus):
    manifest = corpus.manifest
    assert (manifest.source, manifest.common_tonic, manifest.tempo) == ("tunes", True, 120.0)
    assert [(track.name, track.program, track.monophonic) for track in manifest.tracks] == [
        ("Melody", 73, True),
        ("Bass", 32, True),
    ]
    grid = manifest.grid
    assert (grid.steps_per_quarter, str(grid.metre), grid.bars) == (2, "4/4", 2)


def test_a_collection_that_has_a_tempo_of_its_own_gives_it_to_its_corpus(
    corpus: Corpus, collection: Path, tmp_path: Path
):
    source = replace(open_source(str(collection)), tempo=97.0)
    manifest = build(source, tmp_path / "own.corpus", OPTIONS, workers=0).manifest
    assert manifest.tempo == 97.0
    assert manifest.fingerprint == corpus.manifest.fingerprint  # the music is the same


def test_a_piece_is_its_file_in_the_common_key(corpus: Corpus, collection: Path):
    for piece in corpus.pieces:
        score = quantise(read_score(collection / piece.name), 2).transpose(piece.semitones)
        assert decode(corpus.piece_cells(piece), corpus.grid).rows() == score.notes.rows()
        assert piece.bars == 5


def test_every_note_is_accounted_for(tmp_path: Path):
    tracks = (*TRACKS, Track(name="Oboe"))
    usual = [(0, step, step + 1, 60 + step % 7) for step in range(1500)]
    write(tmp_path / "tunes" / "a.mid", *usual, (1, 0, 16, 48))
    write(tmp_path / "tunes" / "b.mid", *usual, (1, 0, 16, 47))
    # One note too high, a chord of three, a note cut short, and a track that no other piece has.
    odd = [(0, 0, 1, 100), (0, 2, 3, 60), (0, 2, 3, 64), (0, 2, 3, 67), (0, 4, 9, 60), (0, 6, 8, 62), (2, 3, 5, 60)]
    write(tmp_path / "tunes" / "c.mid", *odd, (1, 0, 16, 48), tracks=tracks)
    piece = make(tmp_path / "tunes", tmp_path / "corpus", BuildOptions(bars=2, steps_per_quarter=2)).pieces[2]
    assert (piece.out_of_range, piece.merged, piece.shortened, piece.left_out) == (1, 2, 1, 1)
    assert piece.notes + piece.out_of_range + piece.merged + piece.left_out == 8


def test_keys_are_found_and_brought_to_c_or_left(tmp_path: Path):
    in_d = [(0, 0, 9, 62), (0, 9, 12, 66), (0, 12, 18, 69), (0, 18, 19, 73), (0, 19, 21, 67), (0, 21, 33, 74)]
    write(tmp_path / "tunes" / "d.mid", *in_d)
    in_c = make(tmp_path / "tunes", tmp_path / "c").pieces[0]
    as_is = make(tmp_path / "tunes", tmp_path / "d", OPTIONS.model_copy(update={"common_tonic": False})).pieces[0]
    assert (in_c.key, in_c.semitones) == ("D major", -2)
    assert (as_is.key, as_is.semitones) == ("D major", 0)


def test_versions_of_a_tune_are_on_one_side(collection: Path, tmp_path: Path):
    shutil.copytree(collection, tmp_path / "tunes")
    for index in range(0, 20, 3):
        tune = read_score(collection / f"tune-{index:02d}.mid")
        write_midi(tune.transpose(3), tmp_path / "tunes" / f"version-{index:02d}.mid")
    corpus = make(tmp_path / "tunes", tmp_path / "corpus")
    side = {piece.name: (piece.family, piece.split) for piece in corpus.pieces}
    assert len(corpus.pieces) == 27
    for index in range(0, 20, 3):
        assert side[f"version-{index:02d}.mid"] == side[f"tune-{index:02d}.mid"]
    assert len({piece.family for piece in corpus.pieces}) == 20


def test_a_corpus_of_three_four_in_triplets(tmp_path: Path):
    rows = [(0, step, step + 2, 60 + step % 5) for step in range(0, 40, 3)]
    write_midi(
        Score((Track(name="Flute"),), Notes.of(rows), 3, (metre_at(0, "3/4"),)),
        tmp_path / "tunes" / "waltz.mid",
    )
    corpus = make(
        tmp_path / "tunes", tmp_path / "corpus", BuildOptions(bars=3, steps_per_quarter=3, common_tonic=False)
    )
    assert (corpus.grid.steps_per_bar, corpus.grid.steps) == (9, 27)
    assert decode(corpus.piece_cells(corpus.pieces[0]), corpus.grid).rows() == rows
    assert corpus.pieces[0].bars == 5
    assert windows_of(corpus, "train").rolls(np.arange(3)).shape == (3, 1, 2, 27, 12)


def test_two_four_fits_four_four_and_three_four_does_not(tmp_path: Path):
    for name, metre in (
        ("four", metre_at(0, "4/4")),
        ("two", metre_at(0, "2/4")),
        ("three", metre_at(0, "3/4")),
    ):
        write(
            tmp_path / "tunes" / f"{name}.mid",
            *((0, step, step + 1, 60 + len(name)) for step in range(40)),
            metre=metre,
        )
    corpus = make(tmp_path / "tunes", tmp_path / "corpus", OPTIONS.model_copy(update={"metre": TimeSignature(4, 4)}))
    assert [piece.name for piece in corpus.pieces] == ["four.mid", "two.mid"]
    assert corpus.rejected == (Rejection("three.mid", "in 3/4; this corpus is in 4/4"),)


def test_a_chunk_without_any_music_leaves_the_others_readable(collection: Path, tmp_path: Path):
    shutil.copytree(collection, tmp_path / "tunes")
    for index in range(16):
        (tmp_path / "tunes" / f"a-{index:02d}.mid").write_bytes(b"?")
    corpus = make(tmp_path / "tunes", tmp_path / "corpus")
    assert len(corpus.pieces) == 20
    assert windows_of(corpus, "train").rolls(np.arange(5)).any()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_a_file_whose_name_is_no_text_is_read_and_named(tmp_path: Path):
    write_tunes(tmp_path / "tunes", count=2)
    (tmp_path / "tunes" / "tune-01.mid").rename(tmp_path / "tunes" / os.fsdecode(b"caf\xe9.mid"))
    corpus = make(tmp_path / "tunes", tmp_path / "corpus")
    assert [piece.name for piece in corpus.pieces] == [r"caf\xe9.mid", "tune-00.mid"]


def test_the_same_notes_count_once(collection: Path, tmp_path: Path):
    shutil.copytree(collection, tmp_path / "tunes")
    shutil.copy(collection / "tune-03.mid", tmp_path / "tunes" / "zz copy.mid")
    shutil.copy(collection / "tune-05.mid", tmp_path / "tunes" / "another.mid")
    corpus = make(tmp_path / "tunes", tmp_path / "corpus")
    assert len(corpus.pieces) == 20
    assert Rejection("zz copy.mid", "the same notes as tune-03.mid") in corpus.rejected
    assert Rejection("tune-05.mid", "the same notes as another.mid") in corpus.rejected


def test_folders_are_labels(collection: Path, tmp_path: Path):
    for index, label in enumerate(("reels", "jigs", "reels", "jigs")):
        (tmp_path / "tunes" / label).mkdir(parents=True, exist_ok=True)
        shutil.copy(collection / f"tune-{index:02d}.mid", tmp_path / "tunes" / label)
    corpus = make(tmp_path / "tunes", tmp_path / "corpus")
    assert [(piece.name, piece.label) for piece in corpus.pieces] == [
        ("jigs/tune-01.mid", "jigs"),
        ("jigs/tune-03.mid", "jigs"),
        ("reels/tune-00.mid", "reels"),
        ("reels/tune-02.mid", "reels"),
    ]
    assert corpus.manifest.labels == ("jigs", "reels")


def test_a_bar_of_another_metre_divides_a_piece_and_no_window_crosses_it(tmp_path: Path):
    rows = [(0, step, step + 1, 60 + step % 5) for step in range(60)]
    metres = (
        metre_at(0, "4/4"),
        metre_at(24, "3/4"),
        metre_at(30, "4/4"),
    )  # three bars, one of another metre, nearly four
    write_midi(Score(TRACKS[:1], Notes.of(rows), 2, metres), tmp_path / "tunes" / "odd.mid")
    corpus = make(tmp_path / "tunes", tmp_path / "corpus", OPTIONS.model_copy(update={"common_tonic": False}))
    piece = corpus.pieces[0]
    assert (piece.segments, piece.bars, piece.other_metre, piece.notes) == ((3, 4), 7, 6, 54)
    assert corpus.window_starts(piece).tolist() == [0, 1, 3, 4, 5]
    joined = [row for row in rows if row[1] < 24] + [
        (0, start - 6, end - 6, pitch) for _, start, end, pitch in rows[30:]
    ]
    assert decode(corpus.piece_cells(piece), corpus.grid).rows() == joined


def test_a_file_that_kills_its_reader_costs_itself_alone(corpus: Corpus, collection: Path, tmp_path: Path):
    files = list(open_source(str(collection)).files)
    killer = KillingFile("tune-07b.mid", collection / "tune-07.mid")
    place = [file.name for file in files].index("tune-08.mid")
    source = Source("tunes", (*files[:place], killer, *files[place:]))
    survived = build(source, tmp_path / "corpus", OPTIONS, workers=1)
    assert [piece.name for piece in survived.pieces] == [piece.name for piece in corpus.pieces]
    (reason,) = [one.reason for one in survived.rejected if one.file == "tune-07b.mid"]
    assert "killed" in reason


@pytest.mark.parametrize("left", [BUILDING, DONE])
def test_what_a_kill_left_before_or_after_all_work_is_tidied_away(
    corpus: Corpus, collection: Path, tmp_path: Path, left: str
):
    (tmp_path / "corpus" / left).mkdir(parents=True)
    (tmp_path / "corpus" / left / ".request.json.1.partial").write_text("{")
    make(collection, tmp_path / "corpus")
    assert contents(tmp_path / "corpus") == contents(corpus.folder)


def test_a_very_low_note_of_a_keyboard_is_left_out(tmp_path: Path):
    in_f_sharp = [(0, step, step + 2, pitch) for step in range(0, 60, 2) for pitch in (54, 58, 61, 66)]
    write(tmp_path / "tunes" / "a.mid", *in_f_sharp, (0, 60, 62, 1), tracks=TRACKS[:1])
    options = OPTIONS.model_copy(update={"tracks_by": "voices", "voices": 2})
    assert make(tmp_path / "tunes", tmp_path / "corpus", options).pieces[0].out_of_range == 1


# By plan


def test_a_survey_writes_the_plan_that_a_build_would_follow(corpus: Corpus, collection: Path, tmp_path: Path):
    proposal, unusable = survey(open_source(str(collection)), tmp_path / "survey", OPTIONS, workers=0)
    assert unusable == 3
    assert reasons(tmp_path / "survey")["bad/empty.mid"] == "the file is empty"
    assert sorted(contents(tmp_path / "survey")) == [PLAN, REJECTED]
    assert load_plan(tmp_path / "survey" / PLAN).plan == proposal.plan == load_plan(corpus.folder / PLAN).plan
    followed = make(collection, tmp_path / "corpus", plan=load_plan(tmp_path / "survey" / PLAN))
    assert followed.manifest.fingerprint == corpus.manifest.fingerprint


def test_an_edited_plan_is_followed(corpus: Corpus, collection: Path, tmp_path: Path):
    text = (corpus.folder / PLAN).read_text(encoding="utf-8")
    edited = text.replace("bars = 2", "bars = 3").replace('takes = ["Bass"]', 'takes = ["Nobody"]')
    (tmp_path / "plan.toml").write_text(edited, encoding="utf-8")
    made = make(collection, tmp_path / "corpus", plan=load_plan(tmp_path / "plan.toml"))
    assert made.grid.bars == 3
    assert all(piece.left_out == 5 for piece in made.pieces)
    assert (made.folder / PLAN).read_text(encoding="utf-8") == edited  # with its remarks


def test_without_fingerprints_every_piece_is_a_tune_of_its_own(collection: Path, tmp_path: Path):
    shutil.copytree(collection, tmp_path / "tunes")
    write_midi(read_score(collection / "tune-00.mid").transpose(3), tmp_path / "tunes" / "version.mid")
    assert len({piece.family for piece in make(tmp_path / "tunes", tmp_path / "one").pieces}) == 20
    apart = make(tmp_path / "tunes", tmp_path / "other", fingerprints=False)
    assert len({piece.family for piece in apart.pieces}) == 21


# The same corpus however it was built


def test_two_processes_build_the_same_bytes(corpus: Corpus, collection: Path, tmp_path: Path):
    make(collection, tmp_path / "corpus", workers=2)
    assert contents(tmp_path / "corpus") == contents(corpus.folder)


AFTER_THE_FIRST_CHUNK = -1


def stop_when(stage: str, done: int) -> Callable[[str, int, int], None]:
    def progress(now: str, count: int, total: int) -> None:
        if now == stage and (count == done or (done == AFTER_THE_FIRST_CHUNK and count > 0)):
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize(
    ("stage", "done"), [("reading", 0), ("reading", 16), ("reading", 25), ("packing", AFTER_THE_FIRST_CHUNK)]
)
def test_a_build_that_was_stopped_goes_on_to_the_same_bytes(
    corpus: Corpus, collection: Path, tmp_path: Path, stage: str, done: int
):
    with pytest.raises(KeyboardInterrupt):
        make(collection, tmp_path / "corpus", progress=stop_when(stage, done))
    with pytest.raises(InputError, match="not a finished corpus"):
        open_corpus(tmp_path / "corpus")
    told: list[tuple[str, int, int]] = []
    make(collection, tmp_path / "corpus", progress=lambda *now: told.append(now))
    assert told[0] == ("reading", done if stage == "reading" else 25, 25)  # what was read is not read again
    assert contents(tmp_path / "corpus") == contents(corpus.folder)


def spoil(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def forget(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [spoil, cut_off, forget])
@pytest.mark.parametrize(
    "name",
    ["building/read-00001.safetensors", "building/shard-00000.safetensors", "notes-00000.npy", "bars-00000.npy"],
)
def test_what_was_damaged_of_an_unfinished_build_is_made_anew(
    corpus: Corpus, collection: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
):
    with pytest.raises(KeyboardInterrupt):
        make(collection, tmp_path / "corpus", progress=stop_when("packing", AFTER_THE_FIRST_CHUNK))
    damage(tmp_path / "corpus" / name)
    said: list[str] = []
    make(collection, tmp_path / "corpus", notice=said.append)
    assert len(said) == 1
    assert "was damaged: what it held is made anew" in said[0]
    assert contents(tmp_path / "corpus") == contents(corpus.folder)


def forge_chunk(path: Path, **values: object) -> None:
    """Change what a chunk says of its first piece, its checksum with it."""
    header, columns = load_columns(path, dict, *ALL_COLUMNS)
    header["pieces"][0] |= values
    save_columns(path, header, columns)


@pytest.mark.parametrize(
    "values",
    [
        {"ticks_per_quarter": 0},
        {"tempo": 0},
        {"metre": "4/0"},
        {"notes": 10**9},
        {"tracks": []},
        {"digest": "x"},
        {"key": 7},
    ],
)
def test_what_cannot_be_of_an_unfinished_build_is_made_anew(
    corpus: Corpus, collection: Path, tmp_path: Path, values: dict[str, object]
):
    with pytest.raises(KeyboardInterrupt):
        make(collection, tmp_path / "corpus", progress=stop_when("reading", 25))
    forge_chunk(tmp_path / "corpus" / BUILDING / "read-00000.safetensors", **values)
    said: list[str] = []
    make(collection, tmp_path / "corpus", notice=said.append)
    assert [line.rpartition("/")[2] for line in said] == [
        "read-00000.safetensors was damaged: what it held is made anew"
    ]
    assert contents(tmp_path / "corpus") == contents(corpus.folder)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{" * 100_000, b'{"ganola": ' * 5000, b"9" * 5000])
def test_an_unfinished_build_that_no_longer_says_of_what_is_another(collection: Path, tmp_path: Path, content: bytes):
    with pytest.raises(KeyboardInterrupt):
        make(collection, tmp_path / "corpus", progress=stop_when("reading", 16))
    (tmp_path / "corpus" / BUILDING / REQUEST).write_bytes(content)
    with pytest.raises(InputError, match="unfinished corpus of other files or settings"):
        make(collection, tmp_path / "corpus")


def test_what_was_packed_by_nobody_knows_which_plan_is_packed_again(corpus: Corpus, collection: Path, tmp_path: Path):
    with pytest.raises(KeyboardInterrupt):
        make(collection, tmp_path / "corpus", progress=stop_when("packing", AFTER_THE_FIRST_CHUNK))
    (tmp_path / "corpus" / BUILDING / PACKED_BY).write_bytes(b"\xff\xfe")
    make(collection, tmp_path / "corpus")
    assert contents(tmp_path / "corpus") == contents(corpus.folder)


def test_a_build_writes_the_checksums_of_all_its_files(corpus: Corpus):
    assert corpus.manifest.files == checksums_in(corpus.folder)


def test_one_other_note_gives_another_fingerprint(corpus: Corpus, collection: Path, tmp_path: Path):
    shutil.copytree(collection, tmp_path / "tunes")
    assert make(tmp_path / "tunes", tmp_path / "same").manifest.fingerprint == corpus.manifest.fingerprint
    song = tmp_path / "tunes" / "tune-07.mid"
    score = read_score(song)
    pitch = score.notes.pitch.copy()
    pitch[4] += 1
    notes = replace(score.notes, pitch=pitch)
    write_midi(Score(score.tracks, notes, score.ticks_per_quarter, score.metres, tempo=score.tempo), song)
    other = make(tmp_path / "tunes", tmp_path / "other")
    assert [piece.name for piece in other.pieces] == [piece.name for piece in corpus.pieces]
    assert other.manifest.fingerprint != corpus.manifest.fingerprint


# What is refused


def test_a_folder_with_something_in_it_is_left_alone(collection: Path, tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        make(collection, tmp_path)
    assert contents(tmp_path) == {"mine.txt": b"mine"}


def test_a_finished_corpus_is_not_built_over(corpus: Corpus, collection: Path):
    before = contents(corpus.folder)
    with pytest.raises(InputError, match="not empty"):
        make(collection, corpus.folder)
    assert contents(corpus.folder) == before


@pytest.mark.parametrize(
    "change",
    [
        {"bars": 3},
        {"steps_per_quarter": 4},
        {"metre": TimeSignature(4, 4)},
        {"common_tonic": False},
        {"tracks_by": "merged"},
    ],
)
def test_an_unfinished_corpus_of_another_request_is_refused(
    collection: Path, tmp_path: Path, change: dict[str, object]
):
    with pytest.raises(KeyboardInterrupt):
        make(collection, tmp_path / "corpus", progress=stop_when("reading", 0))
    with pytest.raises(InputError, match="unfinished corpus of other files or settings"):
        make(collection, tmp_path / "corpus", OPTIONS.model_copy(update=change))


def test_an_unfinished_corpus_of_other_files_is_refused(collection: Path, tmp_path: Path):
    shutil.copytree(collection, tmp_path / "tunes")
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "tunes", tmp_path / "corpus", progress=stop_when("reading", 16))
    (tmp_path / "tunes" / "tune-03.mid").unlink()
    with pytest.raises(InputError, match="unfinished corpus of other files or settings"):
        make(tmp_path / "tunes", tmp_path / "corpus")


def reasons(folder: Path) -> dict[str, str]:
    lines = [json.loads(line) for line in (folder / REJECTED).read_text(encoding="utf-8").splitlines()]
    return {line["file"]: line["reason"] for line in lines}


def test_a_folder_of_bad_files_only_is_refused_with_every_reason(collection: Path, tmp_path: Path):
    with pytest.raises(InputError, match="none of the 3 files of bad can be used") as caught:
        make(collection / "bad", tmp_path / "corpus")
    assert str(tmp_path / "corpus" / REJECTED) in caught.value.remedy
    assert reasons(tmp_path / "corpus") == {
        "empty.mid": "the file is empty",
        "silent.mid": "no notes in it",
        "text.mid": "not a MIDI file (it does not begin with MThd)",
    }


def test_a_collection_that_fits_no_grid_is_refused_with_every_reason(tmp_path: Path):
    write(tmp_path / "tunes" / "five.mid", (0, 0, 40, 60), metre=metre_at(0, "5/4"))
    options = OPTIONS.model_copy(update={"metre": TimeSignature(4, 4)})
    (tmp_path / "tunes" / "bad.mid").write_bytes(midi.midi_file())
    with pytest.raises(InputError, match="none of the 2 files of tunes fits the plan"):
        make(tmp_path / "tunes", tmp_path / "corpus", options)
    assert reasons(tmp_path / "corpus") == {
        "bad.mid": "no notes in it",
        "five.mid": "in 5/4; this corpus is in 4/4",
    }


# A build writes the request, two chunks of what was read, by which plan it packs, two shards of two files each, a part
# of the account after each, the plan, the rejected files and the manifest.
@pytest.mark.parametrize("written", [0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12])
def test_a_build_that_a_full_disk_stopped_can_be_taken_up_again(
    corpus: Corpus, collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
):
    write_bytes, room = Path.write_bytes, iter(range(written))

    def write_while_there_is_room(self: Path, data: bytes) -> int:
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write_bytes(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_while_there_is_room)
        with pytest.raises(MachineError, match="disk is full"):
            make(collection, tmp_path / "corpus")
    with pytest.raises(InputError, match="not a finished corpus"):
        open_corpus(tmp_path / "corpus")
    make(collection, tmp_path / "corpus")
    assert contents(tmp_path / "corpus") == contents(corpus.folder)
