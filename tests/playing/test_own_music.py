"""A person's music as a model is given it: its bars, its key, its tracks and its range."""

import numpy as np
import pytest

from ganola.errors import InputError
from ganola.music.roll import ONSET, SUSTAIN
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec
from ganola.playing.own_music import OwnMusic, read_own_music
from ganola.playing.revision import revise, to_given
from ganola.playing.timeline import OUTSIDE
from tests.metres import metre_at
from tests.playing.small import BASS, MELODY, SPEC, small_model

Q = 480  # ticks of a quarter note
COMMON = (metre_at(0, "4/4"),)
LINE = [(0, Q * beat, Q * beat + Q, pitch) for beat, pitch in enumerate([60, 64, 67, 72, 71, 67, 62, 60])]
FLUTE, OBOE, KIT = Track(name="Flute", program=73), Track(name="Oboe", program=68), Track(name="Kit", drums=True)

FLUTE_BY_RANGE, AS_IT_IS = "Flute -> Melody (by range)", "Kit: none of the model's tracks, so it stays as it is"


def piece(*rows: tuple[int, int, int, int], tracks=(MELODY, BASS), metres=COMMON, **other: object) -> Score:
    return Score(tracks, Notes.of(list(rows or LINE)), Q, metres, **other)


def read(score: Score, **record: object) -> OwnMusic:
    return read_own_music(score, small_model(**record))


def kept_cells(music: OwnMusic) -> np.ndarray:
    return to_given(revise(music, np.zeros((2, music.timeline.steps), dtype=bool), SPEC), SPEC).cells


def test_bars_count_from_the_first_bar_line_and_a_pickup_is_bar_0() -> None:
    rows = [(0, 0, Q, 67), *((0, Q + Q * beat, 2 * Q + Q * beat, 60 + beat) for beat in range(8))]
    music = read(piece(*rows, first_bar=Q))
    assert [(bar.number, bar.step, bar.steps) for bar in music.bars] == [(0, 0, 8), (1, 8, 8), (2, 16, 8)]
    assert music.timeline.first_step == 6  # three beats before the file begins
    assert music.start.tolist() == [6, *range(8, 24, 2)]


