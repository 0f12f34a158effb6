"""What is said of a training that ended, and what to do next."""

from dataclasses import replace
from pathlib import Path

import pytest

from ganola.app.train import TrainingResult
from ganola.cli.outcome import advice_lines, result_lines
from ganola.judging.bootstrap import Estimate
from ganola.training.budget import Budget

GO_ON = "ganola train --resume runs/mine"
DONE = TrainingResult(
    folder=Path("runs/mine"),
    budget=Budget(minutes=5),
    steps=1234,
    samples=45_678,
    seconds=300.4,
    clock=492.0,
    finished=True,
    moved=True,
    kept=True,
    ratio=Estimate(2.36, 1.9, 12.2),
)
FAR = replace(DONE, ratio=12.4)


def test_it_says_what_it_took_and_how_far_the_model_is_with_what_is_good() -> None:
    assert result_lines(DONE) == [
        "runs/mine: 5.0 minutes of training (1,234 steps, 45,678 samples); 8:12 by the clock",
        "The best of it is kept to play: 2.4 times as far from real music as real music is from itself (1.9 to 12).",
        "1 is real; above 3 anybody hears it.",
    ]
    assert advice_lines(DONE, GO_ON) == []


def test_a_model_that_copies_more_than_chance_is_said_to_and_what_leaves_copies_out() -> None:
    assert result_lines(replace(DONE, copied=0.02)) == result_lines(DONE)
    assert result_lines(replace(DONE, copied=0.04296875))[3:] == [
        "4 % of its phrases are much like training music (of real music 1 %): generate --no-copies leaves them out."
    ]


def test_a_model_that_is_far_has_to_train_longer() -> None:
    assert advice_lines(FAR, GO_ON) == [
        "To come nearer to real music, train longer: ganola train --resume runs/mine --minutes 10"
    ]
    assert advice_lines(replace(FAR, budget=Budget(steps=300)), GO_ON)[0].endswith("--steps 600")
    assert advice_lines(replace(FAR, budget=Budget(samples=300)), GO_ON)[0].endswith("--samples 600")
    assert advice_lines(replace(FAR, budget=Budget(minutes=0.55)), GO_ON)[0].endswith("--minutes 1.1")


def test_a_busy_machine_costs_learning_which_more_minutes_make_up_for() -> None:
    busy = replace(DONE, speed=0.6)
    assert advice_lines(busy, GO_ON) == [
        "The machine was busy: this was about 40 % less learning than on a quiet one.",
        "To make up for it, close other programs, and: ganola train --resume runs/mine --minutes 7",
    ]
    assert advice_lines(replace(DONE, speed=0.9), GO_ON) == []
    assert advice_lines(replace(busy, ratio=12.4), GO_ON)[1:] == [
        "To come nearer to real music, close other programs, and train longer: "
        "ganola train --resume runs/mine --minutes 10"
    ]


def test_so_many_steps_are_as_much_learning_and_only_take_longer() -> None:
    assert advice_lines(replace(DONE, budget=Budget(steps=300), speed=0.4), GO_ON) == [
        "The machine was busy: it took about 2.5 times as long as on a quiet one."
    ]


def test_of_one_that_was_stopped_only_what_the_machine_cost_is_said() -> None:
    stopped = replace(FAR, finished=False, speed=0.6)
    assert advice_lines(stopped, GO_ON) == [
        "The machine was busy: this was about 40 % less learning than on a quiet one."
    ]
    assert "12 times as far" in result_lines(stopped)[1]


@pytest.mark.parametrize(("steps", "before"), [(0, "it learned anything"), (3, "its music was judged")])
def test_what_was_stopped_too_early_has_no_model(steps, before) -> None:
    early = replace(DONE, steps=steps, finished=False, kept=False, ratio=None)
    assert result_lines(early)[1:] == [f"It was stopped before {before}, so there is no model to play yet."]


def test_what_nobody_measured_is_said_to_be_unknown() -> None:
    unknown = replace(DONE, ratio=None, unmeasured="The corpus has only 4 tunes.")
    assert result_lines(unknown)[1:] == ["Its model is kept to play. The corpus has only 4 tunes."]


def test_one_that_took_no_step_was_finished_already() -> None:
    again = replace(DONE, moved=False)
    assert "by the clock" not in result_lines(again)[0]
    assert advice_lines(again, GO_ON) == [
        "It was finished already. To train on: ganola train --resume runs/mine --minutes 10"
    ]
