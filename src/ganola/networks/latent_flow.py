"""The flow that turns noise into latents: what r ~ N(0, I) becomes, so that it lies where music is encoded.

The encoder of the VAE does not leave music distributed as N(0, I), and latents drawn from elsewhere sound worse.
The flow is trained by flow matching (Lipman et al. 2023, arXiv 2210.02747) on the path from noise to latents along a
circle (Lu and Song 2024, arXiv 2410.11081), and followed in a few steps of Euler's method, `networks.flow_steps`.
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import pad, silu

from ganola.music.grid import Grid
from ganola.networks.config import ModelSpec
from ganola.networks.layers import PositionEmbedding, RowConvolution, SampleNorm

Latents = Float[Tensor, "batch latent"]
Angles = Float[Tensor, "_"]  # of each sample, or one of all
DropoutMask = Float[Tensor, "blocks batch width"]

_FIXED_POINT_ITERATIONS = 30  # that invert a step; each leaves a fraction of the error before
_DAMPING = 0.6  # of each: a guided flow stretches some directions so much that undamped ones go back and forth
_LEAST_DEVIATION = 1e-2  # of a dimension in which encoded music does not differ at all
_BLOCKS = 4
FAR = (4, 8, 16, 32)  # bars after which much music returns
_FREQUENCIES = 16  # of the angle's embedding
_QUARTER_TURN = math.pi / 2
_ROUNDING = 1e-4  # of a step, that makes no further one


class FlowNetwork(nn.Module):
    """The velocity of a point x_t between noise and standardised latents, per radian; zero before training.

    It is convolutional over beats (see `latent_to_beats`): what it learns of one beat holds for the others. In phrases
    of more than four bars some of its blocks reach FAR bars away, or a theme could not know of its return.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.beat_count = spec.grid.pulses
        channels, width = spec.latent_per_beat, spec.networks.flow_width
        self.input_layer = nn.Sequential(
            RowConvolution(channels, width, 1), PositionEmbedding(width, self.beat_count, channels_last=True)
        )
        self.blocks = nn.ModuleList(_TimeResidualBlock(width, far) for far in reaches(spec.grid))
        self.output_layer = RowConvolution(width, channels, 1)
        self.output_layer.gain = 0.0  # type: ignore[assignment]  # no motion before training

    def forward(self, x_t: Latents, angle: Angles, dropout_mask: DropoutMask | None = None) -> Latents:
        """Return dx/dt at `angle`, from 0 (noise) to pi/2 (latents). Without a mask no channel is dropped."""
        features = self.input_layer(latent_to_beats(x_t, self.beat_count).transpose(1, 2))
        phases = angle[:, None] / _QUARTER_TURN * math.pi * torch.arange(1, _FREQUENCIES + 1, device=angle.device)
        time_embedding = torch.cat([phases.sin(), phases.cos()], dim=1)
        for index, block in enumerate(self.blocks):
            features = block(features, time_embedding, None if dropout_mask is None else dropout_mask[index])
        return self.output_layer(silu(features)).float().transpose(1, 2).flatten(start_dim=1)[:, : x_t.shape[1]]

    def dropout_mask(self, batch: int, dropout: float, randomness: np.random.Generator) -> DropoutMask:
        """Return a mask that drops a share `dropout` of the channels of each sample and scales up the others.

        Srivastava et al. 2014, JMLR 15; whole channels as in Tompson et al. 2015, arXiv 1411.4280.
        """
        drawn = randomness.random((len(self.blocks), batch, self.output_layer.in_features), dtype=np.float32)
        return torch.from_numpy((drawn >= dropout) / np.float32(1 - dropout))


