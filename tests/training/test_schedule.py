import pytest

from ganola.networks.config import ModelSpec
from ganola.training.build import build_state
from ganola.training.ema import ema_decay
from ganola.training.optimisation import finish_step
from ganola.training.schedule import anneal, annealed_slope
from tests.training.support import small_recipe


def test_the_temperature_falls_exponentially() -> None:
    assert annealed_slope(0.0, 5.0) == 1.0
    assert annealed_slope(0.25, 16.0) == 2.0
    assert annealed_slope(0.5, 16.0) == 4.0
    assert annealed_slope(1.0, 5.0) == annealed_slope(1.5, 5.0) == 5.0


def test_all_parts_of_a_generator_are_annealed_and_its_average_follows(corpus) -> None:
    recipe = small_recipe(networks={"architecture": "residual", "output": "slope-annealing"})
    state = build_state(recipe, ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=recipe.networks))
    anneal(state.networks.generator, 3.0)
    slopes = {key: value for key, value in state.networks.generator.state_dict().items() if key.endswith("slope")}
    assert len(slopes) == 1 + len(corpus.tracks)
    assert all(slope == 3.0 for slope in slopes.values())
    finish_step(state, 10)
    anneal(state.networks.generator, 5.0)
    finish_step(state, 1)
    first, second = ema_decay(40.0, 10, 10), ema_decay(40.0, 11, 1)
    expected = second * (first * 1 + (1 - first) * 3) + (1 - second) * 5
    assert state.ema.state_dict()["discretiser.slope"].item() == pytest.approx(expected)
