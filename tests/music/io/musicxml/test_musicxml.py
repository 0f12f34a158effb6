"""MusicXML in and out."""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.io.files import read_score
from ganola.music.io.musicxml.read import read_musicxml, read_mxl
from ganola.music.io.musicxml.write import write_musicxml
from ganola.music.roll import encode, fit_notes, sounding
from ganola.music.score import Notes, Score, quantise
from ganola.music.tracks import Track
from tests.metres import metre_at
from tests.sheets import ATTRIBUTES, WHOLE, WHOLE_ROWS, drum, midi_drum, mxl, sheet, sound
from tests.strategies import Row

FLUTE, PIANO = Track(name="Flute", program=73, monophonic=True), Track(name="Piano")

# Reading: one part in 3/4, two divisions a quarter note, 96 ticks each.


def read(folder: Path, text: str, name: str = "song.musicxml") -> Score:
    (folder / name).write_text(text)
    return read_score(folder / name)


def test_a_sheet_is_read_with_its_name_and_metre(tmp_path: Path):
    song = read(tmp_path, sheet(ATTRIBUTES + sound("C5", 4) + sound("D5", 2), sound("E5", 6)))
    assert song.notes.rows() == [(0, 0, 192, 72), (0, 192, 288, 74), (0, 288, 576, 76)]
    assert (song.tracks, song.ticks_per_quarter) == ((Track(name="Flute"),), 96)
    assert (song.metres, song.first_bar, song.tempo) == ((metre_at(0, "3/4"),), 0, 120.0)


def test_a_pickup_sounds_before_the_first_bar(tmp_path: Path):
    song = read(tmp_path, sheet(ATTRIBUTES + sound("G4", 2), sound("C5", 6), sound("D5", 6)))
    assert song.first_bar == 96
    assert song.notes.rows()[:2] == [(0, 0, 96, 67), (0, 96, 384, 72)]


def test_tied_notes_are_one_note(tmp_path: Path):
    song = read(
        tmp_path,
        sheet(
            ATTRIBUTES + sound("C5", 4) + sound("D5", 2, tie="start"),
            sound("D5", 6, tie="stop start"),
            sound("D5", 1, tie="stop") + sound("D5", 5),
        ),
    )
    assert song.notes.rows() == [(0, 0, 192, 72), (0, 192, 624, 74), (0, 624, 864, 74)]


def test_a_tie_that_leads_nowhere_joins_nothing(tmp_path: Path):
    text = sheet(ATTRIBUTES + sound("D5", 2, tie="start") + sound("E5", 2) + sound("D5", 2, tie="stop"))
    assert read(tmp_path, text).notes.rows() == [(0, 0, 96, 74), (0, 96, 192, 76), (0, 192, 288, 74)]


def test_of_a_chord_only_the_tied_notes_go_on(tmp_path: Path):
    song = read(
        tmp_path,
        sheet(
            ATTRIBUTES + sound("C4", 6, tie="start") + sound("E4", 6, chord=True) + sound("G4", 6, chord=True),
            sound("C4", 2, tie="stop") + sound("E4", 2, chord=True) + sound("B4", 4),
        ),
    )
    assert song.notes.rows() == [
        (0, 0, 384, 60),
        (0, 0, 288, 64),
        (0, 0, 288, 67),
        (0, 288, 384, 64),
        (0, 384, 576, 71),
    ]


def test_grace_notes_and_chord_symbols_are_not_played(tmp_path: Path):
    symbol = "<harmony><root><root-step>F</root-step></root><kind>major</kind></harmony>"
    song = read(tmp_path, sheet(ATTRIBUTES + symbol + sound("B4", 0, grace=True) + sound("C5", 6)))
    assert song.notes.rows() == [(0, 0, 288, 72)]


