"""What a phase of a training is: a name, a share of the budget, optimisers and a step."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from torch.optim import Adam

from ganola.networks.model import Networks
from ganola.training.metrics import Metrics
from ganola.training.recipe import Recipe
from ganola.training.sampler import TrainingData
from ganola.training.state import State

LEAST_STEPS = 1_500  # before epochs end a phase: those of a small folder are a few steps each
VALIDATIONS = 20  # in a whole budget, but for the phases that say otherwise


class Phase(ABC):
    """A phase of a training by one recipe. To add one, see docs/extending.md.

    It keeps nothing that changes: that is in the state.
    """

    name: ClassVar[str]  # in logs and checkpoints
    trains: ClassVar[str]  # the optimiser of what it trains, beside the critic, and the recipe's section of that
    needs_encoder: ClassVar[bool] = False  # whether its steps need the encoder of an autoencoder
    fine_tuning_limits: ClassVar[Mapping[str, float]] = {}  # of the numbers in that section, the highest in fine-tuning
    step_cost: ClassVar[float] = 1.0  # how long a step takes until one is measured; any unit, the same in all phases

    def __init__(self, recipe: Recipe, share: float) -> None:
        self.recipe, self.share = recipe, share

    @classmethod
    @abstractmethod
    def budget_share(cls, recipe: Recipe, left: float) -> float:
        """Return its share of the budget, 0 to `left`, which is what the phases before it leave. 0 leaves it out."""

    @property
    @abstractmethod
    def samples_per_step(self) -> int:
        """Real rolls that a step shows."""

    @property
    def most_epochs(self) -> float:
        """Return the epochs after which it ends at the latest, though not before LEAST_STEPS; 0 for no such end."""
        return 0.0

    def epoch_size(self, data: TrainingData) -> int:
        """Return how many samples are an epoch of it."""
        return data.sampler.epoch_size

    def progress(self, spent: float, samples: int, data: TrainingData) -> float:
        """Return how far through it a training is, from 0 to 1, where it ends.

        Since it began `spent`, of the budget, was spent and `samples` real rolls were shown.
        """
        by_budget = spent / self.share if self.share else 0.0
        if not self.most_epochs:
            return by_budget
        most = max(LEAST_STEPS * self.samples_per_step, self.most_epochs * self.epoch_size(data))
        return max(by_budget, samples / most)

    @property
    def may_worsen(self) -> bool:
        """Return whether its steps can make music worse, so that the training may go back to the best."""
        return False

    @abstractmethod
    def step(self, state: State, data: TrainingData, progress: float) -> Metrics:
        """Take a step, `progress` (0 to 1) through the phase, and return what it measured.

        Raises NotFiniteError (see `optimisation.update`).
        """

    def build_optimisers(self, networks: Networks) -> dict[str, Adam]:  # noqa: ARG002 - for those that have some
        """Return the optimisers that its steps need, by name."""
        return {}

    def prepare(self, state: State, data: TrainingData) -> None:  # noqa: B027 - most phases prepare nothing
        """Make sure that everything is there that a step needs. Called before each step, and not counted as training.

        A training that resumes may lack what the beginning of the phase prepared.
        """

    def is_validation_due(self, samples: tuple[int, int], spent: tuple[float, float]) -> bool:  # noqa: ARG002 - see below
        """Return whether to validate after a step, by the samples and the share of the budget before and after it.

        So when depends on how far a training is, and never on when it was stopped.
        """
        return int(spent[1] * VALIDATIONS) > int(spent[0] * VALIDATIONS)

    def count_validations(self, steps: float) -> float:
        """Return how often a whole budget of so many steps of this phase is validated."""
        return min(float(VALIDATIONS), steps)
