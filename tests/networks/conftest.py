from collections.abc import Callable

import pytest
import torch

from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.choices import ModelSpec, NetworkChoices

ODD_GRID = Grid(lowest=41, pitches=31, steps_per_beat=3, metre="3/4", bars=3)
SMALL_GRID = Grid(lowest=48, pitches=24, steps_per_beat=2, metre="4/4", bars=2)

torch.set_num_threads(1)  # networks this small gain nothing from more, and lose where cores are busy


@pytest.fixture
def make_spec() -> Callable[..., ModelSpec]:
    def make(
        architecture: str = "mlp",
        output: str = "softmax",
        planes: str = "onset-sustain",
        one_note: tuple[bool, ...] = (True, False, True),
        grid: Grid = SMALL_GRID,
        **choices: object,
    ) -> ModelSpec:
        return ModelSpec(
            grid=grid,
            tracks=tuple(Track(name=f"track {index}", one_note=single) for index, single in enumerate(one_note)),
            networks=NetworkChoices(
                architecture=architecture, output=output, planes=planes, width=8, latent=6, **choices
            ),
        )

    return make
