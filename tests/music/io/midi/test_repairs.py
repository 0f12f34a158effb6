"""Damaged MIDI files: what is sound in them is read, with the notes that their bytes hold, and it is said."""

from pathlib import Path

import pytest

from ganola.music.io.midi.read import read_midi
from ganola.music.metre import MetreChange
from ganola.music.score import Notes
from tests import midi
from tests.strategies import Row

CASES = Path(__file__).parents[2] / "cases"
A, B = midi.note(67, 48), midi.note(72, 24)
A_B = [(0, 0, 48, 67), (0, 48, 72, 72)]
TRACK_END = bytes.fromhex("00 ff2f00")
UNTIL = "until its pitch is struck again or the track ends"


def rows(*tracks: bytes, **header: int) -> list[Row]:
    return read_midi(midi.midi_file(*tracks, **header)).notes.rows()


def hexadecimal(text: str) -> bytes:
    return midi.commented(text)


@pytest.mark.parametrize(
    ("name", "notes", "remarks"),
    [
        ("denominator-2-to-33", 32, ("1 impossible time signature left out",)),
        ("division-55440", 32, ()),
        ("drums-without-note-offs", 64, ("64 drum strokes without an end made a quarter of a beat long at most",)),
        ("hanging-note", 33, (f"1 note without an end lasts {UNTIL}",)),
        ("header-says-one-track", 64, ("it says that it has 1 track, it has 2",)),
        ("junk-between-chunks", 64, ("bytes between tracks skipped",)),
        ("last-note-ended-by-end-of-track", 29, (f"1 note without an end lasts {UNTIL}",)),
        ("running-status-after-sysex", 32, ()),
        ("track-length-too-long", 32, ("a track was longer or shorter than it says",)),
        ("track-names-in-gbk", 144, ("names of tracks read as Chinese (GBK), which is a guess",)),
        ("truncated", 58, ("a track is cut off", f"1 note without an end lasts {UNTIL}")),
        ("velocity-above-127", 32, ("a value over 127 mended", f"1 note without an end lasts {UNTIL}")),
    ],
)
def test_what_is_sound_in_a_damaged_file_is_read_and_the_rest_is_said(name: str, notes: int, remarks: tuple[str, ...]):
    score = read_midi((CASES / f"{name}.mid").read_bytes())
    assert len(score.notes) == notes
    assert score.remarks == remarks


def test_the_tracks_of_the_damaged_files_are_those_of_their_bytes():
    def of(name: str) -> tuple[Notes, tuple[MetreChange, ...], int]:
        score = read_midi((CASES / f"{name}.mid").read_bytes())
        return score.notes, score.metres, len(score.tracks)

    assert of("denominator-2-to-33")[1] == ()
    assert of("division-55440")[0].end.max() == 32 * 55440
    assert of("header-says-one-track")[2] == of("junk-between-chunks")[2] == of("truncated")[2] == 2
    quarters = [(0, 480 * beat, 480 * beat + 480) for beat in range(32)]
    assert [row[:3] for row in of("track-length-too-long")[0].rows()] == quarters
    assert [row[:3] for row in of("junk-between-chunks")[0].rows()][:32] == quarters
    names = [track.name for track in read_midi((CASES / "track-names-in-gbk.mid").read_bytes()).tracks]
    assert names == ["钢琴", "吉他", "贝斯"]


def test_nothing_is_said_of_a_sound_file():
    assert read_midi(midi.SMALL_SONG).remarks == ()


@pytest.mark.parametrize("length", [0, 1, 15, 17, 33, 36, 99_999, 0xFFFFFFFF])
def test_the_length_of_a_track_need_not_be_true(length: int):
    data = bytearray(midi.midi_file(A + B, A))
    data[18:22] = length.to_bytes(4, "big")
    score = read_midi(bytes(data))
    assert score.notes.rows() == [*A_B, (1, 0, 48, 67)]
    assert score.remarks == ("a track was longer or shorter than it says",)


@pytest.mark.parametrize("length", [0, 8, 9_999])
def test_the_length_of_the_last_track_need_not_be_true(length: int):
    data = bytearray(midi.midi_file(A + B))
    data[18:22] = length.to_bytes(4, "big")
    assert read_midi(bytes(data)).notes.rows() == A_B


@pytest.mark.parametrize("count", [0, 1, 3, 65_535])
def test_the_number_of_tracks_need_not_be_true(count: int):
    data = bytearray(midi.midi_file(A, B))
    data[10:12] = count.to_bytes(2, "big")
    score = read_midi(bytes(data))
    assert score.notes.rows() == [(0, 0, 48, 67), (1, 0, 24, 72)]
    assert score.remarks[0].endswith("it has 2")


