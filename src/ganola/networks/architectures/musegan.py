"""The musegan architecture: the layers of the authors' PyTorch notebook (Dong et al. 2018, arXiv 1709.06298)."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ganola.networks.block_convolutions import (
    BlockConv,
    BlockTransposedConv,
    PerTrackLinear,
    SlidingConv,
    volume_layer,
)
from ganola.networks.config import ModelSpec
from ganola.networks.generator import Architecture, Generator, Latents, Roll
from ganola.networks.layers import LEAK, round_up
from ganola.networks.outputs.logits import Logits

OCTAVE = 12


class MuseGanGenerator(Generator):
    """First bars, then beats, then octaves, shared by all tracks; then each track's own steps and semitones.

    `width` is the channels of the last shared layer.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, config, tracks, output = spec.grid, spec.networks, len(spec.tracks), spec.discretiser
        width, narrow = config.width, max(1, config.width // 2)
        first, second = octave_kernels(grid.pitches)
        self.shape = (tracks, output.logit_planes, grid.steps, grid.pitches)

        def layer(convolution: nn.Module, channels: int, own_tracks: int = 1) -> nn.Sequential:
            return volume_layer(convolution, config.generator_normalisation, own_tracks, channels, nn.ReLU())

        self.body = nn.Sequential(
            layer(BlockTransposedConv(1, spec.latent, 8 * width, (grid.bars, 1, 1)), 8 * width),
            layer(BlockTransposedConv(1, 8 * width, 4 * width, (1, grid.pulses_per_bar, 1)), 4 * width),
            layer(BlockTransposedConv(1, 4 * width, 2 * width, (1, 1, first)), 2 * width),
            layer(SlidingConv(4, 2 * width, width, second, transposed=True), width),
            layer(BlockTransposedConv(tracks, width, narrow, (1, grid.steps_per_pulse, 1)), narrow, tracks),
        )
        self.pitch_head = PerTrackLinear(tracks, narrow, OCTAVE * output.logit_planes)
        octaves = first + second - 1
        self.rest_hold_head = PerTrackLinear(tracks, octaves * narrow, 2) if output.has_rest_hold else None

    def decode(self, latent: Latents) -> Logits:
        _, planes, _, pitches = self.shape
        features = self.body(latent[None, :, None, None, None])
        semitones = self.pitch_head(features).unflatten(-1, (OCTAVE, planes)).flatten(start_dim=4, end_dim=5)
        pitch = semitones.flatten(start_dim=2, end_dim=3)[..., :pitches, :].permute(1, 0, 4, 2, 3)
        if self.rest_hold_head is None:
            return Logits(pitch)
        rest_hold = self.rest_hold_head(features.flatten(start_dim=4)).flatten(start_dim=2, end_dim=3)
        return Logits(pitch, rest_hold.permute(1, 0, 3, 2))


class MuseGanCritic(nn.Module):
    """First each track's semitones and steps; then, all tracks together, octaves, beats and bars."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        grid, tracks, width = spec.grid, len(spec.tracks), spec.networks.width
        narrow = max(1, width // 2)
        first, second = octave_kernels(grid.pitches)
        pair = min(2, grid.bars)
        self.bars = grid.bars
        self.padding = (0, round_up(grid.pitches, OCTAVE) - grid.pitches)

        def layer(convolution: nn.Module, channels: int, own_tracks: int = 1) -> nn.Sequential:
            norm = spec.networks.critic_normalisation
            return volume_layer(convolution, norm, own_tracks, channels, nn.LeakyReLU(LEAK))

        self.track_layers = nn.Sequential(
            layer(BlockConv(tracks, spec.planes, narrow, (1, 1, OCTAVE)), narrow, tracks),
            layer(BlockConv(tracks, narrow, narrow, (1, grid.steps_per_pulse, 1)), narrow, tracks),
        )
        self.shared_layers = nn.Sequential(
            layer(SlidingConv(4, tracks * narrow, 2 * width, second), 2 * width),
            layer(BlockConv(1, 2 * width, 2 * width, (1, 1, first)), 2 * width),
            layer(BlockConv(1, 2 * width, 4 * width, (1, grid.pulses_per_bar, 1)), 4 * width),
            layer(SlidingConv(2, 4 * width, 4 * width, pair), 4 * width),
            layer(BlockConv(1, 4 * width, 8 * width, (grid.bars - pair + 1, 1, 1)), 8 * width),
        )
        self.output_layer = nn.Linear(8 * width, 1)

    def forward(self, roll: Roll) -> Float[Tensor, "batch"]:
        """Return D of each roll."""
        by_bar = pad(roll, self.padding).unflatten(3, (self.bars, -1))
        own = self.track_layers(by_bar.permute(1, 0, 3, 4, 5, 2))
        together = own.permute(1, 2, 3, 4, 0, 5).flatten(start_dim=4).unsqueeze(0)
        return self.output_layer(self.shared_layers(together).reshape(len(roll), -1)).squeeze(1)


ARCHITECTURE = Architecture(MuseGanGenerator, MuseGanCritic)


def octave_kernels(pitches: int) -> tuple[int, int]:
    """Return two kernels over octaves, the second of stride 1, that turn 1 into as many octaves as hold `pitches`."""
    octaves = round_up(pitches, OCTAVE) // OCTAVE
    return (octaves - 2, 3) if octaves >= 3 else (octaves, 1)
