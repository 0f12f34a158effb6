import io
import os
import sys
import zipfile
from pathlib import Path

import pytest

from ganola.corpus.folders import HIDDEN, MADE_HERE
from ganola.corpus.open import open_source
from ganola.corpus.source import Source, SourceFile
from ganola.errors import InputError
from ganola.music.io.files import MAX_FILE_BYTES


def write(folder: Path, *names: str) -> Path:
    """Files that hold their own names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def archive(*names: str) -> bytes:
    """A zip archive of files that hold their own names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, name)
    return buffer.getvalue()


def names(source: Source) -> list[str]:
    return [file.name for file in source.files]


def test_a_folder_is_searched_to_its_depths_in_order(tmp_path: Path):
    songs = write(
        tmp_path / "songs", "b.mid", "a/z.MIDI", "a/y.kar", "c.mxl", "d.abc", "e.krn", "f.xml", "a/deep/x.musicxml"
    )
    (songs / "folder.mid").mkdir()
    source = open_source(str(songs))
    assert source.name == "songs"
    assert names(source) == ["a/deep/x.musicxml", "a/y.kar", "a/z.MIDI", "b.mid", "c.mxl", "d.abc", "e.krn", "f.xml"]
    assert source.files[1].path == songs / "a" / "y.kar"
    assert [file.suffix for file in source.files[:3]] == [".musicxml", ".kar", ".midi"]


def test_files_that_are_no_music_are_counted_by_their_ending(tmp_path: Path):
    songs = write(tmp_path, "a.mid", "b.txt", "c.txt", "README", ".DS_Store", "._a.mid", "d.mid.bak", ".git/e.mid")
    assert open_source(str(songs)).ignored == {".txt": 2, "no ending": 1, HIDDEN: 3, ".bak": 1}


def test_the_members_of_an_archive_are_files_like_others(tmp_path: Path):
    write(tmp_path, "b.mid")
    packed = archive(
        "rock/a.mid", "rock/notes.txt", "__MACOSX/rock/._a.mid", "rock/.hidden.mid", "in.zip", "folk/c.abc"
    )
    (tmp_path / "all.zip").write_bytes(packed)
    source = open_source(str(tmp_path))
    assert names(source) == ["all.zip/folk/c.abc", "all.zip/rock/a.mid", "b.mid"]
    assert [file.read() for file in source.files] == [b"folk/c.abc", b"rock/a.mid", b"b.mid"]
    assert source.ignored == {HIDDEN: 2, ".txt in an archive": 1, ".zip in an archive": 1}


def test_an_archive_can_be_the_source_itself(tmp_path: Path):
    (tmp_path / "lakh.zip").write_bytes(archive("clean/a.mid", "clean/b.mid"))
    source = open_source(str(tmp_path / "lakh.zip"))
    assert (source.name, names(source)) == ("lakh.zip", ["clean/a.mid", "clean/b.mid"])
    assert source.files[1].read() == b"clean/b.mid"


def test_names_in_an_archive_lead_nowhere_else(tmp_path: Path):
    (tmp_path / "evil.zip").write_bytes(archive("../../up.mid", "/etc/root.mid", "a/./b/../c.mid", "back\\slash.mid"))
    source = open_source(str(tmp_path / "evil.zip"))
    assert names(source) == ["a/b/c.mid", "back/slash.mid", "etc/root.mid", "up.mid"]
    assert source.files[3].read() == b"../../up.mid"
    assert [path.name for path in tmp_path.rglob("*")] == ["evil.zip"]


def test_an_archive_that_cannot_be_opened_is_named_with_the_reason(tmp_path: Path):
    write(tmp_path, "a.mid")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    source = open_source(str(tmp_path))
    assert names(source) == ["a.mid"]
    assert list(source.unread) == ["broken.zip"]
    assert source.unread["broken.zip"].startswith("a damaged zip archive")


def test_the_first_folders_that_differ_are_labels(tmp_path: Path):
    write(tmp_path / "all" / "music", "folk/reels/a.mid", "folk/b.mid", "pop/c.mid", "d.mid")
    (tmp_path / "all" / "music" / "Jazz.ZIP").write_bytes(archive("x/e.mid"))
    labels = {file.name: file.label for file in open_source(str(tmp_path / "all")).files}
    assert labels == {
        "music/folk/reels/a.mid": "folk",
        "music/folk/b.mid": "folk",
        "music/pop/c.mid": "pop",
        "music/d.mid": "",
        "music/Jazz.ZIP/x/e.mid": "Jazz",
    }


