from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Int64, UInt8

from ganola.checksums import DamagedError
from ganola.corpus.columns import load_columns, load_record, save_columns, save_record, verify_columns
from ganola.errors import InputError


@dataclass(frozen=True, slots=True)
class Words:
    names: tuple[str, ...]


COLUMNS = {
    "starts": np.array([3, 5, 8], dtype=np.int32),
    "table": np.arange(6, dtype=np.uint32).reshape(2, 3),
    "none": np.zeros(0, dtype=np.int64),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_columns(tmp_path / "words.safetensors", {"names": ["Flöte", '"checksum":"0"']}, COLUMNS)
    return tmp_path / "words.safetensors"


def test_a_header_and_columns_come_back_as_they_were(path: Path):
    verify_columns(path)
    header, columns = load_columns(path, Words, "table", "none", "starts", "missing")
    assert header == Words(("Flöte", '"checksum":"0"'))
    assert list(columns) == ["table", "none", "starts"]
    for name, column in columns.items():
        assert (column.dtype, column.tolist()) == (COLUMNS[name].dtype, COLUMNS[name].tolist())


def test_only_the_columns_that_are_named_are_read(path: Path):
    data = path.read_bytes()
    path.write_bytes(data[:-1])  # of the column that lies last
    assert list(load_columns(path, Words, "none", "table")[1]) == ["none", "table"]
    with pytest.raises(InputError, match="was changed or cut off"):
        load_columns(path, Words, "none", "table", "starts")


def test_the_same_content_is_the_same_bytes(path: Path, tmp_path: Path):
    for number in range(8):  # safetensors itself writes them in an order of chance
        again = tmp_path / f"{number}.safetensors"
        save_columns(again, {"names": ["Flöte", '"checksum":"0"']}, COLUMNS)
        assert again.read_bytes() == path.read_bytes()


def test_every_damaged_byte_is_noticed(path: Path):
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(DamagedError):
            verify_columns(path)


def test_what_is_damaged_while_it_is_in_use_ends_in_words_or_in_what_it_says(path: Path):
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            load_columns(path, Words, *COLUMNS)
        except InputError as error:
            said = f"{error.problem}\n{error.remedy}"
        else:
            said = str(path)
        assert str(path) in said
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(InputError, match="was changed or cut off"):
            load_columns(path, Words, *COLUMNS)


def test_a_header_of_another_kind_is_refused(tmp_path: Path):
    save_columns(tmp_path / "odd.safetensors", {"names": [7]}, {})
    with pytest.raises(InputError, match=r"names\.0 is 7"):
        load_columns(tmp_path / "odd.safetensors", Words)


@dataclass(frozen=True)
class Melody:
    title: str
    pitches: Int64[np.ndarray, "notes"]
    singers: tuple[Words, ...]
    loudness: UInt8[np.ndarray, "notes 2"]


MELODY = Melody("Flöte", np.array([60, 67]), (Words(("Ann", "Bo")), Words(())), np.array([[1, 2], [3, 4]], np.uint8))


def test_a_record_comes_back_as_it_was_its_arrays_as_columns(tmp_path: Path):
    save_record(tmp_path / "melody.safetensors", MELODY)
    verify_columns(tmp_path / "melody.safetensors")
    read = load_record(tmp_path / "melody.safetensors", Melody)
    assert (read.title, read.singers) == (MELODY.title, MELODY.singers)
    for name in ("pitches", "loudness"):
        assert getattr(read, name).dtype == getattr(MELODY, name).dtype
        assert np.array_equal(getattr(read, name), getattr(MELODY, name))
    assert list(load_columns(tmp_path / "melody.safetensors", dict, "title", "pitches", "loudness")[1]) == [
        "pitches",
        "loudness",
    ]


def test_a_record_that_lacks_a_column_is_refused(tmp_path: Path):
    header = {"title": "Flöte", "singers": []}
    save_columns(tmp_path / "melody.safetensors", header, {"pitches": MELODY.pitches})
    with pytest.raises(InputError, match="lacks columns"):
        load_record(tmp_path / "melody.safetensors", Melody)
