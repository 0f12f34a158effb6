"""Latents whose music has a given part: what is kept says what they are, and the flow where there is music.

The flow goes from noise to latents in a few steps. At each of them, where it would end is known from its velocity. That
end is moved to what explains the kept cells (as Chung et al. 2023, arXiv 2209.14687, and Song et al. 2024, arXiv
2307.08123, do for pictures):

- beats that are kept in all tracks get the latents that the encoder gives them (inpainting, Lugmayr et al. 2022,
  arXiv 2201.09865);
- elsewhere a few steps of Adam lessen -log p(kept cells | latent), the other tracks being as they are played at
  present. The less of the path is left, the nearer they stay to the flow's own end.

A shift of the last end, towards more of an attribute of music (see `steer`), comes before it is moved to what explains.
At last the choices themselves are refined (see `refinement`).
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from ganola.networks.generator import Generator, GivenRoll, Played
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.model import Model
from ganola.playing.refinement import play_refined

Latents = Float[Tensor, "batch latent"]
Known = Bool[Tensor, "batch latent"]

STEPS, STEPS_WITHOUT_FLOW = 4, 8  # along the path: what is kept leads it, so that fewer are needed than by `generate`
GRADIENT_STEPS = 8  # at each step of the path
RATE, BETAS = 0.3, (0.8, 0.95)  # of Adam, in deviations of a latent
FREEDOM = 2.0  # how many deviations it may move: the network's likelihoods are surer than they should be
LEAST_GRADIENT = 0.3  # nats a deviation; Adam would take full steps along smaller ones, which say nothing


@dataclass(frozen=True)
class Found:
    """Latents, the rolls that they play around what is kept, and how well each fits it (see `refinement.Scored`)."""

    latent: Latents
    roll: Played
    score: Float[Tensor, "batch"]


def find_latents(model: Model, given: GivenRoll, r: Latents, shift: Latents) -> Found:
    """Return latents, behind the flow, that play what is kept of the rolls and something new elsewhere.

    Which of the many latents they are depends on `r`, noise as of `generate`, and on the shift of where the path ends,
    in deviations. A roll does not depend on the others.
    """
    search = _Search(model, given, r, shift)
    latent = search.run()
    played = play_refined(model, latent, given, search.partly_kept, search.noise)
    return Found(latent, played.roll, played.score)


class _Search:
    """The way of some rolls along the path."""

    def __init__(self, model: Model, given: GivenRoll, r: Latents, shift: Latents) -> None:
        self.generator, self.encoder = model.generator, model.encoder
        self.given, self.r, self.shift = given, r, shift
        self.path, self.noise = _path_of(model.generator), model.generator.noise(r)
        grid, kept = model.spec.grid, given.kept
        beats = _whole_beats(model, kept)
        self.known = _latents_of_beats(beats, r.shape[1])
        self.partly_kept = kept & ~beats.repeat_interleave(grid.steps_per_pulse, dim=1)[:, None]
        tracks = int(self.partly_kept.any(dim=2).any(dim=0).nonzero().max().item()) + 1 if self.partly_kept.any() else 0
        self.is_heard = bool(~kept[:, :tracks].all())  # what is new, by a track of which a part is kept
        # Beats beside a gap are encoded with silence in it. Encoded again with what is played there they are no better.
        self.known_end = self._encode(given.paste(torch.zeros_like(given.roll)))

    def run(self) -> Latents:
        """Follow the path from r to the latents."""
        x_t = self.r
        for step in range(self.path.steps):
            angle, after = (math.pi / 2 * done / self.path.steps for done in (step, step + 1))
            end, noise = self._ends(x_t, angle)
            if step == self.path.steps - 1:
                end = end + self.shift
            if self.known.any():
                end, noise = torch.where(self.known, self.known_end, end), torch.where(self.known, self.r, noise)
            if self.partly_kept.any():
                end = self._explain(end, deviation=math.cos(angle))
            x_t = math.cos(after) * noise + math.sin(after) * end
        return self.path.from_standard(x_t)

    @torch.no_grad()
    def _ends(self, x_t: Latents, angle: float) -> tuple[Latents, Latents]:
        """Return where the path through x_t = cos(t) noise + sin(t) end leads by its velocity, and where it began."""
        velocity = self.path.velocity(x_t, angle)
        sine, cosine = math.sin(angle), math.cos(angle)
        return sine * x_t + cosine * velocity, cosine * x_t - sine * velocity

    def _explain(self, end: Latents, deviation: float) -> Latents:
        """Return latents that explain better what is kept, and lie some deviations from `end` at most."""
        roll, found = self.given.roll, end.clone().requires_grad_(True)
        if self.is_heard:
            roll = self.generator.play_given(self.path.from_standard(end), self.given, self.noise)
        adam = torch.optim.Adam([found], lr=RATE, betas=BETAS, eps=LEAST_GRADIENT)
        for _ in range(GRADIENT_STEPS):
            nats = self.generator.kept_losses(self.path.from_standard(found), roll.float(), self.partly_kept).sum()
            distance = (found - end).square().sum() / (2 * (FREEDOM * deviation) ** 2)
            (gradient,) = torch.autograd.grad(nats + distance, found)
            found.grad = gradient.masked_fill(self.known, 0.0)
            adam.step()
        return found.detach()

    @torch.no_grad()
    def _encode(self, roll: Played) -> Latents:
        if self.encoder is None or not self.known.any():
            return torch.zeros_like(self.r)
        return self.path.to_standard(self.encoder(roll.float()).mean)


@dataclass(frozen=True)
class _NormalPath:
    """The path of latents that are N(0, I) already: it does not move."""

    steps: int = STEPS_WITHOUT_FLOW

    def velocity(self, x_t: Latents, angle: float) -> Latents:  # noqa: ARG002 - as of a flow
        return torch.zeros_like(x_t)

    def from_standard(self, standard: Latents) -> Latents:
        return standard

    def to_standard(self, latent: Latents) -> Latents:
        return latent


@dataclass(frozen=True)
class _FlowPath:
    flow: LatentFlow
    steps: int = STEPS

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


def _latents_of_beats(beats: Shaped[Tensor, "batch beats"], latent: int) -> Shaped[Tensor, "batch latent"]:
    """Return for each number of a latent what is said of its beat (see `latent_flow.latent_to_beats`)."""
    return beats.repeat(1, -(-latent // beats.shape[1]))[:, :latent]