class LatentFlow(nn.Module):
    """Turns r ~ N(0, I) into latents; before training, the identity. `mean` and `deviation` are those of encoded music.

    With guidance it keeps `guide`, a snapshot of its network from early in training, and moves by v + w (v - v_guide)
    (autoguidance, Karras et al. 2024, arXiv 2406.02507, eq. 4). What training made likelier becomes likelier still, and
    latents between pieces of music, where a flow of few examples errs, are avoided. `guide_every` n asks the guide at
    every n-th step only, and weighs what it says by n w.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.register_buffer("mean", torch.empty(spec.latent))
        self.register_buffer("deviation", torch.empty(spec.latent))
        self.mean: Tensor
        self.deviation: Tensor
        self.flow = FlowNetwork(spec)
        self.steps = spec.networks.flow_steps
        self.guidance, self.guide_every = spec.guidance, spec.networks.guide_every
        self.guide = FlowNetwork(spec) if self.guidance else None

    def reset_parameters(self) -> None:
        """Set mean and deviation to those of N(0, I)."""
        self.mean.zero_()
        self.deviation.fill_(1.0)

    def forward(self, r: Latents) -> Latents:
        """Return the latents that Euler's method leads to, from the angle 0 (noise) to pi/2 (latents)."""
        for step, angle in enumerate(self._angles(r)):
            r = r + _QUARTER_TURN / self.steps * self.velocity(r, angle, self._guidance_at(step, self.steps))
        return self.from_standard(r)

    def from_standard(self, standard: Latents) -> Latents:
        """Return latents from standardised ones, which are what the flow moves."""
        return self.mean + self.deviation * standard

    def to_standard(self, latent: Latents) -> Latents:
        """Return standardised latents: less the mean, over the deviation."""
        return (latent - self.mean) / self.deviation

    @torch.no_grad()
    def follow(self, x_t: Latents, angle: Angles) -> Latents:
        """Return the latents that points x_t lead to, each from its own angle or all from one.

        No step is longer than one of `forward`; so the nearer to pi/2 the points are, the sooner it is done. Noise that
        is added to encoded music and followed from there gives music like it (Meng et al. 2022, arXiv 2108.01073).
        """
        remaining = _QUARTER_TURN - angle
        steps = math.ceil(float(remaining.max()) / _QUARTER_TURN * self.steps - _ROUNDING)
        for step in range(steps):
            guidance = self._guidance_at(step, steps)
            x_t = x_t + (remaining / steps)[:, None] * self.velocity(x_t, angle + remaining * (step / steps), guidance)
        return self.from_standard(x_t)

    @torch.no_grad()
    def inverse(self, latent: Latents) -> Latents:
        """Return the r that `forward` turns into these latents, up to rounding."""
        r = self.to_standard(latent)
        for step, angle in reversed(list(enumerate(self._angles(r)))):
            after, guidance = r, self._guidance_at(step, self.steps)
            for _ in range(_FIXED_POINT_ITERATIONS):
                before = after - _QUARTER_TURN / self.steps * self.velocity(r, angle, guidance)
                r = r + _DAMPING * (before - r)
        return r

    def velocity(self, x_t: Latents, angle: Angles, guidance: float | None = None) -> Latents:
        """Return the guided velocity v + w (v - v_guide), per radian; w is `guidance`, or the model's."""
        v, w = self.flow(x_t, angle), self.guidance if guidance is None else guidance
        if self.guide is None or not w:
            return v
        return v + w * (v - self._guide_velocity(self.guide, x_t, angle))

    def _guidance_at(self, step: int, steps: int) -> float:
        """Return the guidance of one of so many steps: none, or that of those after it too that have none."""
        return 0.0 if step % self.guide_every else self.guidance * min(self.guide_every, steps - step)

    def _guide_velocity(self, guide: FlowNetwork, x_t: Latents, angle: Angles) -> Latents:
        """Return what the guide says; its gradients pass to x_t, and never to its weights."""
        if not torch.is_grad_enabled():
            return guide(x_t, angle)
        weights = {name: weight.detach() for name, weight in guide.named_parameters()}
        return functional_call(guide, weights, (x_t, angle))

    @property
    def is_standardised(self) -> bool:
        """Return whether it has the mean and deviation of encoded music, which it has from its first training step."""
        return bool(self.mean.any() or (self.deviation != 1).any())

    @torch.no_grad()
    def snapshot_guide(self, flow: FlowNetwork) -> None:
        """Copy the weights of `flow` into the guide, if there is one."""
        if self.guide is not None:
            self.guide.load_state_dict(flow.state_dict())

    @torch.no_grad()
    def standardise(self, means: Latents, variances: Latents) -> None:
        """Set mean and deviation to those of encoded phrases, each a normal distribution of latents."""
        self.mean.copy_(means.mean(dim=0))
        spread = means.var(dim=0, correction=0) + variances.mean(dim=0)
        self.deviation.copy_(spread.sqrt().clamp(min=_LEAST_DEVIATION))

    def flow_matching_loss(
        self, latent: Latents, noise: Latents, angle: Angles, dropout_mask: DropoutMask | None = None
    ) -> Float[Tensor, "batch"]:
        """Return |v(x_t, t) - dx_t/dt|^2 on the path x_t = cos(t) noise + sin(t) latent, one number a sample.

        Its mean is least where the flow ends at the distribution of the latents (Lipman et al. 2023, theorem 2).
        """
        sine, cosine = angle.sin()[:, None], angle.cos()[:, None]
        standard = self.to_standard(latent)
        x_t, velocity = cosine * noise + sine * standard, cosine * standard - sine * noise
        return (self.flow(x_t, angle, dropout_mask) - velocity).square().sum(dim=1)

    def _angles(self, r: Latents) -> Float[Tensor, "steps 1"]:
        return torch.arange(self.steps, device=r.device)[:, None] * (_QUARTER_TURN / self.steps)


class _TimeResidualBlock(nn.Module):
    """x + branch(x, t), two convolutions over beats, the second of which reaches `reach` beats away.

    The branch begins at zero.
    """

    def __init__(self, width: int, reach: int) -> None:
        super().__init__()
        self.first_norm, self.second_norm = (SampleNorm(width) for _ in range(2))
        self.first, self.second = (RowConvolution(width, width, 3, dilation) for dilation in (1, reach))
        self.time_projection = nn.Linear(2 * _FREQUENCIES, width)
        self.second.gain = 0.0  # type: ignore[assignment]

    def forward(
        self,
        values: Float[Tensor, "batch beats width"],
        time_embedding: Float[Tensor, "_ embedding"],
        dropout_mask: Float[Tensor, "batch width"] | None,
    ) -> Float[Tensor, "batch beats width"]:
        inner = self.first(silu(self.first_norm(values))) + self.time_projection(time_embedding)[:, None]
        active = silu(self.second_norm(inner))
        return values + self.second(active if dropout_mask is None else active * dropout_mask[:, None])


def reaches(grid: Grid) -> list[int]:
    """Return how many beats away each block reaches: 1, and the last of them 4, 8, 16 and 32 bars in longer phrases."""
    far = [bars * grid.pulses_per_bar for bars in FAR if bars < grid.bars]
    return [1] * (_BLOCKS - len(far)) + far


def latent_to_beats(latent: Latents, beats: int) -> Float[Tensor, "batch channels beats"]:
    """Return a latent as channels over beats: its first numbers are the first channel of each beat, and so on.

    Zeros fill what is missing of the last channel.
    """
    channels = -(-latent.shape[1] // beats)
    return pad(latent, (0, channels * beats - latent.shape[1])).unflatten(1, (channels, beats))
