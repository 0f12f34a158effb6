"""Generators: r (batch, latent) becomes Logits. Each works for any grid and any number of tracks."""

import math
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.networks.blocks import Residual, hidden_layer, normalisation, place_layer, up_to
from ganola.networks.choices import ModelSpec
from ganola.networks.discretise import Logits
from ganola.networks.lines import lines_of
from ganola.networks.parts import Part
from ganola.networks.places import PlaceLinear, Position, Slide, Unfold
from ganola.networks.prior import Prior, dealt

Roll = Float[Tensor, "batch tracks planes steps pitches"]


class Generator(nn.Module):
    """r ~ N(0, I) becomes a latent by the prior, and a latent becomes logits by `decode`, as after an encoder (N9)."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.prior: nn.Module = Prior(spec) if spec.networks.prior == "flow" else nn.Identity()

    def forward(self, r: Float[Tensor, "batch latent"]) -> Logits:
        return self.decode(self.prior(r))

    def decode(self, latent: Float[Tensor, "batch latent"]) -> Logits:
        """What is played for a latent."""
        raise NotImplementedError

    def reconstruct(self, latent: Float[Tensor, "batch latent"], roll: Roll) -> Logits:  # noqa: ARG002 - some hear it
        """What is played for a latent, part by part, if what went before is as in `roll`: what a warm start teaches
        (teacher forcing, Williams and Zipser 1989, Neural Computation 1)."""
        return self.decode(latent)


class Mlp(Generator):
    """Two dense layers of `width` units, then all logits at once (the baseline of N10)."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, choices = spec.grid, spec.networks
        norm, width = choices.generator_normalisation, choices.width
        self.cell_shape = (len(spec.tracks), spec.logit_planes, grid.steps, grid.pitches)
        self.move_shape = (len(spec.tracks), 2, grid.steps)
        self.body = nn.Sequential(
            hidden_layer(choices.latent, width, norm, nn.ReLU()), hidden_layer(width, width, norm, nn.ReLU())
        )
        self.cells = nn.Linear(width, math.prod(self.cell_shape))
        self.moves = nn.Linear(width, math.prod(self.move_shape)) if spec.moves else None

    def decode(self, latent: Float[Tensor, "batch latent"]) -> Logits:
        features = self.body(latent)
        moves = self.moves(features).unflatten(1, self.move_shape) if self.moves is not None else None
        return Logits(self.cells(features).unflatten(1, self.cell_shape), moves)


