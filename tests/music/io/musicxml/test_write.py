"""MusicXML out: what stands in it, and that music21 reads every note back once."""

from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ganola.errors import InputError
from ganola.music.io.musicxml import write
from ganola.music.io.musicxml.read import read_musicxml
from ganola.music.io.musicxml.write import musicxml_bytes
from ganola.music.key import Key
from ganola.music.score import Notes, Score, quantise
from ganola.music.tracks import Track
from tests import strategies
from tests.metres import metre_at
from tests.strategies import Fixture, Row

FLUTE, PIANO, KIT = Track(name="Flute", program=73), Track(name="Piano"), Track(name="Kit", program=0, drums=True)
COMMON, WALTZ = metre_at(0, "4/4"), metre_at(0, "3/4")
D_MAJOR = Key(2, minor=False)
Signs = list[str]


def sheet(score: Score, key: Key | None = D_MAJOR) -> ElementTree.Element:
    return ElementTree.fromstring(musicxml_bytes(score, title="A phrase", key=key))  # noqa: S314


def signs(part: ElementTree.Element) -> list[Signs]:
    """Each bar's notes and rests: "F#4 quarter.", "rest half", "rest bar"; a chord's later notes begin with +."""
    return [[_sign(note) for note in measure.findall("note")] for measure in part.findall("measure")]


def _sign(note: ElementTree.Element) -> str:
    pitch = note.find("pitch")
    name = "rest"
    if pitch is not None:
        sharps = int(pitch.findtext("alter", "0"))
        name = f"{pitch.findtext('step')}{'#' * sharps}{'b' * -sharps}{pitch.findtext('octave')}"
    ties = "".join({"start": "~", "stop": "-"}[tie.get("type", "")] for tie in note.findall("tie"))
    kind = note.findtext("type", "bar") + "." * len(note.findall("dot"))
    return f"{'+' * (note.find('chord') is not None)}{name} {kind}{ties}"


def test_a_melody_is_written_with_rests_ties_and_a_whole_last_bar():
    rows = [(0, 2, 4, 62), (0, 4, 6, 66), (0, 7, 13, 69), (0, 24, 26, 61)]
    part = sheet(Score((FLUTE,), Notes.of(rows), 2, (WALTZ,))).find("part")
    assert signs(part) == [
        ["rest quarter", "D4 quarter", "F#4 quarter"],
        ["rest eighth", "A4 eighth~", "A4 half-~"],
        ["A4 eighth-", "rest eighth", "rest half"],
        ["rest bar"],
        ["C#4 quarter", "rest half"],
    ]
    assert [barline.findtext("bar-style") for barline in part.iter("barline")] == ["light-heavy"]


def test_the_head_of_a_score_says_what_one_needs_to_play():
    score = Score((FLUTE, PIANO), Notes.of([(0, 0, 4, 74), (1, 0, 4, 40)]), 1, (COMMON,), tempo=84.0)
    root = sheet(score)
    assert root.findtext("work/work-title") == "A phrase"
    assert [name.text for name in root.iter("part-name")] == ["Flute", "Piano"]
    assert [program.text for program in root.iter("midi-program")] == ["74", "1"]
    assert [fifths.text for fifths in root.iter("fifths")] == ["2", "2"]
    assert [(clef.findtext("sign"), clef.findtext("line")) for clef in root.iter("clef")] == [("G", "2"), ("F", "4")]
    assert (root.findtext(".//beat-unit"), root.findtext(".//per-minute")) == ("quarter", "84")
    assert [time.findtext("beats") for time in root.iter("time")] == ["4", "4"]


def test_in_compound_metres_the_tempo_counts_dotted_quarters():
    root = sheet(Score((FLUTE,), Notes.of([(0, 0, 3, 74)]), 2, (metre_at(0, "6/8"),), tempo=90.0))
    assert root.find(".//beat-unit-dot") is not None
    assert root.findtext(".//per-minute") == "60"
    assert root.find(".//sound").get("tempo") == "90"


