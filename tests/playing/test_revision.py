"""What is kept leaves as it came in, whatever is made anew; and the same bytes come out once more."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from ganola.errors import InputError
from ganola.music.io.midi.read import read_midi
from ganola.music.io.midi.write import midi_bytes
from ganola.music.roll import OFF, ONSET, SUSTAIN
from ganola.music.score import Notes, Score
from ganola.music.tempo import TempoChange
from ganola.music.tracks import Track
from ganola.playing.answers import Question, render_answer
from ganola.playing.export import export
from ganola.playing.own_music import read_own_music
from ganola.playing.packing import pack_numbers
from ganola.playing.revision import continue_after, merge, revise, to_given
from ganola.playing.revision_record import record_revision, restore_revision
from tests.metres import metre_at
from tests.playing.small import BASS, MELODY, SPEC, random_answers, small_model
from tests.playing.test_own_music import COMMON, KIT, LINE, Q, low, piece

MODEL = small_model()
KEYBOARD = Track(name="Piano")
BARS = 4


def all_rows(score: Score) -> list[tuple[int, ...]]:
    """The notes with their velocities, in order."""
    return [tuple(map(int, row)) for row in zip(*score.notes.sort().columns(), strict=True)]


@dataclass(frozen=True)
class Played:
    """Four bars as somebody plays them: odd ticks, any velocity, overlapping notes, and drums."""

    quarter: int
    rows: list[tuple[int, int, int, int]]
    velocity: list[int]
    bars: list[bool]  # which of each track's are made anew

    @cached_property
    def score(self) -> Score:
        """The music as MIDI has it. Not made sooner: the type checks draw random numbers, and a strategy may not."""
        whole = BARS * 4 * self.quarter
        first, last = ((track, 0, self.quarter, 60 - 12 * track) for track in range(3)), (0, whole - 9, whole, 67)
        rows = [(track, start, min(start + length, whole), pitch) for track, start, length, pitch in self.rows]
        notes = Notes.of([*first, *rows, last])
        velocity = np.resize(np.array(self.velocity, dtype=np.int32), len(notes))
        score = Score((MELODY, BASS, KIT), replace(notes, velocity=velocity), self.quarter, COMMON)
        return read_midi(midi_bytes(score, keep_ticks=True))

    @property
    def made(self) -> np.ndarray:
        """The steps of the bars that are made anew."""
        return np.repeat(np.array(self.bars).reshape(2, BARS), 8, axis=1)


@st.composite
def played(draw: st.DrawFn) -> Played:
    quarter = draw(st.sampled_from([48, 97, 480]))
    start, length = st.integers(0, BARS * 4 * quarter - 1), st.integers(1, 3 * quarter)
    note = st.tuples(st.integers(0, 2), start, length, st.integers(40, 80))
    velocity = st.lists(st.integers(1, 127), min_size=1, max_size=9)
    bars = st.lists(st.booleans(), min_size=2 * BARS, max_size=2 * BARS)
    return Played(quarter, draw(st.lists(note, max_size=25)), draw(velocity), draw(bars))


@for_all(played())
def test_an_answer_that_plays_what_was_given_leaves_the_very_same_notes(song: Played) -> None:
    score = song.score
    music = read_own_music(score, MODEL)
    revision = revise(music, np.zeros((2, music.timeline.steps), dtype=bool), SPEC)
    whole = merge(revision, to_given(revision, SPEC).cells, SPEC)
    assert all_rows(whole.score) == all_rows(score)
    assert not whole.new.any()


@for_all(played(), st.integers(0, 99))
def test_what_is_kept_survives_bit_by_bit_and_the_file_makes_itself_again(song: Played, seed: int) -> None:
    score, made = song.score, song.made
    music = read_own_music(score, MODEL)
    revision = revise(music, made, SPEC)
    given = to_given(revision, SPEC)
    (answer,) = random_answers(MODEL, given, 1, seed)
    whole = merge(revision, answer.cells, SPEC)
    kept = [
        row
        for row, own, step in zip(zip(*score.notes.columns(), strict=True), music.own_track, music.start, strict=True)
        if own < 0 or not made[own, step]
    ]
    out = all_rows(whole.score)
    assert all(tuple(map(int, row)) in out for row in kept)
    written = midi_bytes(whole.score, keep_ticks=True)
    back = read_midi(written)
    assert all_rows(back) == out or len({row[0] for row in out}) < len(whole.score.tracks)  # silent tracks are lost

    again = restore_revision(back, record_revision(revision, whole), SPEC)
    given_again = to_given(again, SPEC)
    assert np.array_equal(given_again.kept, given.kept)
    assert np.array_equal(given_again.cells, given.cells)
    assert midi_bytes(merge(again, answer.cells, SPEC).score, keep_ticks=True) == written


def bars(*numbers: int, track: int = 0, of: int = 2) -> np.ndarray:
    """A mask of bars of one of the model's tracks."""
    made = np.zeros((2, of * 8), dtype=bool)
    for number in numbers:
        made[track, 8 * number - 8 : 8 * number] = True
    return made


