"""Budgets: what is spent of each kind, in all and since a phase began."""

import math

import pytest
from pydantic import ValidationError

from ganola.errors import InputError
from ganola.training.budget import Budget, choose_budget
from tests.corpora import tiny_corpus
from tests.training.support import small_recipe, state_and_rolls


@pytest.mark.parametrize(
    ("budget", "spent", "in_phase", "words"),
    [
        (Budget(minutes=0.5), 24 / 30, 6 / 30, "0.5 minutes of training"),
        (Budget(processor_minutes=2.0), 90 / 120, 80 / 120, "2 minutes of processor time"),
        (Budget(steps=4), 3 / 4, 1 / 4, "4 steps"),
        (Budget(samples=20_000), 5_000 / 20_000, 1_000 / 20_000, "20,000 samples"),
    ],
    ids=["minutes", "processor-minutes", "steps", "samples"],
)
def test_each_kind_of_budget_is_spent_by_its_own_count(tmp_path, budget, spent, in_phase, words) -> None:
    state, _ = state_and_rolls(tiny_corpus(tmp_path), small_recipe())
    state.step, state.samples, state.seconds, state.processor_seconds = 3, 5_000, 24.0, 90.0
    state.phase_start_step, state.phase_start_samples = 2, 4_000
    state.phase_start_seconds, state.phase_start_processor_seconds = 18.0, 10.0
    assert budget.spent(state) == pytest.approx(spent)
    assert budget.spent_in_phase(state) == pytest.approx(in_phase)
    assert budget.words == words


def test_a_budget_is_of_one_kind() -> None:
    with pytest.raises(ValidationError, match="one of the four"):
        Budget(minutes=1.0, steps=3)
    with pytest.raises(ValidationError, match="one of the four"):
        Budget()
    with pytest.raises(InputError, match="minutes and samples are given together"):
        choose_budget(minutes=1.0, samples=3)
    for wrong in (0, -1.5, math.inf):
        with pytest.raises(InputError, match="has to be above 0"):
            choose_budget(minutes=wrong)
    assert choose_budget() is None
