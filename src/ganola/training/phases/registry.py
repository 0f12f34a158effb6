"""All phases, in the order of a training. A phase is added here, and with a section of the recipe."""

from ganola.training.phases.adversarial import AdversarialPhase, CriticWarmupPhase
from ganola.training.phases.base import Phase
from ganola.training.phases.flow import FlowPhase
from ganola.training.phases.vae import VaePhase
from ganola.training.recipe import Recipe

PHASES: list[type[Phase]] = [VaePhase, FlowPhase, CriticWarmupPhase, AdversarialPhase]


def build_phases(recipe: Recipe) -> list[Phase]:
    """Return the phases that have a share of a recipe's budget, and the last one, which a larger budget has."""
    phases, left = [], 1.0
    for kind in PHASES:
        share = kind.budget_share(recipe, left)
        if share > 0 or kind is PHASES[-1]:
            phases.append(kind(recipe, share))
        left -= share
    return phases
