"""The bytes of MIDI, byte by byte, as the standard's examples have them."""

import pytest

from ganola.music.io.midi import encode
from ganola.music.metre import TimeSignature
from tests.midi import commented

WHOLE = commented(
    """
    4d546864 00000006             # MThd, 6 bytes
    0001 0002 01e0                # format 1, 2 tracks, 480 ticks a quarter note
    4d54726b 0000001a             # MTrk, 26 bytes
    00 ff0302 4173                # called As
    00 ff5103 07a120              # 500,000 microseconds a quarter note
    00 ff5804 06032408            # 6/8, a click every 36 clocks
    8f00 ff2f00                   # it ends after 1,920 ticks
    4d54726b 00000011             # MTrk, 17 bytes
    00 c128                       # program 41 on the second channel
    00 913c54                     # C4 for 480 ticks
    8360 813c00
    8b20 ff2f00                   # it ends 1,440 ticks later
    """
)


def test_a_file_is_these_bytes():
    conductor = [
        (0, encode.track_name("As")),
        (0, encode.tempo(120.0)),
        (0, encode.time_signature(TimeSignature(6, 8))),
    ]
    played = [(480, encode.note_off(1, 60)), (0, encode.program_change(1, 40)), (0, encode.note_on(1, 60, 84))]
    assert encode.file_bytes([conductor, played], 480, end=1920) == WHOLE


# The examples in the standard's description of variable-length quantities.
@pytest.mark.parametrize(
    ("ticks", "written"),
    [
        (0x00, "00"), (0x40, "40"), (0x7F, "7f"), (0x80, "8100"), (0x2000, "c000"), (0x3FFF, "ff7f"),
        (0x4000, "818000"), (0x100000, "c08000"), (0x1FFFFF, "ffff7f"), (0x200000, "81808000"), (0xFFFFFFF, "ffffff7f"),
    ],
)  # fmt: skip
def test_times_are_written_with_seven_bits_a_byte(ticks: int, written: str):
    assert encode.file_bytes([[]], 480, end=ticks)[22:] == bytes.fromhex(written + "ff2f00")


def test_signatures_of_flats_and_minor_keys():
    assert encode.key_signature(-3, minor=True) == bytes.fromhex("ff5902fd01")
    assert encode.key_signature(2, minor=False) == bytes.fromhex("ff59020200")


def test_a_tempo_that_midi_cannot_hold_is_the_slowest():
    assert encode.tempo(1.0) == bytes.fromhex("ff5103ffffff")
