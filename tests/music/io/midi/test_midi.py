"""MIDI in and out."""

import io
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.music.io.files import read_provenance, read_score
from ganola.music.io.midi.read import read_midi
from ganola.music.io.midi.write import midi_bytes, write_midi
from ganola.music.key import Key
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Notes, Score, quantise
from ganola.music.tempo import TempoChange
from ganola.music.tracks import Track
from tests import midi, strategies
from tests.metres import metre_at
from tests.strategies import Fixture, Row

FLUTE, KIT = Track(name="Flute", program=73), Track(name="Kit", drums=True)
ROWS = [(0, 1, 3, 67), (0, 3, 4, 67), (0, 4, 9, 67), (0, 4, 11, 72), (1, 0, 2, 36), (1, 5, 6, 42)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("midi") / "song.mid"


def there_and_back(score: Score, path: Path) -> Score:
    write_midi(score, path)
    return read_score(path)


def test_a_file_is_read_as_its_bytes_say(path: Path):
    path.write_bytes(midi.SMALL_SONG)
    song = read_score(path)
    assert song.notes.rows() == midi.SMALL_SONG_ROWS
    assert song.tracks == (FLUTE, Track(name="Kick", drums=True))
    assert (song.ticks_per_quarter, song.metres, song.tempo, song.first_bar) == (
        48,
        (metre_at(0, "3/4"),),
        100.0,
        0,
    )


def test_running_status_is_understood(path: Path):
    events = midi.commented(
        """
        00 904354   # G4 on
        30 4300     # and off, a note-on without velocity
        00 4854     # C5 on, its status byte left out
        18 4800     # and off
        """
    )
    path.write_bytes(midi.midi_file(events))
    assert read_score(path).notes.rows() == [(0, 0, 48, 67), (0, 48, 72, 72)]


def test_a_metre_that_no_file_states_is_not_made_up(path: Path):
    path.write_bytes(midi.midi_file(midi.note(67, 48), midi.note(48, 30)))
    song = read_score(path)
    assert (song.metres, song.first_bar, song.tempo) == ((), 0, 120.0)
    assert [track.name for track in song.tracks] == ["track 1", "track 2"]


def test_of_two_metres_at_one_tick_the_last_holds():
    signs = midi.meta(0x58, bytes.fromhex("03021808")) + midi.meta(0x58, bytes.fromhex("06031808"))
    assert read_midi(midi.midi_file(signs + midi.note(67, 48))).metres == (metre_at(0, "6/8"),)


def test_channels_of_one_track_are_tracks_and_the_tenth_drums():
    together = b"".join(bytes([0, 0xC0 | channel, 3 * channel]) for channel in range(16))
    together += b"".join(bytes([0, 0x90 | channel, 60 + channel, 84]) for channel in range(16))
    together += bytes([48, 0x80, 60, 0])
    together += b"".join(bytes([0, 0x80 | channel, 60 + channel, 0]) for channel in range(1, 16))
    song = read_midi(midi.midi_file(midi.meta(0x03, b"All") + together, kind=0))
    assert song.tracks == tuple(Track(name="All", program=3 * channel, drums=channel == 9) for channel in range(16))
    assert song.notes.rows() == [(channel, 0, 48, 60 + channel) for channel in range(16)]


def test_another_program_is_another_track():
    change = bytes.fromhex("00 c0 05") + midi.note(60, 24) + bytes.fromhex("00 c0 09") + midi.note(62, 24)
    song = read_midi(midi.midi_file(change))
    assert song.tracks == (Track(name="track 1", program=5), Track(name="track 2", program=9))
    assert song.notes.rows() == [(0, 0, 24, 60), (1, 24, 48, 62)]


@pytest.mark.parametrize("wrapper", [b"RIFF\x00\x00\x00\x00RMIDdata\x00\x00\x00\x00", bytes(128)])
def test_a_midi_file_in_a_wrapper_is_read(wrapper: bytes):
    assert read_midi(wrapper + midi.SMALL_SONG).notes.rows() == midi.SMALL_SONG_ROWS


def test_columns_of_notes_are_small_whole_numbers_in_a_row():
    notes = read_midi(midi.SMALL_SONG).notes
    for column in notes.columns():
        assert column.dtype == np.int32
        assert column.flags.c_contiguous


@pytest.mark.parametrize("steps_per_quarter", [3, 4, 5, 6, 8, 12, 24, 48])
def test_notes_come_back_on_any_grid(path: Path, steps_per_quarter: int):
    score = Score((FLUTE, KIT), Notes.of(ROWS), steps_per_quarter)
    back = there_and_back(score, path)
    ticks = back.ticks_per_quarter // steps_per_quarter
    assert back.notes.rows() == [(track, ticks * start, ticks * end, pitch) for track, start, end, pitch in ROWS]
    assert quantise(back, steps_per_quarter).notes.rows() == ROWS


@given(strategies.fitted().filter(lambda music: music.rows), st.sampled_from([3, 4, 5, 6, 8, 12, 24]))
def test_any_notes_that_a_roll_holds_survive_midi(path: Path, music: Fixture, steps_per_quarter: int):
    score = Score(music.tracks, music.notes, steps_per_quarter)
    playing = sorted({track for track, *_ in music.rows})  # a track without notes leaves no trace
    expected: list[Row] = [(playing.index(track), *rest) for track, *rest in music.notes.rows()]
    assert quantise(there_and_back(score, path), steps_per_quarter).notes.rows() == expected


def test_names_programs_and_drums_come_back_for_more_tracks_than_midi_has_channels(path: Path):
    tracks = tuple(Track(name=f"Flöte {index}", program=3 * index, drums=index in (5, 11)) for index in range(20))
    score = Score(tracks, Notes.of([(index, index, index + 3, 40 + index) for index in range(20)]), 4)
    back = there_and_back(score, path)
    assert back.tracks == tracks
    assert quantise(back, 4).notes.rows() == score.notes.rows()


@pytest.mark.parametrize("tempo", [41.0, 97.0, 123.4, 299.0])
def test_the_tempo_comes_back_to_a_microsecond_a_beat(path: Path, tempo: float):
    back = there_and_back(Score((FLUTE, KIT), Notes.of(ROWS), 4, tempo=tempo), path)
    assert 60e6 / back.tempo == pytest.approx(60e6 / tempo, abs=1)


def test_metres_come_back_where_they_were(path: Path):
    metres = (metre_at(0, "3/4"), metre_at(9, "7/8"))
    back = there_and_back(Score((FLUTE, KIT), Notes.of(ROWS), 3, metres), path)
    assert quantise(back, 3).metres == metres


def test_the_pitches_at_both_ends_of_midi_survive(path: Path):
    rows = [(0, 0, 1, 0), (0, 0, 3, 127)]
    assert quantise(there_and_back(Score((FLUTE,), Notes.of(rows), 4), path), 4).notes.rows() == rows


def test_velocities_come_back(path: Path):
    notes = replace(Notes.of([(0, 0, 4, 67), (0, 0, 8, 72), (0, 8, 9, 67)]), velocity=np.array([1, 99, 127], np.int32))
    back = there_and_back(Score((FLUTE,), notes, 4), path).notes
    assert [*zip(back.pitch.tolist(), back.velocity.tolist(), strict=True)] == [(67, 1), (72, 99), (67, 127)]


def test_writing_leaves_the_score_alone(path: Path):
    score = Score((FLUTE, KIT), Notes.of(ROWS), 4)
    write_midi(score, path)
    assert score.notes.rows() == ROWS


def test_the_same_music_is_the_same_bytes(tmp_path: Path):
    for name in ("one.mid", "two.mid"):
        write_midi(Score((FLUTE, KIT), Notes.of(ROWS), 4), tmp_path / name, {"seed": 7, "corpus": "x"})
    assert (tmp_path / "one.mid").read_bytes() == (tmp_path / "two.mid").read_bytes()


def test_a_file_says_where_it_came_from(path: Path):
    about = {"corpus": "Übungen", "seed": 7, "key": None, "recipe": {"width": 1.5}}
    write_midi(Score((FLUTE, KIT), Notes.of(ROWS), 4), path, about)
    assert read_provenance(path) == about
    assert quantise(read_score(path), 4).notes.rows() == ROWS


def test_a_file_of_another_program_says_nothing(path: Path):
    path.write_bytes(midi.SMALL_SONG)
    assert read_provenance(path) is None


@pytest.mark.parametrize("text", [b"ganola rocks", b"ganola 3", b"ganola {", b"ganola \xe4", b"ganola"])
def test_a_marker_that_ganola_did_not_write_says_nothing(path: Path, text: bytes):
    path.write_bytes(midi.midi_file(midi.meta(0x06, text) + midi.note(67, 48)))
    assert read_provenance(path) is None


def test_a_short_first_metre_is_a_pickup(tmp_path):
    # One quarter in 1/4, then 4/4: as notation programs write an upbeat.
    score = Score(
        (Track(name="x"),),
        Notes.of([(0, 0, 2, 67), (0, 2, 10, 72)]),
        2,
        (metre_at(0, "1/4"), metre_at(2, "4/4")),
    )
    write_midi(score, tmp_path / "pickup.mid")
    back = read_score(tmp_path / "pickup.mid")
    assert back.first_bar == back.ticks_per_quarter
    assert [str(metre) for metre in back.metres] == ["4/4"]


def test_a_bar_or_more_of_another_metre_is_no_pickup(tmp_path):
    score = Score(
        (Track(name="x"),),
        Notes.of([(0, 0, 20, 67)]),
        2,
        (metre_at(0, "3/4"), metre_at(12, "4/4")),
    )
    write_midi(score, tmp_path / "change.mid")
    back = read_score(tmp_path / "change.mid")
    assert back.first_bar == 0
    assert [str(metre) for metre in back.metres] == ["3/4", "4/4"]


# What a workstation is given, as another program reads it


def tracks_of(score: Score, **said: object) -> list[list[tuple[int, mido.MetaMessage | mido.Message]]]:
    """The events of each track of a file, with their ticks."""
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(score, **said)))
    assert file.type == 1
    tracks = []
    for track in file.tracks:
        ticks = np.cumsum([message.time for message in track])
        tracks.append(list(zip(ticks.tolist(), track, strict=True)))
    return tracks


