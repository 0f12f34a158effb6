"""Which latents a generator draws from: what r ~ N(0, I) becomes, so that it lies where music is encoded.

A warm start leaves encoded music distributed otherwise than N(0, I), and music drawn from elsewhere sounds worse. A
flow mends that: it turns noise into latents in a few small steps, each where a small network says (flow matching,
Lipman et al. 2023, arXiv 2210.02747), along the circle from noise to latents (Lu and Song 2024, arXiv 2410.11081).
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import pad, silu

from ganola.networks.choices import ModelSpec
from ganola.networks.places import Position

Latents = Float[Tensor, "batch latent"]

STEPS = 8  # from noise to latents; sixteen sound no better
_BACK = 20  # repetitions that undo a step; each leaves a fraction of the error before
_LEAST_DEVIATION = 1e-2  # of a dimension in which encoded music does not differ at all
_BLOCKS = 4
_WAVES = 16  # frequencies by which the angle is told to the network
_QUARTER = math.pi / 2


class Flow(nn.Module):
    """Where a point on the way from noise to standardised latents moves, per radian; at first, nowhere.

    A latent is a few numbers of each beat (see `dealt`), so the network is one over time: what it learns of one beat
    holds for the others.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.beats = spec.grid.beats
        channels, width = spec.latent_per_beat, spec.networks.prior_width
        self.first = nn.Sequential(nn.Conv1d(channels, width, 1), Position(width, self.beats))
        self.blocks = nn.ModuleList(_AngledResidual(width) for _ in range(_BLOCKS))
        self.last = nn.Conv1d(width, channels, 1)
        self.last.gain = 0.0  # type: ignore[assignment]  # it begins as no motion at all

    def forward(
        self, at: Latents, angle: Float[Tensor, "batch"], kept: Float[Tensor, "blocks batch width"] | None = None
    ) -> Latents:
        """The velocity at `angle`, of a quarter turn in all.

        `kept` is the share of each channel that each block lets pass (see `channels_kept`); without it, all of it.
        """
        features = self.first(dealt(at, self.beats))
        waves = angle[:, None] / _QUARTER * math.pi * torch.arange(1, _WAVES + 1, device=angle.device)
        told = torch.cat([waves.sin(), waves.cos()], dim=1)
        for index, block in enumerate(self.blocks):
            features = block(features, told, None if kept is None else kept[index])
        return self.last(silu(features)).float().flatten(start_dim=1)[:, : at.shape[1]]

    def channels_kept(
        self, batch: int, dropout: float, randomness: np.random.Generator
    ) -> Float[Tensor, "blocks batch width"]:
        """Channels that a batch does without, a share `dropout` of them, and what makes up for them in the others
        (Srivastava et al. 2014, JMLR 15; whole channels, Tompson et al. 2015, arXiv 1411.4280)."""
        drawn = randomness.random((len(self.blocks), batch, self.last.in_channels), dtype=np.float32)
        return torch.from_numpy((drawn >= dropout) / np.float32(1 - dropout))