def answered(score: Score, made: np.ndarray, *played: tuple[int, int, int, int]) -> list[tuple[int, ...]]:
    """The rows (track, start, end, pitch) of a piece in which the model plays these rows, in steps, wherever it may."""
    music = read_own_music(score, small_model(common_tonic=False))
    revision = revise(music, made, SPEC)
    given = to_given(revision, SPEC)
    cells = np.zeros_like(given.cells)
    for track, start, end, pitch in played:
        cells[track, start:end, pitch - 36] = SUSTAIN
        cells[track, start, pitch - 36] = ONSET
    cells = np.where(given.kept[:, :, None], given.cells, cells)
    return merge(revision, cells, SPEC).score.notes.rows()


def test_what_is_new_lies_on_the_grid_in_the_track_of_the_file() -> None:
    rows = [(0, start + 7, end - 5, pitch) for _, start, end, pitch in LINE]  # played, not on the grid
    out = answered(piece(*rows), bars(2), (0, 8, 10, 72), (0, 11, 16, 74))
    assert out == [*rows[:4], (0, 4 * Q, 5 * Q, 72), (0, 11 * Q // 2, 8 * Q, 74)]


def test_a_kept_note_that_sounds_into_what_is_new_stays_whole_and_its_voice_waits_for_it() -> None:
    rows = [*LINE[:3], (0, 3 * Q, 5 * Q, 72), *LINE[5:]]
    out = answered(piece(*rows), bars(2), (0, 9, 12, 65), (0, 12, 14, 67))
    assert (0, 3 * Q, 5 * Q, 72) in out
    assert out[4:] == [(0, 5 * Q, 6 * Q, 65), (0, 6 * Q, 7 * Q, 67)]


def test_a_note_that_sounds_on_into_what_is_kept_is_struck_where_that_begins_and_ends_as_before() -> None:
    rows = [*LINE[:3], (0, 3 * Q, 5 * Q + 11, 72), *LINE[6:]]
    out = answered(piece(*rows), bars(1), (0, 0, 2, 65))
    assert out == [(0, 0, Q, 65), (0, 4 * Q, 5 * Q + 11, 72), *LINE[6:]]


def test_a_pitch_that_still_sounds_in_a_track_of_many_notes_is_not_struck_again() -> None:
    rows = [*LINE, (1, 0, 6 * Q, 48)]
    out = answered(piece(*rows), bars(2, track=1), (1, 8, 10, 48), (1, 8, 10, 52), (1, 13, 14, 48))
    assert [row for row in out if row[0] == 1] == [
        (1, 0, 6 * Q, 48),
        (1, 4 * Q, 5 * Q, 52),
        (1, 13 * Q // 2, 7 * Q, 48),
    ]


def test_a_new_voice_leaves_the_kept_notes_of_its_staff_as_they_are() -> None:
    """Two voices of a keyboard are one track: MIDI would end the longer note of a pitch with the shorter one."""
    voices = MODEL.record.plan.model_copy(update={"tracks_by": "voices"})
    model = small_model(plan=voices, common_tonic=False)
    rows = [(0, Q * beat, Q * beat + Q, pitch) for beat in range(8) for pitch in (72, 48)]
    rows[8] = (0, 4 * Q, 6 * Q, 72)
    rows.pop(10)
    music = read_own_music(piece(*rows, tracks=(KEYBOARD,)), model)
    revision = revise(music, bars(2, track=1), SPEC)
    given = to_given(revision, SPEC)
    for start, end, pitch in ((9, 11, 72), (10, 16, 71), (11, 14, 72)):
        given.cells[1, start:end, pitch - 36] = SUSTAIN
        given.cells[1, start, pitch - 36] = ONSET
    whole = merge(revision, given.cells, SPEC)
    assert whole.score.notes.where(whole.new).rows() == [(0, 5 * Q, 8 * Q, 71)]
    kept = whole.score.notes.where(~whole.new).rows()
    assert kept == sorted(row for row in rows if row[3] == 72 or row[1] < 4 * Q)
    assert read_midi(midi_bytes(whole.score, keep_ticks=True)).notes.rows() == whole.score.notes.rows()


def test_unisons_of_notation_are_heard_as_midi_pairs_them() -> None:
    """MIDI ends first what began first: what a file holds, read again, is given to the model as before."""
    rows = [*LINE, (1, 0, 6 * Q, 48), (1, Q, 2 * Q, 48)]
    music = read_own_music(piece(*rows), MODEL)
    revision = revise(music, bars(2), SPEC)
    given = to_given(revision, SPEC)
    whole = merge(revision, given.cells, SPEC)
    back = read_midi(midi_bytes(whole.score, keep_ticks=True))
    assert (1, Q, 6 * Q, 48) in back.notes.rows()
    again = to_given(restore_revision(back, record_revision(revision, whole), SPEC), SPEC)
    assert np.array_equal(again.cells, given.cells)


def test_other_tracks_other_metres_and_a_pickup_stay_untouched() -> None:
    metres = (metre_at(Q, "4/4"), metre_at(5 * Q, "3/4"), metre_at(8 * Q, "4/4"))
    rows = [(0, Q * beat, Q * beat + Q, 60 + beat) for beat in range(12)] + [(2, 3, 5, 36)]
    score = piece(*rows, tracks=(MELODY, BASS, KIT), metres=metres, first_bar=Q)
    out = answered(score, bars(2, of=3))  # the first bar after the pickup, and the model plays nothing
    assert out == [row for row in rows if not (row[0] == 0 and Q <= row[1] < 5 * Q)]


def test_a_pickup_itself_is_made_anew_no_sooner_than_the_file_begins() -> None:
    rows = [(0, Q * beat, Q * beat + Q, 60 + beat) for beat in range(9)]
    out = answered(piece(*rows, first_bar=Q), bars(1, of=3), (0, 0, 5, 50), (0, 7, 8, 55))
    assert out == [(0, Q // 2, Q, 55), *rows[1:]]


def test_a_new_track_is_named_as_the_models_and_as_loud_as_the_rest() -> None:
    score = piece(tracks=(MELODY,))
    score = replace(score, notes=replace(score.notes, velocity=np.arange(50, 58, dtype=np.int32)))
    music = read_own_music(score, MODEL)
    revision = revise(music, bars(1, 2, track=1), SPEC)
    given = to_given(revision, SPEC)
    given.cells[1, 3, 12] = ONSET
    whole = merge(revision, given.cells, SPEC).score
    assert [(track.name, track.program) for track in whole.tracks] == [("Melody", 73), ("Bass", 32)]
    assert all_rows(whole)[-1] == (1, 3 * Q // 2, 2 * Q, 48, 54)


def test_what_is_new_is_as_loud_as_its_track_and_in_the_key_of_the_file() -> None:
    rows = [*LINE, *low(LINE, 1)]
    in_d = piece(*((track, start, end, pitch + 2) for track, start, end, pitch in rows))
    in_d = replace(in_d, notes=replace(in_d.notes, velocity=np.repeat(np.array([90, 40], dtype=np.int32), 8)))
    revision = revise(read_own_music(in_d, MODEL), bars(2, track=1), SPEC)
    given = to_given(revision, SPEC)
    given.cells[1, 8, 12] = ONSET
    whole = merge(revision, given.cells, SPEC)
    assert [row for row, new in zip(all_rows(whole.score), whole.new, strict=True) if new] == [
        (1, 4 * Q, 9 * Q // 2, 50, 40)
    ]


def test_music_is_continued_from_its_last_bar_line_on() -> None:
    music = read_own_music(piece(*LINE, *low(LINE, 1)), MODEL)
    revision = continue_after(music, 3, SPEC)
    given = to_given(revision, SPEC)
    assert given.kept.sum(axis=1).tolist() == [16, 16]
    assert given.kept[:, :16].all()
    assert given.cells.shape == (2, 40, 48)
    given.cells[0, 16, 30] = ONSET
    whole = merge(revision, given.cells, SPEC).score
    assert (0, 8 * Q, 17 * Q // 2, 66) in whole.notes.rows()
    assert whole.end == 20 * Q


def test_three_bars_of_2_4_are_continued_from_their_end() -> None:
    score = piece(*LINE[:6], metres=(metre_at(0, "2/4"),))
    revision = continue_after(read_own_music(score, MODEL), 1, SPEC)
    given = to_given(revision, SPEC)
    assert given.kept[0].tolist() == [True] * 8 + [False] * 8
    assert (given.cells[0, :8] == ONSET).any(axis=1).tolist() == [True, False] * 4  # the last bars, not the first
    given.cells[0, 8, 30] = ONSET
    assert (0, 6 * Q, 13 * Q // 2, 66) in merge(revision, given.cells, SPEC).score.notes.rows()


@pytest.mark.parametrize(
    "changes",
    [
        {"notes": "no text"},
        {"notes": pack_numbers(np.array([1, 2]))},
        {"notes": pack_numbers(np.full(8, 3))},
        {"silent": (0, 1)},
        {"homes": ((0,),)},
        {"homes": ((0,), (7,))},
        {"homes": ((), (1,))},
        {"made": ((2, 0, 8),)},
        {"made": ((0, 8, 99),)},
        {"made": ((0, 8, 8),)},
        {"runs": ((0, 3, 16),)},
        {"runs": ((0, 16, 16), (0, 0, 8))},
        {"runs": ((0, 2**20, 16),)},
    ],
    ids=str,
)
def test_a_file_that_does_not_fit_its_record_is_refused(changes) -> None:
    revision = revise(read_own_music(piece(*LINE), MODEL), bars(2), SPEC)
    whole = merge(revision, to_given(revision, SPEC).cells, SPEC)
    again = replace(read_midi(midi_bytes(piece(*LINE), keep_ticks=True)))
    record = record_revision(revision, whole).model_copy(update={"notes": pack_numbers(np.ones(8, dtype=int))})
    assert restore_revision(again, record, SPEC).made.sum() == 8
    with pytest.raises(InputError, match="not as ganola wrote it"):
        restore_revision(again, record.model_copy(update=changes), SPEC)


def test_music_that_ends_in_another_metre_cannot_be_continued() -> None:
    metres = (metre_at(0, "4/4"), metre_at(4 * Q, "3/4"))
    with pytest.raises(InputError, match="its last bar is in 3/4"):
        continue_after(read_own_music(piece(*LINE[:7], metres=metres), MODEL), 1, SPEC)


def test_tempos_metres_and_ticks_of_the_file_are_those_of_the_answer() -> None:
    tempos = (TempoChange(0, 96.0), TempoChange(3 * Q, 60.0))
    score = piece(*LINE, metres=(metre_at(0, "4/4"),), tempos=tempos, tempo=96.0)
    score = replace(score, ticks_per_quarter=Q)
    revision = revise(read_own_music(score, MODEL), bars(2), SPEC)
    (answer,) = random_answers(MODEL, to_given(revision, SPEC), 1, 0)
    rendition = render_answer(MODEL, revision, answer, Question("infill", "song", 0, 1))
    back = read_midi(export(rendition, "mid"))
    assert back.ticks_per_quarter == Q
    assert [(change.tick, round(change.quarters_a_minute)) for change in back.tempos] == [(0, 96), (3 * Q, 60)]
    assert all(row in back.notes.rows() for row in LINE[:4])
    assert rendition.title == "song, made anew in part, seed 0, answer 1"
    assert (rendition.cells != OFF).any()
