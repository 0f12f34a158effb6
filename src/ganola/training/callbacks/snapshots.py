"""Shows the music of the same few latents, evenly over the budget."""

import torch

from ganola.events import Callback, Snapshot
from ganola.randomness import Purpose, latents, stream
from ganola.training.callbacks.base import LoopCallback, StepTaken
from ganola.training.run import Run
from ganola.training.state import State

SNAPSHOTS = 10  # besides the one before the first step
PHRASES = 8


class SnapshotCallback(LoopCallback):
    """Reports a snapshot whenever another tenth of the budget is spent."""

    def __init__(self, run: Run, state: State, watchers: Callback) -> None:
        self.run, self.state, self.watchers = run, state, watchers
        self._taken = int(run.budget.spent(state) * SNAPSHOTS)

    def on_start(self) -> None:
        if self.state.step == 0:
            self.take()

    def after_step(self, step: StepTaken) -> None:
        due = int(step.spent[1] * SNAPSHOTS)
        if due > self._taken:
            self._taken = due
            self.run.check_finite(self.state)
            self.take()

    def take(self) -> None:
        """Take a snapshot now."""
        run, state = self.run, self.state
        r = latents(PHRASES, run.spec.latent, stream(run.recipe.training.seed, Purpose.SNAPSHOTS))
        with torch.inference_mode():
            rolls = state.ema.rolls(r.to(state.device)).cpu().numpy()
        self.watchers.on_snapshot(Snapshot(state.samples, rolls))