class Prior(nn.Module):
    """r becomes a latent. Before it is taught, r itself. `mean` and `deviation` are those of encoded music, one a
    dimension.

    With guidance it also knows the flow as it was early in its learning, and goes further than the flow says, away from
    what was said early on: what learning made likelier then becomes likelier still, and what lies between pieces of
    music, where a flow of few examples errs, is left out (Karras et al. 2024, arXiv 2406.02507).
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.register_buffer("mean", torch.empty(spec.networks.latent))
        self.register_buffer("deviation", torch.empty(spec.networks.latent))
        self.mean: Tensor
        self.deviation: Tensor
        self.flow = Flow(spec)
        self.guidance = spec.networks.guidance
        self.early = Flow(spec) if self.guidance else None

    def reset_parameters(self) -> None:
        """Begin as N(0, I)."""
        self.mean.zero_()
        self.deviation.fill_(1.0)

    def forward(self, r: Latents) -> Latents:
        """Euler's method from the angle 0 (noise) to a quarter turn (latents)."""
        for angle in self._angles(r):
            r = r + _QUARTER / STEPS * self.velocity(r, angle.expand(len(r)))
        return self.mean + self.deviation * r

    @torch.no_grad()
    def inverse(self, latent: Latents) -> Latents:
        """The r that becomes this latent: where encoded music lies among what a generator is asked for."""
        r = (latent - self.mean) / self.deviation
        for angle in self._angles(r).flip(0):
            after = r
            for _ in range(_BACK):  # a step is so small that going round leads to where it began
                r = after - _QUARTER / STEPS * self.velocity(r, angle.expand(len(r)))
        return r

    def velocity(self, at: Latents, angle: Float[Tensor, "batch"]) -> Latents:
        """Where a point moves, per radian: v + guidance * (v - what v was early on) (the same paper, eq. 4)."""
        moves = self.flow(at, angle)
        if self.early is None:
            return moves
        # What it was then stays, whatever learns: a gradient passes it and leaves its weights as they are.
        weights = {name: weight.detach() for name, weight in self.early.named_parameters()}
        return moves + self.guidance * (moves - functional_call(self.early, weights, (at, angle)))

    @torch.no_grad()
    def recall(self, flow: Flow) -> None:
        """Let `flow` be what it was early in its learning."""
        if self.early is not None:
            self.early.load_state_dict(flow.state_dict())

    @torch.no_grad()
    def standardise(self, means: Latents, variances: Latents) -> None:
        """Take on the mean and the deviation of encoded phrases, each itself a normal distribution of latents."""
        self.mean.copy_(means.mean(dim=0))
        spread = means.var(dim=0, correction=0) + variances.mean(dim=0)
        self.deviation.copy_(spread.sqrt().clamp(min=_LEAST_DEVIATION))

    def error(
        self,
        latent: Latents,
        noise: Latents,
        angle: Float[Tensor, "batch"],
        kept: Float[Tensor, "blocks batch width"] | None = None,
    ) -> Float[Tensor, "batch"]:
        """The squared error of the flow at `angle` on the way from `noise` to `latent`; its mean is least where the
        flow ends at the latents' own distribution (Lipman et al. 2023, theorem 2)."""
        sine, cosine = angle.sin()[:, None], angle.cos()[:, None]
        standard = (latent - self.mean) / self.deviation
        at, moves = cosine * noise + sine * standard, cosine * standard - sine * noise
        return (self.flow(at, angle, kept) - moves).square().sum(dim=1)

    def _angles(self, r: Latents) -> Float[Tensor, "steps"]:
        return torch.arange(STEPS, device=r.device) * (_QUARTER / STEPS)


class _AngledResidual(nn.Module):
    """x + branch(x, angle), two convolutions over beats; the branch begins at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before, self.between = (nn.GroupNorm(1, width) for _ in range(2))
        self.first, self.second = (nn.Conv1d(width, width, 3, padding=1) for _ in range(2))
        self.told = nn.Linear(2 * _WAVES, width)
        self.second.gain = 0.0  # type: ignore[assignment]

    def forward(
        self,
        values: Float[Tensor, "batch width beats"],
        told: Float[Tensor, "batch waves"],
        kept: Float[Tensor, "batch width"] | None,
    ) -> Float[Tensor, "batch width beats"]:
        inner = self.first(silu(self.before(values))) + self.told(told)[:, :, None]
        active = silu(self.between(inner))
        return values + self.second(active if kept is None else active * kept[:, :, None])


def dealt(latent: Latents, beats: int) -> Float[Tensor, "batch channels beats"]:
    """A latent dealt out to beats: the first number of each beat, then the second, and so on; zeros fill the rest."""
    channels = -(-latent.shape[1] // beats)
    return pad(latent, (0, channels * beats - latent.shape[1])).unflatten(1, (channels, beats))
