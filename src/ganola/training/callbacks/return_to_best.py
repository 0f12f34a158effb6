"""Goes back to the best model where the game brings nothing better, and on from there in smaller steps.

So a game helps or costs nothing but time: each time that it goes back it moves a third as fast.
"""

from ganola.events import Callback, WentBack
from ganola.networks.model_file import MODEL_FILE, load_model
from ganola.training.callbacks.base import LoopCallback, StepTaken
from ganola.training.callbacks.validation import ValidationCallback
from ganola.training.run import Run
from ganola.training.schedule import slowed
from ganola.training.state import State


class ReturnCallback(LoopCallback):
    """Comes after `validation` in the loop, and acts where the generator plays the game."""

    def __init__(self, run: Run, state: State, validation: ValidationCallback, watchers: Callback) -> None:
        self.run, self.state, self.validation, self.watchers = run, state, validation, watchers

    def after_step(self, step: StepTaken) -> None:
        result, state = self.validation.result, self.state
        if result is None or result.verdict is None or state.best_ratio is None:
            return
        if step.is_last or not step.phase.may_worsen:  # there is nothing to go on with, or no game
            return
        state.since_best = 0 if result.kept else state.since_best + 1
        if 0 < self.run.recipe.training.patience <= state.since_best:
            self.go_back(result.verdict.ratio, state.best_ratio)

    def go_back(self, ratio: float, best_ratio: float) -> None:
        """Go back, and tell the watchers."""
        state = self.state
        go_back(self.run, state)
        self.watchers.on_went_back(WentBack(state.step, state.samples, ratio, best_ratio, slowed=slowed(state.returns)))


def go_back(run: Run, state: State) -> None:
    """Give the generator the weights of the model that is kept; the critic keeps what it has learned since."""
    best = load_model(run.folder / MODEL_FILE).generator.state_dict()
    for generator in (state.networks.generator, state.ema):
        generator.load_state_dict(best)
    state.optimisers["generator"].state.clear()  # which way the weights were going
    state.since_best, state.returns = 0, state.returns + 1
