"""Names of tracks, whose encoding a MIDI file does not state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.music.io.midi.names import decode_names
from ganola.music.io.midi.read import read_midi
from tests import midi

NAMES = {
    "gbk": ["钢琴", "吉他", "贝斯", "鼓", "小提琴 大提琴", "左手 右手", "古筝", "音轨 1", "月亮代表我的心"],
    "cp932": ["ピアノ", "ギター", "ドラム", "ストリングス", "メロディ", "ﾋﾟｱﾉ", "ﾄﾞﾗﾑ", "ｺｰﾗｽ", "右手", "千本桜"],
    "big5": ["鋼琴", "吉他", "貝斯", "小提琴", "主旋律", "左手 右手", "音軌 1"],
    "cp949": ["피아노", "기타", "드럼", "베이스", "바이올린", "왼손 오른손"],
    "cp1251": ["Рояль", "Гитара", "Бас", "Ударные", "Скрипка", "БАРАБАНЫ", "Фортепиано 1"],
    "cp1252": ["Flöte", "Guitare électrique", "Percussão", "Caisse claire à gauche", "©1998 John", "Trompête", "Bäße"],
}


@pytest.mark.parametrize(("codec", "name"), [(codec, name) for codec, names in NAMES.items() for name in names])
def test_a_single_name_is_read_in_its_encoding(codec: str, name: str):
    assert decode_names((name.encode(codec),)).texts == (name,)


@pytest.mark.parametrize("codec", NAMES)
def test_the_names_of_a_file_are_read_in_one_encoding(codec: str):
    names = ["Bass", *NAMES[codec], "", *NAMES[codec]]
    read = decode_names(tuple(name.encode(codec) for name in names))
    assert read.texts == tuple(names)
    assert read.guessed


def test_bytes_that_are_valid_utf_8_by_chance_do_not_count_beside_others_that_are_not():
    assert decode_names((b"\xcb\xb9", "钢琴".encode("gbk"))).texts == ("斯", "钢琴")


def test_utf_8_is_no_guess():
    names = ["Flöte", "钢琴", "ピアノ", "Рояль"]
    read = decode_names(tuple(name.encode() for name in names))
    assert (read.texts, read.guessed) == (tuple(names), None)


@given(st.lists(st.binary(max_size=8)).map(tuple))
def test_different_bytes_are_never_the_same_name(names: tuple[bytes, ...]):
    texts = decode_names(names).texts
    named = {raw: text for raw, text in zip(names, texts, strict=True) if text}
    assert len(set(named.values())) == len(named)
    assert [named.get(raw, "") for raw in names] == list(texts)


def test_names_that_differ_only_where_they_are_cut_off_stay_different():
    first, second, third = decode_names((b"a" * 81, b"a" * 82, b"a" * 81)).texts
    assert first == third == "a" * 80
    assert second == "a" * 80 + " (2)"


@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"\x00\x1b[31mRed", "[31mRed"), (b" \x00 ", "track 1"), (b"a" * 100_000, "a" * 80), (b"Viola\tI\n", "Viola I")],
)
def test_a_name_holds_only_what_can_be_printed(name: bytes, shown: str):
    assert read_midi(midi.midi_file(midi.meta(0x03, name) + midi.note(67, 48))).tracks[0].name == shown


def test_of_several_names_of_a_track_the_last_holds_that_is_not_empty():
    names = midi.meta(0x03, b"Flute") + midi.meta(0x03, b"Oboe") + midi.meta(0x03, b"")
    assert read_midi(midi.midi_file(names + midi.note(67, 48))).tracks[0].name == "Oboe"
