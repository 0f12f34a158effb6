from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganola.corpus.open import open_source
from ganola.corpus.phrases import Phrases, read_phrases
from ganola.corpus.plan import PLAN, Plan, PlannedTrack, load_plan
from ganola.corpus.source import SourceFile
from ganola.corpus.store import Corpus
from ganola.music.io.midi.write import midi_bytes, write_midi
from ganola.music.io.musicxml.write import musicxml_bytes
from ganola.music.metre import MetreChange
from ganola.music.roll import ONSET, encode, from_planes, to_score
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests import strategies
from tests.corpora import COMMON_TIME, TRACKS
from tests.corpus.killing import KillingFile
from tests.metres import metre_at
from tests.strategies import Row

# Two bars of 4/4 a phrase, eight steps a bar, a melody and a bass.
PLAN_OF_TUNES = Plan(
    tracks_by="named",
    bars=2,
    steps_per_quarter=2,
    tracks=tuple(PlannedTrack(**track.model_dump(), takes=(track.name,)) for track in TRACKS),
)
OWN_KEYS = PLAN_OF_TUNES.model_copy(update={"common_tonic": False})


def written(
    path: Path, *rows: Row, metres: tuple[MetreChange, ...] = COMMON_TIME, about: dict | None = None
) -> SourceFile:
    """A file of notes in half beats, of a melody and a bass."""
    write_midi(Score(TRACKS, Notes.of(list(rows)), 2, metres), path, about)
    return SourceFile(path.name, path)


def bars_of(bars: int) -> list[Row]:
    """A melody that fills so many bars."""
    return [(0, step, step + 1, 60 + step % 5) for step in range(8 * bars)]


def cells_of(*rows: Row, steps: int = 16) -> np.ndarray:
    return encode(Notes.of(list(rows)), 2, steps, PLAN_OF_TUNES.grid)


def reasons(phrases: Phrases) -> dict[str, str]:
    return {one.file: one.reason for one in phrases.rejections}


# As a corpus reads


def test_phrases_are_the_windows_that_a_corpus_has_at_their_bars(corpus: Corpus, collection: Path):
    plan = load_plan(corpus.folder / PLAN).plan
    phrases = read_phrases(open_source(str(collection)).files, plan)
    assert phrases.names == tuple(piece.name for piece in corpus.pieces)
    assert reasons(phrases) == {one.file: one.reason for one in corpus.rejected}
    for index, piece in enumerate(corpus.pieces):
        bars = phrases.bars_of_file(index)
        assert bars == [1, 3, 4]
        windows = corpus.planes([(piece.shard, piece.first_bar + bar - 1) for bar in bars], 2)
        assert np.array_equal(phrases.of_file(index), from_planes(windows))
    assert np.array_equal(phrases.cells, np.concatenate([phrases.of_file(index) for index in range(20)]))
    assert phrases.file.tolist() == [index for index in range(20) for _ in range(3)]
    for chosen in (np.array([59, 4, 4, 20, 0]), np.array([-2, 7]), np.arange(0)):
        assert np.array_equal(phrases.cells_at(chosen), phrases.cells[chosen])


def test_drums_that_no_channel_says_are_drums_are_not_transposed():
    # Strokes on 36, 38, 42, 46 and 49 on channel 1, in a track called Drums: by their pitches D minor.
    path = Path(__file__).parents[1] / "music" / "cases" / "drums-on-channel-1.mid"
    plan = Plan(lowest=24, pitches=36, bars=2, tracks=(PlannedTrack(name="kit", drums=True),))
    phrases = read_phrases([SourceFile(path.name, path)], plan)
    struck = np.flatnonzero((phrases.cells == ONSET).any(axis=(0, 1, 2)))
    assert (struck + plan.lowest).tolist() == [36, 38, 42, 46, 49]