def test_metres_change_where_they_change(tmp_path: Path):
    change = "<attributes><time><beats>2</beats><beat-type>4</beat-type></time></attributes>"
    song = read(tmp_path, sheet(ATTRIBUTES + sound("C5", 6), change + sound("D5", 4), sound("E5", 4)))
    assert (song.metres, song.first_bar) == (
        (metre_at(0, "3/4"), metre_at(288, "2/4")),
        0,
    )


def test_after_a_bar_that_is_too_short_the_metre_is_stated_anew(tmp_path: Path):
    measures = [ATTRIBUTES + sound("C5", 6), sound("D5", 4), sound("E5", 6), sound("F5", 6)]
    assert read(tmp_path, sheet(*measures)).metres == (
        metre_at(0, "3/4"),
        metre_at(480, "3/4"),
    )


@pytest.mark.parametrize("time", ["", "<time><senza-misura/></time>"])
def test_a_metre_that_no_document_states_is_not_made_up(tmp_path: Path, time: str):
    attributes = f"<attributes><divisions>2</divisions>{time}</attributes>"
    song = read(tmp_path, sheet(attributes + sound("C5", 6), sound("D5", 6)))
    assert (song.metres, song.first_bar) == ((), 0)
    assert song.notes.rows() == [(0, 0, 288, 72), (0, 288, 576, 74)]


def test_repeats_are_played_once(tmp_path: Path):
    repeat = '<barline location="right"><repeat direction="backward"/></barline>'
    song = read(tmp_path, sheet(ATTRIBUTES + sound("C5", 6) + repeat, sound("D5", 6)))
    assert song.notes.rows() == [(0, 0, 288, 72), (0, 288, 576, 74)]


def test_a_part_on_two_staves_is_two_tracks(tmp_path: Path):
    attributes = ATTRIBUTES.replace("</divisions>", "</divisions><staves>2</staves>", 1)
    right = sound("C5", 6).replace("</note>", "<voice>1</voice><staff>1</staff></note>")
    left = sound("C3", 6).replace("</note>", "<voice>5</voice><staff>2</staff></note>")
    backup = "<backup><duration>6</duration></backup>"
    song = read(tmp_path, sheet(attributes + right + backup + left, name="Piano"))
    assert [track.name for track in song.tracks] == ["Piano", "Piano"]
    assert song.notes.rows() == [(0, 0, 288, 72), (1, 0, 288, 48)]


def test_a_part_has_the_program_that_its_document_states(tmp_path: Path):
    organ = """<score-instrument id="I1"><instrument-name>Organ</instrument-name></score-instrument>
        <midi-instrument id="I1"><midi-channel>3</midi-channel><midi-program>20</midi-program></midi-instrument>"""
    song = read(tmp_path, sheet(ATTRIBUTES + sound("C5", 6), name="Organ", instruments=organ))
    assert song.tracks == (Track(name="Organ", program=19),)


def test_a_transposing_instrument_sounds_as_it_does(tmp_path: Path):
    clarinet = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>"
    song = read(tmp_path, sheet(ATTRIBUTES.replace("</attributes>", clarinet) + sound("D5", 4) + sound("C5", 2)))
    assert song.notes.rows() == [(0, 0, 192, 72), (0, 192, 288, 70)]


def test_an_octave_sign_changes_nothing_that_sounds(tmp_path: Path):
    begin, end = (
        f'<direction><direction-type><octave-shift type="{kind}" size="8"/></direction-type></direction>'
        for kind in ("down", "stop")
    )
    song = read(tmp_path, sheet(ATTRIBUTES + begin + sound("C6", 4) + end + sound("C5", 2)))
    assert song.notes.rows() == [(0, 0, 192, 84), (0, 192, 288, 72)]