class Mirror(Generator):
    """Transposed convolutions that double steps and pitches three times: the mirror image of the critic (N8).

    `width` is the channels of the last hidden layer, of half the resolution; each layer below has twice as many.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, choices = spec.grid, spec.networks
        norm, width = choices.generator_normalisation, choices.width
        self.shape = (len(spec.tracks), spec.logit_planes, grid.steps, grid.pitches)
        self.seed_shape = (4 * width, up_to(grid.steps, 8) // 8, up_to(grid.pitches, 8) // 8)
        self.seed = nn.Linear(choices.latent, math.prod(self.seed_shape))
        self.body = nn.Sequential(
            normalisation(norm, 4 * width, 2),
            nn.ReLU(),
            _doubling(4 * width, 2 * width),
            normalisation(norm, 2 * width, 2),
            nn.ReLU(),
            _doubling(2 * width, width),
            normalisation(norm, width, 2),
            nn.ReLU(),
        )
        self.cells = _doubling(width, len(spec.tracks) * spec.logit_planes)
        self.moves = nn.ConvTranspose1d(width, len(spec.tracks) * 2, 4, 2, 1) if spec.moves else None

    def decode(self, latent: Float[Tensor, "batch latent"]) -> Logits:
        tracks, planes, steps, pitches = self.shape
        features = self.body(self.seed(latent).unflatten(1, self.seed_shape))
        cells = self.cells(features)[:, :, :steps, :pitches].unflatten(1, (tracks, planes))
        if self.moves is None:
            return Logits(cells)
        moves = self.moves(features.mean(dim=3))[:, :, :steps].unflatten(1, (tracks, 2))
        return Logits(cells, moves)


class MuseGan(Generator):
    """MuseGAN's generator: first bars, then beats, then octaves, shared; then each track its steps and semitones.

    The layers of the authors' PyTorch notebook (Dong et al. 2018, arXiv 1709.06298). `width` is the channels of the
    last shared layer.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, choices, tracks = spec.grid, spec.networks, len(spec.tracks)
        width, narrow = choices.width, max(1, choices.width // 2)
        first, again = octave_kernels(grid.pitches)
        self.shape = (tracks, spec.logit_planes, grid.steps, grid.pitches)

        def layer(places: nn.Module, channels: int, own: int = 1) -> nn.Sequential:
            return place_layer(places, choices.generator_normalisation, own, channels, nn.ReLU())

        self.body = nn.Sequential(
            layer(Unfold(1, choices.latent, 8 * width, (grid.bars, 1, 1)), 8 * width),
            layer(Unfold(1, 8 * width, 4 * width, (1, grid.pulses_per_bar, 1)), 4 * width),
            layer(Unfold(1, 4 * width, 2 * width, (1, 1, first)), 2 * width),
            layer(Slide(4, 2 * width, width, again, widen=True), width),
            layer(Unfold(tracks, width, narrow, (1, grid.steps_per_pulse, 1)), narrow, tracks),
        )
        self.cells = PlaceLinear(tracks, narrow, 12 * spec.logit_planes)
        octaves = first + again - 1
        self.moves = PlaceLinear(tracks, octaves * narrow, 2) if spec.moves else None

    def decode(self, latent: Float[Tensor, "batch latent"]) -> Logits:
        _, planes, _, pitches = self.shape
        features = self.body(latent[None, :, None, None, None])
        semitones = self.cells(features).unflatten(-1, (12, planes)).flatten(start_dim=4, end_dim=5)
        cells = semitones.flatten(start_dim=2, end_dim=3)[..., :pitches, :].permute(1, 0, 4, 2, 3)
        if self.moves is None:
            return Logits(cells)
        moves = self.moves(features.flatten(start_dim=4)).flatten(start_dim=2, end_dim=3)
        return Logits(cells, moves.permute(1, 0, 3, 2))


class ResidualGenerator(Generator):
    """Residual convolutions over time, first of beats, then of steps; then the tracks one by one, each of which hears
    what those before it play, and where it has come to itself (see `parts.Part`).

    Tracks that chose by themselves would clash wherever a latent leaves a choice, and steps that did would leap. Each
    beat has a few of the latent's numbers (see `prior.dealt`). `width` is the channels of a step; a beat has twice as
    many.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        grid, choices, tracks = spec.grid, spec.networks, range(len(spec.tracks))
        norm, width = choices.generator_normalisation, choices.width
        self.beats_of_phrase, self.width = grid.beats, width
        self.seed = nn.Sequential(
            nn.Conv1d(spec.latent_per_beat, 2 * width, 3, padding=1), Position(2 * width, grid.beats)
        )
        self.beats = Residual(2 * width, norm)
        self.finer = nn.Conv1d(2 * width, width * grid.steps_per_pulse, 1)
        self.steps = Residual(width, norm)
        self.parts = nn.ModuleList(Part(spec, track) for track in tracks)
        self.heard = nn.ModuleList(nn.Conv1d(spec.planes * grid.pitches, width, 3, padding=1) for _ in tracks[1:])

    def decode(self, latent: Float[Tensor, "batch latent"]) -> Logits:
        return self._play(latent, None)

    def reconstruct(self, latent: Float[Tensor, "batch latent"], roll: Roll) -> Logits:
        return self._play(latent, roll)

    def _play(self, latent: Float[Tensor, "batch latent"], roll: Roll | None) -> Logits:
        """The tracks in turn. Each hears itself and those before it as `roll` has them; without one, as they play.

        Lines are heard without a gradient, those of others too; the sounds of others pass one.
        """
        by_beat = self.finer(self.beats(self.seed(dealt(latent, self.beats_of_phrase))))
        features = self.steps(by_beat.unflatten(1, (self.width, -1)).transpose(2, 3).flatten(start_dim=2))
        lines = torch.empty(len(features), features.shape[2], 0, dtype=torch.long, device=features.device)
        said: list[Logits] = []
        for index, part in enumerate(cast("list[Part]", self.parts)):
            if roll is None:
                logits, own = part.play(features, lines)
                sounds = part.discretiser(logits)
            else:
                own, sounds = roll[:, index], roll[:, index : index + 1]
                logits = part(features, own, lines)
            said.append(logits)
            if index < len(self.heard):
                features = features + self.heard[index](sounds.transpose(3, 4).flatten(1, 3))
                lines = torch.cat([lines_of(own.amax(dim=1), part.track), lines], dim=2)
        moves = [logits.moves for logits in said if logits.moves is not None]
        return Logits(torch.cat([logits.cells for logits in said], dim=1), torch.cat(moves, dim=1) if moves else None)


GENERATORS: dict[str, type[Generator]] = {
    "mlp": Mlp,
    "mirror": Mirror,
    "musegan": MuseGan,
    "residual": ResidualGenerator,
}


def octave_kernels(pitches: int) -> tuple[int, int]:
    """Two kernels over octaves, the second of stride 1, that together turn 1 into as many octaves as hold `pitches`."""
    octaves = up_to(pitches, 12) // 12
    return (octaves - 2, 3) if octaves >= 3 else (octaves, 1)


def _doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1)