def test_two_parts_of_one_name_go_to_their_own_tracks(tmp_path: Path):
    flutes = (Track(name="Flute", program=73),) * 2
    write_midi(Score(flutes, Notes.of([(0, 0, 16, 72), (1, 0, 16, 67)]), 2, COMMON_TIME), tmp_path / "duo.mid")
    tracks = (PlannedTrack(name="second", takes=("Flute 2",)), PlannedTrack(name="first", takes=("flute 1",)))
    plan = Plan(tracks_by="named", bars=2, lowest=60, pitches=24, common_tonic=False, tracks=tracks)
    phrases = read_phrases([SourceFile("duo.mid", tmp_path / "duo.mid")], plan)
    struck = np.argwhere(phrases.cells[0] == ONSET)
    assert struck.tolist() == [[0, 0, 67 - plan.lowest], [1, 0, 72 - plan.lowest]]


def test_processes_read_the_same_and_tell_how_far_they_are(collection: Path):
    files = open_source(str(collection)).files
    told: dict[int, list[tuple[str, int, int]]] = {0: [], 2: []}
    here, there = (
        read_phrases(files, PLAN_OF_TUNES, workers=workers, progress=lambda *step, own=own: own.append(step))
        for workers, own in told.items()
    )
    assert (there.names, there.rejections) == (here.names, here.rejections)
    assert all(np.array_equal(getattr(there, name), getattr(here, name)) for name in ("file", "bar", "counts", "rows"))
    for steps in told.values():
        assert (steps[0], steps[-1]) == (("reading", 0, 25), ("reading", 25, 25))
        assert steps == sorted(steps)


def test_a_file_that_kills_its_reader_costs_itself_alone(tmp_path: Path):
    files = [written(tmp_path / f"{name}.mid", *bars_of(2)) for name in "ac"]
    killing = KillingFile("b.mid", tmp_path / "b.mid")
    phrases = read_phrases([files[0], killing, files[1]], PLAN_OF_TUNES, workers=1)
    assert phrases.names == ("a.mid", "c.mid")
    assert "its reader was killed" in reasons(phrases)["b.mid"]


# Where phrases begin


@pytest.mark.parametrize(("bars", "expected"), [(2, [1]), (3, [1, 2]), (4, [1, 3]), (5, [1, 3, 4]), (7, [1, 3, 5, 6])])
def test_the_last_phrase_is_the_last_bars(tmp_path: Path, bars: int, expected: list[int]):
    phrases = read_phrases([written(tmp_path / "a.mid", *bars_of(bars))], PLAN_OF_TUNES)
    assert phrases.bars_of_file(0) == expected


def test_phrases_lie_within_sections(tmp_path: Path):
    # Three bars of 4/4, one of 3/4, five of 4/4: segments of three and five bars.
    metres = (
        metre_at(0, "4/4"),
        metre_at(24, "3/4"),
        metre_at(30, "4/4"),
    )
    rows = [(0, step, step + 1, 60 + step % 5) for step in range(70)]
    phrases = read_phrases([written(tmp_path / "a.mid", *rows, metres=metres)], OWN_KEYS)
    assert phrases.bars_of_file(0) == [1, 2, 4, 6, 7]
    expected = [(0, step, step + 1, 60 + (30 + step) % 5) for step in range(16)]
    assert np.array_equal(phrases.of_file(0)[2], cells_of(*expected))


def test_silent_phrases_are_left_out_and_the_others_keep_their_bars(tmp_path: Path):
    phrases = read_phrases([written(tmp_path / "a.mid", (0, 0, 3, 60), (0, 50, 57, 67))], OWN_KEYS)
    assert phrases.bars_of_file(0) == [1, 7]
    assert np.array_equal(phrases.cells, [cells_of((0, 0, 3, 60)), cells_of((0, 2, 9, 67))])


def test_a_note_held_into_a_phrase_is_struck_at_its_beginning(tmp_path: Path):
    phrases = read_phrases([written(tmp_path / "a.mid", (1, 0, 20, 48), (0, 30, 32, 60))], OWN_KEYS)
    assert np.array_equal(phrases.of_file(0)[1], cells_of((1, 0, 4, 48), (0, 14, 16, 60)))


