"""The arithmetic of the time that is left, with numbers worked out by hand."""

import pytest

from ganola.training.loop import BEFORE_THE_GAME, Moment
from ganola.training.pace import ENDING, JUDGEMENT_STEPS, STEP_COST, Pace
from ganola.training.recipe import Recipe, parse_recipe
from ganola.training.run import Budget
from ganola.training.steps import Measures, StepRecord

WARM = Measures(reconstruction=90.0, divergence=4.0, generator_gradient=1.0)
FLOW = Measures(prior_error=4.0, generator_gradient=1.0)
LEAD = Measures(critic_loss=1.0, penalty=0.1)
GAME = Measures(critic_loss=1.0, penalty=0.1, generator_loss=2.0)


def moment(record: StepRecord, spent: float, *, speed: float, judged: int = 1, beside: float = 3.0) -> Moment:
    return Moment(1, 100, 60.0, spent, speed, record, judged, beside)


def game_alone() -> Recipe:
    return parse_recipe({"training": {"batch": 10, "critic_steps": 2, "judge_every": 400}}, "of a test")


def all_phases() -> Recipe:
    """A quarter of warm start, an eighth of prior, an eighth of lead, half of game; batches of 30, 60 and 10."""
    return parse_recipe(
        {
            "networks": {"architecture": "residual", "output": "softmax", "prior": "flow"},
            "warm_start": {"share": 0.25, "batch": 30},
            "prior": {"share": 0.125, "batch": 60},
            "training": {"batch": 10, "critic_lead": 0.2, "judge_every": 400, "teaches": "prior"},
        },
        "of a test",
    )


def test_records_know_their_phases() -> None:
    assert [record.phase for record in (WARM, FLOW, LEAD, GAME)] == ["warm start", "prior", "critic's lead", "game"]


def test_minutes_of_a_game_have_their_judgements_on_top() -> None:
    pace = Pace(game_alone(), Budget(minutes=5))
    # 225 of 300 seconds are left, at 80 rolls a second 18,000, judged at every 400: 45 times 3 seconds
    left = pace.follow(moment(GAME, 0.25, speed=80.0, judged=2, beside=6.0))
    assert left == pytest.approx(225 + 45 * 3 + ENDING * 3)


def test_it_is_never_judged_more_than_once_a_step() -> None:
    pace = Pace(
        parse_recipe({"training": {"batch": 10, "critic_steps": 2, "judge_every": 1}}, "of a test"), Budget(steps=80)
    )
    left = pace.follow(moment(GAME, 0.25, speed=10.0))  # two seconds a step
    assert left == pytest.approx(60 * 2 + 60 * 3 + ENDING * 3)


def test_what_is_ahead_is_known_from_the_first_moment_on_by_what_steps_cost() -> None:
    pace, warm = Pace(all_phases(), Budget(steps=800)), 30 / 60  # seconds of a step
    game = warm * STEP_COST["game"]
    training = 160 * warm + 100 * warm * STEP_COST["prior"] + 100 * warm * STEP_COST["critic's lead"] + 400 * game
    judged = BEFORE_THE_GAME * (0.2 + 0.125) + 400 * 10 / 400
    left = pace.follow(moment(WARM, 0.05, speed=60.0))
    assert left == pytest.approx(training + judged * 3 + ENDING * 3)


def test_what_was_measured_stands_and_the_rest_follows_from_the_latest() -> None:
    pace = Pace(all_phases(), Budget(steps=800))
    pace.follow(moment(WARM, 0.05, speed=60.0))
    pace.follow(moment(LEAD, 0.4, speed=5.0))  # two seconds a step
    left = pace.follow(moment(LEAD, 0.45, speed=5.0))
    game = 2.0 * STEP_COST["game"] / STEP_COST["critic's lead"]
    assert left == pytest.approx(0.05 * 800 * 2 + 400 * game + 10 * 3 + ENDING * 3)


def test_the_game_of_a_run_that_goes_on_has_the_rest_of_a_larger_budget() -> None:
    pace = Pace(all_phases(), Budget(minutes=10))
    left = pace.follow(moment(GAME, 0.3, speed=20.0))  # its phases are over early: 420 of 600 seconds are left
    assert left == pytest.approx(420 + 420 * 20 / 400 * 3 + ENDING * 3)


def test_until_something_was_judged_a_judgement_is_so_many_steps_of_the_game() -> None:
    pace = Pace(game_alone(), Budget(minutes=1))
    left = pace.follow(moment(GAME, 0.5, speed=80.0, judged=0, beside=0.0))
    judgement = JUDGEMENT_STEPS * 20 / 80
    assert left == pytest.approx(30 + 30 * 80 / 400 * judgement + ENDING * judgement)


def test_at_the_end_only_the_end_is_left() -> None:
    assert Pace(game_alone(), Budget(minutes=1)).follow(moment(GAME, 1.0, speed=80.0)) == pytest.approx(ENDING * 3)