def test_without_a_key_it_is_found():
    scale = [(0, step, step + 1, pitch) for step, pitch in enumerate([65, 67, 69, 70, 72, 74, 76, 77, 72, 69, 65, 65])]
    root = sheet(Score((FLUTE,), Notes.of(scale), 1, (COMMON,)), key=None)
    assert root.findtext(".//fifths") == "-1"
    assert "Bb4 quarter" in signs(root.find("part"))[0]


def test_accidentals_hold_for_their_bar_and_ties_need_none():
    rows = [(0, 0, 1, 65), (0, 1, 2, 65), (0, 2, 3, 66), (0, 3, 5, 65), (0, 5, 6, 65), (0, 6, 7, 77)]
    notes = sheet(Score((FLUTE,), Notes.of(rows), 1, (COMMON,))).iter("note")
    shown = [(note.findtext("pitch/octave"), note.findtext("accidental")) for note in notes]
    # F natural and again; F sharp; F natural, tied over the bar line; there it must be said anew; an octave higher too.
    assert shown == [
        *(("4", "natural"), ("4", None), ("4", "sharp"), ("4", "natural")),
        *(("4", None), ("4", "natural"), ("5", "natural"), (None, None)),
    ]


def test_triplets_are_written_as_triplets():
    rows = [(0, 0, 4, 62), (0, 4, 8, 64), (0, 8, 12, 66), (0, 12, 20, 67), (0, 20, 24, 69)]
    part = sheet(Score((FLUTE,), Notes.of(rows), 12, (metre_at(0, "2/4"),))).find("part")
    assert signs(part) == [["D4 eighth", "E4 eighth", "F#4 eighth", "G4 quarter", "A4 eighth"]]
    ratios = {(one.findtext("actual-notes"), one.findtext("normal-notes")) for one in part.iter("time-modification")}
    assert ratios == {("3", "2")}
    brackets = [[sign.get("type") for sign in note.iter("tuplet")] for note in part.iter("note")]
    assert brackets == [["start"], [], ["stop"], ["start"], ["stop"]]


def test_held_notes_are_a_second_voice():
    rows = [(0, 0, 4, 62), (0, 0, 2, 69), (0, 2, 4, 71)]
    part = sheet(Score((FLUTE,), Notes.of(rows), 1, (COMMON,))).find("part")
    voices = [(note.findtext("voice"), _sign(note)) for note in part.iter("note")]
    assert voices == [("1", "A4 half"), ("1", "B4 half"), ("2", "D4 whole")]
    assert part.findtext("measure/backup/duration") == "4"


def test_a_piano_is_one_part_on_two_staves_and_comes_back_note_for_note():
    rows = [(0, 0, 16, 36), (0, 0, 4, 64), (0, 4, 22, 72), (0, 6, 10, 67), (0, 22, 24, 59), (0, 22, 24, 60)]
    score = Score((PIANO,), Notes.of(rows), 4, (COMMON,))
    root = sheet(score)
    assert len(root.findall("part")) == 1
    assert root.findtext(".//staves") == "2"
    assert [note.findtext("staff") for note in root.iter("note")].count(None) == 0
    back = quantise(read_musicxml(musicxml_bytes(score, title="x")), 4)
    assert {track.name for track in back.tracks} == {"Piano"}  # a part on two staves is two tracks of one name
    assert sorted(row[1:] for row in back.notes.rows()) == sorted(row[1:] for row in rows)


def test_drums_keep_their_keys_and_have_their_places():
    rows = [(0, 0, 1, 36), (0, 0, 1, 42), (0, 2, 3, 42), (0, 4, 5, 38), (0, 6, 7, 81)]
    score = Score((KIT,), Notes.of(rows), 4, (COMMON,))
    root = sheet(score)
    places = [(one.findtext("display-step"), one.findtext("display-octave")) for one in root.iter("unpitched")]
    assert places == [("F", "4"), ("G", "5"), ("G", "5"), ("C", "5"), ("E", "5")]
    assert {name.text for name in root.iter("instrument-name")} >= {"Bass Drum", "Snare", "Closed Hi-Hat"}
    assert root.findtext(".//clef/sign") == "percussion"
    back = quantise(read_musicxml(musicxml_bytes(score, title="x")), 4)
    assert (back.notes.rows(), [track.drums for track in back.tracks]) == (rows, [True])


