"""A game that brings nothing better goes on from the best, in smaller steps."""

import pytest
import torch

from ganola.events import WentBack
from ganola.judging.real_baseline import DistanceToReal
from ganola.judging.validation import ValidationSet
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.training.budget import Budget
from ganola.training.callbacks.return_to_best import ReturnCallback
from ganola.training.loop import train
from ganola.training.run import new_run, open_run
from tests.training.support import Watcher, small_recipe, stop_after

pytestmark = pytest.mark.usefixtures("_log_every_step")

GAME = {"batch": 5, "critic_steps": 2, "validate_every_samples": 10, "patience": 2}  # it is validated after every step


def scripted(monkeypatch, ratios: list[float]) -> None:
    """Let validation find these, one after the other."""
    left = iter(ratios)
    monkeypatch.setattr(ValidationSet, "score", lambda *_: DistanceToReal(next(left), 1.0))


def test_after_so_many_validations_without_a_better_one_it_goes_back(tmp_path, corpus, monkeypatch) -> None:
    scripted(monkeypatch, [9.0, 4.0, 4.5, 3.0, 3.1, 4.0])  # before the first step, then after each one
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(training=GAME), Budget(steps=6))
    state = train(run, [watcher], stop_after(5))
    assert watcher.returns == [WentBack(step=5, samples=50, ratio=4.0, best_ratio=3.0, slowed=1 / 3)]
    assert (state.since_best, state.returns, state.best_ratio) == (0, 1, 3.0)
    best = load_model(run.folder / MODEL_FILE)
    assert best.record.steps == 3
    for generator in (state.networks.generator, state.ema):
        assert all(
            torch.equal(generator.state_dict()[name], kept) for name, kept in best.generator.state_dict().items()
        )
    assert not state.optimisers["generator"].state
    assert state.optimisers["critic"].state


def test_afterwards_both_players_take_smaller_steps_and_each_time_smaller_ones(tmp_path, corpus, monkeypatch) -> None:
    scripted(monkeypatch, [9.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0])
    recipe = small_recipe(training=GAME, generator={"learning_rate": 9e-4}, critic={"learning_rate": 1.8e-3})
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=6))
    state = train(run, [])
    assert state.returns == 2
    rates = {name: optimiser.param_groups[0]["lr"] for name, optimiser in state.optimisers.items()}
    assert rates == pytest.approx({"generator": 1e-4, "critic": 2e-4})


def test_a_training_that_stops_in_between_goes_back_all_the_same(tmp_path, corpus, monkeypatch) -> None:
    ratios = [9.0, 3.0, 4.0, 4.0, 2.0]
    scripted(monkeypatch, ratios)
    whole = train(new_run(tmp_path / "whole", corpus, small_recipe(training=GAME), Budget(steps=4)), [])
    scripted(monkeypatch, ratios)
    run = new_run(tmp_path / "parts", corpus, small_recipe(training=GAME), Budget(steps=4))
    checks = iter([False, False, True])
    train(run, [], lambda: next(checks))
    parts = train(open_run(run.folder), [])
    assert whole.returns == parts.returns == 1
    assert all(
        torch.equal(one, other) for one, other in zip(whole.ema.parameters(), parts.ema.parameters(), strict=True)
    )


def test_without_patience_it_never_does(tmp_path, corpus, monkeypatch) -> None:
    scripted(monkeypatch, [9.0, 3.0, 4.0, 4.0, 4.0])
    monkeypatch.setattr(ReturnCallback, "go_back", None)
    train(new_run(tmp_path / "run", corpus, small_recipe(training=GAME | {"patience": 0}), Budget(steps=4)), [])


def test_at_the_end_of_the_budget_there_is_nothing_to_go_on_with(tmp_path, corpus, monkeypatch) -> None:
    scripted(monkeypatch, [9.0, 3.0, 4.0, 4.0])
    watcher = Watcher()
    state = train(new_run(tmp_path / "run", corpus, small_recipe(training=GAME), Budget(steps=3)), [watcher])
    assert (state.returns, watcher.returns) == (0, [])
