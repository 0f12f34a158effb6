import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from ganola.checksums import DamagedError
from ganola.errors import InputError
from ganola.records import parse_json, parse_record, read_file, read_log, read_record, record_text


@dataclass(frozen=True, slots=True)
class Take:
    name: str
    tempo: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    bars: tuple[int, ...] = ()


TAKE = Take("Flöte", 96.5, (4, 8))


def test_a_record_comes_back_as_it_was():
    assert parse_record(record_text(TAKE), Take) == TAKE
    assert parse_record(record_text(TAKE, indent=2), Take) == TAKE


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        ("1" * 10_000, "not valid JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"name":' * 100_000, "nested too deep"),
        ("[]", "not a record"),
        ('"checksum"', "not a record"),
        (record_text(TAKE).replace("96.5", "96.25"), "checksum is wrong"),
    ],
)
def test_what_is_no_record_is_refused_in_words(text: bytes | str, fault: str):
    with pytest.raises(DamagedError, match=fault):
        parse_record(text, Take)


@pytest.mark.parametrize(
    ("take", "fault"),
    [
        (Take("x", -120.0), "tempo is -120.0, and has to be more than 0"),
        (Take("x", float("nan")), "tempo is nan, and has to be a number"),
    ],
)
def test_a_value_out_of_bounds_is_refused_though_its_checksum_is_right(take: Take, fault: str):
    with pytest.raises(DamagedError, match=fault):
        parse_record(record_text(take), Take)


def test_a_damaged_file_is_named_with_what_is_wrong_and_what_to_do(tmp_path: Path):
    path = tmp_path / "take.json"
    path.write_text(record_text(TAKE)[:-9])
    with pytest.raises(InputError) as refused:
        read_record(path, Take, "Record it again.")
    assert refused.value.problem == f"{path} is damaged: it is not valid JSON"
    assert refused.value.remedy == "Record it again."


def test_a_log_gives_its_sound_lines_and_counts_the_others(tmp_path: Path):
    path = tmp_path / "takes.jsonl"
    lines = [record_text(TAKE), "{}", "\0", record_text(TAKE).replace("4", "5"), record_text(Take("x", 60))]
    path.write_text("\n".join(lines) + '\n{"cut')
    assert read_log(path, Take) == ([TAKE, Take("x", 60)], 3)


def test_a_number_too_long_for_python_is_no_json():
    with pytest.raises(DamagedError):
        parse_json("9" * 5000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "model.safetensors")
    with pytest.raises(InputError, match="no file that can be read"):
        read_file(tmp_path / "model.safetensors")


@pytest.mark.parametrize("name", [".", "missing"])
def test_a_folder_or_nothing_is_refused(tmp_path: Path, name: str):
    with pytest.raises(InputError):
        read_file(tmp_path / name)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices in folders")
def test_a_device_is_refused_and_not_read_for_ever():
    with pytest.raises(InputError, match="no file that can be read"):
        read_file(Path("/dev/zero"))