def test_chunks_that_are_no_tracks_are_passed_over_without_a_word():
    first, second = midi.midi_file(A, B)[:14], midi.midi_file(A, B)[14:]
    chunk = b"XFIH\0\0\0\4MTrk"
    score = read_midi(first + chunk + second + chunk + bytes(7))
    assert score.notes.rows() == [(0, 0, 48, 67), (1, 0, 24, 72)]
    assert score.remarks == ()


def test_a_header_of_another_length_is_passed_over():
    data = midi.midi_file(A)
    for more in (bytes(2), bytes(2) + b"MTrk"):
        longer = data[:4] + (6 + len(more)).to_bytes(4, "big") + data[8:14] + more + data[14:]
        assert read_midi(longer).notes.rows() == [(0, 0, 48, 67)]


def test_a_second_file_behind_the_first_is_not_mixed_into_it():
    score = read_midi(midi.midi_file(A) + midi.midi_file(B))
    assert score.notes.rows() == [(0, 0, 48, 67)]
    assert score.remarks == ("another MIDI file behind the first not read",)


def test_a_track_without_an_end_is_read():
    data = midi.midi_file(A + B).removesuffix(TRACK_END)
    data = data[:18] + (len(data) - 22).to_bytes(4, "big") + data[22:]
    assert read_midi(data).notes.rows() == A_B


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("00 903cff 30 803c00", [(0, 0, 48, 60)]),  # a velocity
        ("00 b007ff 00 903c50 30 803cc0", [(0, 0, 48, 60)]),  # a controller's value, and a velocity of a note-off
        ("00 903c50 10 b0ff00 20 3c00 20 803c00 10 903e50 10 803e00", [(0, 0, 80, 60), (0, 96, 112, 62)]),
        ("00 c0ff 00 903c50 30 803c00", [(0, 0, 48, 60)]),  # a program
        ("00 90c350 10 80c300 00 903c50 10 803c00", [(0, 16, 32, 60)]),  # a pitch
        ("00 903c50 10 3eff 10 3c00 10 3e00", [(0, 0, 32, 60), (0, 16, 48, 62)]),  # in running status
    ],
)
def test_values_over_127_cost_no_more_than_themselves(events: str, expected: list[Row]):
    score = read_midi(midi.midi_file(hexadecimal(events)))
    assert score.notes.rows() == expected
    assert any("over 127" in remark or "127 left out" in remark for remark in score.remarks)


@pytest.mark.parametrize(
    "between",
    [
        "00 f0 05 7e7f0901f7",  # system exclusive
        "00 f0 03 7e7f09 00 f7 02 01f7",  # in two packets
        "00 ff 01 03 e4f6fc",  # a text that ends in high bytes
        "00 ff 51 03 07a180",
        "00 f8",  # a clock
        "00 fe",  # active sensing
        "00 f2 0102",  # a song position
    ],
)
def test_running_status_holds_on_after_what_is_no_channel_event(between: str):
    events = hexadecimal(f"00 903c50 {between} 30 3c00 00 3e50 18 3e00")
    assert rows(events) == [(0, 0, 48, 60), (0, 48, 72, 62)]


def test_running_status_holds_on_over_many_events_and_interruptions():
    text = hexadecimal("00 ff 01 02 c3a4")
    events = hexadecimal("00 903c50 30 3c00") + text + hexadecimal("00 3e50 30 3e00") + text + text
    events += hexadecimal("00 4050 30 40ff") + text + hexadecimal("00 4150 00 4000 30 4100")
    assert rows(events) == [(0, 0, 48, 60), (0, 48, 96, 62), (0, 96, 144, 64), (0, 144, 144, 64), (0, 144, 192, 65)]


def test_a_time_of_more_than_four_bytes_is_read():
    assert rows(hexadecimal("8080808010 903c50 808080808030 803c00")) == [(0, 16, 64, 60)]


def test_a_meta_event_that_is_longer_than_its_track_costs_only_itself():
    broken = hexadecimal("00 ff 01 ff7f 61626364")
    assert rows(A + broken + hexadecimal("00 903c50 18 803c00 00 903e50 18 803e00"), B)[:3] == [
        (0, 0, 48, 67),
        (0, 48, 72, 60),
        (0, 72, 96, 62),
    ]


def test_data_without_a_status_costs_only_itself():
    score = read_midi(midi.midi_file(hexadecimal("00 7f7f7f") + A + B + A))
    assert score.notes.rows()[:2] == A_B
    assert score.remarks == ("a damaged place skipped",)


@pytest.mark.parametrize("kind", [0, 1, 5, 32_767])
def test_the_kind_of_file_does_not_matter(kind: int):
    assert rows(A, B, kind=kind) == [(0, 0, 48, 67), (1, 0, 24, 72)]