def test_files_of_one_folder_have_no_label(tmp_path: Path):
    write(tmp_path, "songs/a.mid", "songs/b.mid")
    assert [file.label for file in open_source(str(tmp_path)).files] == ["", ""]


def test_what_ganola_made_is_passed_over(tmp_path: Path):
    write(tmp_path, "a.mid", "runs/one/run.json", "runs/one/recipe.toml", "runs/one/samples/0.mid")
    write(tmp_path, "a.corpus/manifest.json", "a.corpus/pieces.jsonl", "other/manifest.json", "other/b.mid")
    source = open_source(str(tmp_path))
    assert names(source) == ["a.mid", "other/b.mid"]
    assert source.ignored == {MADE_HERE: 4, ".json": 1}


def test_links_to_folders_and_to_nowhere_are_named(tmp_path: Path):
    songs = write(tmp_path / "songs", "a.mid")
    write(tmp_path / "more", "b.mid")
    (songs / "loop").symlink_to(songs)
    (songs / "c.mid").symlink_to(tmp_path / "nowhere")
    (songs / "d.mid").symlink_to(tmp_path / "more" / "b.mid")
    source = open_source(str(songs))
    assert names(source) == ["a.mid", "d.mid"]
    assert source.unread == {
        "loop": "a link to a folder, which is not followed",
        "c.mid": "a link that leads nowhere, or no file at all",
    }


def test_an_archive_without_music_is_named(tmp_path: Path):
    write(tmp_path, "a.mid")
    (tmp_path / "texts.zip").write_bytes(archive("a.txt"))
    assert open_source(str(tmp_path)).unread == {"texts.zip": "no music in it"}


def test_no_two_files_have_one_name(tmp_path: Path):
    (tmp_path / "a.zip").write_bytes(archive("x/a.mid", "x/./a.mid"))
    assert names(open_source(str(tmp_path / "a.zip"))) == ["x/a.mid", "x/a.mid~2"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_a_name_cannot_move_the_cursor(tmp_path: Path):
    (tmp_path / "evil\x1b[31m\n曲.mid").write_bytes(b"?")
    assert names(open_source(str(tmp_path))) == [r"evil\x1b[31m\n曲.mid"]


def test_the_same_music_has_the_same_stamp_wherever_it_is_named_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, "songs/a.mid")
    monkeypatch.chdir(tmp_path)
    source = open_source("songs")
    assert source.stamp() == open_source(str(tmp_path / "songs")).stamp()
    (tmp_path / "songs" / "a.mid").unlink()
    assert source.stamp() != "", "a file that is gone does not stop the others"


def test_the_stamp_changes_with_the_files(tmp_path: Path):
    songs = write(tmp_path, "a.mid", "b.mid")
    before = open_source(str(songs)).stamp()
    assert open_source(str(songs)).stamp() == before
    (songs / "b.mid").write_bytes(b"other music")
    changed = open_source(str(songs)).stamp()
    (songs / "c.mid").write_bytes(b"more")
    assert len({before, changed, open_source(str(songs)).stamp()}) == 3


def test_a_file_too_large_for_music_is_not_read(tmp_path: Path):
    path = tmp_path / "huge.mid"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(InputError, match="larger than"):
        SourceFile("huge.mid", path).read()


def test_a_file_of_music_is_a_source_of_its_own(tmp_path: Path):
    source = open_source(str(write(tmp_path, "book.abc") / "book.abc"))
    assert (source.name, names(source), source.files[0].read()) == ("book.abc", ["book.abc"], b"book.abc")


def test_a_folder_without_music_is_refused_with_what_is_there(tmp_path: Path):
    write(tmp_path, "notes.txt", "more.txt")
    with pytest.raises(InputError, match=r"no music in .* \(2 \.txt\)"):
        open_source(str(tmp_path))
    (tmp_path / "broken.zip").write_bytes(b"?")
    with pytest.raises(InputError, match=r"broken\.zip: a damaged zip archive"):
        open_source(str(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_a_name_that_is_no_text_is_shown_with_escapes(tmp_path: Path):
    (tmp_path / os.fsdecode(b"caf\xe9.mid")).write_bytes(b"?")
    assert names(open_source(str(tmp_path))) == [r"caf\xe9.mid"]
