import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from ganola.checksums import (
    DamagedError,
    blank_checksum,
    checksum_of,
    fill_checksum,
    verify_checksum,
    with_checksum,
    without_checksum,
)

ABOUT = {"about": '"checksum":"' + "1" * 64}  # a text that looks like a checksum
ARRAYS = {"weights": np.arange(3, dtype=np.float32)}


def sealed() -> bytes:
    return fill_checksum(save(ARRAYS, ABOUT | blank_checksum()))


def test_the_checksum_of_a_content_is_sha_256():
    assert checksum_of(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_with_its_checksum_is_read_as_before():
    data = sealed()
    verify_checksum(data)
    assert load(data)["weights"].tolist() == [0, 1, 2]


def test_each_changed_byte_of_a_file_is_noticed():
    data = sealed()
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(DamagedError):
            verify_checksum(changed)


@given(st.integers(0, len(sealed()) - 1))
def test_a_file_that_is_cut_off_is_noticed(length: int):
    with pytest.raises(DamagedError):
        verify_checksum(sealed()[:length])


def test_a_file_without_checksum_is_told_apart_from_a_damaged_one():
    with pytest.raises(DamagedError, match="has no checksum"):
        verify_checksum(save(ARRAYS, ABOUT))


RECORD = {"tempo": 96.5, "names": ["Flöte", "\udce9"], "within": {"b": 1, "a": None}}


def test_a_record_comes_back_without_its_checksum_whatever_the_order_of_its_values():
    kept = with_checksum(RECORD)
    assert without_checksum(dict(reversed(kept.items()))) == RECORD


@pytest.mark.parametrize(
    "change",
    [{"tempo": 96.25}, {"names": ["Flöte"]}, {"within": {"b": 1, "a": 0}}, {"more": 1}, {"checksum": "0" * 16}],
)
def test_a_changed_value_of_a_record_is_noticed(change: dict[str, object]):
    with pytest.raises(DamagedError, match="checksum is wrong"):
        without_checksum(with_checksum(RECORD) | change)


def test_a_record_without_checksum_is_told_apart_from_a_damaged_one():
    with pytest.raises(DamagedError, match="has no checksum"):
        without_checksum(RECORD)
