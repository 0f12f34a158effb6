import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ganola.errors import InputError, MachineError
from ganola.storage import whole_file, within, write_json, write_whole

not_root = pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is forbidden to root")


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def refuse(code: int) -> Callable[[Path, bytes], int]:
    """A Path.write_bytes that the system stops after the first byte."""

    def write_bytes(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:1])
        raise OSError(code, os.strerror(code))

    return write_bytes


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path):
    (tmp_path / "song").write_bytes(b"old and longer")
    write_whole(tmp_path / "song", b"new")
    assert (tmp_path / "song").read_bytes() == b"new"
    assert contents(tmp_path) == ["song"]


def test_text_is_written_as_utf8_and_missing_folders_are_made(tmp_path: Path):
    write_whole(tmp_path / "a" / "b" / "song", "Flöte\n")
    assert (tmp_path / "a" / "b" / "song").read_bytes() == "Flöte\n".encode()


def write_half(path: Path, failure: type[BaseException]) -> None:
    with whole_file(path) as partial:
        partial.write_text("ha")
        raise failure


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_half_way_leaves_the_old_content_alone(tmp_path: Path, failure: type[BaseException]):
    (tmp_path / "song").write_text("old")
    with pytest.raises(failure):
        write_half(tmp_path / "song", failure)
    assert (tmp_path / "song").read_text() == "old"
    assert contents(tmp_path) == ["song"]


def test_a_file_is_not_there_before_it_is_whole(tmp_path: Path):
    with whole_file(tmp_path / "song") as partial:
        partial.write_text("whole")
        assert not (tmp_path / "song").exists()
    assert (tmp_path / "song").read_text() == "whole"


def test_a_full_disk_is_named_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "song").write_text("old")
    monkeypatch.setattr(Path, "write_bytes", refuse(errno.ENOSPC))
    with pytest.raises(MachineError, match="disk is full") as caught:
        write_whole(tmp_path / "song", b"new")
    assert caught.value.exit_status == 1
    assert str(tmp_path / "song") in caught.value.problem
    assert (tmp_path / "song").read_text() == "old"
    assert contents(tmp_path) == ["song"]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_place_one_may_not_write_to_is_an_input_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int):
    monkeypatch.setattr(Path, "write_bytes", refuse(code))
    with pytest.raises(InputError, match="no permission") as caught:
        write_whole(tmp_path / "song", b"new")
    assert caught.value.exit_status == 2
    assert str(tmp_path / "song") in caught.value.problem


def test_any_other_refusal_says_what_the_system_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Path, "write_bytes", refuse(errno.EIO))
    with pytest.raises(MachineError, match=os.strerror(errno.EIO)):
        write_whole(tmp_path / "song", b"new")


@not_root
def test_a_folder_without_permission_is_an_input_error(tmp_path: Path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(InputError, match="no permission"):
        write_whole(locked / "song", b"new")


def test_a_folder_that_is_a_file_is_told_to_the_person(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises((InputError, MachineError)):
        write_whole(tmp_path / "file" / "song", b"new")


def test_a_file_where_a_folder_stands_is_told_to_the_person(tmp_path: Path):
    (tmp_path / "song").mkdir()
    with pytest.raises((InputError, MachineError), match="song"):
        write_whole(tmp_path / "song", b"new")
    assert contents(tmp_path) == ["song"]


def test_json_is_sorted_readable_and_ends_its_last_line(tmp_path: Path):
    write_json(tmp_path / "facts.json", {"tempo": 97, "name": "Flöte"})
    text = (tmp_path / "facts.json").read_text(encoding="utf-8")
    assert text == '{\n  "name": "Flöte",\n  "tempo": 97\n}\n'


@pytest.mark.parametrize("name", ["a.mid", "a/b.mid", "a/../b.mid", "..a/b.mid", "..."])
def test_a_name_within_a_folder_is_its_path_there(tmp_path: Path, name: str):
    assert within(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("name", ["../a.mid", "a/../../b.mid", "{folder}x/a.mid", ".."])
def test_a_name_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str):
    with pytest.raises(InputError, match="leads out of"):
        within(tmp_path, name.format(folder=tmp_path))
