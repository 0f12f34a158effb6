import pytest
from pydantic import ValidationError

from ganola.music.grid import MAX_CELLS, MAX_STEPS, Grid, refuse_large_phrases

ODD = Grid(lowest=41, pitches=31, steps_per_quarter=3, metre="5/4", bars=7)


def test_a_grid_counts_its_steps_and_knows_its_highest_pitch():
    assert (ODD.steps_per_bar, ODD.steps, ODD.highest) == (15, 105, 71)


@pytest.mark.parametrize(("metre", "steps"), [("4/4", 12), ("6/8", 18), ("3/8", 18), ("2/2", 24), ("7/8", 6)])
def test_a_beat_that_a_listener_counts_is_no_quarter_note_everywhere(metre: str, steps: int):
    assert Grid(steps_per_quarter=12, metre=metre).steps_per_pulse == steps


def test_a_grid_reads_as_a_musician_would_say_it():
    assert str(ODD) == "7 bars of 5/4, 3 steps a quarter note, pitches 41 to 71"


@pytest.mark.parametrize(
    "wrong",
    [{"lowest": -1}, {"lowest": 128}, {"pitches": 0}, {"steps_per_quarter": 0}, {"bars": 0}, {"tempo": 97}],
)
def test_a_grid_refuses_what_no_grid_has(wrong: dict[str, int]):
    with pytest.raises(ValidationError):
        Grid(**wrong)


def test_a_grid_refuses_pitches_that_midi_does_not_have():
    with pytest.raises(ValidationError):
        Grid(lowest=120, pitches=48)


def test_phrases_are_no_larger_than_a_small_computer_can_hold():
    fine = Grid(lowest=0, pitches=128, steps_per_quarter=48, bars=64)  # 12,288 steps
    refuse_large_phrases(fine, MAX_CELLS // (12_288 * 128))
    with pytest.raises(ValueError, match="3 tracks, 12,288 steps and 128 pitches is too large: at most 16,384 steps"):
        refuse_large_phrases(fine, MAX_CELLS // (12_288 * 128) + 1)
    long = Grid(lowest=0, pitches=1, steps_per_quarter=32, metre="8/4", bars=64)
    assert long.steps == MAX_STEPS
    refuse_large_phrases(long, 255)
    with pytest.raises(ValueError, match="17,408 steps and 1 pitch is too large"):
        refuse_large_phrases(long.model_copy(update={"steps_per_quarter": 34}), 1)
