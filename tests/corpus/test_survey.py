from dataclasses import replace

import pytest

from ganola.corpus.reading import ReadPiece
from ganola.corpus.sources import Source
from ganola.corpus.survey import MERGED, Plan, bar_beats, survey, wrong_metre
from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.score import Metre, Notes, Score
from ganola.music.tracks import Track
from tests.strategies import Row

FOLDER = Source("songs", ())
FLUTE, BASS, KIT = Track(name="Flute", program=73), Track(name="Bass", program=32), Track(name="Kit", drums=True)


def piece(*rows: Row, tracks: tuple[Track, ...] = (FLUTE, BASS), metres: tuple[Metre, ...] | None = None) -> ReadPiece:
    score = Score(tracks, Notes.of(list(rows)), 4, metres or (Metre(0, 4, 4),))
    return ReadPiece("song.mid", score, None, 0, ())


def plan_of(*pieces: ReadPiece, beats_per_bar: int | None = None, source: Source = FOLDER) -> Plan:
    return survey(pieces, source, Grid(steps_per_beat=4, bars=3), beats_per_bar)


DUET = piece((0, 0, 4, 60), (1, 0, 9, 48))


# Tracks


def test_tracks_that_most_pieces_share_are_told_apart_by_name():
    other = piece((0, 0, 4, 60), tracks=(Track(name="Oboe"),))
    plan = plan_of(DUET, other, DUET)
    assert (plan.merged, [(track.name, track.program) for track in plan.tracks]) == (
        False,
        [("Flute", 73), ("Bass", 32)],
    )


def test_capital_letters_make_no_other_track():
    shouting = piece((0, 0, 4, 60), (1, 0, 9, 48), tracks=(Track(name="FLUTE"), Track(name="bass")))
    plan = plan_of(DUET, shouting)
    score, left_out = plan.arranged(shouting.score)
    assert (score.notes.rows(), left_out) == ([(0, 0, 4, 60), (1, 0, 9, 48)], 0)


def test_a_piece_with_its_tracks_in_another_order_is_put_in_order():
    turned = piece((0, 0, 9, 48), (1, 0, 4, 60), (2, 1, 2, 70), tracks=(BASS, FLUTE, Track(name="Oboe")))
    score, left_out = plan_of(DUET, DUET, turned).arranged(turned.score)
    assert (score.notes.rows(), left_out) == ([(0, 0, 4, 60), (1, 0, 9, 48)], 1)


def test_of_two_tracks_of_one_name_the_first_is_meant():
    twice = piece((0, 0, 4, 60), (1, 4, 8, 62), tracks=(FLUTE, FLUTE))
    score, left_out = plan_of(DUET, DUET, twice).arranged(twice.score)
    assert (score.notes.rows(), left_out) == ([(0, 0, 4, 60)], 1)


def test_tracks_without_names_in_common_become_one_without_drums():
    pieces = [
        piece((0, 0, 4, 60), (1, 2, 3, 36), (2, 1, 2, 55), tracks=(Track(name=name), KIT, Track(name=f"{name} 2")))
        for name in ("Oboe", "Viola", "Horn")
    ]
    plan = plan_of(*pieces)
    assert (plan.merged, [track.name for track in plan.tracks]) == (True, [MERGED])
    score, left_out = plan.arranged(pieces[0].score)
    assert (score.notes.rows(), left_out) == ([(0, 0, 4, 60), (0, 1, 2, 55)], 1)


def test_a_source_may_settle_its_tracks():
    settled = Source("chorales", (), tracks=(BASS.model_copy(update={"one_note": True}),), beats_per_bar=4)
    plan = plan_of(piece((1, 0, 9, 48), (1, 0, 9, 52)), source=settled)
    assert plan.tracks == settled.tracks


def test_where_a_source_settles_its_tracks_a_piece_must_have_them_all():
    settled = Source("chorales", (), tracks=(FLUTE, BASS, Track(name="Oboe")), beats_per_bar=4)
    lacking = piece((0, 0, 4, 60), tracks=(Track(name="flute"), KIT))
    assert plan_of(DUET, source=settled).missing(lacking.score) == "has no voice called Bass or Oboe"
    assert plan_of(DUET).missing(lacking.score) is None


def melody(overlaps: int, notes: int = 100) -> list[Row]:
    """A flute's notes, the first few of which run into the next."""
    return [(0, 3 * index, 3 * index + (4 if index < overlaps else 3), 60 + index % 7) for index in range(notes)]


@pytest.mark.parametrize(("overlaps", "one_note"), [(0, True), (3, True), (4, False), (60, False)])
def test_a_track_plays_one_note_at_a_time_if_97_percent_of_its_notes_do(overlaps: int, one_note: bool):
    chords = [(1, 0, 4, 48), (1, 0, 4, 52), (1, 4, 9, 45)]
    plan = plan_of(piece(*melody(overlaps), *chords))
    assert [track.one_note for track in plan.tracks] == [one_note, False]


