"""The music of the same latents over time."""

import pytest

from ganola.training.budget import Budget
from ganola.training.callbacks import snapshots
from ganola.training.loop import train
from ganola.training.run import new_run
from tests.training.support import Watcher

pytestmark = pytest.mark.usefixtures("_log_every_step")


def test_snapshots_show_the_same_latents_over_time(tmp_path, corpus, recipe) -> None:
    watcher = Watcher()
    run = new_run(tmp_path / "run", corpus, recipe, Budget(steps=20))
    state = train(run, [watcher])
    assert len(watcher.snapshots) == snapshots.SNAPSHOTS + 1
    assert watcher.snapshots[0].samples == 0
    assert watcher.snapshots[-1].samples == state.samples
    shape = (snapshots.PHRASES, 2, 2, corpus.grid.steps, corpus.grid.pitches)
    assert all(event.rolls.shape == shape and event.rolls.dtype == bool for event in watcher.snapshots)
