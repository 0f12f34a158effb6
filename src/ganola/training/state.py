"""Everything that changes while a training runs."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.optim import Adam

from ganola.networks.encoder import DiagonalGaussian
from ganola.networks.generator import Generator
from ganola.networks.inputs import CPU
from ganola.networks.model import Networks
from ganola.training.recipe import Recipe
from ganola.training.team import ALONE, Team


@dataclass
class State:
    """The networks, their optimisers, the generator's moving average, and how far the training is.

    `optimisers` are named like the sections of the recipe that configure them; `phase` is the name of the phase that
    is under way, and `phase_start_*` are the counts at which it began.
    """

    recipe: Recipe
    networks: Networks
    ema: Generator
    optimisers: dict[str, Adam]
    phase: str
    step: int = 0  # optimiser steps of whatever the phase trains
    samples: int = 0  # real rolls shown
    seconds: float = 0.0  # of training; snapshots, encoding, validation and saving left out
    processor_seconds: float = 0.0  # of training, in all threads of this process, whatever else the machine does
    phase_start_step: int = 0
    phase_start_samples: int = 0
    phase_start_seconds: float = 0.0
    phase_start_processor_seconds: float = 0.0
    best_ratio: float | None = None  # of the model that is kept, if any was validated
    best_copied: float = 0.0  # the share of copies among its phrases
    since_best: int = 0  # validations of the game since the best, or since it went back to that
    returns: int = 0  # how often the game went back to the best
    keeps_guide: bool = False  # whether the flow keeps the guide that it began with, in fine-tuning
    encoded: DiagonalGaussian | None = None  # training music for a flow; computed anew where missing
    device: torch.device = CPU
    team: Team = ALONE  # the processes that train together, this one among them
    not_finite: dict[str, Tensor] = field(default_factory=dict)  # of each network, yet to be read (see `optimisation`)

    @property
    def ema_networks(self) -> Networks:
        """The networks as they are kept and played: with the generator's moving average."""
        return replace(self.networks, generator=self.ema)


def begin_phase(state: State, phase: str) -> None:
    """Begin the phase of this name. The generator goes on from its moving average."""
    state.networks.generator.load_state_dict(state.ema.state_dict())
    state.phase = phase
    state.phase_start_samples, state.phase_start_step = state.samples, state.step
    state.phase_start_seconds, state.phase_start_processor_seconds = state.seconds, state.processor_seconds
