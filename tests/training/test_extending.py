"""The examples of docs/extending.md for training: each works once it is added."""

import pytest

from ganola.objectives.adversarial import OBJECTIVES
from ganola.objectives.penalties import PENALTIES
from ganola.training.budget import Budget
from ganola.training.loop import train
from ganola.training.phases.registry import PHASES
from ganola.training.recipe import Recipe
from ganola.training.run import new_run
from tests.extending import run_example
from tests.training.support import Watcher, small_recipe, vae_recipe

pytestmark = pytest.mark.usefixtures("_log_every_step")


@pytest.fixture
def example():
    """Runs the example of a section, and removes what it adds to registries afterwards."""
    before = (dict(OBJECTIVES), dict(PENALTIES), list(PHASES))

    yield run_example
    for registry, entries in zip((OBJECTIVES, PENALTIES), before[:2], strict=True):
        registry.clear()
        registry.update(entries)
    PHASES[:] = before[2]


def trained(folder, corpus, recipe, steps: int, *callbacks):
    watcher = Watcher()
    train(new_run(folder, corpus, recipe, Budget(steps=steps)), [watcher, *callbacks])
    return watcher


def test_a_loss(tmp_path, corpus, example) -> None:
    example("A loss")
    recipe = small_recipe(objective={"loss": "relativistic-hinge"}, generator={"learning_rate": 1e-9})
    steps = trained(tmp_path / "run", corpus, recipe, 8).steps
    assert steps[0].metrics["critic_loss"] == pytest.approx(1.0, abs=0.5)  # nothing is ranked yet
    assert steps[-1].metrics["critic_loss"] < steps[0].metrics["critic_loss"]


def test_a_penalty(tmp_path, corpus, example) -> None:
    example("A penalty")
    steps = trained(tmp_path / "run", corpus, small_recipe(objective={"penalty": "zero-centred"}), 2).steps
    assert all(step.metrics["penalty"] > 0 for step in steps)


def test_a_phase(tmp_path, corpus, example) -> None:
    names = example("A phase")

    class Extended(Recipe):
        vae_finish: names["VaeFinishConfig"] = names["VaeFinishConfig"]()

    recipe = Extended.model_validate(vae_recipe(vae={"share": 0.4}).model_dump())
    watcher = trained(tmp_path / "run", corpus, recipe, 5)
    assert [step.phase for step in watcher.steps] == ["vae", "vae", "vae_finish", "adversarial", "adversarial"]
    assert watcher.steps[2].metrics.keys() == watcher.steps[1].metrics.keys()


def test_a_callback(tmp_path, corpus, example) -> None:
    best = example("A callback")["BestSoFar"]()
    watcher = trained(tmp_path / "run", corpus, small_recipe(), 3, best)
    assert best.ratio == min(event.ratio for event in watcher.validated)
