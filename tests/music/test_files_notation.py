"""MusicXML in and out."""

import re
from pathlib import Path

import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music.files import read_score, write_musicxml
from ganola.music.grid import Grid
from ganola.music.roll import encode, fit, sounding
from ganola.music.score import Metre, Notes, Score, quantised
from ganola.music.tracks import Track
from tests.strategies import Row

FLUTE, PIANO = Track(name="Flute", program=73, one_note=True), Track(name="Piano")

# Reading: one part in 3/4, two divisions a quarter note, 96 ticks each.

ATTRIBUTES = """
<attributes><divisions>2</divisions><time><beats>3</beats><beat-type>4</beat-type></time></attributes>
"""


def sound(pitch: str, divisions: int, *, tie: str = "", chord: bool = False, grace: bool = False) -> str:
    """A <note> of a pitch such as C5."""
    ties = "".join(f'<tie type="{kind}"/>' for kind in tie.split())
    length = "" if grace else f"<duration>{divisions}</duration>"
    return (
        f"<note>{'<grace/>' * grace}{'<chord/>' * chord}"
        f"<pitch><step>{pitch[0]}</step><octave>{pitch[1]}</octave></pitch>{length}{ties}</note>"
    )


def sheet(*measures: str, name: str = "Flute") -> str:
    body = "".join(f'<measure number="{number}">{content}</measure>' for number, content in enumerate(measures))
    return f"""<?xml version="1.0"?>
        <score-partwise version="4.0">
        <part-list><score-part id="P1"><part-name>{name}</part-name></score-part></part-list>
        <part id="P1">{body}</part>
        </score-partwise>"""


def read(folder: Path, text: str, name: str = "song.musicxml") -> Score:
    (folder / name).write_text(text)
    return read_score(folder / name)


def test_a_sheet_is_read_with_its_name_and_metre(tmp_path: Path):
    song = read(tmp_path, sheet(ATTRIBUTES + sound("C5", 4) + sound("D5", 2), sound("E5", 6)))
    assert song.notes.rows() == [(0, 0, 192, 72), (0, 192, 288, 74), (0, 288, 576, 76)]
    assert (song.tracks, song.ticks_per_beat) == ((Track(name="Flute"),), 96)
    assert (song.metres, song.first_bar, song.tempo) == ((Metre(0, 3, 4),), 0, 120.0)


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


def test_the_tempo_is_counted_in_quarter_notes(tmp_path: Path):
    half_notes = """<direction><direction-type><metronome><beat-unit>half</beat-unit><per-minute>41</per-minute>
        </metronome></direction-type></direction>"""
    assert read(tmp_path, sheet(ATTRIBUTES + half_notes + sound("C5", 6))).tempo == 82.0


def test_a_part_without_a_name_is_called_the_same_every_time(tmp_path: Path):
    tune = "X:1\nT:A tune\nM:4/4\nL:1/4\nK:C\nCDEF|G4|]\n"
    song = read(tmp_path, tune, "song.abc")
    assert [track.name for track in song.tracks] == ["track 1"]
    assert song.notes.rows()[-1] == (0, 384, 768, 67)


WHOLE = sheet(ATTRIBUTES + sound("C5", 4) + sound("D5", 2))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "This is not music.",
        "<html></html>",
        WHOLE[: len(WHOLE) // 3],
        WHOLE.replace("<divisions>2", "<divisions>0"),
        WHOLE.replace("<beats>3", "<beats>0"),
        WHOLE.replace("<beat-type>4", "<beat-type>0"),
        WHOLE.replace("<duration>4", "<duration>four"),
        WHOLE.replace("<step>D", "<step>Q"),
    ],
)
def test_what_is_no_notation_is_refused_with_its_name(tmp_path: Path, text: str):
    with pytest.raises(InputError, match="not readable as notation") as caught:
        read(tmp_path, text)
    assert str(tmp_path / "song.musicxml") in caught.value.problem


