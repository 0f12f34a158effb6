"""Attributes and their directions, with a generator whose direction is known."""

import numpy as np
import pytest
import torch

from ganola.errors import InputError
from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from ganola.networks.generator import Generator
from ganola.networks.model import Model
from ganola.networks.outputs.logits import Logits
from ganola.playing.attributes import measure_attributes, parse_more, refuse_unknown
from ganola.playing.directions import directions_of
from ganola.playing.steer import generate_with_more
from tests.models import record_of

STEPS, PITCHES = 32, 24


class Ladder(Generator):
    """A note at each step, as high as the second number of r says; of those at odd steps as many as the first says."""

    def decode(self, latent) -> Logits:
        pitch = torch.full((len(latent), 1, 2, STEPS, PITCHES), -1.0)
        for row, (busy, high, *_) in enumerate(latent.tolist()):
            steps = [step for step in range(STEPS) if step % 2 == 0 or step < STEPS / 2 * (1 + busy / 4)]
            pitch[row, 0, 0, steps, int(np.clip(12 + 3 * high, 0, PITCHES - 1))] = 1.0
        return Logits(pitch)


@pytest.fixture(scope="module")
def model() -> Model:
    networks = NetworkConfig(output="straight-through", latent=5)
    grid = Grid(lowest=48, pitches=PITCHES, steps_per_quarter=4, bars=2)
    spec = ModelSpec(grid=grid, tracks=(Track(name="a"),), networks=networks)
    return Model(spec, Ladder(spec), None, record_of(spec), "0123456789ab")


def test_the_direction_found_is_the_known_one(model) -> None:
    directions = directions_of(model)
    for name, number in (("density", 0), ("register", 1)):
        found = directions.of_noise[directions.names.index(name)].numpy()
        assert int(np.abs(found).argmax()) == number
    assert directions.of_noise[1, 1].item() == pytest.approx(1.0, abs=0.2)
    assert directions.of_noise[0, 0] > 0.2  # no more, for here density and rhythm are one and the same
    assert directions_of(model) is directions


def test_more_of_an_attribute_raises_it_and_leaves_the_other(model) -> None:
    plain, higher = (list(generate_with_more(model, 8, 1, more)) for more in ({"register": 0.0}, {"register": 1.0}))
    standard = directions_of(model).standardise
    before, after = (
        standard(measure_attributes(np.stack([one.cells for one in made]), model)) for made in (plain, higher)
    )
    rise = (after - before).mean(axis=0)
    assert rise[1] == pytest.approx(1.0, abs=0.3)
    assert abs(rise[0]) < 0.3
    again = next(generate_with_more(model, 1, 1, {"register": 1.0}))
    assert np.array_equal(again.cells, higher[0].cells)


def test_what_is_asked_for_is_read_and_mistakes_are_named() -> None:
    assert parse_more("density=+1, register=-0.5") == {"density": 1.0, "register": -0.5}
    for text, words in (
        ("densty=1", "no attribute 'densty'"),
        ("density", "no number"),
        ("density=nan", "no number"),
        ("density=9", "no number"),
        ("density=1,density=2", "twice"),
        (" , ", "asks for nothing"),
    ):
        with pytest.raises(InputError, match=words):
            parse_more(text)


def test_drums_have_no_register(model) -> None:
    spec = model.spec.model_copy(update={"tracks": (Track(name="Drums", drums=True),)})
    with pytest.raises(InputError, match="has no register"):
        refuse_unknown({"register": 1.0}, spec)
