"""The encoder: a roll becomes a normal distribution of the latents that it may come from (N9)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.networks.config import ModelSpec
from ganola.networks.layers import LEAK, ResidualBlock, join_steps

Roll = Float[Tensor, "batch tracks planes steps pitches"]
LOWEST, HIGHEST = -10.0, 4.0  # of the logarithm of a variance


@dataclass(frozen=True, slots=True)
class DiagonalGaussian:
    """A normal distribution of latents for each roll, with a diagonal covariance."""

    mean: Float[Tensor, "batch latent"]
    log_variance: Float[Tensor, "batch latent"]

    def sample(self, noise: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent"]:
        """Return mean + deviation * noise (Kingma and Welling 2014, arXiv 1312.6114, section 2.4)."""
        return self.mean + (self.log_variance / 2).exp() * noise

    def kl(self) -> Float[Tensor, "batch"]:
        """Return KL(q || N(0, I)) in nats (the same paper, appendix B)."""
        return (self.mean.square() + self.log_variance.exp() - 1 - self.log_variance).sum(dim=1) / 2


class Encoder(nn.Module):
    """Residual convolutions over time, of steps and then of beats, whatever the architecture of generator and critic.

    Each beat yields a few of the latent's numbers (see `latent_flow.latent_to_beats`), so that what is learned of one
    beat holds for all. `width` is the channels of a step; a beat has twice as many.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        grid, width = spec.grid, spec.networks.encoder_width
        self.stride, self.latent = grid.steps_per_pulse, spec.latent
        self.step_layer = nn.Linear(len(spec.tracks) * spec.planes * grid.pitches, width)
        self.beat_layers = nn.Sequential(
            nn.Linear(self.stride * width, 2 * width),
            ResidualBlock(2 * width, "none"),
            nn.LeakyReLU(LEAK),
            nn.Linear(2 * width, 2 * spec.latent_per_beat),
        )

    def forward(self, roll: Roll) -> DiagonalGaussian:
        """Return the distribution of the latents of each roll."""
        steps = self.step_layer(roll.permute(0, 3, 1, 2, 4).flatten(start_dim=2))
        both = self.beat_layers(join_steps(steps, self.stride)).transpose(1, 2).chunk(2, dim=1)
        mean, log_variance = (half.float().flatten(start_dim=1)[:, : self.latent] for half in both)
        return DiagonalGaussian(mean, torch.clamp(log_variance, LOWEST, HIGHEST))