def test_patterns_are_read_together_and_it_is_said():
    score = read_midi(midi.midi_file(A, B, kind=2))
    assert score.notes.rows() == [(0, 0, 48, 67), (1, 0, 24, 72)]
    assert score.remarks == ("its tracks may be pieces of their own (format 2), read as sounding together",)


@pytest.mark.parametrize("division", [32_767, 32_768 - 65_536, 55_440 - 65_536, 61_440 - 65_536, 65_535 - 65_536])
def test_many_ticks_a_beat_are_no_film_frames(division: int):
    score = read_midi(midi.midi_file(A, division=division))
    assert score.ticks_per_quarter == division % 65_536
    assert score.notes.rows() == [(0, 0, 48, 67)]


def test_silence_after_the_last_note_does_not_count():
    late = bytes.fromhex("ffffff7f")
    assert rows(A, late + midi.meta(0x51, bytes.fromhex("07a120"))[1:]) == [(0, 0, 48, 67)]
    assert read_midi(midi.midi_file(A, late + bytes.fromhex("ff5804 04021808"))).metres == ()


def test_a_tempo_of_no_time_gives_way_to_the_next():
    tempos = midi.meta(0x51, bytes(3)) + midi.meta(0x51, b"\x07") + midi.meta(0x51, bytes.fromhex("0927c0"))
    assert read_midi(midi.midi_file(tempos + A)).tempo == 100.0


class TestNotesWithoutAnEnd:
    def test_such_a_note_lasts_until_the_track_ends(self):
        assert rows(hexadecimal("00 903c50 30 903e50 30 803e00 30 b00740")) == [(0, 0, 144, 60), (0, 48, 96, 62)]

    def test_or_until_its_pitch_is_struck_again(self):
        assert rows(hexadecimal("00 903c50 30 903c50 30 803c00 30 b00740")) == [(0, 0, 48, 60), (0, 48, 96, 60)]

    def test_or_until_its_channel_is_told_to_be_silent(self):
        for controller in ("78", "7b"):
            events = hexadecimal(f"00 903c50 00 913c50 00 b04000 30 b0{controller}00 30 b00740")
            assert rows(events) == [(0, 0, 48, 60), (1, 0, 96, 60)]

    def test_at_the_very_end_it_lasts_a_quarter_of_a_beat(self):
        assert rows(A + hexadecimal("00 903c50")) == [(0, 0, 48, 67), (0, 48, 60, 60)]

    def test_an_end_of_track_that_is_years_away_does_not_count(self):
        events = hexadecimal("00 903c50 30 b00740 ffffff7f ff2f00")
        assert rows(events) == [(0, 0, 48, 60)]

    def test_an_end_on_another_channel_is_none(self):
        assert rows(hexadecimal("00 903c50 30 813c00 30 b00740")) == [(0, 0, 96, 60)]

    def test_a_drum_stroke_is_short(self):
        assert rows(hexadecimal("00 992450 30 992450 06 992450 30 b00740")) == [
            (0, 0, 12, 36),
            (0, 48, 54, 36),
            (0, 54, 66, 36),
        ]

    def test_notes_before_it_keep_their_ends(self):
        overlapping = hexadecimal("00 903c50 10 903c50 10 803c00 10 803c00")
        assert rows(overlapping + hexadecimal("00 903c50 30 b00740")) == [
            (0, 0, 32, 60),
            (0, 16, 48, 60),
            (0, 48, 96, 60),
        ]

    def test_files_that_differ_in_such_a_note_differ(self):
        assert rows(A) != rows(hexadecimal("00 903050") + A)


def test_of_two_notes_of_a_pitch_the_first_struck_ends_first():
    assert rows(hexadecimal("00 903c50 10 903c50 10 803c00 20 803c00")) == [(0, 0, 32, 60), (0, 16, 64, 60)]


def test_an_end_without_a_note_ends_nothing():
    assert rows(hexadecimal("00 803c00 10 903c50 10 803c00 10 803c00 10 903c50 10 803c00")) == [
        (0, 16, 32, 60),
        (0, 64, 80, 60),
    ]


def test_a_note_of_no_length_is_kept():
    assert rows(hexadecimal("00 993c50 00 893c00 30 993c50 00 893c00")) == [(0, 0, 0, 60), (0, 48, 48, 60)]


def test_a_note_belongs_to_the_program_it_was_struck_with():
    score = read_midi(midi.midi_file(hexadecimal("00 c005 00 903c50 10 c009 10 803c00 00 903c50 10 803c00")))
    assert score.notes.rows() == [(0, 0, 32, 60), (1, 32, 48, 60)]
    assert [track.program for track in score.tracks] == [5, 9]
