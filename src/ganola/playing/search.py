"""Latents whose music has a given part: what is kept says what they are, and the flow where there is music.

The flow goes from noise to latents in a few steps. At each of them, where it would end is known from its velocity. That
end is moved to what explains the kept cells (as Chung et al. 2023, arXiv 2209.14687, and Song et al. 2024, arXiv
2307.08123, do for pictures):

- beats that are kept in all tracks get the latents that the encoder gives them (inpainting, Lugmayr et al. 2022,
  arXiv 2201.09865);
- elsewhere a few steps of Adam lessen -log p(kept cells | latent), the other tracks being as they are played at
  present. The less of the path is left, the nearer they stay to the flow's own end.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ganola.networks.generator import Generator, GivenRoll, Played
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.model import Model

Latents = Float[Tensor, "batch latent"]
Known = Bool[Tensor, "batch latent"]

STEPS = 8  # where the model has no flow to say how many
GRADIENT_STEPS = 2  # at each step of the flow
RATE, BETAS = 0.3, (0.8, 0.95)  # of Adam, in deviations of a latent
FREEDOM = 4.0  # how many deviations it may move: the network's likelihoods are surer than they should be


@dataclass(frozen=True)
class Found:
    """Latents, the rolls that they play around what is kept, and -log p in nats of what is kept of beats in part."""

    latent: Latents
    roll: Played
    nats: Float[Tensor, "batch"]


def find_latents(model: Model, given: GivenRoll, r: Latents) -> Found:
    """Return latents, behind the flow, that play what is kept of the rolls and something new elsewhere.

    Which of the many it is depends on `r`, noise as of `generate`. A latent does not depend on the others.
    """
    search = _Search(model, given, r)
    latent = search.run()
    roll = model.generator.play_given(latent, given, search.noise)
    return Found(latent, roll, search.nats(latent, roll))


class _Search:
    def __init__(self, model: Model, given: GivenRoll, r: Latents) -> None:
        self.generator, self.encoder, self.given, self.r = model.generator, model.encoder, given, r
        self.path = _path_of(model.generator)
        self.noise = model.generator.noise(r)
        beats = _whole_beats(model, given.kept)
        self.known = _latents_of_beats(beats, r.shape[1])
        steps = beats.repeat_interleave(model.spec.grid.steps_per_pulse, dim=1)
        self.partly_kept = given.kept & ~steps[:, None]

    def run(self) -> Latents:
        """Follow the path from r to the latents."""
        # Beats beside a gap are encoded with silence in it, and again once it is known roughly what lies there.
        x_t, known_end = self.r, self._encode(self.given.paste(torch.zeros_like(self.given.roll)))
        for step in range(self.path.steps):
            angle, after = (math.pi / 2 * done / self.path.steps for done in (step, step + 1))
            end, noise = self._ends(x_t, angle)
            if self.known.any() and step == self.path.steps // 2:
                known_end = self._encode(self._play(torch.where(self.known, known_end, end)))
            if self.known.any():
                end, noise = torch.where(self.known, known_end, end), torch.where(self.known, self.r, noise)
            if self.partly_kept.any():
                end = self._explain(end, deviation=math.cos(angle))
            x_t = math.cos(after) * noise + math.sin(after) * end
        return self.path.from_standard(x_t)

    @torch.no_grad()
    def nats(self, latent: Latents, roll: Played) -> Float[Tensor, "batch"]:
        """Return -log p of what is kept of beats in part, the rest being as in the roll."""
        if not self.partly_kept.any():
            return latent.new_zeros(len(latent))
        return self.generator.kept_loss(latent, GivenRoll(roll, self.partly_kept))

    @torch.no_grad()
    def _ends(self, x_t: Latents, angle: float) -> tuple[Latents, Latents]:
        """Return where the path through x_t = cos(t) noise + sin(t) end leads by its velocity, and where it began."""
        velocity = self.path.velocity(x_t, angle)
        sine, cosine = math.sin(angle), math.cos(angle)
        return sine * x_t + cosine * velocity, cosine * x_t - sine * velocity

    def _explain(self, end: Latents, deviation: float) -> Latents:
        """Return latents that explain better what is kept, and lie some deviations from `end` at most."""
        found = end.clone().requires_grad_(True)
        adam = torch.optim.Adam([found], lr=RATE, betas=BETAS)
        for _ in range(GRADIENT_STEPS):
            heard = GivenRoll(self._play(found.detach()), self.partly_kept)
            nats = self.generator.kept_loss(self.path.from_standard(found), heard)
            distance = (found - end).square().sum(dim=1) / (2 * (FREEDOM * deviation) ** 2)
            (gradient,) = torch.autograd.grad((nats + distance).sum(), found)
            found.grad = gradient.masked_fill(self.known, 0.0)
            adam.step()
        return found.detach()

    @torch.no_grad()
    def _encode(self, roll: Played) -> Latents:
        if self.encoder is None or not self.known.any():
            return torch.zeros_like(self.r)
        return self.path.to_standard(self.encoder(roll.float()).mean)

    def _play(self, standard: Latents) -> Played:
        return self.generator.play_given(self.path.from_standard(standard), self.given, self.noise)


@dataclass(frozen=True)
class _NormalPath:
    """The path of latents that are N(0, I) already: it does not move."""

    steps: int = STEPS

    def velocity(self, x_t: Latents, angle: float) -> Latents:  # noqa: ARG002 - as of a flow
        return torch.zeros_like(x_t)

    def from_standard(self, standard: Latents) -> Latents:
        return standard

    def to_standard(self, latent: Latents) -> Latents:
        return latent


@dataclass(frozen=True)
class _FlowPath:
    flow: LatentFlow

    @property
    def steps(self) -> int:
        return self.flow.steps

    def velocity(self, x_t: Latents, angle: float) -> Latents:
        return self.flow.velocity(x_t, torch.tensor([angle], device=x_t.device))

    def from_standard(self, standard: Latents) -> Latents:
        return self.flow.from_standard(standard)

    def to_standard(self, latent: Latents) -> Latents:
        return self.flow.to_standard(latent)


def _path_of(generator: Generator) -> _NormalPath | _FlowPath:
    return _FlowPath(generator.prior) if isinstance(generator.prior, LatentFlow) else _NormalPath()


def _whole_beats(model: Model, kept: Bool[Tensor, "batch tracks steps"]) -> Bool[Tensor, "batch beats"]:
    """Return which beats are kept in all tracks, and so have a part of the latent that the encoder knows."""
    whole = kept.unflatten(2, (-1, model.spec.grid.steps_per_pulse)).all(dim=3).all(dim=1)
    return whole if model.encoder is not None else torch.zeros_like(whole)


def _latents_of_beats(beats: Bool[Tensor, "batch beats"], latent: int) -> Known:
    """Return which numbers of a latent belong to these beats (see `latent_flow.latent_to_beats`)."""
    return beats.repeat(1, -(-latent // beats.shape[1]))[:, :latent]