# Twelve steps of notes on four a quarter note: a bar of 4/4 is 16 steps, one of 3/4 is 12.
@pytest.mark.parametrize(
    ("metre", "end", "bars_end"), [((4, 4), 0, 16), ((3, 4), 0, 12), ((4, 4), 32, 32), ((7, 8), 0, 14)]
)
def test_every_track_ends_at_the_bar_line(metre: tuple[int, int], end: int, bars_end: int):
    score = Score((FLUTE, KIT, FLUTE), Notes.of(ROWS), 4, (MetreChange(0, TimeSignature(*metre)),), end=end)
    tracks = tracks_of(score)
    assert len(tracks) == 4
    assert {(track[-1][0], track[-1][1].type) for track in tracks} == {(bars_end * 120, "end_of_track")}


def test_the_first_track_says_what_concerns_all_and_plays_nothing():
    score = Score((FLUTE, KIT), Notes.of(ROWS), 4, (metre_at(0, "3/4"),), tempo=90.0)
    conductor, *players = tracks_of(score, provenance={"seed": 7}, title="a phrase", key=Key(10, minor=True))
    assert [message.type for _, message in conductor] == [
        *("track_name", "sequencer_specific", "set_tempo", "key_signature", "time_signature", "end_of_track")
    ]
    said = {message.type: message for _, message in conductor}
    assert said["track_name"].name == "a phrase"
    assert bytes(said["sequencer_specific"].data) == b'\x7dganola {"seed":7}'
    assert said["set_tempo"].tempo == 666_667
    sign = said["time_signature"]
    assert (sign.numerator, sign.denominator, sign.clocks_per_click) == (3, 4, 24)
    assert said["key_signature"].key == "Bbm"
    assert [[message.name for _, message in track if message.type == "track_name"] for track in players] == [
        ["Flute"],
        ["Kit"],
    ]
    # MuseScore reads a key in the track that it is for; drums have none.
    keys = [[message.key for _, message in track if message.type == "key_signature"] for track in players]
    assert keys == [["Bbm"], []]


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("tonic", range(12))
def test_every_key_has_a_signature(tonic: int, minor: bool):
    conductor = tracks_of(Score((FLUTE,), Notes.of(ROWS[:1]), 4), key=Key(tonic, minor=minor))[0]
    assert "key_signature" in [message.type for _, message in conductor]


