"""Noise by which a generator's choices are drawn from their probabilities, where it does not take the likeliest.

Music of many styles is not determined by its latent: where each choice takes the likeliest, and no note is likelier
than none, it is silent. The argmax of logits plus Gumbel noise is a choice with the probabilities of their softmax
(Gumbel 1954; Maddison et al. 2014, arXiv 1411.0030). Which noise that is, the discretiser says (`Discretiser.noise`).

The noise is computed from r, so that a phrase has one latent and nothing else, and like latents have like noise:
each number is the fractional part of a product of r with a random direction, uniform for r ~ N(0, I), and independent
of the others as far as directions are at right angles.
"""

from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from ganola.networks.config import ModelSpec
from ganola.networks.layers import in_float32
from ganola.networks.outputs.discretiser import Discretiser
from ganola.networks.outputs.logits import Logits
from ganola.randomness import Purpose, latents, stream

Latents = Float[Tensor, "batch latent"]
Uniform = Float[Tensor, "batch tracks steps choices"]

_LONGEST = 128  # numbers of r from which a beat's noise is computed


@torch.no_grad()
def choice_noise(r: Latents, spec: ModelSpec, discretiser: Discretiser) -> Logits | None:
    """Return the noise of all choices of r; None where nothing is drawn."""
    count = discretiser.noise_numbers(spec.grid.pitches)
    return discretiser.noise(uniform_noise(r, spec, count)) if count else None


def uniform_noise(r: Latents, spec: ModelSpec, choices: int) -> Uniform:
    """Return numbers from U[0, 1), so many at each step of each track. The beats get r rolled, each by one more.

    Of a long r each beat gets the first numbers alone, or its cost would grow with the square of the phrase's length.
    """
    grid, tracks = spec.grid, len(spec.tracks)
    length = min(r.shape[1], _LONGEST)
    directions = _directions(length, tracks * grid.steps_per_pulse * choices, r.device)
    rolled = torch.stack([r.roll(beat, dims=1)[:, :length] for beat in range(grid.pulses)], dim=1)
    with in_float32(r.device):
        numbers = rolled.float() @ directions
        numbers -= numbers.floor()
    by_beat = numbers.unflatten(2, (tracks, grid.steps_per_pulse, choices))
    return by_beat.transpose(1, 2).flatten(2, 3)


@cache
def _directions(length: int, count: int, device: torch.device) -> Float[Tensor, "length count"]:
    """Return directions of length 1, each a column; the same each time."""
    drawn = latents(count, length, stream(0, Purpose.NOISE))
    return torch.nn.functional.normalize(drawn).t().contiguous().to(device)