def test_the_tunes_of_a_book_are_read_each_for_itself(tmp_path: Path):
    tune = "X:{number}\nT:Tune\nM:4/4\nL:1/4\nK:C\n{bars}\n"
    book = [(1, "CDEF|GABc|"), (2, "CDEF|"), (3, "ccGG|EECC|GGEE|CCCC|")]
    path = tmp_path / "book.abc"
    path.write_text("\n".join(tune.format(number=number, bars=bars) for number, bars in book))
    merged = Plan(bars=2, steps_per_quarter=2, tracks=(PlannedTrack(name="all"),))
    phrases = read_phrases([SourceFile("book.abc", path)], merged)
    assert phrases.names == ("book.abc#1", "book.abc#3")
    assert phrases.file.tolist() == [0, 1, 1]
    assert reasons(phrases) == {"book.abc#2": "shorter than 2 bars of 4/4"}


def test_no_files_have_no_phrases():
    phrases = read_phrases([], PLAN_OF_TUNES)
    assert len(phrases) == 0
    assert phrases.cells.shape == (0, 2, 16, 48)


def test_what_is_no_music_says_why(tmp_path: Path):
    (tmp_path / "text.mid").write_text("no music at all, though it is called so")
    (tmp_path / "notes.txt").write_text("no music")
    files = [SourceFile(name, tmp_path / name) for name in ("text.mid", "notes.txt", "gone.mid")]
    phrases = read_phrases(
        [*files, written(tmp_path / "waltz.mid", *bars_of(9), metres=(metre_at(0, "3/4"),))], OWN_KEYS
    )
    said = reasons(phrases)
    assert len(phrases) == 0
    assert "does not begin with MThd" in said["text.mid"]
    assert "not a kind of file that ganola reads" in said["notes.txt"]
    assert "No such file" in said["gone.mid"]
    assert said["waltz.mid"] == "in 3/4; this corpus is in 4/4"


# What ganola made

GENERATED = {"phrase": 3, "seed": 5, "model": "0123456789ab"}
BARE = {  # of phrases of two bars: silent where a reader of other music would see no bar
    "its first bar": [(0, 11, 13, 64), (1, 13, 16, 40)],
    "its last bar": [(0, 0, 3, 64), (1, 2, 5, 40)],
    "all but a step between beats": [(0, 13, 14, 61)],
    "one of its tracks": [(1, 3, 9, 45), (1, 9, 10, 45)],
}


def read_back(folder: Path, score: Score, about: dict, plan: Plan = PLAN_OF_TUNES) -> Phrases:
    (folder / "phrase.mid").write_bytes(midi_bytes(score, about))
    return read_phrases([SourceFile("phrase.mid", folder / "phrase.mid")], plan)


@pytest.mark.parametrize("rows", BARE.values(), ids=BARE.keys())
@pytest.mark.parametrize("moved", [0, 6, -5])
def test_a_generated_phrase_comes_back_as_it_was(tmp_path: Path, rows: list[Row], moved: int):
    cells = cells_of(*rows)
    score = to_score(cells, PLAN_OF_TUNES.grid, TRACKS, 97.0).transpose(moved)
    back = read_back(tmp_path, score, GENERATED | {"tonic": moved % 12, "transposed": moved})
    assert back.bars_of_file(0) == [1]
    assert np.array_equal(back.cells, cells[None])


@pytest.mark.parametrize("rows", BARE.values(), ids=BARE.keys())
@pytest.mark.parametrize("moved", [0, 6, -5])
def test_a_generated_phrase_is_the_same_from_a_sheet(tmp_path: Path, rows: list[Row], moved: int):
    cells = cells_of(*rows)
    score = to_score(cells, PLAN_OF_TUNES.grid, TRACKS, 97.0).transpose(moved)
    (tmp_path / "phrase.musicxml").write_bytes(
        musicxml_bytes(score, GENERATED | {"tonic": moved % 12, "transposed": moved}, title="A phrase")
    )
    back = read_phrases([SourceFile("phrase.musicxml", tmp_path / "phrase.musicxml")], PLAN_OF_TUNES)
    assert back.rejections == ()
    assert np.array_equal(back.cells, cells[None])


def test_what_was_made_anew_in_part_is_read_as_any_other_music(tmp_path: Path):
    """In its own key, whatever it says of how far it was moved; it need not last whole phrases."""
    in_d = Notes.of([(0, 2 * beat, 2 * beat + 2, 62 + (0, 4, 7, 5, 4, 2, 0, 0)[beat % 8]) for beat in range(8)])
    score = Score(TRACKS, in_d, 2, COMMON_TIME)
    one, other = (read_back(tmp_path, score, GENERATED | about) for about in ({"revision": {}, "transposed": 7}, {}))
    assert not np.array_equal(one.cells, other.cells)
    (tmp_path / "plain.mid").write_bytes(midi_bytes(score))
    plain = read_phrases([SourceFile("plain.mid", tmp_path / "plain.mid")], PLAN_OF_TUNES)
    assert np.array_equal(one.cells, plain.cells)