def test_a_pickup_is_a_bar_without_a_number_and_comes_back():
    rows = [(0, 0, 2, 62), (0, 2, 8, 66), (0, 8, 14, 69)]
    score = Score((FLUTE,), Notes.of(rows), 2, (WALTZ,), first_bar=2)
    measures = sheet(score).findall("part/measure")
    assert [(one.get("number"), one.get("implicit")) for one in measures] == [("0", "yes"), ("1", None), ("2", None)]
    back = quantise(read_musicxml(musicxml_bytes(score, title="x")), 2)
    assert (back.notes.rows(), back.first_bar) == (rows, 2)


def test_a_change_of_metre_is_written_where_it_is():
    rows = [(0, 0, 12, 62), (0, 12, 20, 66)]
    back = read_musicxml(musicxml_bytes(Score((FLUTE,), Notes.of(rows), 2, (WALTZ, metre_at(12, "4/4"))), title="x"))
    assert [(metre.tick, str(metre)) for metre in back.metres] == [(0, "3/4"), (6 * back.ticks_per_quarter, "4/4")]


def test_the_same_music_is_the_same_bytes_and_left_alone():
    score = Score((PIANO, KIT), Notes.of([(0, 0, 5, 62), (0, 0, 9, 50), (1, 0, 1, 36)]), 4, (COMMON,))
    assert musicxml_bytes(score, {"seed": 7}, title="x") == musicxml_bytes(score, {"seed": 7}, title="x")
    assert score.notes.rows() == [(0, 0, 9, 50), (0, 0, 5, 62), (1, 0, 1, 36)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    strategies.fitted().filter(lambda music: music.rows),
    st.sampled_from(
        [(4, "4/4"), (12, "3/4"), (12, "4/4"), (6, "6/8"), (4, "12/8"), (8, "7/8"), (2, "4/2"), (5, "2/4")]
    ),
    st.booleans(),
)
def test_any_notes_that_a_roll_holds_survive_musicxml(music: Fixture, bar: tuple[int, str], drums: bool):
    steps_per_quarter, metre = bar
    tracks = tuple(track.model_copy(update={"program": 40, "drums": drums}) for track in music.tracks)
    score = Score(tracks, music.notes, steps_per_quarter, (metre_at(0, metre),))
    back = quantise(read_musicxml(musicxml_bytes(score, title="x")), steps_per_quarter)
    expected: list[Row] = music.notes.rows()
    assert back.notes.rows() == expected
    assert back.metres == score.metres


@pytest.mark.parametrize(
    ("rows", "heads"),
    [
        ([(0, 0, 4, 60)], 1),
        ([(0, 0, 24, 60)], 2),  # over a bar line of 4/4, four steps a quarter note
        ([(0, 0, 8, 60), (0, 2, 4, 67)], 4),  # cut where the other begins and ends
        ([(0, 0, 8, 60), (1, 2, 4, 67)], 2),  # which is another's part
    ],
)
def test_what_would_take_too_many_note_heads_is_refused(monkeypatch, rows: list[Row], heads: int):
    score = Score((PIANO, FLUTE), Notes.of(rows), 4, (COMMON,))
    monkeypatch.setattr(write, "MAX_HEADS", heads)
    assert musicxml_bytes(score, title="A phrase").count(b"<pitch>") <= heads
    monkeypatch.setattr(write, "MAX_HEADS", heads - 1)
    with pytest.raises(InputError, match=f"{len(rows)} notes, written as up to {heads} note heads, more than"):
        musicxml_bytes(score, title="A phrase")
