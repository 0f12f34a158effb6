import numpy as np
import pytest

from ganola.corpus.piece_stats import PieceStats, analyse_piece
from ganola.music.metre import MetreChange
from ganola.music.score import Notes, Score
from ganola.music.tracks import Track
from tests.metres import metre_at
from tests.strategies import Row

FLUTE, KIT = Track(name="Flöte", program=73), Track(name="Kit", drums=True)
# In D major, four ticks a beat, lingering on D.
IN_D = [(0, 0, 9, 62), (0, 9, 12, 66), (0, 12, 18, 69), (0, 18, 19, 73), (0, 19, 21, 67), (0, 21, 33, 74)]


def stats(
    rows: list[Row], metres: tuple[MetreChange, ...] = (), tracks: tuple[Track, ...] = (FLUTE, KIT), beat: int = 4
) -> PieceStats:
    return analyse_piece("song.mid", "folk", Score(tracks, Notes.of(rows), beat, metres), fingerprint=False).stats


def test_the_key_is_found_and_how_far_it_is_from_c():
    found = stats([*IN_D, (1, 4, 5, 36)])
    assert (found.name, found.label, found.key, found.semitones_to_c) == ("song.mid", "folk", "D major", -2)


def test_drums_have_no_key():
    found = stats([(1, 0, 2, 36), (1, 4, 6, 38)])
    assert (found.key, found.semitones_to_c) == (None, 0)


def test_notes_are_counted_by_track_and_pitch():
    found = stats([(0, 0, 2, 60), (0, 2, 4, 60), (0, 4, 6, 64), (1, 0, 1, 36)])
    assert found.onsets.tolist() == [3, 1]
    assert (found.pitches[0, 60], found.pitches[0, 64], found.pitches[1, 36]) == (2, 1, 1)
    assert found.pitches.sum() == 4


# A quarter note has 48 ticks; an eighth of it, 6, may overlap.
@pytest.mark.parametrize(("end", "overlapping"), [(47, 0), (48, 0), (54, 0), (55, 1)])
def test_notes_that_overlap_a_little_follow_one_another(end: int, overlapping: int):
    rows = [(0, 0, end, 60), (0, 48, 96, 62), (0, 96, 144, 64), (1, 0, 500, 36), (1, 500, 501, 36)]
    assert stats(rows, beat=48).overlapping.tolist() == [overlapping, 0]


def test_notes_struck_together_overlap_however_short_they_are():
    rows = [(0, beat * 48, beat * 48 + 2, pitch) for beat in range(3) for pitch in (60, 64, 67)]
    assert stats(rows, beat=48).overlapping.tolist() == [6, 0]


def test_the_same_music_has_the_same_digest_and_no_other():
    rows = [(0, 0, 4, 60), (0, 4, 8, 62)]
    digest = stats(rows).digest
    assert stats(rows).digest == digest
    others = [
        stats([(0, 0, 4, 60), (0, 4, 8, 63)]),
        stats([(0, 0, 4, 60), (0, 4, 9, 62)]),
        stats([(0, 0, 4, 60), (0, 5, 8, 62)]),
        stats([(0, 0, 4, 60), (1, 4, 8, 62)]),
        stats(rows, beat=8),
        stats(rows, (metre_at(0, "3/4"),)),
        stats(rows, tracks=(Track(name="Oboe"), KIT)),
    ]
    assert len({digest, *(other.digest for other in others)}) == 8


def test_the_metre_under_which_most_time_passes_is_the_pieces():
    found = stats(
        [(0, step, step + 1, 60) for step in range(40)],
        (metre_at(0, "3/4"), metre_at(12, "6/8")),
    )
    assert (str(found.metre), found.metre_stated, found.bars_stated) == ("6/8", True, True)


@pytest.mark.parametrize("metres", [(), (metre_at(0, "1/4"),)])
def test_a_metre_of_one_beat_says_as_little_as_none(metres: tuple[MetreChange, ...]):
    found = stats([(0, step, step + 4, 60 + step % 16) for step in range(0, 160, 4)], metres)
    assert (found.metre_stated, found.bars_stated) == (False, False)
    assert str(found.metre) in ("4/4", "3/4", "6/8")


