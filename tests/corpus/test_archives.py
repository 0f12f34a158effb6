"""Archives that are damaged, locked or far larger inside than outside."""

import zipfile
from pathlib import Path

import pytest

from ganola.corpus import archives
from ganola.corpus.archives import MAX_COMPRESSION, list_members, read_member
from ganola.errors import InputError


def write(path: Path, contents: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as made:
        for name, data in contents.items():
            made.writestr(name, data)
    return path


def test_members_are_files_each_once(tmp_path: Path):
    path = write(tmp_path / "a.zip", {"b/": b"", "b/c.mid": b"1", "a.mid": b"2"})
    with zipfile.ZipFile(path, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("a.mid", b"3")
    assert list_members(path) == ["b/c.mid", "a.mid"]
    assert read_member(path, "a.mid", 100) == b"3"


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_so_that_it_can_unpack_without_bounds_is_refused(tmp_path: Path, how: int):
    with pytest.raises(InputError, match="unusual"):
        read_member(write(tmp_path / "a.zip", {"a.mid": b"music"}, how), "a.mid", 100)


def test_what_is_larger_than_allowed_is_not_unpacked(tmp_path: Path):
    path = write(tmp_path / "a.zip", {"a.mid": b"x" * 11}, zipfile.ZIP_STORED)
    assert len(read_member(path, "a.mid", 11)) == 11
    with pytest.raises(InputError, match="unpacks to more"):
        read_member(path, "a.mid", 10)


def test_what_is_squeezed_as_no_music_can_be_is_not_unpacked(tmp_path: Path):
    size = 2 * MAX_COMPRESSION * 1024
    path = write(tmp_path / "bomb.zip", {"a.mid": b"\0" * size})
    with pytest.raises(InputError, match="unpacks to more"):
        read_member(path, "a.mid", 2 * size)


def test_an_archive_that_lies_about_its_sizes_is_believed_no_further_than_allowed(tmp_path: Path):
    data = write(tmp_path / "a.zip", {"a.mid": b"x" * 5000}).read_bytes()
    true_size, false_size = (5000).to_bytes(4, "little"), (50).to_bytes(4, "little")
    assert data.count(true_size) == 2
    (tmp_path / "liar.zip").write_bytes(data.replace(true_size, false_size))
    with pytest.raises(InputError, match="damaged zip archive"):
        read_member(tmp_path / "liar.zip", "a.mid", 1000)


def test_a_damaged_member_costs_itself_alone(tmp_path: Path):
    data = bytearray(
        write(tmp_path / "a.zip", {"a.mid": b"first" * 9, "b.mid": b"second"}, zipfile.ZIP_STORED).read_bytes()
    )
    data[data.index(b"first")] ^= 1
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises(InputError, match="damaged zip archive"):
        read_member(tmp_path / "b.zip", "a.mid", 100)
    assert read_member(tmp_path / "b.zip", "b.mid", 100) == b"second"


def test_a_locked_member_is_refused(tmp_path: Path):
    data = bytearray(write(tmp_path / "a.zip", {"a.mid": b"music"}, zipfile.ZIP_STORED).read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    with pytest.raises(InputError, match="password"):
        read_member(tmp_path / "locked.zip", "a.mid", 100)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + b"\xff" * 18, b"music" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InputError, match="damaged zip archive"):
        list_members(tmp_path / "a.zip")


def test_a_cut_off_archive_is_refused(tmp_path: Path):
    data = write(tmp_path / "a.zip", {f"{index}.mid": b"music" * 50 for index in range(9)}).read_bytes()
    for length in range(0, len(data) - 1, 13):
        (tmp_path / f"{length}.zip").write_bytes(data[:length])
        with pytest.raises(InputError, match="damaged zip archive"):
            list_members(tmp_path / f"{length}.zip")


def test_a_member_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no longer in its archive"):
        read_member(write(tmp_path / "a.zip", {"a.mid": b"music"}), "b.mid", 100)


def test_an_archive_whose_list_of_files_is_too_long_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    names = [f"{number:04d}.mid" for number in range(100)]  # 54 bytes each in the list
    path = write(tmp_path / "a.zip", dict.fromkeys(names, b"music"))
    monkeypatch.setattr(archives, "MAX_READ_BYTES", 100 * 54)
    assert list_members(path) == names
    archives._open_archive.cache_clear()
    monkeypatch.setattr(archives, "MAX_READ_BYTES", 100 * 54 - 1)
    with pytest.raises(InputError, match="lists more files"):
        list_members(path)
