from collections.abc import Callable

import pytest
import torch

from ganola.music.grid import Grid
from ganola.music.tracks import Track
from ganola.networks.config import ModelSpec, NetworkConfig
from tests.networks.support import SMALL_GRID

torch.set_num_threads(1)  # networks this small gain nothing from more, and lose where cores are busy


@pytest.fixture
def make_spec() -> Callable[..., ModelSpec]:
    def make(
        architecture: str = "mlp",
        output: str = "softmax",
        planes: str = "onset-sustain",
        monophonic: tuple[bool, ...] = (True, False, True),
        grid: Grid = SMALL_GRID,
        latent: int | str = 6,
        **choices: object,
    ) -> ModelSpec:
        return ModelSpec(
            grid=grid,
            tracks=tuple(Track(name=f"track {index}", monophonic=single) for index, single in enumerate(monophonic)),
            networks=NetworkConfig(
                architecture=architecture,
                output=output,
                planes=planes,
                width=8,
                latent=latent,
                **{"previous_frame": True, **choices},
            ),
        )

    return make