def test_each_drum_of_a_kit_has_its_midi_number(tmp_path: Path):
    kick, snare = '<instrument id="kick"/>', '<instrument id="snare"/>'
    bar = ATTRIBUTES + drum("F", kick) + drum("C", snare) + drum("E", '<instrument id="lost"/>')
    instruments = midi_drum("kick", 37) + midi_drum("snare", 39)
    song = read(tmp_path, sheet(bar, drum("F", kick), name="Kit", instruments=instruments))
    assert song.notes.rows() == [(0, 0, 96, 36), (0, 96, 192, 38), (0, 192, 288, 35), (0, 288, 384, 36)]
    assert song.tracks == (Track(name="Kit", drums=True),)
    assert song.remarks == ("1 drum stroke without a MIDI number: guessed by name or place on the staff",)


def test_a_single_drum_need_not_be_named_at_each_note(tmp_path: Path):
    text = sheet(ATTRIBUTES + drum("E") + drum("E"), name="Triangle", instruments=midi_drum("triangle", 82))
    assert read(tmp_path, text).notes.rows() == [(0, 0, 96, 81), (0, 96, 192, 81)]


def test_the_tempo_is_counted_in_quarter_notes(tmp_path: Path):
    half_notes = """<direction><direction-type><metronome><beat-unit>half</beat-unit><per-minute>41</per-minute>
        </metronome></direction-type></direction>"""
    assert read(tmp_path, sheet(ATTRIBUTES + half_notes + sound("C5", 6))).tempo == 82.0


def test_tempos_that_change_are_kept(tmp_path: Path):
    text = sheet(ATTRIBUTES + '<sound tempo="90"/>' + sound("C5", 3) + '<sound tempo="60"/>' + sound("D5", 3))
    song = read(tmp_path, text)
    assert song.tempo == 90.0
    assert [(change.tick, change.quarters_a_minute) for change in song.tempos] == [(0, 90.0), (144, 60.0)]


@pytest.mark.parametrize("name", ["", "  "])
def test_a_part_without_a_name_is_called_the_same_every_time(tmp_path: Path, name: str):
    text = WHOLE.replace("Flute", name)
    assert read(tmp_path, text).tracks == (Track(name="track 1"),)


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("ISO-8859-1", "latin-1"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-be"),
        ("UTF-16", "utf-8"),  # written anew by a program that left the declaration alone
        ("Shift_JIS", "shift-jis"),
        ("klingon", "latin-1"),
    ],
)
def test_a_document_in_any_encoding_is_read(encoding: str, codec: str):
    name = "笛" if codec == "shift-jis" else "Flöte"
    text = sheet(ATTRIBUTES + sound("C5", 4) + sound("D5", 2), name=name)
    data = text.replace('"1.0"', f'"1.0" encoding="{encoding}"', 1).encode(codec)
    song = read_musicxml(data)
    assert song.notes.rows() == WHOLE_ROWS
    assert [track.name for track in song.tracks] == [name]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("This is not music.", "not readable as notation"),
        (WHOLE[: len(WHOLE) // 3], "damaged XML"),
        (WHOLE.replace("<divisions>2", "<divisions>0"), "not readable as notation"),
        (WHOLE.replace("<beats>3", "<beats>0"), "not readable as notation"),
        (WHOLE.replace("<beat-type>4", "<beat-type>0"), "not readable as notation"),
        (WHOLE.replace("<duration>4", "<duration>four"), "not readable as notation"),
        (WHOLE.replace("<step>D", "<step>Q"), "not readable as notation"),
        (WHOLE.replace("<duration>4", "<duration>99999999"), "lasts 50,000,000 beats"),
        ("<html><body>no music</body></html>", "another kind"),
        (sheet(ATTRIBUTES), "no notes"),
        ("<score-partwise/>", "no parts"),
    ],
)
def test_what_is_no_notation_is_refused_with_its_name_and_the_reason(tmp_path: Path, text: str, reason: str):
    with pytest.raises(InputError, match=reason) as caught:
        read(tmp_path, text, "song.xml")
    assert caught.value.problem.startswith(f"{tmp_path / 'song.xml'}: ")


