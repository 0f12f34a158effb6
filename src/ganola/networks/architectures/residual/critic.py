"""The critic of the residual architecture."""

import math

from jaxtyping import Float
from torch import Tensor, nn

from ganola.networks.architectures.residual.pitch_relations import PitchRelationFeatures, mean_over_beats
from ganola.networks.config import ModelSpec
from ganola.networks.generator import Roll
from ganola.networks.layers import LEAK, ResidualBlock, join_steps


class ResidualCritic(nn.Module):
    """Residual convolutions over time, of steps and then of beats, on a roll and its `PitchRelationFeatures`.

    `width` is the channels of a step. A beat has twice as many, and also gets the means of the relations over it.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        grid, norm, width = spec.grid, spec.networks.critic_normalisation, spec.networks.width
        self.stride = grid.steps_per_pulse
        self.features = PitchRelationFeatures(spec)
        self.step_layers = nn.Sequential(
            nn.Linear(self.features.channels, width), ResidualBlock(width, norm), ResidualBlock(width, norm)
        )
        self.steps_to_beats = nn.Linear(self.stride * width, 2 * width)
        self.beat_relations = nn.Linear(self.features.channels - self.features.cells, 2 * width, bias=False)
        for summed in (self.steps_to_beats, self.beat_relations):
            summed.gain = math.sqrt(0.5)  # type: ignore[assignment] # so that their sum has the variance of one
        self.body = nn.Sequential(
            ResidualBlock(2 * width, norm),
            ResidualBlock(2 * width, norm),
            nn.LeakyReLU(LEAK),
            nn.Flatten(),
            nn.Linear(2 * width * grid.pulses, 1),
        )

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        """Return D of each roll."""
        features = self.features(roll)
        relations = mean_over_beats(features[..., self.features.cells :], self.stride)
        beats = join_steps(self.step_layers(features), self.stride)
        return self.body(self.steps_to_beats(beats) + self.beat_relations(relations)).squeeze(1)
