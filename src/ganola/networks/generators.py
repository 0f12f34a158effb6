"""Generators: a latent (batch, latent) becomes Logits. Each works for any grid and any number of tracks."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.networks.blocks import hidden_layer, normalisation, up_to
from ganola.networks.choices import ModelSpec
from ganola.networks.discretise import Logits


class Mlp(nn.Module):
    """Two dense layers of `width` units, then all logits at once (the baseline of N10)."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        grid, choices = spec.grid, spec.networks
        norm, width = choices.generator_normalisation, choices.width
        self.cell_shape = (len(spec.tracks), spec.logit_planes, grid.steps, grid.pitches)
        self.move_shape = (len(spec.tracks), 2, grid.steps)
        self.body = nn.Sequential(
            hidden_layer(choices.latent, width, norm, nn.ReLU()), hidden_layer(width, width, norm, nn.ReLU())
        )
        self.cells = nn.Linear(width, math.prod(self.cell_shape))
        self.moves = nn.Linear(width, math.prod(self.move_shape)) if spec.moves else None

    def forward(self, latent: Float[Tensor, "batch latent"]) -> Logits:
        features = self.body(latent)
        moves = self.moves(features).unflatten(1, self.move_shape) if self.moves is not None else None
        return Logits(self.cells(features).unflatten(1, self.cell_shape), moves)


class Mirror(nn.Module):
    """Transposed convolutions that double steps and pitches three times: the mirror image of the critic (N8).

    `width` is the channels of the last hidden layer, of half the resolution; each layer below has twice as many.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
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

    def forward(self, latent: Float[Tensor, "batch latent"]) -> Logits:
        tracks, planes, steps, pitches = self.shape
        features = self.body(self.seed(latent).unflatten(1, self.seed_shape))
        cells = self.cells(features)[:, :, :steps, :pitches].unflatten(1, (tracks, planes))
        if self.moves is None:
            return Logits(cells)
        moves = self.moves(features.mean(dim=3))[:, :, :steps].unflatten(1, (tracks, 2))
        return Logits(cells, moves)


class MuseGan(nn.Module):
    """MuseGAN's generator: first bars, then beats, then octaves, shared; then each track its steps and semitones.

    Transposed 3-D convolutions over (bar, step, pitch) whose kernel is their stride, as in the authors' PyTorch
    notebook (Dong et al. 2018, arXiv 1709.06298). `width` is the channels of the last shared layer.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        grid, choices = spec.grid, spec.networks
        norm, width = choices.generator_normalisation, choices.width
        self.pitches = grid.pitches
        first, again = octave_kernels(grid.pitches)
        self.shared = nn.Sequential(
            _unfold(choices.latent, 8 * width, (grid.bars, 1, 1), norm),
            _unfold(8 * width, 4 * width, (1, grid.beats_per_bar, 1), norm),
            _unfold(4 * width, 2 * width, (1, 1, first), norm),
            _unfold(2 * width, width, (1, 1, again), norm, stride=1),
        )
        narrow = max(1, width // 2)
        self.tracks = nn.ModuleList(
            _unfold(width, narrow, (1, grid.steps_per_beat, 1), norm) for _ in spec.tracks
        )
        self.cells = nn.ModuleList(
            nn.ConvTranspose3d(narrow, spec.logit_planes, (1, 1, 12), (1, 1, 12)) for _ in spec.tracks
        )
        octaves = first + again - 1
        self.moves = (
            nn.ModuleList(nn.Conv3d(narrow, 2, (1, 1, octaves)) for _ in spec.tracks) if spec.moves else None
        )

    def forward(self, latent: Float[Tensor, "batch latent"]) -> Logits:
        shared = self.shared(latent[:, :, None, None, None])
        own = [track(shared) for track in self.tracks]
        cells = torch.stack([cell(features) for cell, features in zip(self.cells, own, strict=True)], dim=1)
        cells = cells.flatten(start_dim=3, end_dim=4)[..., : self.pitches]
        if self.moves is None:
            return Logits(cells)
        moves = torch.stack([move(features) for move, features in zip(self.moves, own, strict=True)], dim=1)
        return Logits(cells, moves.flatten(start_dim=3))


GENERATORS: dict[str, type[nn.Module]] = {"mlp": Mlp, "mirror": Mirror, "musegan": MuseGan}


def octave_kernels(pitches: int) -> tuple[int, int]:
    """Two kernels over octaves, the second of stride 1, that together turn 1 into as many octaves as hold `pitches`."""
    octaves = up_to(pitches, 12) // 12
    return (octaves - 2, 3) if octaves >= 3 else (octaves, 1)


def _doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1)


def _unfold(
    inputs: int, outputs: int, kernel: tuple[int, int, int], norm: str, stride: int | None = None
) -> nn.Sequential:
    return nn.Sequential(
        nn.ConvTranspose3d(inputs, outputs, kernel, stride or kernel),
        normalisation(norm, outputs, 3),  # type: ignore[arg-type]
        nn.ReLU(),
    )
