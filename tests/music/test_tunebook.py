"""ABC: books and tunes. A quarter note has 96 ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.errors import InputError
from ganola.music.score import Metre, Score
from ganola.music.tracks import Track
from ganola.music.tunebook import read_tune, split_book

BOOK = b"""%abc
M:4/4
L:1/4
This book is by me and CDEF.

X:7
T:First
K:C
CDEF|
% between them
X:12
T:Bad
K:C
C/0
X: 12 % again
L:1/8
K:C
C|

X:
K:C
CD|
"""


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


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"])
def test_the_only_tune_of_a_file_has_no_mark(codec: str, line: str):
    [(mark, text)] = split_book(
        'X:1\nT:Fj\xe4ll\nL:1/4\nK:C\nV:1 name="Fl\xf6te"\nCD\n'.replace("\n", line).encode(codec)
    )
    song = read_tune(text)
    assert (mark, [track.name for track in song.tracks], len(song.notes)) == ("", ["Fl\xf6te"], 2)


def test_a_file_without_a_tune_is_refused():
    with pytest.raises(InputError, match="no tune in it"):
        split_book(b"T:No number\nK:C\nCDEF|\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("T:No key\nCDEF", "no line K:"),
        ("K:C\n", "no notes"),
        ("K:C\nz4|Z|", "no notes"),
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
    assert (song.metres[0], song.tempo, song.tracks) == (Metre(0, 3, 4), 90.0, (Track(name="track 1"),))


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
    assert tune("CDEF|", f"M:{head}\nL:1/4").metres[0] == Metre(0, *metre)


@pytest.mark.parametrize("head", ["L:1/4", "M:none\nL:1/4", "M:free\nL:1/4", "M:0/4\nL:1/4", "M:4/3\nL:1/4"])
def test_a_metre_that_no_tune_states_is_not_made_up(head: str):
    song = tune("C|DEFG|", head)
    assert (song.metres, song.first_bar) == ((), 0)


@pytest.mark.parametrize("change", ["\nM:3/4\n", "[M:3/4]", "[M: 3/4 ]"])
def test_a_metre_changes_where_it_changes(change: str):
    song = tune(f"CDEF|CDEF|{change}GAB|GAB|")
    assert song.metres == (Metre(0, 4, 4), Metre(8 * 96, 3, 4))


@pytest.mark.parametrize("change", ["\nK:G\n", "[K:G]"])
def test_a_key_changes_where_it_changes(change: str):
    assert pitches(f"F|{change}F") == [65, 66]


def test_the_length_of_a_note_changes_where_it_changes():
    assert lengths("C[L:1/8]D\nL:1/16\nE") == [1, 0.5, 0.25]


@pytest.mark.parametrize("begin", ["", "|", "|:", "[|"])
def test_a_pickup_sounds_before_the_first_bar(begin: str):
    song = tune(f"{begin}G|CDEF|GABc|")
    assert song.first_bar == 96
    assert melody(song)[:2] == [(0, 67), (1, 60)]
    assert song.metres == (Metre(0, 4, 4),)


def test_after_a_bar_that_is_too_short_the_metre_is_stated_anew():
    song = tune("CDEF|GAB:|:CDEF|GABc|1 C3:|2 C3 z|]")
    assert (song.metres, song.first_bar) == ((Metre(0, 4, 4), Metre(7 * 96, 4, 4), Metre(18 * 96, 4, 4)), 0)


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
    ],
)
def test_a_voice_may_sound_elsewhere_than_it_is_written(voice: str, semitones: int):
    assert pitches(f"V:1 {voice}\nC") == [60 + semitones]
    assert pitches("C", f"C {voice}") == [60 + semitones]


def test_a_tune_may_state_its_program():
    assert tune("%%MIDI program 40\nC").tracks[0].program == 40
    assert tune("C", "L:1/4\n%%MIDI program 1 73").tracks[0].program == 73


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
