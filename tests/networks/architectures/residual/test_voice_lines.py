import pytest
import torch

from ganola.music.tracks import Track
from ganola.networks.architectures.residual.voice_lines import (
    embed_intervals,
    embed_pitches,
    hold_through_rests,
    interval_scores,
    lines_of,
    parallel_motion_scores,
)

PITCHES = 24
REST = PITCHES
VOICE, CHORDS, DRUMS = Track(name="voice", monophonic=True), Track(name="chords"), Track(name="kit", drums=True)


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
    [(VOICE, [[REST], [9], [9]]), (CHORDS, [[REST, REST], [9, 9], [9, 4]]), (DRUMS, [[], [], []])],
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
    found = interval_scores(score, lines(5, 21, REST))[0, 0]
    assert found.nonzero().flatten().tolist() == [9]
    assert found[9] == 11.0


def test_every_interval_of_every_line_has_its_own_score() -> None:
    score = torch.arange(2.0 * PITCHES - 1).expand(1, 1, 1, -1)
    for line in range(PITCHES):
        found = interval_scores(score, lines(line))[0, 0]
        assert (found - (PITCHES - 1)).tolist() == [pitch - line for pitch in range(PITCHES)]


def test_intervals_between_lines_count_where_both_sound() -> None:
    intervals = 2 * PITCHES - 1
    rows = torch.arange(2.0 * intervals)[:, None]
    embedded = embed_intervals(rows, lines(7, 3), lines(0, 15), REST)
    assert embedded.item() == (PITCHES - 1 + 7) + (intervals + PITCHES - 1 - 12)
    assert embed_intervals(rows, lines(7, REST), lines(REST, 3), REST).item() == 0


def test_a_step_in_parallel_is_scored_by_the_interval_that_it_would_keep() -> None:
    table = tables(12, d0=8.0, d7=5.0)
    moved = {"before": lines(3), "now": lines(5), "rest": REST}  # the other goes up a tone
    for own, expected in [(10, {12: 5.0}), (15, {17: 8.0}), (3, {5: 8.0}), (9, {}), (REST, {})]:
        found = parallel_motion_scores(table, lines(own), **moved)[0, 0]
        assert {int(pitch): found[pitch].item() for pitch in found.nonzero()} == expected


@pytest.mark.parametrize(("own", "before", "now"), [(10, 3, 3), (10, REST, 5), (10, 3, REST), (22, 3, 6), (1, 6, 3)])
def test_nothing_is_in_parallel_where_the_other_stays_or_rests_or_where_pitches_end(own, before, now) -> None:
    assert not parallel_motion_scores(torch.ones(1, 1, 1, 12), lines(own), lines(before), lines(now), REST).any()


def test_a_line_stays_where_it_was_through_rests() -> None:
    broken = torch.tensor([[[REST, 5], [4, REST], [REST, REST], [7, REST]]])
    assert hold_through_rests(broken, REST)[0].tolist() == [[REST, 5], [4, 5], [4, 5], [7, 5]]


def test_each_pitch_of_each_line_counts() -> None:
    rows = torch.arange(2.0 * PITCHES)[:, None]
    assert embed_pitches(rows, lines(7, 3), REST).item() == 7 + PITCHES + 3
    assert embed_pitches(rows, lines(7, REST), REST).item() == 7
