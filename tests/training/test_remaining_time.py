"""The arithmetic of the time that is left, with numbers worked out by hand."""

import pytest

from ganola.events import StepLogged
from ganola.training.budget import Budget
from ganola.training.phases.base import VALIDATIONS
from ganola.training.phases.registry import PHASES
from ganola.training.recipe import Recipe, parse_recipe
from ganola.training.remaining_time import FINAL_VALIDATIONS, VALIDATION_STEPS, RemainingTime

VAE, FLOW, WARMUP, GAME = "vae", "flow", "critic_warmup", "adversarial"
STEP_COST = {phase.name: phase.step_cost for phase in PHASES}


def logged(phase: str, spent: float, *, speed: float, validations: int = 1, overhead: float = 3.0) -> StepLogged:
    return StepLogged(1, 100, 60.0, spent, speed, phase, {}, {}, validations, overhead)


def game_alone() -> Recipe:
    return parse_recipe({"training": {"batch": 10, "critic_steps": 2, "validate_every_samples": 400}}, "of a test")


def all_phases() -> Recipe:
    """A quarter VAE, an eighth flow, an eighth critic warm-up, half game; batches of 30, 60 and 10."""
    return parse_recipe(
        {
            "networks": {"architecture": "residual", "output": "softmax", "prior": "flow"},
            "vae": {"share": 0.25, "batch": 30},
            "flow": {"share": 0.125, "batch": 60},
            "training": {"batch": 10, "critic_warmup": 0.2, "validate_every_samples": 400, "trains": "flow"},
        },
        "of a test",
    )


def test_minutes_of_a_game_have_their_judgements_on_top() -> None:
    remaining = RemainingTime(game_alone(), Budget(minutes=5))
    # 225 of 300 seconds are left, at 80 rolls a second 18,000, judged at every 400: 45 times 3 seconds
    left = remaining.update(logged(GAME, 0.25, speed=80.0, validations=2, overhead=6.0))
    assert left == pytest.approx(225 + 45 * 3 + FINAL_VALIDATIONS * 3)


def test_it_is_never_judged_more_than_once_a_step() -> None:
    remaining = RemainingTime(
        parse_recipe({"training": {"batch": 10, "critic_steps": 2, "validate_every_samples": 1}}, "of a test"),
        Budget(steps=80),
    )
    left = remaining.update(logged(GAME, 0.25, speed=10.0))  # two seconds a step
    assert left == pytest.approx(60 * 2 + 60 * 3 + FINAL_VALIDATIONS * 3)


def test_what_is_ahead_is_known_from_the_first_moment_on_by_what_steps_cost() -> None:
    remaining, vae = RemainingTime(all_phases(), Budget(steps=800)), 30 / 60  # seconds of a step
    game = vae * STEP_COST[GAME]
    training = 160 * vae + 100 * vae * STEP_COST[FLOW] + 100 * vae * STEP_COST[WARMUP] + 400 * game
    judged = VALIDATIONS * (0.2 + 0.125) + 400 * 10 / 400
    left = remaining.update(logged(VAE, 0.05, speed=60.0))
    assert left == pytest.approx(training + judged * 3 + FINAL_VALIDATIONS * 3)


def test_samples_are_as_many_steps_of_each_phase_as_show_them() -> None:
    remaining, vae = RemainingTime(all_phases(), Budget(samples=24_000)), 30 / 60  # seconds of a step
    steps = {VAE: 4_800 / 30, FLOW: 3_000 / 60, WARMUP: 3_000 / 10, GAME: 12_000 / 10}
    training = sum(count * vae * STEP_COST[phase] / STEP_COST[VAE] for phase, count in steps.items())
    judged = VALIDATIONS * (0.2 + 0.125) + 12_000 / 400
    left = remaining.update(logged(VAE, 0.05, speed=60.0))
    assert left == pytest.approx(training + judged * 3 + FINAL_VALIDATIONS * 3)


def test_what_was_measured_stands_and_the_rest_follows_from_the_latest() -> None:
    remaining = RemainingTime(all_phases(), Budget(steps=800))
    remaining.update(logged(VAE, 0.05, speed=60.0))
    remaining.update(logged(WARMUP, 0.4, speed=5.0))  # two seconds a step
    left = remaining.update(logged(WARMUP, 0.45, speed=5.0))
    game = 2.0 * STEP_COST[GAME] / STEP_COST[WARMUP]
    assert left == pytest.approx(0.05 * 800 * 2 + 400 * game + 10 * 3 + FINAL_VALIDATIONS * 3)


def test_the_game_of_a_run_that_goes_on_has_the_rest_of_a_larger_budget() -> None:
    remaining = RemainingTime(all_phases(), Budget(minutes=10))
    left = remaining.update(logged(GAME, 0.3, speed=20.0))  # its phases are over early: 420 of 600 seconds are left
    assert left == pytest.approx(420 + 420 * 20 / 400 * 3 + FINAL_VALIDATIONS * 3)


def test_until_something_was_judged_a_judgement_is_so_many_steps_of_the_game() -> None:
    remaining = RemainingTime(game_alone(), Budget(minutes=1))
    left = remaining.update(logged(GAME, 0.5, speed=80.0, validations=0, overhead=0.0))
    judgement = VALIDATION_STEPS * 20 / 80
    assert left == pytest.approx(30 + 30 * 80 / 400 * judgement + FINAL_VALIDATIONS * judgement)


def test_at_the_end_only_the_end_is_left() -> None:
    assert RemainingTime(game_alone(), Budget(minutes=1)).update(logged(GAME, 1.0, speed=80.0)) == pytest.approx(
        FINAL_VALIDATIONS * 3
    )