ENTITIES = """<!DOCTYPE score-partwise [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"""


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le"])
def test_a_document_with_entities_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch, codec: str):
    monkeypatch.setattr("ganola.music.io.texts.ElementTree.fromstring", lambda _: pytest.fail("it was parsed"))
    text = WHOLE.replace("?>", f"?>{ENTITIES}", 1).replace("Flute", "&b;")
    with pytest.raises(InputError, match="entities"):
        read_musicxml(text.encode(codec))


def test_a_document_type_without_entities_does_no_harm(tmp_path: Path):
    kind = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://x.invalid/x.dtd">'
    assert read(tmp_path, WHOLE.replace("?>", f"?>{kind}", 1)).notes.rows() == WHOLE_ROWS


# Compressed


CONTAINER = '<container><rootfiles><rootfile full-path="music/song.xml"/></rootfiles></container>'


@pytest.mark.parametrize(
    "members",
    [
        {"META-INF/container.xml": CONTAINER, "other.xml": "<other/>", "music/song.xml": WHOLE},
        {"META-INF/container.xml": CONTAINER.replace("music/", "lost/"), "song.musicxml": WHOLE},
        {"__MACOSX/song.xml": "", "cover.png": "", "song.xml": WHOLE},
        {"META-INF/container.xml": "<container", "song.xml": WHOLE},
        {"META-INF/container.xml": ENTITIES + CONTAINER, "song.xml": WHOLE},
        {"META-INF/container.xml": CONTAINER.replace("/song.xml", "/s.pdf"), "music/s.pdf": "%PDF", "song.xml": WHOLE},
        {"notes.xml": "<other/>", "song.xml": WHOLE},
    ],
)
@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_the_document_in_a_compressed_file_is_found(members: dict[str, str], compression: int):
    assert read_mxl(mxl(members, compression)).notes.rows() == WHOLE_ROWS


def test_a_member_that_cannot_be_unpacked_costs_itself_alone():
    """The index and another document are stored whole, so that a byte of each can be changed: its sum is then wrong."""
    members = {"META-INF/container.xml": CONTAINER, "other.xml": "<score-partwise>other", "song.xml": WHOLE}
    data = mxl(members, zipfile.ZIP_STORED).replace(b"<container>", b"<containor>", 1).replace(b">other", b">0ther", 1)
    assert read_mxl(data).notes.rows() == WHOLE_ROWS


def encrypted(data: bytes) -> bytes:
    """An archive that says of all its members that they have a password."""
    marked = bytearray(data)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := marked.find(signature, at + 1)) >= 0:
            marked[at + place] |= 1
    return bytes(marked)


SONG = mxl({"song.xml": WHOLE})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04", "damaged zip"),
        (SONG[: len(SONG) // 2], "damaged zip"),
        (SONG.replace(b"song.xml", b"song.xmm", 1), "damaged zip"),
        (WHOLE.encode(), "damaged zip"),
        (mxl({"META-INF/container.xml": CONTAINER, "cover.png": ""}), "without a MusicXML document"),
        (mxl({"song.xml": ENTITIES + WHOLE}), "entities"),
        (mxl({"song.xml": WHOLE[:-3]}), "damaged XML"),
        (encrypted(SONG), "password"),
        (mxl({"song.xml": WHOLE}, zipfile.ZIP_BZIP2), "packed otherwise"),
    ],
)
def test_a_compressed_file_without_music_is_refused(data: bytes, reason: str):
    with pytest.raises(InputError, match=reason):
        read_mxl(data)


def test_no_more_is_unpacked_than_a_document_may_have(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganola.music.io.musicxml.mxl.MAX_TEXT_BYTES", 5000)
    bomb = mxl({"song.xml": " " * 10_000_000})
    read: list[int] = []
    original = zipfile.ZipExtFile.read
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda file, n=-1: (read.append(n), original(file, n))[1])
    with pytest.raises(InputError, match="of text, which no piece of music needs"):
        read_mxl(bomb)
    assert read == [4096, 5001]