def test_a_generated_piano_on_two_staves_is_one_track_again(tmp_path: Path):
    plan = PLAN_OF_TUNES.model_copy(update={"tracks": (PlannedTrack(name="Piano", takes=("Piano",)),)})
    rows = [(0, 0, 9, 40), (0, 2, 5, 64), (0, 5, 16, 72), (0, 5, 7, 55)]
    cells = encode(Notes.of(rows), 1, 16, plan.grid)
    score = to_score(cells, plan.grid, (Track(name="Piano"),), 97.0)
    (tmp_path / "phrase.musicxml").write_bytes(musicxml_bytes(score, GENERATED, title="A phrase"))
    assert b"<staves>2</staves>" in (tmp_path / "phrase.musicxml").read_bytes()
    back = read_phrases([SourceFile("phrase.musicxml", tmp_path / "phrase.musicxml")], plan)
    assert np.array_equal(back.cells, cells[None])


@given(strategies.fitted(), st.integers(-12, 12))
def test_any_music_that_a_roll_holds_comes_back_as_it_was(tmp_path_factory, music: strategies.Fixture, moved: int):
    grid, names = music.grid, tuple(track.model_copy(update={"drums": "2" in track.name}) for track in music.tracks)
    kept = [row for row in music.rows if row[0] == 2 or 0 <= row[3] + moved <= 127]
    phrases = -(-music.steps // grid.steps)
    cells = encode(Notes.of(kept), len(names), phrases * grid.steps, grid)
    plan = Plan(
        tracks_by="named",
        tracks=tuple(PlannedTrack(**track.model_dump(), takes=(track.name,)) for track in names),
        **grid.model_dump(),
    )
    folder = tmp_path_factory.mktemp("phrase")
    back = read_back(
        folder, to_score(cells, grid, names, 97.0).transpose(moved), {"phrase": 1, "transposed": moved}, plan
    )
    if not kept:
        assert reasons(back) == {"phrase.mid": "no notes in it"}
        return
    cut = cells.reshape(len(names), phrases, grid.steps, grid.pitches).swapaxes(0, 1).copy()
    held = cut[:, :, 0] == 2
    cut[:, :, 0][held] = 1  # a phrase has no before to hold a note from
    sounding = [index for index in range(phrases) if cut[index].any()]
    assert back.bars_of_file(0) == [index * grid.bars + 1 for index in sounding]
    assert np.array_equal(back.cells, cut[sounding])


def test_generated_music_lasts_whole_phrases(tmp_path: Path):
    score = Score(TRACKS, Notes.of([(0, 17, 19, 60)]), 2, COMMON_TIME)
    back = read_back(tmp_path, score, GENERATED | {"transposed": 0})
    assert back.bars_of_file(0) == [3]
    assert np.array_equal(back.cells[0], cells_of((0, 1, 3, 60)))


@pytest.mark.parametrize(("tonic", "moved"), [(0, 0), (5, 5), (6, 6), (7, -5), (11, -1)])
def test_earlier_versions_wrote_down_only_the_key(tmp_path: Path, tonic: int, moved: int):
    score = Score(TRACKS, Notes.of([(0, 3, 9, 60 + moved)]), 2, COMMON_TIME)
    assert np.array_equal(read_back(tmp_path, score, GENERATED | {"tonic": tonic}).cells[0], cells_of((0, 3, 9, 60)))


def test_a_model_of_all_keys_leaves_them(tmp_path: Path):
    score = Score(TRACKS, Notes.of([(0, 3, 9, 62)]), 2, COMMON_TIME)
    back = read_back(tmp_path, score, GENERATED | {"tonic": 2, "transposed": 2}, OWN_KEYS)
    assert np.array_equal(back.cells[0], cells_of((0, 3, 9, 62)))


def test_the_phrase_of_a_model_of_all_keys_is_brought_to_c(tmp_path: Path):
    in_d = [(0, 0, 4, 62), (0, 4, 6, 66), (0, 6, 10, 69), (0, 10, 16, 62)]
    score = Score(TRACKS, Notes.of(in_d), 2, COMMON_TIME)
    back = read_back(tmp_path, score, GENERATED | {"tonic": 0, "transposed": None})
    expected = [(track, start, end, pitch - 2) for track, start, end, pitch in in_d]
    assert np.array_equal(back.cells[0], cells_of(*expected))


def test_two_notes_at_once_in_a_track_of_one_are_seen(tmp_path: Path):
    rows = [(0, 1, 4, 60), (0, 1, 6, 64)]
    back = read_back(tmp_path, Score(TRACKS, Notes.of(rows), 2, COMMON_TIME), GENERATED | {"transposed": 0})
    assert np.array_equal(back.cells[0], cells_of(*rows))


def test_an_exported_piece_lies_in_its_bars_and_its_key(tmp_path: Path):
    rows = [(0, 9, 40, 65), (1, 0, 3, 41)]
    score = Score(TRACKS, Notes.of(rows), 2, COMMON_TIME)
    back = read_back(tmp_path, score, {"piece": "a", "split": "test", "key": "D major", "transposed": -2})
    assert back.bars_of_file(0) == [1, 3, 4]
    assert np.array_equal(back.cells[0], cells_of((0, 9, 16, 65), (1, 0, 3, 41)))
    assert np.array_equal(back.cells[2], cells_of((0, 0, 16, 65)))


@pytest.mark.parametrize(
    ("form", "starts"),
    [
        ({"bars": 5}, [1, 3, 4]),
        ({"bars": 4}, [1, 3, 4]),
        ({"bars": 6}, [1, 3, 5]),
        ({"bars": "5"}, [1]),
        ({"bars": 10**9}, [1]),
        ({}, [1]),
        (5, [1]),
    ],
)
def test_longer_music_lasts_as_many_bars_as_it_says(tmp_path: Path, form: object, starts: list[int]):
    """Its last bars may be silent; what cannot be true is not believed."""
    about = GENERATED | {"tonic": 0, "transposed": 0, "form": form}
    rows = [(0, 9, 12, 65)] if starts == [1] else [(0, 9, 40, 65)]
    back = read_back(tmp_path, Score(TRACKS, Notes.of(rows), 2, COMMON_TIME), about)
    assert back.bars_of_file(0) == starts


def test_another_models_tracks_are_arranged_as_any_others(tmp_path: Path):
    score = Score((Track(name="Flute"), Track(name="Kit", drums=True)), Notes.of([(0, 3, 5, 62), (1, 0, 1, 38)]), 2)
    merged = Plan(bars=2, steps_per_quarter=2, tracks=(PlannedTrack(name="all"),))
    back = read_back(tmp_path, replace(score, metres=COMMON_TIME), GENERATED | {"transposed": 2}, merged)
    assert np.array_equal(back.cells[0], encode(Notes.of([(0, 3, 5, 60)]), 1, 16, merged.grid))


def test_another_models_metre_or_range_is_refused(tmp_path: Path):
    high = Score(TRACKS, Notes.of([(0, 3, 5, 99)]), 2, COMMON_TIME)
    assert reasons(read_back(tmp_path, high, GENERATED)) == {
        "phrase.mid": "no notes in the tracks and the range of this corpus"
    }
    waltz = replace(high, metres=(metre_at(0, "3/4"),))
    assert reasons(read_back(tmp_path, waltz, GENERATED)) == {"phrase.mid": "in 3/4; this corpus is in 4/4"}


@pytest.mark.parametrize("about", [{"tonic": "D"}, {"transposed": "far"}, {"transposed": 10**9}, {}])
def test_a_strange_remark_moves_nothing_far(tmp_path: Path, about: dict):
    score = Score(TRACKS, Notes.of([(0, 3, 5, 60)]), 2, COMMON_TIME)
    (phrase,) = read_back(tmp_path, score, about, OWN_KEYS).cells
    assert np.array_equal(phrase, cells_of((0, 3, 5, 60)))
    assert len(read_back(tmp_path, score, about)) == 1
