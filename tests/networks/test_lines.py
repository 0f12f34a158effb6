import pytest
import torch

from ganola.music.tracks import Track
from ganola.networks.lines import away_from, heard_gaps, heard_pitches, in_parallel, lines_of, unbroken

PITCHES = 24
SILENT = PITCHES
VOICE, CHORDS, DRUMS = Track(name="voice", one_note=True), Track(name="chords"), Track(name="kit", drums=True)


def lines(*pitches: int) -> torch.Tensor:
    """One phrase of one step, in which lines have these pitches."""
    return torch.tensor([[pitches]])


def tables(intervals: int, **scores: float) -> torch.Tensor:
    """One table that gives interval d, as in d7, so much."""
    table = torch.zeros(1, 1, 1, intervals)
    for name, score in scores.items():
        table[..., int(name[1:])] = score
    return table


@pytest.mark.parametrize(
    ("track", "expected"),
    [(VOICE, [[SILENT], [9], [9]]), (CHORDS, [[SILENT, SILENT], [9, 9], [9, 4]]), (DRUMS, [[], [], []])],
)
def test_a_voice_is_a_line_and_chords_are_two(track, expected) -> None:
    frame = torch.zeros(1, 3, PITCHES)
    frame[0, 1, 9] = frame[0, 2, 4] = frame[0, 2, 7] = frame[0, 2, 9] = 1
    assert lines_of(frame, track)[0].tolist() == expected


def test_a_pitch_is_scored_by_how_far_above_each_line_it_lies() -> None:
    score = torch.zeros(1, 1, 3, 2 * PITCHES - 1)
    score[0, 0, 0, PITCHES - 1 + 4] = 1.0  # a third above the first
    score[0, 0, 1, PITCHES - 1 - 12] = 10.0  # an octave below the second
    score[0, 0, 2] = 100.0  # wherever the third is
    found = away_from(score, lines(5, 21, SILENT))[0, 0]
    assert found.nonzero().flatten().tolist() == [9]
    assert found[9] == 11.0


def test_every_interval_of_every_line_has_its_own_score() -> None:
    score = torch.arange(2.0 * PITCHES - 1).expand(1, 1, 1, -1)
    for line in range(PITCHES):
        found = away_from(score, lines(line))[0, 0]
        assert (found - (PITCHES - 1)).tolist() == [pitch - line for pitch in range(PITCHES)]


def test_intervals_between_lines_are_heard_where_both_sound() -> None:
    intervals = 2 * PITCHES - 1
    rows = torch.arange(2.0 * intervals)[:, None]
    heard = heard_gaps(rows, lines(7, 3), lines(0, 15), SILENT)
    assert heard.item() == (PITCHES - 1 + 7) + (intervals + PITCHES - 1 - 12)
    assert heard_gaps(rows, lines(7, SILENT), lines(SILENT, 3), SILENT).item() == 0


def test_a_step_in_parallel_is_scored_by_the_interval_that_it_would_keep() -> None:
    table = tables(12, d0=8.0, d7=5.0)
    moved = {"before": lines(3), "now": lines(5), "silent": SILENT}  # the other goes up a tone
    for own, expected in [(10, {12: 5.0}), (15, {17: 8.0}), (3, {5: 8.0}), (9, {}), (SILENT, {})]:
        found = in_parallel(table, lines(own), **moved)[0, 0]
        assert {int(pitch): found[pitch].item() for pitch in found.nonzero()} == expected


@pytest.mark.parametrize(
    ("own", "before", "now"), [(10, 3, 3), (10, SILENT, 5), (10, 3, SILENT), (22, 3, 6), (1, 6, 3)]
)
def test_nothing_is_in_parallel_where_the_other_stays_or_rests_or_where_pitches_end(own, before, now) -> None:
    assert not in_parallel(torch.ones(1, 1, 1, 12), lines(own), lines(before), lines(now), SILENT).any()


def test_a_line_stays_where_it_was_through_rests() -> None:
    broken = torch.tensor([[[SILENT, 5], [4, SILENT], [SILENT, SILENT], [7, SILENT]]])
    assert unbroken(broken, SILENT)[0].tolist() == [[SILENT, 5], [4, 5], [4, 5], [7, 5]]


def test_each_pitch_of_each_line_is_heard() -> None:
    rows = torch.arange(2.0 * PITCHES)[:, None]
    assert heard_pitches(rows, lines(7, 3), SILENT).item() == 7 + PITCHES + 3
    assert heard_pitches(rows, lines(7, SILENT), SILENT).item() == 7
