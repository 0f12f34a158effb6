"""How long a training takes yet by the clock on the wall, judging and saving included."""

from ganola.training.loop import BEFORE_THE_GAME, Moment
from ganola.training.recipe import Phase, Recipe
from ganola.training.run import Budget

# How long a step of a phase takes, in steps of a warm start (`default`, one thread), until one of it is measured.
STEP_COST: dict[Phase, float] = {"warm start": 1.0, "prior": 0.3, "critic's lead": 5.0, "game": 8.0}
JUDGEMENT_STEPS = 3.0  # a judgement takes as long as so many steps of the game, until one is measured
ENDING = 3.0  # what comes after the last step takes as long as so many judgements: another one, its interval, curves
_NEWS = 0.1  # weight of what is measured now beside what was measured before


class Pace:
    """Follows the moments of a training, and works out how long it takes yet.

    How long the training itself takes is known of a budget of minutes; of one of steps, it follows from how long a step
    of each phase takes. What passes beside it is shared among the judgements, for they are most of it, and it is known
    how many are to come.
    """

    def __init__(self, recipe: Recipe, budget: Budget) -> None:
        self.recipe, self.budget = recipe, budget
        self._step_seconds: dict[Phase, float] = {}  # as measured; the latest phase last

    def follow(self, moment: Moment) -> float:
        """Take in where a training is, and return how many seconds are left by the clock."""
        phase = moment.record.phase
        seconds = self._shown(phase) / max(moment.samples_per_second, 1e-9)
        known = self._step_seconds.pop(phase, seconds)
        self._step_seconds[phase] = known + _NEWS * (seconds - known)
        judgement = moment.beside / moment.judged if moment.judged else JUDGEMENT_STEPS * self._step("game")
        return ENDING * judgement + sum(
            share * (self._training(ahead) + judgement * self._judgements(ahead))
            for ahead, share in self._ahead(phase, moment.spent).items()
        )

    def _ahead(self, phase: Phase, spent: float) -> dict[Phase, float]:
        """What of the budget each phase has yet; under a larger budget, the game of a run has what is more."""
        left: dict[Phase, float] = {}
        end, begun = 0.0, False
        for name, share in self.recipe.shares.items():
            end += share
            begun = begun or name == phase
            if begun:
                left[name] = min(share, max(0.0, end - spent))
        return left | {"game": max(0.0, 1 - spent - sum(left.values()))}

    def _training(self, phase: Phase) -> float:
        """Seconds of training of a whole budget that is spent in this phase."""
        return 60 * self.budget.minutes if self.budget.minutes else (self.budget.steps or 0) * self._step(phase)

    def _judgements(self, phase: Phase) -> float:
        """How often the music is judged in such a budget."""
        if phase == "critic's lead":
            return 0.0
        steps = self._training(phase) / self._step(phase)
        if phase != "game":
            return min(float(BEFORE_THE_GAME), steps)
        return steps * min(1.0, self._shown("game") / self.recipe.training.judge_every)

    def _step(self, phase: Phase) -> float:
        """Seconds that a step of this phase takes: as measured, or by what the latest phase took."""
        latest, seconds = next(reversed(self._step_seconds.items()))
        return self._step_seconds.get(phase, seconds * STEP_COST[phase] / STEP_COST[latest])

    def _shown(self, phase: Phase) -> int:
        """How many rolls a step of this phase shows."""
        recipe = self.recipe
        if phase == "warm start":
            return recipe.warm_start.batch
        return recipe.prior.batch if phase == "prior" else recipe.training.batch * recipe.training.critic_steps
