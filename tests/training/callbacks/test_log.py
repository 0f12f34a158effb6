"""Which steps are logged, and what a line says."""

import json

import pytest

from ganola.events import StepLogged
from ganola.records import record_text
from ganola.training.budget import Budget
from ganola.training.callbacks import log
from ganola.training.callbacks.validation import ValidationCallback
from ganola.training.logs import LOG
from ganola.training.loop import train
from ganola.training.run import new_run, open_run
from tests.training.support import Watcher, small_recipe, stop_after

pytestmark = pytest.mark.usefixtures("_log_every_step")


def test_the_log_has_a_line_a_moment_and_none_twice_after_a_resume(tmp_path, corpus, recipe) -> None:
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=6))
    watcher = Watcher()
    train(run, [watcher], stop_after(3))
    with (run.folder / LOG).open("a") as file:  # as a run that was killed before its next checkpoint leaves it
        file.write(record_text(StepLogged(4, 40, 1.0, 0.5, 10.0, "adversarial", {}, {})) + "\n" + '{"step": 5, "sam')
    train(open_run(run.folder), [watcher])
    lines = [json.loads(line) for line in (run.folder / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [event.step for event in watcher.steps] == [1, 2, 3, 4, 5, 6]
    assert {"samples", "seconds", "samples_per_second", "phase"} <= set(lines[0])
    assert {"critic_loss", "generator_loss", "penalty"} <= set(lines[0]["metrics"])
    assert set(lines[0]["gradient_norms"]) == {"critic", "generator"}


def test_logged_steps_say_how_often_it_was_validated_and_what_that_took(tmp_path, corpus, monkeypatch) -> None:
    """On a clock that only judging moves, by two seconds each time."""
    clock = [50.0]
    monkeypatch.setattr(log.time, "monotonic", lambda: clock[0])
    validate = ValidationCallback.validate

    def slow(*given):
        clock[0] += 2
        return validate(*given)

    monkeypatch.setattr(ValidationCallback, "validate", slow)
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, small_recipe(training={"validate_every_samples": 20}), Budget(steps=8))
    train(run, [watcher], stop_after(5))
    train(open_run(run.folder), [watcher])
    assert [(event.validations, event.overhead_seconds) for event in watcher.steps] == [
        (1, 2.0), (1, 2.0), (2, 4.0), (2, 4.0), (3, 6.0),
        (0, 0.0), (1, 2.0), (1, 2.0),
    ]  # fmt: skip
