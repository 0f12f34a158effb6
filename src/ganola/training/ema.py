"""The exponential moving average (EMA) of the generator's weights, which is what is validated, kept and played."""

import torch
from torch import nn


@torch.no_grad()
def ema_update(ema: nn.Module, network: nn.Module, decay: float) -> None:
    """Move `ema` towards `network`: ema = decay * ema + (1 - decay) * network. Integer buffers are copied."""
    for mean, current in zip(ema.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(current, 1 - decay)
        else:
            mean.copy_(current)


def ema_decay(half_life_samples: float, samples: int, step_samples: int) -> float:
    """Return the decay of one step that shows `step_samples` of the `samples` shown in its phase so far.

    Early in a phase the half-life is a twentieth of the phase so far, so that the average soon forgets what was before
    (Karras et al. 2022, arXiv 2206.00364, code).
    """
    half_life = min(half_life_samples, max(samples / 20, 1e-8))
    return float(0.5 ** (step_samples / half_life))