def test_a_text_too_long_for_music_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganola.music.io.texts.MAX_TEXT_BYTES", len(WHOLE) - 1)
    with pytest.raises(InputError, match="of text, which no piece of music needs"):
        read_musicxml(WHOLE.encode())


def test_reading_leaves_no_trace_and_opens_nothing(capfd: pytest.CaptureFixture[str]):
    """No pickle, cache or temporary file of music21's, nor a word of it."""
    touched: list[str] = []
    watching = False

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event in ("open", "os.mkdir", "pickle.find_class", "subprocess.Popen", "socket.connect"):
            touched.append(f"{event} {arguments[0]}")

    read_mxl(SONG)  # music21 is loaded now
    sys.addaudithook(watch)
    watching = True
    for reader, data in ((read_mxl, SONG), (read_musicxml, WHOLE.encode())):
        reader(data)
    with pytest.raises(InputError):
        read_musicxml(WHOLE[:-3].encode())
    watching = False
    assert touched == []
    assert capfd.readouterr() == ("", "")


# Writing


def there_and_back(score: Score, folder: Path) -> Score:
    write_musicxml(score, folder / "song.musicxml", {"seed": 7})
    return quantise(read_score(folder / "song.musicxml"), score.ticks_per_quarter)


# Lengths in steps; with them come ties over bar lines, rests, and triplets and quintuplets on the finer grids.
@pytest.mark.parametrize("steps_per_quarter", [3, 4, 5, 12])
def test_a_melody_comes_back_note_for_note(tmp_path: Path, steps_per_quarter: int):
    rows: list[Row] = []
    step = 1
    for length, rest, pitch in [(5, 0, 67), (1, 0, 67), (7, 2, 60), (11, 0, 74), (2, 1, 55), (9, 0, 55), (13, 0, 71)]:
        rows.append((0, step, step + length, pitch))
        step += length + rest
    score = Score((FLUTE,), Notes.of(rows), steps_per_quarter, (metre_at(0, "3/4"),), tempo=97.0)
    back = there_and_back(score, tmp_path)
    assert back.notes.rows() == rows
    assert (back.metres, back.tempo, back.first_bar) == ((metre_at(0, "3/4"),), 97.0, 0)
    assert [track.name for track in back.tracks] == ["Flute"]


def heard(score: Score, tracks: tuple[Track, ...], steps: int) -> np.ndarray:
    whole = Grid(lowest=0, pitches=128)
    return sounding(encode(fit_notes(score.notes, tracks, whole).notes, len(tracks), steps, whole))


@pytest.mark.parametrize("steps_per_quarter", [3, 4])
def test_overlapping_notes_sound_as_they_did(tmp_path: Path, steps_per_quarter: int):
    rows = [
        (0, 0, 9, 60),  # held under
        (0, 2, 5, 64),
        (0, 5, 6, 64),  # touching the one before
        (0, 5, 21, 55),  # over a bar line, and over a rest of the others
        (0, 17, 19, 67),
        (1, 3, 14, 48),
    ]
    tracks = (PIANO, FLUTE)
    score = Score(tracks, Notes.of(rows), steps_per_quarter, (metre_at(0, "4/4"),))
    back = there_and_back(score, tmp_path)
    assert np.array_equal(heard(back, tracks, 24), heard(score, tracks, 24))
    onsets = {(track, start, pitch) for track, start, _, pitch in back.notes.rows()}
    assert {(track, start, pitch) for track, start, _, pitch in rows} <= onsets


def test_a_silent_track_and_drums_can_be_written(tmp_path: Path):
    tracks = (PIANO, Track(name="Nobody"), Track(name="Kit", drums=True))
    back = there_and_back(Score(tracks, Notes.of([(0, 3, 9, 60), (2, 0, 2, 36)]), 4), tmp_path)
    assert [track.name for track in back.tracks] == ["Piano", "Nobody", "Kit"]
    assert back.notes.rows() == [(0, 3, 9, 60), (2, 0, 2, 36)]
