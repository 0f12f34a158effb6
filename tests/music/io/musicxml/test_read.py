"""MusicXML in: bar n begins at one time in all parts, and every note is where its document says."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.errors import InputError
from ganola.music.io.files import read_score
from ganola.music.io.musicxml.bars import Divisions, PartReader
from ganola.music.io.musicxml.read import read_musicxml
from ganola.music.score import Score
from ganola.music.tracks import Track
from tests.metres import metre_at
from tests.sheets import ATTRIBUTES, WHOLE, WHOLE_ROWS, drum, midi_drum, sheet, sound

CASES = Path(__file__).parents[2] / "cases"

FOUR = "<attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
REST = "<note><rest/><duration>{}</duration><voice>1</voice></note>"
BACK, ON = (f"<{tag}><duration>{{}}</duration></{tag}>" for tag in ("backup", "forward"))


def score(*parts: list[str], names: tuple[str, ...] = ("One", "Two", "Three")) -> Score:
    """A document of parts, each a list of what is in its measures, read."""
    return read_musicxml(document(*parts, names=names).encode())


def document(*parts: list[str], names: tuple[str, ...] = ("One", "Two", "Three")) -> str:
    listed = "".join(
        f'<score-part id="{name}"><part-name>{name}</part-name></score-part>'
        for name, _ in zip(names, parts, strict=False)
    )
    bodies = "".join(
        f'<part id="{name}">'
        + "".join(f'<measure number="{number}">{body}</measure>' for number, body in enumerate(part, start=1))
        + "</part>"
        for name, part in zip(names, parts, strict=False)
    )
    return f"<score-partwise><part-list>{listed}</part-list>{bodies}</score-partwise>"


def onsets(song: Score, track: int) -> list[float]:
    """When the notes of a track begin, in quarter notes."""
    return [row[1] / 96 for row in song.notes.rows() if row[0] == track]


# Bars


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("pickup-other-part-rests", range(19), range(1, 19)),
        ("split-bar-other-part-rests", range(20), [*range(4), *range(8, 20)]),
        ("bar-ends-in-forward", [*range(7), *range(8, 20)], range(20)),
    ],
)
def test_parts_stay_together_where_a_bar_is_short(name: str, first: list[int], second: list[int]):
    song = read_score(CASES / f"{name}.musicxml")
    assert onsets(song, 0) == list(first)
    assert onsets(song, 1) == list(second)
    assert song.remarks == ()


@given(st.data())
def test_a_bar_begins_at_one_time_in_all_parts(data: st.DataObject):
    """Bars of any length, each filled by one part at least; the others have less in them, or nothing."""
    lengths = data.draw(st.lists(st.integers(1, 12), min_size=1, max_size=5))  # in eighths
    parts: list[list[str]] = [[], []]
    right: list[list[Fraction]] = [[], []]
    begin = Fraction(0)
    for number, length in enumerate(lengths):
        full = data.draw(st.integers(0, 1))
        for part in range(2):
            left = length if part == full else data.draw(st.integers(0, length))
            body = "<attributes><divisions>2</divisions></attributes>" if number == 0 else ""
            place = begin
            while left:
                eighths = data.draw(st.integers(1, left))
                body += sound("C4", eighths)
                right[part].append(place)
                place += Fraction(eighths, 2)
                left -= eighths
            parts[part].append(body)
        begin += Fraction(length, 2)
    song = score(*parts)
    assert [onsets(song, part) for part in range(2)] == [[float(place) for place in part] for part in right]


def test_a_rest_for_a_whole_bar_does_not_lengthen_a_short_one():
    song = score(
        [FOUR + sound("C4", 2), sound("D4", 8)],
        [FOUR + REST.format(8), sound("E4", 8)],
    )
    assert song.notes.rows() == [(0, 0, 96, 60), (0, 96, 480, 62), (1, 96, 480, 64)]
    assert song.first_bar == 96


def test_a_bar_of_nothing_but_rests_lasts_as_its_metre_says():
    for rest in ("", REST.format(8), REST.format(6)):
        assert onsets(score([ATTRIBUTES + rest, sound("C4", 6)]), 0) == [3.0]


def test_of_a_bar_that_is_too_full_in_one_part_the_others_say_the_length():
    song = score(
        [FOUR + sound("C4", 6) + sound("D4", 4) + sound("E4", 2), sound("F4", 8)],
        [FOUR + sound("G4", 8), sound("A4", 8)],
    )
    assert song.notes.rows() == [
        (0, 0, 288, 60),
        (0, 288, 384, 62),
        (0, 384, 768, 65),
        (1, 0, 384, 67),
        (1, 384, 768, 69),
    ]
    assert song.remarks == ("1 bar with more in one part than in the others: cut at the bar line",)


def test_a_bar_that_is_too_full_in_all_parts_is_as_long_as_they_are():
    song = score([FOUR + sound("C4", 10), sound("F4", 8)], [FOUR + sound("G4", 10), sound("A4", 8)])
    assert onsets(song, 0) == onsets(song, 1) == [0, 5]
    assert song.remarks == ("1 bar longer than the time signature says: left so",)


def test_silence_in_one_part_makes_no_bar_longer():
    song = score([FOUR + sound("C4", 4) + ON.format(8), sound("F4", 8)], [FOUR + sound("G4", 6), sound("A4", 8)])
    assert onsets(song, 0) == onsets(song, 1) == [0, 4]


def test_tuplets_whose_lengths_were_rounded_do_not_move_the_bar_line():
    septuplet = FOUR.replace(">2<", ">480<", 1) + "".join(sound("C4", 274) for _ in range(7))  # 1918 of 1920
    assert onsets(score([septuplet, sound("D4", 1920)]), 0)[-1] == 4.0


def test_parts_count_in_divisions_of_their_own_and_change_them_in_a_bar():
    three = FOUR.replace(">2<", ">3<", 1)
    change = "<attributes><divisions>8</divisions></attributes>"
    song = score([three + sound("C4", 1) + sound("D4", 2) + change + sound("E4", 24)], [FOUR + sound("G4", 8)])
    assert song.notes.rows() == [(0, 0, 32, 60), (0, 32, 96, 62), (0, 96, 384, 64), (1, 0, 384, 67)]


def test_divisions_that_change_at_every_note_cost_no_more_than_the_notes(monkeypatch: pytest.MonkeyPatch):
    """Each number is prime to the others: an exact place in the bar would have ever more digits."""
    places: list[Divisions] = []
    ticks = PartReader._ticks
    monkeypatch.setattr(PartReader, "_ticks", lambda reader, at: (places.append(at), ticks(reader, at))[1])
    change = "<attributes><divisions>{}</divisions></attributes>"
    score([FOUR + "".join(change.format(999_999_999 - 2 * index) + sound("C4", 10**6) for index in range(500))])
    assert max(Fraction(place).denominator for place in places) < 10**16


def test_two_voices_go_back_and_on():
    lower = sound("C3", 2) + ON.format(2) + sound("D3", 4)
    song = score([FOUR + sound("C5", 8) + BACK.format(8) + lower])
    assert song.notes.rows() == [(0, 0, 96, 48), (0, 0, 384, 72), (0, 192, 384, 50)]


def test_a_step_back_beyond_the_bar_ends_at_its_start():
    song = score([FOUR + sound("C5", 8) + BACK.format(99) + sound("C3", 8)])
    assert song.notes.rows() == [(0, 0, 384, 48), (0, 0, 384, 72)]
    assert song.remarks == ("1 step back beyond the start of a bar: taken as back to its start",)


def test_a_metre_that_one_part_alone_changes_changes_for_all():
    change = "<attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
    song = score([FOUR + sound("C4", 8), sound("D4", 6)], [FOUR + sound("G4", 8), change + sound("A4", 6)])
    assert song.metres == (metre_at(0, "4/4"), metre_at(384, "3/4"))


def test_a_metre_of_several_numbers_is_their_sum():
    for beats in (
        "<beats>3+2</beats><beat-type>8</beat-type>",
        "<beats>1</beats><beat-type>4</beat-type><beats>3</beats><beat-type>8</beat-type>",
    ):
        time = f"<attributes><divisions>2</divisions><time>{beats}</time></attributes>"
        assert score([time + sound("C4", 5)]).metres == (metre_at(0, "5/8"),)


def test_a_part_with_fewer_bars_is_matched_by_their_numbers():
    bars = [FOUR + sound("C4", 8), sound("D4", 8), sound("E4", 8)]
    text = document(bars, [FOUR + sound("G4", 8), sound("A4", 8)])
    head, tail = text.rsplit('<measure number="2">', 1)
    song = read_musicxml(f'{head}<measure number="3">{tail}'.encode())
    assert onsets(song, 1) == [0, 8]


def test_a_score_that_is_written_bar_by_bar_is_the_same():
    parts = [FOUR + sound("C4", 2), sound("D4", 8)], [FOUR + REST.format(2), sound("E4", 8)]
    measures = "".join(
        f'<measure number="{number}"><part id="One">{one}</part><part id="Two">{two}</part></measure>'
        for number, (one, two) in enumerate(zip(*parts, strict=True))
    )
    listed = document(*parts).split("<part id")[0].replace("score-partwise", "score-timewise")
    song, same = read_musicxml(f"{listed}{measures}</score-timewise>".encode()), score(*parts)
    assert song.notes.rows() == same.notes.rows() == [(0, 0, 96, 60), (0, 96, 480, 62), (1, 96, 480, 64)]
    assert (song.tracks, song.metres, song.first_bar) == (same.tracks, same.metres, same.first_bar)


# Notes


def test_cue_notes_and_grace_notes_are_not_played_and_cue_notes_take_their_time():
    song = read_score(CASES / "grace-and-cue.musicxml")
    assert onsets(song, 0) == [0, *range(2, 24)]


def test_an_ossia_is_not_played():
    ossia = '<attributes><staff-details number="2"><staff-type>ossia</staff-type></staff-details></attributes>'
    second = sound("E4", 8).replace("</note>", "<staff>2</staff></note>")
    song = score([FOUR + ossia + sound("C4", 8) + BACK.format(8) + second])
    assert (song.notes.rows(), len(song.tracks)) == ([(0, 0, 384, 60)], 1)


def test_a_hidden_note_sounds():
    hidden = sound("C4", 2).replace("<note>", '<note print-object="no">')
    assert onsets(score([FOUR + hidden]), 0) == [0]


def test_ties_join_across_voices_and_leave_unisons_alone():
    """The upper voice's D is tied to the lower voice's, which its document gives later; the other D is struck anew."""
    upper = sound("D4", 4, tie="start") + sound("E4", 4)
    lower = sound("C4", 4) + sound("D4", 4, tie="stop")
    song = score([FOUR + upper + BACK.format(8) + lower, sound("D4", 8)])
    assert song.notes.rows() == [(0, 0, 192, 60), (0, 0, 384, 62), (0, 192, 384, 64), (0, 384, 768, 62)]
    other = score([FOUR + lower + BACK.format(8) + upper, sound("D4", 8)])
    assert other.notes.rows() == song.notes.rows()


def test_a_tie_leads_out_of_a_bar_that_is_not_full():
    song = score([FOUR + sound("C4", 6, tie="start"), sound("C4", 8, tie="stop")], [FOUR + sound("G4", 8)] * 2)
    assert song.notes.rows()[0] == (0, 0, 768, 60)


def test_the_notes_of_a_chord_have_lengths_of_their_own_unless_they_are_written_alike():
    def written(note: str, value: str) -> str:
        return note.replace("</note>", f"<type>{value}</type></note>")

    first, second = sound("C4", 6), sound("E4", 4, chord=True)
    unlike = score([FOUR + written(first, "half") + written(second, "quarter") + sound("F4", 2)])
    alike = score([FOUR + written(first, "half") + written(second, "half") + sound("F4", 2)])
    assert unlike.notes.rows() == [(0, 0, 288, 60), (0, 0, 192, 64), (0, 288, 384, 65)]
    assert alike.notes.rows() == [(0, 0, 288, 60), (0, 0, 288, 64), (0, 288, 384, 65)]


@pytest.mark.parametrize(("alter", "pitch"), [("1", 61), ("-1", 59), ("0.5", 61), ("-0.5", 60), ("2", 62), ("", 60)])
def test_a_quarter_tone_is_rounded_up(alter: str, pitch: int):
    note = sound("C4", 8).replace("<octave>", f"<alter>{alter}</alter><octave>")
    assert score([FOUR + note]).notes.rows() == [(0, 0, 384, pitch)]


def test_a_note_without_a_duration_lasts_as_it_is_written():
    note = sound("C4", 2).replace("<duration>2</duration>", "<type>quarter</type><dot/>")
    triplet = sound("D4", 2).replace(
        "<duration>2</duration>",
        "<type>eighth</type><time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes>"
        "</time-modification>",
    )
    song = score([FOUR + note + triplet])
    assert song.notes.rows() == [(0, 0, 144, 60), (0, 144, 176, 62)]
    assert song.remarks == ("2 notes without a duration: as long as it is written",)


def test_divisions_that_are_missing_are_guessed():
    song = read_score(CASES / "no-divisions.musicxml")
    assert onsets(song, 0) == list(range(24))
    assert song.remarks == ("1 part without divisions of a quarter note: guessed",)
    plain = FOUR.replace("<divisions>2</divisions>", "")
    assert onsets(score([FOUR + sound("C4", 4) * 2], [plain + sound("D4", 4) * 2]), 1) == [0, 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no notes in it$"),
        (REST.format(8), "no notes in it$"),
        (sound("C4", 0, grace=True), "no notes in it but grace notes, which are not played"),
        (sound("C4", 8).replace("<pitch>", "<cue/><pitch>"), "no notes in it but cue notes"),
        (
            sound("C4", 0) + sound("D4", 8).replace("<duration>8</duration>", ""),
            "no notes in it but notes without a length",
        ),
        ("<harmony><root><root-step>C</root-step></root></harmony>", "no notes in it but chord symbols"),
    ],
)
def test_nothing_there_and_nothing_that_is_played_are_told_apart(content: str, reason: str):
    with pytest.raises(InputError, match=reason):
        score([FOUR + content])


@pytest.mark.parametrize("number", ["-4", "1e308", "NaN", "inf", "1_000", "٣", "9" * 5000, "1/2", "4 4"])
@pytest.mark.parametrize("place", ["<duration>4<", "<divisions>2<", "<octave>5<", "<beats>3<"])
def test_a_number_that_no_music_has_is_refused(number: str, place: str):
    tag = place[1 : place.index(">")]
    if (tag, number) == ("octave", "-4"):
        return  # a pitch below MIDI's is played in its lowest octave
    with pytest.raises(InputError):
        read_musicxml(WHOLE.replace(place, f"<{tag}>{number}<", 1).encode())


# Percussion


def test_drums_without_a_number_are_guessed_by_name():
    song = read_score(CASES / "strokes-without-midi-numbers.musicxml")
    assert song.tracks == (Track(name="Snare", drums=True),)
    assert {row[3] for row in song.notes.rows()} == {38}
    assert onsets(song, 0) == list(range(24))
    assert song.remarks == ("24 drum strokes without a MIDI number: guessed by name or place on the staff",)


@pytest.mark.parametrize(
    ("name", "place", "key"),
    [
        ("Bass Drum", "C5", 36),
        ("Snare Drum", "F4", 38),
        ("Closed Hi-Hat", "F4", 42),
        ("Drumset", "F4", 36),
        ("Drumset", "C5", 38),
        ("Drumset", "G5", 42),
        ("Something else", "B1", 38),
    ],
)
def test_a_drum_is_known_by_its_name_or_by_its_place(name: str, place: str, key: int):
    stroke = drum(place[0]).replace("<display-octave>4", f"<display-octave>{place[1]}")
    assert score([FOUR + stroke], names=(name,)).notes.rows() == [(0, 0, 96, key)]


def test_strokes_among_notes_are_a_track_of_their_own(tmp_path: Path):
    song = score([FOUR + drum("F") + sound("C5", 2)])
    assert song.tracks == (Track(name="One"), Track(name="One", drums=True))
    assert song.notes.rows() == [(0, 96, 192, 72), (1, 0, 96, 36)]


# Players


def test_parts_of_one_name_are_tracks_of_their_own():
    song = read_score(CASES / "four-parts-two-violins.musicxml")
    assert [track.name for track in song.tracks] == ["Violin", "Violin"]
    assert len(onsets(song, 0)) == len(onsets(song, 1)) == 24


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ("<part-abbreviation>Fl.</part-abbreviation>", "Fl."),
        ('<score-instrument id="I"><instrument-name>Flute</instrument-name></score-instrument>', "Flute"),
        ("", "track 1"),
    ],
)
def test_a_part_without_a_name_has_the_next_best(more: str, name: str):
    text = sheet(ATTRIBUTES + sound("C5", 6), name="", instruments=more)
    assert read_musicxml(text.encode()).tracks[0].name == name


def test_notes_on_the_channel_of_percussion_are_drums():
    text = sheet(ATTRIBUTES + sound("C2", 6), name="Kit", instruments=midi_drum("kit", 37))
    song = read_musicxml(text.encode())
    assert (song.tracks, song.notes.rows()) == ((Track(name="Kit", drums=True),), [(0, 0, 288, 36)])


# Documents


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.replace("<score-partwise", '<score-partwise xmlns="http://www.musicxml.org/xsd/MusicXML"'),
        WHOLE.replace("<part-list>", "<!-- <part> & nothing --><part-list>"),
        WHOLE.replace("Flute", "Flute & Co."),
        WHOLE.replace("Flute", "Fl\x0bute"),
        WHOLE.replace("Flute", "Fl&ucirc;te"),
    ],
)
def test_a_document_with_signs_that_xml_does_not_allow_is_read(text: str):
    assert read_musicxml(text.encode()).notes.rows() == WHOLE_ROWS


@pytest.mark.parametrize(
    "name", ["apostrophe-in-container.mxl", "pdf-first.mxl", "plain-xml-named.mxl", "zip-named.musicxml"]
)
def test_a_score_is_found_whatever_its_file_or_its_index_is_called(name: str):
    assert onsets(read_score(CASES / name), 0) == list(range(24))
