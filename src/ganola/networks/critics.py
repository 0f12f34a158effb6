"""Critics: a roll (batch, tracks, planes, steps, pitches) becomes a judgement (batch), a raw number, no sigmoid.

Each is the mirror image of the generator of its name, and works for any grid and any number of tracks.
"""

import math

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganola.networks.blocks import LEAK, Residual, hidden_layer, normalisation, place_layer, up_to
from ganola.networks.choices import CriticNormalisation, ModelSpec
from ganola.networks.generators import octave_kernels
from ganola.networks.places import Fold, Slide
from ganola.networks.relations import Relations, by_beat
from ganola.networks.spectral import spectrally_normalised

Roll = Float[Tensor, "batch tracks planes steps pitches"]


class MlpCritic(nn.Module):
    """Two dense layers of `width` units on the flat roll."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        norm, width = spec.networks.critic_normalisation, spec.networks.width
        cells = len(spec.tracks) * spec.planes * spec.grid.steps * spec.grid.pitches
        self.body = nn.Sequential(
            hidden_layer(cells, width, norm, nn.LeakyReLU(LEAK)),
            hidden_layer(width, width, norm, nn.LeakyReLU(LEAK)),
            nn.Linear(width, 1),
        )

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        return self.body(roll.flatten(start_dim=1)).squeeze(1)


class MirrorCritic(nn.Module):
    """Convolutions that halve steps and pitches three times, from `width` channels to four times as many."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        norm, width = spec.networks.critic_normalisation, spec.networks.width
        steps, pitches = up_to(spec.grid.steps, 8), up_to(spec.grid.pitches, 8)
        self.margin = (0, pitches - spec.grid.pitches, 0, steps - spec.grid.steps)
        self.body = nn.Sequential(
            _halving(len(spec.tracks) * spec.planes, width, norm),
            _halving(width, 2 * width, norm),
            _halving(2 * width, 4 * width, norm),
            nn.Flatten(),
            nn.Linear(4 * width * (steps // 8) * (pitches // 8), 1),
        )

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        picture = pad(roll.flatten(start_dim=1, end_dim=2), self.margin)
        return self.body(picture).squeeze(1)


class MuseGanCritic(nn.Module):
    """MuseGAN's critic: each track folds semitones and steps; joined, octaves, beats and bars (see `MuseGan`)."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        grid, tracks, width = spec.grid, len(spec.tracks), spec.networks.width
        narrow = max(1, width // 2)
        first, again = octave_kernels(grid.pitches)
        pair = min(2, grid.bars)
        self.bars = grid.bars
        self.margin = (0, up_to(grid.pitches, 12) - grid.pitches)

        def layer(places: nn.Module, channels: int, own: int = 1) -> nn.Sequential:
            return place_layer(places, spec.networks.critic_normalisation, own, channels, nn.LeakyReLU(LEAK))

        self.tracks = nn.Sequential(
            layer(Fold(tracks, spec.planes, narrow, (1, 1, 12)), narrow, tracks),
            layer(Fold(tracks, narrow, narrow, (1, grid.steps_per_pulse, 1)), narrow, tracks),
        )
        self.joined = nn.Sequential(
            layer(Slide(4, tracks * narrow, 2 * width, again), 2 * width),
            layer(Fold(1, 2 * width, 2 * width, (1, 1, first)), 2 * width),
            layer(Fold(1, 2 * width, 4 * width, (1, grid.pulses_per_bar, 1)), 4 * width),
            layer(Slide(2, 4 * width, 4 * width, pair), 4 * width),
            layer(Fold(1, 4 * width, 8 * width, (grid.bars - pair + 1, 1, 1)), 8 * width),
        )
        self.judge = nn.Linear(8 * width, 1)

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        by_bar = pad(roll, self.margin).unflatten(3, (self.bars, -1))
        own = self.tracks(by_bar.permute(1, 0, 3, 4, 5, 2))
        together = own.permute(1, 2, 3, 4, 0, 5).flatten(start_dim=4).unsqueeze(0)
        return self.judge(self.joined(together).reshape(len(roll), -1)).squeeze(1)


class ResidualCritic(nn.Module):
    """Residual convolutions over time, first of steps, then of beats, on a roll and its relations (see `Relations`).

    `width` is the channels of a step; a beat has twice as many, and hears the means of the relations over it besides.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        grid, norm, width = spec.grid, spec.networks.critic_normalisation, spec.networks.width
        self.stride = grid.steps_per_pulse
        self.relations = Relations(spec)
        self.steps = nn.Sequential(
            nn.Conv1d(self.relations.channels, width, 1), Residual(width, norm), Residual(width, norm)
        )
        self.folded = nn.Conv1d(width, 2 * width, self.stride, self.stride)
        self.beats = nn.Conv1d(self.relations.channels - self.relations.cells, 2 * width, 1, bias=False)
        for joined in (self.folded, self.beats):
            joined.gain = math.sqrt(0.5)  # type: ignore[assignment] # so that their sum is no louder than one of them
        self.body = nn.Sequential(
            Residual(2 * width, norm),
            Residual(2 * width, norm),
            nn.LeakyReLU(LEAK),
            nn.Flatten(),
            nn.Linear(2 * width * grid.beats, 1),
        )

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        heard = self.relations(roll)
        of_beats = by_beat(heard[:, self.relations.cells :], self.stride)
        return self.body(self.folded(self.steps(heard)) + self.beats(of_beats)).squeeze(1)


CRITICS: dict[str, type[nn.Module]] = {
    "mlp": MlpCritic,
    "mirror": MirrorCritic,
    "musegan": MuseGanCritic,
    "residual": ResidualCritic,
}


def critic_of(spec: ModelSpec) -> nn.Module:
    """The critic that a spec asks for."""
    critic = CRITICS[spec.networks.architecture](spec)
    return spectrally_normalised(critic) if spec.networks.critic_normalisation == "spectral" else critic


def weights(network: nn.Module) -> int:
    """How many trained numbers a network has."""
    return sum(math.prod(parameter.shape) for parameter in network.parameters())


def _halving(inputs: int, outputs: int, norm: CriticNormalisation) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=4, stride=2, padding=1),
        normalisation(norm, outputs, 2),
        nn.LeakyReLU(LEAK),
    )