def test_bars_in_another_metre_have_no_steps_and_those_after_them_follow_at_once() -> None:
    metres = (metre_at(0, "4/4"), metre_at(4 * Q, "3/4"), metre_at(7 * Q, "4/4"))
    rows = [(0, Q * beat, Q * beat + Q, 60 + beat % 5) for beat in range(11)]
    music = read(piece(*rows, metres=metres))
    assert [bar.step for bar in music.bars] == [0, OUTSIDE, 8]
    assert music.start.tolist() == [0, 2, 4, 6, -1, -1, -1, 8, 10, 12, 14]
    ticks = music.timeline.ticks_at(np.array([0, 7, 8, 15]))
    assert ticks.tolist() == [0, 7 * Q // 2, 7 * Q, 21 * Q // 2]
    assert music.timeline.ticks_at(np.array([8]), ends=True).tolist() == [4 * Q]


def test_two_bars_of_2_4_make_one_of_4_4_and_keep_their_numbers() -> None:
    music = read(piece(metres=(metre_at(0, "2/4"),)))
    assert [(bar.number, bar.step, bar.steps) for bar in music.bars] == [(1, 0, 4), (2, 4, 4), (3, 8, 4), (4, 12, 4)]


def test_music_is_brought_to_c_and_drums_stay() -> None:
    in_d = piece(*((track, start, end, pitch + 2) for track, start, end, pitch in LINE))
    music = read(in_d)
    assert (music.semitones, str(music.key)) == (-2, "D major")
    assert music.remarks == ("heard 2 semitones down, in C: it is in D major",)
    assert np.array_equal(kept_cells(music), kept_cells(read(piece())))
    assert read(in_d, common_tonic=False).semitones == 0


def test_music_shorter_than_a_phrase_is_followed_by_bars_that_the_model_may_play() -> None:
    music = read(piece(*LINE[:4]))
    given = to_given(revise(music, np.zeros((2, 8), dtype=bool), SPEC), SPEC)
    assert given.cells.shape == (2, 16, 48)
    assert given.kept[0].tolist() == [True] * 8 + [False] * 8


def test_a_track_that_the_file_lacks_the_model_plays_for_itself_around_what_is_new() -> None:
    rows = [(0, later + start, later + end, pitch) for later in (0, 8 * Q, 16 * Q) for _, start, end, pitch in LINE]
    music = read(piece(*rows, tracks=(MELODY,)))
    assert music.homes == ((0,), ())
    made = np.zeros((2, 48), dtype=bool)
    made[0, 40:] = True  # the last of six bars; a phrase has two
    given = to_given(revise(music, made, SPEC), SPEC)
    assert given.kept[0].tolist() == [True] * 40 + [False] * 8
    assert given.kept[1].tolist() == [True] * 24 + [False] * 24  # silent where it is far


def test_cells_are_those_of_the_notes() -> None:
    cells = kept_cells(read(piece()))
    assert cells[0, :4, 24].tolist() == [ONSET, SUSTAIN, 0, 0]
    assert cells[0, 2:4, 28].tolist() == [ONSET, SUSTAIN]
    assert not cells[1].any()


def low(rows: list[tuple[int, int, int, int]], track: int) -> list[tuple[int, int, int, int]]:
    return [(track, start, end, pitch - 24) for _, start, end, pitch in rows]


@pytest.mark.parametrize(
    ("tracks", "rows", "matched"),
    [
        ((BASS, MELODY), [*low(LINE, 0), *low(LINE, 1)], ["Bass -> Bass (by name)", "Melody -> Melody (by name)"]),
        ((FLUTE, OBOE), LINE, ["Flute -> Melody (by order)", "Oboe -> Bass (by order)"]),
        ((FLUTE,), LINE, ["Flute -> Melody (by range)"]),
        ((OBOE,), low(LINE, 0), ["Oboe -> Bass (by range)"]),
        (
            (KIT, OBOE, FLUTE),
            [(0, 0, Q, 36), *low(LINE, 1), *[(2, *row[1:]) for row in LINE]],
            [AS_IT_IS, "Oboe -> Bass (by range)", FLUTE_BY_RANGE],
        ),
        ((BASS, FLUTE), [*low(LINE, 0), *[(1, *row[1:]) for row in LINE]], ["Bass -> Bass (by name)", FLUTE_BY_RANGE]),
    ],
)
def test_tracks_are_matched_by_name_order_and_range(tracks, rows, matched) -> None:
    assert [match.how for match in read(piece(*rows, tracks=tracks)).matches] == matched


def test_voices_of_a_keyboard_are_its_notes_from_above() -> None:
    model = small_model()
    plan = model.record.plan.model_copy(update={"tracks_by": "voices"})
    model = small_model(plan=plan)
    chords = [(0, start, end, pitch - below) for _, start, end, pitch in LINE for below in (0, 24)]
    music = read_own_music(piece(*chords, tracks=(Track(name="Piano"),)), model)
    assert music.own_track.tolist() == [0, 1] * 8
    assert music.homes == ((0,), (0,))
    assert music.matches[0].how == "Piano -> 2 voices (note by note, from above)"


def test_families_take_all_their_instruments_and_a_model_of_one_track_takes_all() -> None:
    plan = small_model().record.plan
    takes = (("other",), ("bass", "strings"))
    tracks = tuple(own.model_copy(update={"takes": took}) for own, took in zip(plan.tracks, takes, strict=True))
    model = small_model(plan=plan.model_copy(update={"tracks_by": "families", "tracks": tracks}))
    band = (FLUTE, Track(name="Cello", program=42), Track(name="Contrabass", program=32), KIT)
    rows = [*LINE, *low(LINE, 1), *low(LINE, 2), (3, 0, Q, 36)]
    music = read_own_music(piece(*rows, tracks=band), model)
    assert music.homes == ((0,), (1, 2))
    ways = ["Flute -> Melody", "Cello -> Bass", "Contrabass -> Bass"]
    assert [match.how for match in music.matches] == [*(f"{way} (by its instrument)" for way in ways), AS_IT_IS]


def test_a_file_that_states_no_metre_is_counted_by_its_notes() -> None:
    rows = [(0, Q * (4 * bar + beat), Q * (4 * bar + beat + length), 60 + pitch)
            for bar in range(8) for beat, length, pitch in ((0, 2, 0), (2, 1, 4), (3, 1, 7))]  # fmt: skip
    music = read(piece(*rows, metres=()))
    assert [str(change) for change in music.score.metres] == ["4/4"]
    assert len(music.bars) == 8
    assert music.remarks == ("no metre is stated: bars of 4/4 from beat 1 on, by the notes",)


@pytest.mark.parametrize(
    ("score", "says"),
    [
        (piece(metres=(metre_at(0, "3/4"),)), "in 3/4; this model plays 4/4"),
        (piece(*LINE[:3]), "shorter than a bar of 4/4"),
        (piece(*((0, start, end, pitch + 36) for _, start, end, pitch in LINE)), "out of this model's range"),
        (piece(*LINE, tracks=(KIT,)), r"none of its tracks \(Kit\) can be one of the model's \(Melody, Bass\)"),
        (Score((MELODY,), Notes.of([]), Q), "no notes"),
    ],
)
def test_what_a_model_cannot_be_given_is_said(score: Score, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(score)


def test_a_file_with_fewer_ticks_than_steps_gets_more() -> None:
    spec = ModelSpec.model_validate(SPEC.model_dump() | {"grid": SPEC.grid.model_dump() | {"steps_per_quarter": 4}})
    rows = [(track, start // Q, end // Q, pitch) for track, start, end, pitch in LINE]
    music = read_own_music(Score((MELODY, BASS), Notes.of(rows), 1, COMMON), small_model(spec))
    assert music.score.ticks_per_quarter == 4
    assert music.score.notes.start.tolist() == list(range(0, 32, 4))
