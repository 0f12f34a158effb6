"""The music of **kern spines. A quarter note has 96 ticks."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.errors import InputError
from ganola.music.io.files import read_score, tunes_in
from ganola.music.io.kern.read import read_kern
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Score
from ganola.music.tracks import Track
from tests.metres import metre_at
from tests.sheets import SPINES, TWO

CASES = Path(__file__).parents[2] / "cases"


def piece(*lines: str, opens: str = "**kern") -> Score:
    """A piece of lines in which fields have `|` between them; its spines open and end by themselves."""
    table = [opens, *lines]
    if not table[-1].endswith("*-"):
        table.append("|".join(["*-"] * len(table[-1].split("|"))))
    return read_kern("\n".join(table).replace("|", "\t"))


def melody(song: Score, track: int = 0) -> list[tuple[float, float, int]]:
    """Onsets and ends in quarter notes, and pitches."""
    return [(start / 96, end / 96, pitch) for of, start, end, pitch in song.notes.rows() if of == track]


def test_spines_are_tracks_with_their_instruments_from_the_highest():
    song = piece(*SPINES, opens=TWO)
    assert song.tracks == (Track(name="Violin", program=40), Track(name="Violoncello", program=42))
    assert (song.metres, song.first_bar, song.remarks) == ((metre_at(0, "3/4"),), 96, ())
    assert song.notes.rows() == [
        (0, 96, 192, 67),
        (0, 192, 288, 69),
        (0, 288, 480, 71),
        (0, 480, 528, 72),
        (0, 528, 576, 74),
        (0, 576, 672, 76),
        (1, 0, 96, 43),
        (1, 96, 384, 48),
        (1, 384, 480, 50),
        (1, 480, 576, 52),
        (1, 576, 672, 54),
    ]


@pytest.mark.parametrize(("file", "notes"), [("three-spines-merge.krn", 72), ("spines-split-and-merge.krn", 56)])
def test_no_note_is_lost_where_spines_split_and_merge(file: str, notes: int):
    song = read_score(CASES / file)
    data = [line for line in (CASES / file).read_text().split("\n") if line[:1] not in "*=!"]
    assert len(song.notes) == notes == sum(field != "." for line in data for field in line.split("\t"))
    assert song.remarks == ()


def test_the_notes_of_merging_spines_lie_at_their_time():
    """A bar of three-spines-merge: four strands, of which three merge at once."""
    song = read_score(CASES / "three-spines-merge.krn")
    second_bar = [(start - 4, end - 4, pitch) for start, end, pitch in melody(song) if 4 <= start < 8]
    assert second_bar == [(0, 1, 60), (0, 2, 64), (0, 4, 67), (1, 2, 62), (2, 4, 60), (2, 4, 65)]
    assert melody(song, 1)[3:6] == [(4, 5, 48), (5, 6, 50), (6, 8, 52)]


@pytest.mark.parametrize(
    ("field", "quarters"),
    [
        ("4c", 1),
        ("8c", 0.5),
        ("4.c", 1.5),
        ("4..c", 1.75),
        ("12c", 1 / 3),
        ("3%2c", 4 * 2 / 3),  # two thirds of a whole note
        ("1c", 4),
        ("0c", 8),
        ("0.c", 12),
        ("00c", 16),
        ("000c", 32),
        ("c4", 1),
        ("{(4c/L^", 1),
    ],
)
def test_lengths(field: str, quarters: float):
    assert melody(piece(field, "4d")) == [(0, quarters, 60), (quarters, quarters + 1, 62)]


@pytest.mark.parametrize(
    ("field", "pitch"),
    [
        ("4c", 60),
        ("4cc", 72),
        ("4ccc", 84),
        ("4C", 48),
        ("4CC", 36),
        ("4b", 71),
        ("4B", 59),
        ("4f#", 66),
        ("4f##", 67),
        ("4e-", 63),
        ("4e--", 62),
        ("4bn", 71),
        ("4ee-X", 75),
        ("4g;", 67),
    ],
)
def test_pitches(field: str, pitch: int):
    assert melody(piece(field)) == [(0, 1, pitch)]


def test_a_chord_is_struck_together():
    assert melody(piece("4c 4e 4g", "4d f")) == [(0, 1, 60), (0, 1, 64), (0, 1, 67), (1, 2, 62), (1, 2, 65)]


@pytest.mark.parametrize("rest", ["4r", "4ryy", "4rgg"])
def test_rests(rest: str):
    assert melody(piece("4c", rest, "4d")) == [(0, 1, 60), (2, 3, 62)]


@pytest.mark.parametrize("grace", ["qd", "8qd", "qqd", "16qd 16qf"])
def test_grace_notes_are_left_out_and_take_no_time(grace: str):
    assert melody(piece("4c", grace, "4e")) == [(0, 1, 60), (1, 2, 64)]


def test_tied_notes_are_one_note_across_bar_lines_and_strands():
    assert melody(piece("[4c", "=", "4c_", "=", "4c]", "4c")) == [(0, 3, 60), (3, 4, 60)]
    assert melody(piece("[2c [2e", "2c] 4g", "*^", "4c|4e")) == [
        (0, 4, 60),
        (0, 2, 64),
        (2, 3, 67),
        (4, 5, 60),
        (4, 5, 64),
    ]
    assert melody(piece("*^", "[1c|1e", "*v|*v", "=", "1c]")) == [(0, 8, 60), (0, 4, 64)]


def test_a_tie_that_leads_nowhere_joins_nothing():
    assert melody(piece("[4c", "4r", "4c]")) == [(0, 1, 60), (2, 3, 60)]


def test_a_note_may_be_held_over_a_bar_line():
    song = piece("*M2/4|*M2/4", "1c|4e", ".|4f", "=|=", ".|4g", ".|4a", "=|=", "2d|2f", opens=TWO)
    assert melody(song, 1) == [(0, 4, 60), (4, 6, 62)]
    assert (song.metres, song.first_bar, song.remarks) == ((metre_at(0, "2/4"),), 0, ())


def test_a_strand_may_be_silent_without_rests():
    song = piece("*^", "4c|2e", "4d|.", "4e|.", "4f|4a", "*v|*v", "4g")
    assert melody(song) == [(0, 1, 60), (0, 2, 64), (1, 2, 62), (2, 3, 64), (3, 4, 65), (3, 4, 69), (4, 5, 67)]
    assert song.remarks == ()


def test_a_strand_may_begin_within_a_held_note():
    song = piece("1c|4e", "*^|*", ".|.|4f", ".|4g|4a", ".|2b|2cc", "*v|*v|*", "1d|1f", opens=TWO)
    assert melody(song, 1) == [(0, 4, 60), (2, 3, 67), (3, 5, 71), (5, 9, 62)]


def test_lengths_that_contradict_each_other_give_way_to_the_lines():
    song = piece("4c|4e|4g", "8d|4f|4a", "4e|4g|4b", opens="**kern|**kern|**kern")
    assert melody(song, 2) == [(0, 1, 60), (1, 1.5, 62), (2, 3, 64)]
    assert song.remarks == ("the lengths of its notes do not add up in 1 place",)


def test_columns_of_other_kinds_are_not_music():
    song = piece("4c|do|f|4c", ".|.|p|4d", "4e|re|.|.", opens="**kern|**text|**dynam|**silbe")
    assert melody(song) == [(0, 1, 60), (1, 2, 64)]
    assert len(song.tracks) == 1


def test_words_that_are_no_notes_are_told():
    song = piece("4c", "4z", "huh", "4e 4")
    assert melody(song) == [(0, 1, 60), (2, 3, 64)]
    assert song.remarks == ("3 words in its **kern columns not understood and left out",)


def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes_and_says_so():
    song = read_kern("**kern\t**kern\n4c\t4e\n4d")
    assert [pitch for *_, pitch in song.notes.rows()] == [64, 60]
    assert song.remarks == ("its columns do not end with *-, so it may be cut off",)


@pytest.mark.parametrize(
    ("said", "name", "program"),
    [
        (['*I"Soprano'], "Soprano", 0),
        (["*ICvox", '*I"Soprano', "*Isoprn", "*I'S."], "Soprano", 53),
        (["*I'Vln. I", "*Ivioln"], "Vln. I", 40),
        (["*ICstr", "*Iviola"], "Viola", 41),
        (["*ICbras"], "Brass", 61),
        (["*I:[TENORE]"], "TENORE", 0),
        (['*I"Fl&ouml;te', "*Iflt"], "Flöte", 73),
        (['*I"'], "track 1", 0),
        (["*IGsolo", "*ITrd1c2", "*I#1", "*staff1"], "track 1", 0),
        ([], "track 1", 0),
    ],
)
def test_tracks_are_named_as_the_spine_names_them(said: list[str], name: str, program: int):
    assert piece(*said, "4c").tracks == (Track(name=name, program=program),)


def test_four_named_voices_are_four_tracks_of_these_names():
    names = ['*I"Bass', '*I"Tenor', '*I"Alto', '*I"Soprano']
    song = piece("|".join(["*ICvox"] * 4), "|".join(names), "4C|4c|4e|4g", opens="|".join(["**kern"] * 4))
    assert [track.name for track in song.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert song.notes.rows() == [(0, 0, 96, 67), (1, 0, 96, 64), (2, 0, 96, 60), (3, 0, 96, 48)]


def test_a_transposing_instrument_is_written_as_it_sounds():
    assert melody(piece("*ITrd1c2", "4c")) == [(0, 1, 60)]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (["*Isdrum"], 38),
        (["*Itrngl", "*clefX"], 81),
        (["*clefX"], None),
        (["*clefX1"], None),
        (["*ICidio"], None),
        (["*Idrmset"], None),
    ],
)
def test_strokes_without_pitch_are_drums(said: list[str], key: int | None):
    song = piece(*said, "4eR", "4ggR")
    assert [track.drums for track in song.tracks] == [True]
    assert [pitch for *_, pitch in song.notes.rows()] == [key or 38, key or 38]
    assert bool(song.remarks) == (key is None)


def test_timpani_have_pitches():
    assert piece("*ICidio", "*Itimpa", "4GG").tracks == (Track(name="Timpani", program=47),)


@pytest.mark.parametrize(
    ("said", "metre"), [("*M6/8", (6, 8)), ("*M2+3/8", (5, 8)), ("*M4/2", (4, 2)), ("*M3/0", (6, 1)), ("*M3/1", (3, 1))]
)
def test_metres(said: str, metre: tuple[int, int]):
    assert piece(said, "1c").metres == (MetreChange(0, TimeSignature(*metre)),)


@pytest.mark.parametrize("said", ["*MX", "*M0/4", "*M4/3", "*met(C)", "*MM90"])
def test_a_metre_that_no_piece_states_is_not_made_up(said: str):
    song = piece(said, "4c", "=", "4d", "4e", "=")
    assert (song.metres, song.first_bar) == ((), 0)


def test_a_metre_changes_where_it_changes():
    song = piece("*M2/4", "2c", "=", "2d", "=", "*M3/4", "2.e", "=", "2.f", "=")
    assert song.metres == (metre_at(0, "2/4"), metre_at(4 * 96, "3/4"))


def test_a_pickup_sounds_before_the_first_bar():
    assert piece("*M3/4", "4c", "=1", "2.d", "=2", "2.e", "==").first_bar == 96


@pytest.mark.parametrize(("said", "tempo"), [("*MM90", 90), ("*MM132.5", 132.5), ("*MM[Allegro]", 60), ("*", 60)])
def test_the_first_tempo_counts_in_quarter_notes(said: str, tempo: float):
    assert piece(said, "4c", "*MM60", "4d").tempo == tempo


def test_repeats_are_played_once():
    text = "**kern\n*>[A,A]\n*>A\n4c\n=:|!\n4d\n==\n*-\n"
    assert melody(read_kern(text)) == [(0, 1, 60), (1, 2, 62)]


@pytest.mark.parametrize(
    ("lines", "opens", "reason"),
    [
        (["p"], "**dynam", r"no \*\*kern column in it, only \*\*dynam"),
        (["1c|la"], "**mens|**text", r"only \*\*mens, \*\*text"),
        (["4r", "=", "1r"], "**kern", "no notes in it, only rests"),
        (["*M4/4", "=1", "."], "**kern", "no notes in it$"),
        (["8qc", "qd"], "**kern", "no notes in it but 2 grace notes"),
        (["4zz"], "**kern", r"no notes in it; 1 word in its \*\*kern columns not understood"),
        (["999999%999999c", "0c", "1%9999c"], "**kern", "beats, more than"),
        (["4c|4d|4e", "4c|4d"], TWO, "damaged Humdrum"),
    ],
)
def test_what_has_no_music_is_refused_with_the_reason(lines: list[str], opens: str, reason: str):
    with pytest.raises(InputError, match=reason):
        piece(*lines, opens=opens)


@pytest.mark.parametrize("field", ["4" + "c" * 9, "4" + "C" * 9])
def test_a_note_beyond_what_midi_has_is_told(field: str):
    assert piece(field, "4c").remarks == ("1 word in its **kern columns not understood and left out",)


def test_pieces_of_a_file_are_read_one_by_one():
    tunes = tunes_in(b"**kern\n4c\n*-\n**kern\n4d\n4e\n*-\n", ".krn")
    assert [(tune.mark, len(tune.read().notes)) for tune in tunes] == [("#1", 1), ("#2", 2)]


LAYER = st.lists(st.sampled_from(["1", "2", "4", "8", "2.", "4."]), min_size=1, max_size=6)
QUARTERS = {"1": 4.0, "2": 2.0, "4": 1.0, "8": 0.5, "2.": 3.0, "4.": 1.5}


@given(st.lists(LAYER, min_size=1, max_size=5))
def test_layers_that_split_and_merge_at_once_keep_all_their_notes(layers: list[list[str]]):
    """Any number of strands, each with lengths of its own, is written and read back: onset, end and pitch of each."""
    onsets: list[dict[float, str]] = []
    expected = []
    for place, layer in enumerate(layers):
        now, found = 0.0, {}
        for length in layer:
            found[now] = f"{length}{'cdefg'[place]}"
            expected.append((now, now + QUARTERS[length], 60 + (0, 2, 4, 5, 7)[place]))
            now += QUARTERS[length]
        onsets.append(found)
    splits = ["|".join(["*^"] + ["*"] * count) for count in range(len(layers) - 1)]
    times = sorted({time for found in onsets for time in found})
    data = ["|".join(found.get(time, ".") for found in onsets) for time in times]
    merge = ["|".join(["*v"] * len(layers))] if len(layers) > 1 else []
    assert sorted(melody(piece(*splits, *data, *merge))) == sorted(expected)


@given(st.text(alphabet="abcGR[]_.0124%r#-q *^v+x=\t\n!", max_size=80))
def test_any_text_is_read_or_refused(body: str):
    try:
        song = read_kern(f"**kern\t**kern\n{body}\n")
    except InputError:
        return
    assert (song.notes.start >= 0).all()
    assert (song.notes.end > song.notes.start).all()
    assert ((song.notes.pitch >= 0) & (song.notes.pitch <= 127)).all()


def count_struck(text: str) -> int:
    """Notes struck in a piece whose spines are all **kern and never split: all but rests, graces and ties' ends."""
    lines = [line for line in text.split("\n") if line and line[0] not in "*!="]
    words = [word for line in lines for word in re.split(r"[\t ]+", line) if word != "."]
    return sum(not re.search(r"[rqQ\]_]", word) for word in words)


def test_the_notes_of_a_collection_are_those_that_its_texts_have():
    music21 = pytest.importorskip("music21")
    corpus = Path(music21.__file__).parent / "corpus"
    for path in sorted(corpus.glob("palestrina/Gloria_1*.krn")):
        assert len(read_score(path).notes) == count_struck(path.read_text("latin-1")), path.name