def test_overlaps_are_counted_over_all_pieces_but_not_between_them():
    plan = plan_of(piece(*melody(0)), piece(*melody(0)), piece(*melody(9)))
    assert plan.tracks[0].one_note
    assert not plan_of(piece(*melody(0)), piece(*melody(9))).tracks[0].one_note


# Range


@pytest.mark.parametrize(
    ("strays", "lowest", "pitches"),
    [
        ([], 48, 12),
        ([90] * 2, 48, 12),
        ([60] * 3, 48, 24),
        ([47] * 3 + [60] * 3, 36, 36),
        ([0] * 3 + [127] * 3, 0, 128),
    ],
)
def test_the_range_is_whole_octaves_for_all_but_a_thousandth(strays: list[int], lowest: int, pitches: int):
    inside = [(0, step, step + 1, 48 + step % 12) for step in range(2000)]
    plan = plan_of(piece(*inside, *((1, 0, 1, pitch) for pitch in strays)))
    assert (plan.grid.lowest, plan.grid.pitches) == (lowest, pitches)


def test_the_highest_octave_ends_with_midi():
    plan = plan_of(piece((0, 0, 4, 121), (0, 4, 8, 127)))
    assert (plan.grid.lowest, plan.grid.highest) == (120, 127)


def test_a_collection_of_drums_only_is_refused():
    pieces = [piece((0, 0, 4, 36), tracks=(Track(name=name, drums=True),)) for name in ("a", "b", "c")]
    with pytest.raises(InputError, match="no notes"):
        plan_of(*pieces)


# Metre


@pytest.mark.parametrize(
    ("metres", "beats"),
    [
        ([Metre(0, 3, 4)], {3.0}),
        ([Metre(0, 6, 8)], {3.0}),
        ([Metre(0, 7, 8)], {3.5}),
        ([Metre(0, 2, 2)], {4.0}),
        ([Metre(0, 3, 4), Metre(12, 2, 4)], {3.0, 2.0}),
        ([Metre(0, 3, 4), Metre(0, 2, 4)], {2.0}),  # replaced before a note sounds under it
        ([Metre(0, 3, 4), Metre(20, 2, 4)], {3.0}),  # after the last note
    ],
)
def test_a_bar_is_counted_in_quarter_notes(metres: list[Metre], beats: set[float]):
    assert bar_beats(piece((0, 0, 20, 60), metres=tuple(metres)).score) == beats


@pytest.mark.parametrize(
    ("metre", "beats_per_bar", "reason"),
    [
        (Metre(0, 4, 4), 4, None),
        (Metre(0, 2, 4), 4, None),
        (Metre(0, 2, 2), 4, None),
        (Metre(0, 3, 4), 4, "has bars of 3 quarter notes; this corpus is in 4/4"),
        (Metre(0, 5, 4), 4, "has bars of 5 quarter notes; this corpus is in 4/4"),
        (Metre(0, 7, 8), 4, "has bars of 3.5 quarter notes; this corpus is in 4/4"),
        (Metre(0, 6, 8), 3, None),
        (Metre(0, 3, 8), 3, None),
        (Metre(0, 4, 4), 3, "has bars of 4 quarter notes; this corpus is in 3/4"),
    ],
)
def test_bars_must_divide_the_bars_of_the_corpus(metre: Metre, beats_per_bar: int, reason: str | None):
    assert wrong_metre(piece((0, 0, 20, 60), metres=(metre,)).score, Grid(beats_per_bar=beats_per_bar)) == reason


def test_all_metres_that_do_not_fit_are_named():
    mixed = piece((0, 0, 40, 60), metres=(Metre(0, 5, 4), Metre(20, 4, 4), Metre(30, 3, 4)))
    assert wrong_metre(mixed.score, Grid()) == "has bars of 3 and 5 quarter notes; this corpus is in 4/4"


# A bar of 4/4 is 16 steps; the second metre must begin at one.
@pytest.mark.parametrize(
    ("change", "first_bar", "fits"), [(16, 0, True), (8, 0, False), (20, 4, True), (16, 4, False), (57, 0, True)]
)
def test_a_metre_may_change_at_a_bar_line_of_the_corpus_or_after_the_end(change: int, first_bar: int, fits: bool):
    metres = (Metre(0, 2, 4), Metre(change, 4, 4))
    score = replace(piece((0, 0, 50, 60), metres=metres).score, first_bar=first_bar)
    assert wrong_metre(score, Grid()) == (None if fits else "changes its metre inside what would be a bar of 4/4")


def test_the_corpus_has_the_bars_that_most_pieces_have():
    waltz, march = piece((0, 0, 20, 60), metres=(Metre(0, 3, 4),)), piece((0, 0, 20, 60), metres=(Metre(0, 2, 4),))
    assert plan_of(waltz, waltz, march).grid.beats_per_bar == 3
    assert plan_of(waltz, march).grid.beats_per_bar == 4
    assert plan_of(waltz, waltz, march, beats_per_bar=5).grid.beats_per_bar == 5