def test_another_program_hears_the_same_notes_on_a_channel_for_each_track():
    _, flute, kit = tracks_of(Score((FLUTE, KIT), Notes.of(ROWS), 4))
    heard = [(tick // 120, message.type, message.note) for tick, message in flute if "note" in message.type]
    # At one tick what ends comes first: a repeated note is let go before it is struck again.
    assert heard == [
        *((1, "note_on", 67), (3, "note_off", 67), (3, "note_on", 67), (4, "note_off", 67)),
        *((4, "note_on", 67), (4, "note_on", 72), (9, "note_off", 67), (11, "note_off", 72)),
    ]
    channels = [{message.channel for _, message in track if not message.is_meta} for track in (flute, kit)]
    assert channels == [{0}, {9}]


# What somebody's own music has beside notes


def test_tempos_that_change_come_back_and_one_alone_is_the_tempo():
    tempos = (TempoChange(0, 90.0), TempoChange(5, 132.5))
    back = read_midi(midi_bytes(Score((FLUTE,), Notes.of(ROWS[:1]), 97, tempo=90.0, tempos=tempos), keep_ticks=True))
    assert back.tempo == pytest.approx(90.0)
    assert [change.tick for change in back.tempos] == [0, 5]
    assert [change.quarters_a_minute for change in back.tempos] == pytest.approx([90.0, 132.5])
    assert read_midi(midi_bytes(Score((FLUTE,), Notes.of(ROWS[:1]), 97))).tempos == ()


def test_ticks_can_stay_those_of_the_score():
    score = Score((FLUTE, KIT), Notes.of([(0, 1, 98, 67), (1, 3, 4, 36)]), 97)
    back = read_midi(midi_bytes(score, keep_ticks=True))
    assert (back.ticks_per_quarter, back.notes.rows()) == (97, score.notes.rows())


@pytest.mark.parametrize(
    ("first_bar", "metres"),
    [(480, ["1/4", "4/4"]), (1440, ["3/4", "4/4"]), (240, ["1/8", "4/4"]), (7, ["4/4"])],
)
def test_a_pickup_is_a_bar_of_its_own(first_bar: int, metres: list[str]):
    score = Score((FLUTE,), Notes.of([(0, 0, 1920, 67)]), 480, (metre_at(0, "4/4"),), first_bar=first_bar)
    signs = [
        f"{message.numerator}/{message.denominator}"
        for _, message in tracks_of(score)[0]
        if message.type == "time_signature"
    ]
    assert signs == metres
    if metres[0] in ("1/4", "3/4"):
        assert read_midi(midi_bytes(score)).first_bar == first_bar


def test_notes_without_length_come_back_without_it():
    notes = Notes.of([(0, 0, 48, 67), (0, 48, 48, 67), (0, 48, 60, 67)])
    back = read_midi(midi_bytes(Score((FLUTE,), notes, 97), keep_ticks=True))
    assert back.notes.rows() == notes.rows()
