"""What every architecture consists of: a generator and a critic, each for any grid and any number of tracks."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ganola.networks.config import ModelSpec
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.noise import choice_noise
from ganola.networks.outputs.logits import Logits

Latents = Float[Tensor, "batch latent"]
Roll = Float[Tensor, "batch tracks planes steps pitches"]
Played = Bool[Tensor, "batch tracks planes steps pitches"]


@dataclass(frozen=True, slots=True)
class GivenRoll:
    """Music of which some steps of some tracks are given: there the roll stays as it is."""

    roll: Played
    kept: Bool[Tensor, "batch tracks steps"]

    def paste(self, played: Played) -> Played:
        """Return the given roll where it is kept, and what is played elsewhere."""
        return torch.where(self.kept[:, :, None, :, None], self.roll, played)

    def of_track(self, track: int) -> "GivenRoll":
        """Return what is given of one track."""
        of_track = slice(track, track + 1)
        return GivenRoll(self.roll[:, of_track], self.kept[:, of_track])

    def of_steps(self, steps: slice) -> "GivenRoll":
        """Return what is given of some steps."""
        return GivenRoll(self.roll[..., steps, :], self.kept[..., steps])


class Generator(nn.Module):
    """r ~ N(0, I) becomes a latent by `prior`, and a latent becomes logits by `decode`, as after an encoder (N9).

    What a phrase plays is the same, bit by bit, among as many phrases as `fewest_rows` to `most_rows` at once. (Matrix
    products of another shape may round otherwise.)
    """

    fewest_rows: int = 16
    most_rows: int = 16

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec, self.discretiser = spec, spec.discretiser
        self.prior: nn.Module = LatentFlow(spec) if spec.networks.prior == "flow" else nn.Identity()

    def forward(self, r: Latents) -> Logits:
        """Return the logits of the music of r, without the noise of its choices."""
        return self.decode(self.prior(r))

    def decode(self, latent: Latents) -> Logits:
        """Return the logits of the music of a latent."""
        raise NotImplementedError

    def soft_rolls(self, r: Latents) -> Roll:
        """Return the rolls that training shows the critic for r, with a gradient if that is enabled."""
        if self.discretiser.is_binary and not torch.is_grad_enabled():
            return self.rolls(r).float()
        return self.discretiser(self(r), self.noise(r))

    def noise(self, r: Latents) -> Logits | None:
        """Return the noise of the choices of r; None where the likeliest are taken."""
        return choice_noise(r, self.spec, self.discretiser)

    def rolls(self, r: Latents) -> Played:
        """Return the rolls that r plays, without a gradient. Autoregressive generators need no logits for that."""
        with torch.no_grad():
            return self.play(self.prior(r), self.noise(r))

    @torch.no_grad()
    def play(self, latent: Latents, noise: Logits | None = None) -> Played:
        """Return the roll that a latent behind the flow plays, its choices with this noise."""
        return self.discretiser.hard(self.decode(latent), noise)

    @torch.no_grad()
    def play_given(self, latent: Latents, given: GivenRoll, noise: Logits | None = None) -> Played:
        """Return the roll that a latent plays where a part of it is given, its choices with this noise.

        Autoregressive generators play the rest after, and below, what is given; for others it is pasted.
        """
        return given.paste(self.play(latent, noise))

    def kept_losses(
        self, latent: Latents, roll: Roll, kept: Bool[Tensor, "batch tracks steps"]
    ) -> Float[Tensor, "batch steps"]:
        """Return -log p of what is kept of each step of a roll, in nats, given the latent and all before it.

        It has a gradient with respect to the latent, and to the tracks of the roll that a kept one hears.
        """
        losses = self.discretiser.step_losses(self.decode_teacher_forced(latent, roll), roll)
        return (losses * kept).sum(dim=1)

    def decode_teacher_forced(self, latent: Latents, roll: Roll) -> Logits:  # noqa: ARG002 - not all use it
        """Return the logits of a latent where each step and track is computed from those before it in `roll`.

        Teacher forcing (Williams and Zipser 1989, Neural Computation 1), for generators that are autoregressive; for
        others the same as `decode`.
        """
        return self.decode(latent)


@dataclass(frozen=True, slots=True)
class Architecture:
    """An architecture: what builds its two networks from a specification.

    A critic maps rolls (batch, tracks, planes, steps, pitches) to D (batch), raw numbers without a sigmoid.
    """

    generator: Callable[[ModelSpec], Generator]
    critic: Callable[[ModelSpec], nn.Module]
