"""The game on a problem whose answer is known: music that is always one of two phrases."""

import pytest
import torch

from ganola.training.phases.adversarial import adversarial_step
from tests.training.support import small_recipe, state_and_rolls

LATENTS = torch.randn(64, 6, generator=torch.Generator().manual_seed(1))


def two_phrases(shape: tuple[int, ...]) -> torch.Tensor:
    """Every other roll a scale up, the others a scale down, a note a step in the first track."""
    rolls = torch.zeros(shape)
    for step in range(shape[3]):
        rolls[::2, 0, 0, step, 20 + step] = 1
        rolls[1::2, 0, 0, step, 36 - step] = 1
    return rolls


def astray(state, phrases: torch.Tensor) -> torch.Tensor:
    """Of 64 latents, how many cells the music differs from the nearer of the two phrases."""
    with torch.no_grad():
        played = state.networks.spec.discretiser.hard(state.ema(LATENTS)).float()
    each = (played[:, None] - phrases[None, :2]).abs().sum(dim=(2, 3, 4, 5))
    return each.min(dim=1).values


@pytest.mark.parametrize(
    ("loss", "penalty", "weight"), [("wasserstein", "gradient", 10.0), ("relativistic", "r1-r2", 0.1)]
)
def test_the_game_finds_the_music_that_there_is(corpus, loss, penalty, weight) -> None:
    recipe = small_recipe(
        networks={"width": 64},
        objective={"loss": loss, "penalty": penalty, "penalty_weight": weight},
        generator={"learning_rate": 3e-3},
        critic={"learning_rate": 3e-3},
        training={"batch": 16, "critic_steps": 1, "ema_half_life_samples": 200.0},
    )
    state, rolls = state_and_rolls(corpus, recipe)
    phrases = two_phrases(tuple(rolls.shape))
    before = astray(state, phrases).mean()
    for _ in range(400):
        adversarial_step(state, [phrases])
    after = astray(state, phrases)
    assert after.mean() < 0.25 * before