def test_a_sheet_without_notes_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=re.escape(f"{tmp_path / 'song.musicxml'}: no notes")):
        read(tmp_path, sheet(ATTRIBUTES))


@pytest.mark.parametrize("name", ["song.doc", "song"])
def test_a_file_of_an_unknown_kind_is_refused(tmp_path: Path, name: str):
    with pytest.raises(InputError, match="not readable as notation"):
        read(tmp_path, WHOLE, name)


def test_a_missing_sheet_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"song\.musicxml"):
        read_score(tmp_path / "song.musicxml")


# Writing


def there_and_back(score: Score, folder: Path) -> Score:
    write_musicxml(score, folder / "song.musicxml", {"seed": 7})
    return quantised(read_score(folder / "song.musicxml"), score.ticks_per_beat)


# Lengths in steps; with them come ties over bar lines, rests, and triplets and quintuplets on the finer grids.
@pytest.mark.parametrize("steps_per_beat", [3, 4, 5, 12])
def test_a_melody_comes_back_note_for_note(tmp_path: Path, steps_per_beat: int):
    rows: list[Row] = []
    step = 1
    for length, rest, pitch in [(5, 0, 67), (1, 0, 67), (7, 2, 60), (11, 0, 74), (2, 1, 55), (9, 0, 55), (13, 0, 71)]:
        rows.append((0, step, step + length, pitch))
        step += length + rest
    score = Score((FLUTE,), Notes.of(rows), steps_per_beat, (Metre(0, 3, 4),), tempo=97.0)
    back = there_and_back(score, tmp_path)
    assert back.notes.rows() == rows
    assert (back.metres, back.tempo, back.first_bar) == ((Metre(0, 3, 4),), 97.0, 0)
    assert [track.name for track in back.tracks] == ["Flute"]


def heard(score: Score, tracks: tuple[Track, ...], steps: int) -> np.ndarray:
    whole = Grid(lowest=0, pitches=128)
    return sounding(encode(fit(score.notes, tracks, whole).notes, len(tracks), steps, whole))


@pytest.mark.parametrize("steps_per_beat", [3, 4])
def test_overlapping_notes_sound_as_they_did(tmp_path: Path, steps_per_beat: int):
    rows = [
        (0, 0, 9, 60),  # held under
        (0, 2, 5, 64),
        (0, 5, 6, 64),  # touching the one before
        (0, 5, 21, 55),  # over a bar line, and over a rest of the others
        (0, 17, 19, 67),
        (1, 3, 14, 48),
    ]
    tracks = (PIANO, FLUTE)
    score = Score(tracks, Notes.of(rows), steps_per_beat, (Metre(0, 4, 4),))
    back = there_and_back(score, tmp_path)
    assert np.array_equal(heard(back, tracks, 24), heard(score, tracks, 24))
    onsets = {(track, start, pitch) for track, start, _, pitch in back.notes.rows()}
    assert {(track, start, pitch) for track, start, _, pitch in rows} <= onsets


def test_a_silent_track_and_drums_can_be_written(tmp_path: Path):
    tracks = (PIANO, Track(name="Nobody"), Track(name="Kit", drums=True))
    back = there_and_back(Score(tracks, Notes.of([(0, 3, 9, 60), (2, 0, 2, 36)]), 4), tmp_path)
    assert [track.name for track in back.tracks] == ["Piano", "Nobody", "Kit"]
    assert back.notes.rows() == [(0, 3, 9, 60), (2, 0, 2, 36)]


def test_a_sheet_says_where_it_came_from(tmp_path: Path):
    write_musicxml(Score((FLUTE,), Notes.of([(0, 0, 3, 60)]), 4), tmp_path / "song.musicxml", {"seed": 7})
    assert "{&quot;seed&quot;: 7}" in (tmp_path / "song.musicxml").read_text().replace('"', "&quot;")
