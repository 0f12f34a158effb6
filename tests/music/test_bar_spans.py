"""Where bars lie."""

from ganola.music.bar_spans import BarSpan, bar_spans
from ganola.music.score import Notes, Score, quantise
from ganola.music.tracks import Track
from tests.metres import metre_at

FLUTE = (Track(name="Flute"),)
WALTZ, COMMON = metre_at(0, "3/4"), metre_at(0, "4/4")


def lines(score: Score) -> list[tuple[int, int]]:
    return [(measure.start, measure.end) for measure in bar_spans(score)]


def test_the_last_bar_is_whole_and_notes_end_within_it():
    assert lines(Score(FLUTE, Notes.of([(0, 0, 7, 60)]), 2, (WALTZ,))) == [(0, 6), (6, 12)]
    assert lines(Score(FLUTE, Notes.of([(0, 0, 12, 60)]), 2, (WALTZ,))) == [(0, 6), (6, 12)]


def test_silence_at_the_end_counts_where_the_end_is_known():
    assert lines(Score(FLUTE, Notes.of([(0, 0, 7, 60)]), 2, (WALTZ,), end=18))[-1] == (12, 18)


def test_without_notes_or_metres_there_is_a_bar_of_four_quarters():
    assert bar_spans(Score(FLUTE, Notes.of([]), 2)) == [BarSpan(0, 8, COMMON.signature)]


def test_a_pickup_is_a_shorter_first_bar_that_says_what_it_lacks():
    score = Score(FLUTE, Notes.of([(0, 0, 9, 60)]), 2, (WALTZ,), first_bar=2)
    assert bar_spans(score) == [
        BarSpan(0, 2, WALTZ.signature, lacking=4),
        BarSpan(2, 8, WALTZ.signature),
        BarSpan(8, 14, WALTZ.signature),
    ]


def test_where_a_metre_begins_within_a_bar_the_bar_ends():
    change = metre_at(10, "2/4")
    score = Score(FLUTE, Notes.of([(0, 0, 13, 60)]), 2, (WALTZ, change))
    assert bar_spans(score) == [
        BarSpan(0, 6, WALTZ.signature),
        BarSpan(6, 10, WALTZ.signature),
        BarSpan(10, 14, change.signature),
    ]


def test_the_end_moves_with_the_music():
    score = Score(FLUTE, Notes.of([(0, 0, 7, 60)]), 4, (WALTZ,), end=24)
    assert (score.shift(5).end, quantise(score, 2).end, score.transpose(3).end) == (29, 12, 24)
