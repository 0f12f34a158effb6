"""ABC: books and tunes. A quarter note has 96 ticks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.errors import InputError
from ganola.music.io.abc.book import split_book
from ganola.music.io.abc.read import read_tune
from ganola.music.io.files import tunes_in
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Score
from ganola.music.tracks import Track
from tests.metres import metre_at
from tests.sheets import BOOK

CASES = Path(__file__).parents[2] / "cases"


def tune(body: str, head: str = "M:4/4\nL:1/4", key: str = "C") -> Score:
    return read_tune(f"T:A tune\n{head}\nK:{key}\n{body}\n")


def melody(song: Score) -> list[tuple[float, int]]:
    """Onsets in quarter notes and pitches of the first track."""
    return [(start / 96, pitch) for track, start, _, pitch in song.notes.rows() if track == 0]


def pitches(body: str, key: str = "C") -> list[int]:
    return [pitch for _, pitch in melody(tune(body, key=key))]


def lengths(body: str, head: str = "M:4/4\nL:1/4") -> list[float]:
    """Lengths of the notes in quarter notes."""
    return [(end - start) / 96 for _, start, end, _ in tune(body, head).notes.rows()]


def test_a_book_is_split_and_its_head_goes_for_every_tune():
    tunes = dict(split_book(BOOK))
    assert list(tunes) == ["#7", "#12", "#12-2", "#"]
    assert read_tune(tunes["#7"]).notes.rows() == [
        (0, 0, 96, 60),
        (0, 96, 192, 62),
        (0, 192, 288, 64),
        (0, 288, 384, 65),
    ]
    assert read_tune(tunes["#12-2"]).notes.rows() == [(0, 0, 48, 60)]  # its own L: comes after the book's


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"])
def test_the_only_tune_of_a_file_has_no_mark(codec: str, line: str):
    [(mark, text)] = split_book(
        'X:1\nT:Fj\xe4ll\nL:1/4\nK:C\nV:1 name="Fl\xf6te"\nCD\n'.replace("\n", line).encode(codec)
    )
    song = read_tune(text)
    assert (mark, [track.name for track in song.tracks], len(song.notes)) == ("", ["Fl\xf6te"], 2)


def test_a_book_may_name_its_encoding():
    text = 'X:1\nL:1/4\nK:C\nV:1 name="Ž"\nCD\n'
    for head in ("%%abc-charset iso-8859-2\n", "I:abc-charset ISO-8859-2\n"):
        [(_, named)] = split_book((head + text).encode("iso-8859-2"))
        assert read_tune(named).tracks[0].name == "Ž"
    [(_, named)] = split_book(("%%abc-charset iso-8859-2\n" + text).encode())  # it says so, but it is UTF-8
    assert read_tune(named).tracks[0].name == "Ž"


def test_the_head_of_a_book_states_programs_for_all_its_tunes():
    tunes = dict(split_book(b"%%MIDI program 40\n\nX:1\nK:C\nC\n\nX:2\n%%MIDI program 73\nK:C\nC\n"))
    assert [read_tune(text).tracks[0].program for text in tunes.values()] == [40, 73]


def test_a_file_without_a_tune_is_refused():
    with pytest.raises(InputError, match="no tune in it"):
        split_book(b"T:No number\nK:C\nCDEF|\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("T:No key\nCDEF", "no line K:"),
        ("K:C\n", "no notes"),
        ("K:C\nz4|Z|", "no notes in it, only rests"),
        ("K:C\nC/0", "not readable as ABC"),
        ("L:fast\nK:C\nC", "not readable as ABC"),
        ("L:1/4\nK:C\nC99999", "lasts 99,999 beats"),
        ("K:C\nC" + 9 * ",", "higher or lower"),
        ("K:C\nc" + 9 * "'", "higher or lower"),
    ],
)
def test_a_tune_that_is_none_is_refused(text: str, reason: str):
    with pytest.raises(InputError, match=reason):
        read_tune(text)


def test_a_tune_is_read_with_its_metre_and_tempo():
    song = tune("CDEF|G4|]", "M:3/4\nL:1/8\nQ:1/4=90")
    assert song.notes.rows() == [(0, 48 * at, 48 * (at + 1), pitch) for at, pitch in enumerate((60, 62, 64, 65))] + [
        (0, 192, 384, 67)
    ]
    assert (song.metres[0], song.tempo, song.tracks) == (
        metre_at(0, "3/4"),
        90.0,
        (Track(name="track 1"),),
    )


def test_letters_and_octaves():
    assert pitches("C,,B,CBcb'c''") == [36, 59, 60, 71, 72, 95, 96]


@pytest.mark.parametrize(
    ("key", "sharpened", "flattened"),
    [
        ("C", "", ""),
        ("G", "F", ""),
        ("Em", "F", ""),
        ("F# minor", "FCG", ""),
        ("Bb", "", "BE"),
        ("Cmin", "", "BEA"),
        ("Ador", "F", ""),
        ("A Mixolydian", "FC", ""),
        ("Dphr", "", "BE"),
        ("Flyd", "", ""),
        ("Bloc", "", ""),
        ("C#", "FCGDAEB", ""),
        ("Hp", "FC", ""),
        ("", "", ""),
        ("none", "", ""),
        ("D clef=bass", "FC", ""),
        ("D ^g _b", "FCG", "B"),
        ("D exp _b", "", "B"),
        ("D exp _b _e ^f", "F", "BE"),
        ("HP", "FC", ""),
        ("Gm clef=bass", "", "BE"),
        ("Gm clef=bass middle=d", "", "BE"),
        ("Gm bass m=d", "", "BE"),
        ("clef=bass Gm", "", "BE"),
        ("D treble", "FC", ""),
        ("D stafflines=1 score=CA sound=Bb", "FC", ""),
        ("C clef=alto transpose=0", "", ""),
        ("Am^g", "G", ""),
        ("D =c", "F", ""),
    ],
)
def test_key_signatures(key: str, sharpened: str, flattened: str):
    natural = dict(zip("CDEFGAB", (60, 62, 64, 65, 67, 69, 71), strict=True))
    expected = [natural[name] + (name in sharpened) - (name in flattened) for name in "CDEFGAB"]
    assert pitches("CDEFGAB", key) == expected


def test_accidentals_hold_to_the_bar_line():
    assert pitches("^FFf=F|F__B^^C", "C") == [66, 66, 78, 65, 65, 69, 62]


def test_an_accidental_is_tied_over_the_bar_line():
    song = tune("^F4-|F2 F2|]")
    assert song.notes.rows() == [(0, 0, 576, 66), (0, 576, 768, 65)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C2 C/ C// C/4 C3/2 C3/", [2, 1 / 2, 1 / 4, 1 / 4, 3 / 2, 3 / 2]),
        ("C>D E<F", [1.5, 0.5, 0.5, 1.5]),
        ("C>>D", [1.75, 0.25]),
        ("(3CDE F", [2 / 3, 2 / 3, 2 / 3, 1]),
        ("(3:2:2 C2D E", [4 / 3, 2 / 3, 1]),
        ("(2CD E", [1.5, 1.5, 1]),
        ("(5CDEFG A", [2 / 5] * 5 + [1]),
        ("(3C2D2E2", [4 / 3] * 3),
        ("C (DE) F", [1, 1, 1, 1]),  # a slur
        ("[CEG]2 [C2E2]/", [2, 2, 2, 1, 1]),
        ("[CEG]>D", [1.5, 1.5, 1.5, 0.5]),
    ],
)
def test_lengths(body: str, expected: list[float]):
    assert lengths(body) == pytest.approx(expected, abs=1 / 96)


def test_other_tuplets_go_by_the_metre():
    assert lengths("(5CDEFG A", "M:6/8\nL:1/4") == pytest.approx([3 / 5] * 5 + [1], abs=1 / 96)


@pytest.mark.parametrize(
    ("head", "length"), [("M:4/4", 0.5), ("M:3/4", 0.5), ("M:2/4", 0.25), ("M:6/8", 0.5), ("M:none", 0.5), ("", 0.5)]
)
def test_where_no_length_is_stated_it_follows_from_the_metre(head: str, length: float):
    assert lengths("C", head) == [length]


def test_chords_are_struck_together_and_tied_note_by_note():
    assert tune("[C-E]2 [CG]-|[CG]").notes.rows() == [(0, 0, 384, 60), (0, 0, 192, 64), (0, 192, 384, 67)]


@pytest.mark.parametrize(("rest", "quarters"), [("z", 1), ("x3", 3), ("z/", 0.5), ("Z", 3), ("Z2", 6), ("X", 3)])
def test_rests(rest: str, quarters: float):
    assert melody(tune(f"C{rest}D", "M:3/4\nL:1/4")) == [(0, 60), (1 + quarters, 62)]


@pytest.mark.parametrize(
    "body",
    [
        '"Am"C "^slowly"D ">"E "_x | y"F',
        "!trill!C!f(!D .E ~F",
        "{CD}C{/e}D uE vF",
        "C D E F % A B",
        "C D\\\nE F",
        "C D\nw: do re CD\ns: * CD\nr:CD\nE F",
        "C D\nN:CDEF\nT:CDEF\nP:A\nE F",
        "C D\n%%text CDEF\n%%begintext\nCDEF\n%%endtext\nE F",
        "[P:A]C D [r:CDEF] E F",
        "C +fermata+D +D.C.+E +f+F",
        "C !D.C. al fine!D !>(!E !4!F",
        "B: a book by a bad cad\nC:Abc\nD:EFG\nS: fed\nZ:abc\nC D E F",
        "C! D\nE! F",  # an old way to break the line
        "U:T=!trill!\nC TD E HF",
        "C``D`E F",
        "\nC D E F\n\nCDEF",  # an empty line ends a tune
        "(C D) y E J F",
    ],
)
def test_what_is_not_a_note_does_not_sound(body: str):
    assert melody(tune(body)) == [(0, 60), (1, 62), (2, 64), (3, 65)]


@pytest.mark.parametrize(
    ("head", "metre"),
    [
        ("C", (4, 4)),
        ("C|", (2, 2)),
        ("6/8", (6, 8)),
        ("(2+3)/8", (5, 8)),
        ("2+2+3/16", (7, 16)),
        (" 3/4 % slow", (3, 4)),
    ],
)
def test_metres(head: str, metre: tuple[int, int]):
    assert tune("CDEF|", f"M:{head}\nL:1/4").metres[0] == MetreChange(0, TimeSignature(*metre))


@pytest.mark.parametrize("head", ["L:1/4", "M:none\nL:1/4", "M:free\nL:1/4", "M:0/4\nL:1/4", "M:4/3\nL:1/4"])
def test_a_metre_that_no_tune_states_is_not_made_up(head: str):
    song = tune("C|DEFG|", head)
    assert (song.metres, song.first_bar) == ((), 0)


@pytest.mark.parametrize("change", ["\nM:3/4\n", "[M:3/4]", "[M: 3/4 ]"])
def test_a_metre_changes_where_it_changes(change: str):
    song = tune(f"CDEF|CDEF|{change}GAB|GAB|")
    assert song.metres == (metre_at(0, "4/4"), metre_at(8 * 96, "3/4"))


@pytest.mark.parametrize("change", ["\nK:G\n", "[K:G]"])
def test_a_key_changes_where_it_changes(change: str):
    assert pitches(f"F|{change}F") == [65, 66]


@pytest.mark.parametrize("change", ["\nK:clef=bass\n", "[K:clef=treble]", "[K:bass]", "[K: middle=d]", "[K:octave=0]"])
def test_a_clef_changes_no_key(change: str):
    assert pitches(f"F|{change}F", "G") == [66, 66]


@pytest.mark.parametrize("change", ["\nK:\n", "[K:none]", "[K:C clef=bass]"])
def test_a_key_may_end(change: str):
    assert pitches(f"F|{change}F", "G") == [66, 65]


def test_a_note_before_a_repeat_sign_is_no_field():
    assert pitches("CD\nE:|\nF:: G\nA:[2 B") == [60, 62, 64, 65, 67, 69, 71]


def test_chords_of_old_are_written_between_plus_signs():
    assert tune("+CEG+ +c2e2+ D").notes.rows() == [
        (0, 0, 96, 60),
        (0, 0, 96, 64),
        (0, 0, 96, 67),
        (0, 96, 288, 72),
        (0, 96, 288, 76),
        (0, 288, 384, 62),
    ]


def test_the_length_of_a_note_changes_where_it_changes():
    assert lengths("C[L:1/8]D\nL:1/16\nE") == [1, 0.5, 0.25]


@pytest.mark.parametrize("begin", ["", "|", "|:", "[|"])
def test_a_pickup_sounds_before_the_first_bar(begin: str):
    song = tune(f"{begin}G|CDEF|GABc|")
    assert song.first_bar == 96
    assert melody(song)[:2] == [(0, 67), (1, 60)]
    assert song.metres == (metre_at(0, "4/4"),)


def test_after_a_bar_that_is_too_short_the_metre_is_stated_anew():
    song = tune("CDEF|GAB:|:CDEF|GABc|1 C3:|2 C3 z|]")
    assert (song.metres, song.first_bar) == (
        (
            metre_at(0, "4/4"),
            metre_at(7 * 96, "4/4"),
            metre_at(18 * 96, "4/4"),
        ),
        0,
    )


@pytest.mark.parametrize("line", ["|", "||", "|]", ":|", "|:", ":|:", "::", "|1", ":|2", "|[1", "[|", ".|", "|1,3 "])
def test_bar_lines_of_every_kind(line: str):
    song = tune(f"G{line}^CDEF|CABc|")
    assert song.first_bar == 96
    assert [pitch for _, pitch in melody(song)] == [67, 61, 62, 64, 65, 60, 69, 71, 72]


def test_voices_take_turns_line_by_line():
    song = tune(
        "V:1\nCDEF|\nV:2\nC,4|\n[V:1]GABc|\n[V:2] D,4|\n",
        'M:4/4\nL:1/4\nV:1 name="Fiddle" clef=treble\nV:2 nm="Bass"',
    )
    assert [track.name for track in song.tracks] == ["Fiddle", "Bass"]
    assert melody(song) == [(at, pitch) for at, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]
    assert [row for row in song.notes.rows() if row[0] == 1] == [(1, 0, 384, 48), (1, 384, 768, 50)]


def test_voices_are_named_as_the_tune_names_them():
    assert [track.name for track in tune("V:S\nC\nV:2\nD\nV:3\nz\n").tracks] == ["S", "track 2"]


@pytest.mark.parametrize(
    ("voice", "semitones"),
    [
        ("clef=treble-8", -12),
        ("treble+8", 12),
        ("octave=-1", -12),
        ("transpose=-2", -2),
        ("transpose=-2 octave=1", 10),
        ("clef=bass", 0),
        ("treble-15", -24),
        ("clef=treble_8", 0),
        ("transpose=-2 clef=treble-8", -14),
        ('name="bass-8 octave=1"', 0),
        ("clef=bass middle=d", 0),
    ],
)
def test_a_voice_may_sound_elsewhere_than_it_is_written(voice: str, semitones: int):
    assert pitches(f"V:1 {voice}\nC") == [60 + semitones]
    assert pitches("C", f"C {voice}") == [60 + semitones]


def test_a_new_clef_ends_the_octave_of_the_old_one_alone():
    body = "V:1 treble-8 transpose=2\nC[K:clef=treble]C[K:treble+8]C"
    assert pitches(body) == [50, 62, 74]


@pytest.mark.parametrize("line", ["%%MIDI transpose -12", "I:MIDI transpose -12"])
def test_midi_may_transpose(line: str):
    assert pitches(f"{line}\nCD") == [48, 50]
    assert pitches(f"{line}\nCD", "C treble-8") == [36, 38]
    song = tune("V:1\nC\nV:2\nC", f"L:1/4\nV:1\nV:2\n{line}")
    assert [pitch for *_, pitch in song.notes.rows()] == [60, 48]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("%%MIDI program 40", "C"),
        ("", "%%MIDI program 40\nC"),
        ("%%MIDI program 1 40", "C"),
        ("I:MIDI program 40", "C"),
        ("I:MIDI=program 40", "C"),
        ("", "[I:MIDI program 40]C"),
        ("", "%%MIDI program 40 % violin\nC"),
        ("%%MIDI program 3 40", "%%MIDI channel 3\nC"),
        ("%%MIDI program 1\n%%MIDI program 40", "C"),  # the last before the music
        ("%%MIDI program 40", "C\n%%MIDI program 73\nC"),  # the first of those that sound
        ("%%MIDI program 40", "%%MIDI program fiddle\nC"),
    ],
)
def test_a_tune_may_state_its_program(head: str, body: str):
    assert tune(body, f"L:1/4\n{head}").tracks[0].program == 40


def test_programs_go_to_the_channels_of_voices():
    channels = "%%MIDI program 1 40\n%%MIDI program 2 41\nV:1\nV:2"
    for head in (channels, "V:1\n%%MIDI program 40\nV:2\n%%MIDI program 41"):
        song = tune("V:1\nC\nV:2\nD", f"L:1/4\n{head}")
        assert [track.program for track in song.tracks] == [40, 41]


def test_music_before_any_voice_is_named_is_the_first_voice():
    song = tune("C\nV:2\nD", 'L:1/4\nV:1 name="Flute"\nV:2 name=Bass')
    assert [track.name for track in song.tracks] == ["Flute", "Bass"]


@pytest.mark.parametrize("line", ["%%MIDI channel 10", "I:MIDI channel 10", "%%MIDI channel 10\n%%MIDI transpose 3"])
def test_channel_10_is_that_of_drums(line: str):
    song = tune(f"{line}\nC,,D,,", "L:1/4", "C treble-8")
    assert (song.tracks[0].drums, melody(song)) == (True, [(0, 36), (1, 38)])


@pytest.mark.parametrize("line", ["%%MIDI drummap _E 42", "%%percmap _E 42 x", "I:percmap _E 42"])
def test_a_map_names_the_drums(line: str):
    assert melody(tune(f"%%MIDI channel 10\n{line}\n_EC", "L:1/4")) == [(0, 42), (1, 60)]
    song = tune(f"{line}\n_EC", "L:1/4", "C clef=perc")
    assert melody(song) == [(0, 42), (1, 38)]
    assert song.remarks == ("1 stroke that names no drum is taken for a snare drum",)


@pytest.mark.parametrize("voice", ["V:1 perc", "V:1 clef=perc", "K:C perc", "K:clef=perc"])
def test_a_percussion_clef_is_that_of_drums(voice: str):
    song = tune(f"{voice}\nBc", "L:1/4")
    assert (song.tracks[0].drums, melody(song)) == (True, [(0, 38), (1, 38)])
    assert song.remarks == ("2 strokes that name no drum are taken for a snare drum",)


def test_what_comes_after_an_empty_line_is_told_where_it_is_a_voice():
    assert tune("V:1\nCD\n\nV:2\nEF").remarks == ("what comes after an empty line, where ABC ends a tune, is left out",)
    assert tune("CD\n\nSome words | by me").remarks == ()


def case(name: str) -> Score:
    [only] = tunes_in((CASES / name).read_bytes(), ".abc")
    return only.read()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clef-bass.abc", [[55, 57, 58, 60, 62, 51, 53, 55, 58, 58, 58, 58, 55]]),
        ("clef-only.abc", [[70, 68, 67, 63] * 2, [51, 56, 58, 51] * 2]),
        ("plus-decorations.abc", [[60, 62, 64, 65, 67, 69, 71, 72, 72]]),
        ("programs-in-head.abc", [[72, 74, 76, 77, 79], [48, 50, 52, 53, 55]]),
        ("utf-16.abc", [[67, 69, 71, 67] * 2]),
        ("drums-voice.abc", [[72, 74, 76, 77, 79], [60, 62, 64, 65, 67], [36, 38, 36, 38, 36]]),
    ],
)
def test_files_like_real_ones_have_their_right_pitches(name: str, expected: list[list[int]]):
    song = case(name)
    found = [[pitch for track, *_, pitch in song.notes.rows() if track == number] for number in range(len(song.tracks))]
    assert found == expected
    assert song.remarks == ()


def test_files_like_real_ones_have_their_right_instruments():
    assert [track.program for track in case("programs-in-head.abc").tracks] == [73, 32]
    assert [(track.name, track.program, track.drums) for track in case("drums-voice.abc").tracks] == [
        ("Soprano", 52, False),
        ("track 2", 0, False),
        ("Drums", 0, True),
    ]


def test_an_overlay_sounds_beside_the_rest_of_its_bar():
    song = tune("CDEF & G,4|C4|")
    assert sorted(song.notes.rows(), key=lambda row: row[1:]) == [
        (0, 0, 96, 60),
        (0, 0, 384, 55),
        (0, 96, 192, 62),
        (0, 192, 288, 64),
        (0, 288, 384, 65),
        (0, 384, 768, 60),
    ]
    assert melody(tune("CDEF & G,|C4|"))[-1] == (4, 60)


@pytest.mark.parametrize(
    ("tempo", "quarters"),
    [
        ("1/4=90", 90),
        ("1/8=90", 45),
        ("3/8=60", 90),
        ("1/4 1/8=60", 90),
        ("90", 90),
        ('"Allegro" 1/4=100', 100),
        ('1/4=100 "in 3"', 100),
        ('"Allegro"', 120),
        ("0", 120),
        ("1/4=0", 120),
    ],
)
def test_tempos_are_counted_in_quarter_notes(tempo: str, quarters: float):
    assert tune("C", f"L:1/4\nQ:{tempo}").tempo == quarters


def test_the_first_tempo_counts():
    assert tune("C\nQ:1/4=60\nD", "L:1/4").tempo == 60
    assert tune("C\nQ:1/4=60\nD", "L:1/4\nQ:1/4=80").tempo == 80


@given(st.text(alphabet="ABCDEFGabcdefgzxZ^_=,'/0123456789|:[](){}<>-&\"!%\\ \nKLMVQ+.~", max_size=60))
def test_any_text_is_read_or_refused(body: str):
    try:
        song = tune(body)
    except InputError:
        return
    notes = song.notes
    assert len(notes)
    assert (notes.start >= 0).all()
    assert (notes.end >= notes.start).all()
    assert ((notes.pitch >= 0) & (notes.pitch <= 127)).all()


@pytest.mark.parametrize("unit", ["-1/8", "0", "-7"])
def test_a_note_cannot_be_shorter_than_nothing(unit: str):
    with pytest.raises(InputError, match="not readable as ABC"):
        read_tune(f"M:4/4\nL:{unit}\nK:C\nCDEF|\n")