def test_a_constant_offset_is_taken_away_and_bar_lines_are_no_longer_believed():
    # A long low note in each bar of four, and two quavers on each of its other beats.
    low = [(0, 1920 * bar, 1920 * bar + 1900, 36 + bar % 5) for bar in range(12)]
    high = [(0, 240 * quaver, 240 * quaver + 100, 60 + quaver % 3) for quaver in range(96) if quaver % 8 > 1]
    rows = sorted([*low, *high])
    late = [(0, start + 30, end + 30, pitch) for _, start, end, pitch in rows]
    read = analyse_piece("a", "", Score((FLUTE,), Notes.of(late), 480, (metre_at(0, "4/4"),)), fingerprint=False)
    assert read.stats.offset == pytest.approx(30 / 480)
    assert read.score.notes.rows() == Notes.of(rows).rows()
    assert (str(read.stats.metre), read.stats.metre_stated, read.stats.bars_stated) == ("4/4", True, False)
    assert {int(phase): int(read.stats.phases[phase]) for phase in np.flatnonzero(read.stats.phases)} == {0: 48, 96: 36}
    assert read.stats.timing == "grid"


def test_what_was_guessed_about_bars_is_remarked_beside_what_was_repaired():
    start = np.random.default_rng(2).uniform(0, 96 * 48, 500).astype(int)
    rows = [(0, int(tick), int(tick) + 20, 60) for tick in np.sort(start)]
    score = Score((FLUTE,), Notes.of(rows), 48, (metre_at(0, "4/4"),), remarks=("3 notes without an end",))
    read = analyse_piece("a", "", score, fingerprint=False)
    assert read.stats.timing == "none"
    assert read.stats.remarks == read.score.remarks == ("3 notes without an end", "keeps to no beat")


def test_music_on_the_grid_is_left_to_the_tick():
    rows = [(0, 120 * step, 120 * step + 100, 60 + step % 5) for step in range(60)]
    read = analyse_piece("a", "", Score((FLUTE,), Notes.of(rows), 480, (metre_at(0, "4/4"),)), fingerprint=False)
    assert (read.stats.offset, read.stats.bars_stated) == (0.0, True)
    assert read.score.notes.rows() == rows


def test_time_is_counted_by_how_many_notes_sound():
    piano = [(0, 0, 8, 60), (0, 0, 4, 64), (0, 2, 4, 67), (0, 12, 13, 60)]
    assert stats(piano, tracks=(FLUTE,)).voices.tolist() == [4, 5, 2, 2, 0, 0, 0, 0, 0]
    ten = [(0, 0, 3, 40 + pitch) for pitch in range(10)]
    assert stats(ten, tracks=(FLUTE,)).voices.tolist() == [0] * 8 + [3]
    assert not stats([*piano, (1, 0, 4, 70)], tracks=(FLUTE, FLUTE)).voices.any()


def test_a_fingerprint_is_made_only_if_asked_for():
    rows = [(0, step, step + 1, 60 + (step * 7) % 11) for step in range(40)]
    score = Score((FLUTE,), Notes.of(rows), 4)
    assert analyse_piece("a", "", score, fingerprint=True).sketches
    assert not analyse_piece("a", "", score, fingerprint=False).sketches


def test_drums_by_name_have_no_key_and_that_is_remarked():
    found = stats(
        [(0, 4 * beat, 4 * beat + 1, 36 + 2 * (beat % 4)) for beat in range(8)], tracks=(Track(name="Snare"),)
    )
    assert found.tracks == (Track(name="Snare", drums=True),)
    assert (found.key, found.semitones_to_c) == (None, 0)
    assert found.remarks == ("track 'Snare' is taken for drums: by its name",)


def test_drums_do_not_change_the_key_of_the_others():
    # In D major, with a track of strokes on C, D, F sharp and B flat.
    strokes = [(1, beat, beat + 1, pitch) for beat in range(0, 32, 2) for pitch in (36, 42)]
    strokes += [(1, beat, beat + 1, 38) for beat in range(2, 32, 4)] + [(1, 31, 32, 46)]
    found = stats([*IN_D, *strokes], tracks=(FLUTE, Track(name="x")))
    assert (found.tracks[1].drums, found.key) == (True, "D major")
    assert found.remarks == ("track 'x' is taken for drums: by what it plays",)


def test_tracks_of_one_name_become_distinct():
    read = analyse_piece("a", "", Score((FLUTE, FLUTE), Notes.of([(0, 0, 4, 60), (1, 0, 4, 67)]), 4), fingerprint=False)
    assert [track.name for track in read.stats.tracks] == ["Flöte 1", "Flöte 2"]
    assert read.score.tracks == read.stats.tracks
