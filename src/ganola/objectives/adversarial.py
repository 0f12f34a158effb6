"""The adversarial losses, each a pair of expressions of the critic's raw outputs D (no sigmoid). Both are minimised.

The notes write  E[D(x)] - E[D(G(z))] + penalty  and  E[log D(x)] + E[1 - log D(G(z))];  both are slips of the pen,
put right here. With s the logistic function, log s(d) = -softplus(-d) and log(1 - s(d)) = -softplus(d).
"""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

Judgements = Float[Tensor, "batch"]
Loss = Float[Tensor, ""]


@dataclass(frozen=True, slots=True)
class Objective:
    """What the critic minimises given D(real) and D(fake), and what the generator minimises given D(fake)."""

    critic: Callable[[Judgements, Judgements], Loss]
    generator: Callable[[Judgements], Loss]


# Arjovsky et al. 2017 (arXiv 1701.07875), eq. 2: the critic estimates a distance, the generator shortens it (N11).
WASSERSTEIN = Objective(
    critic=lambda real, fake: fake.mean() - real.mean(),
    generator=lambda fake: -fake.mean(),
)

# Goodfellow et al. 2014 (arXiv 1406.2661), eq. 1: min_G max_D  E[log s(D(x))] + E[log(1 - s(D(G(z))))].
MINIMAX = Objective(
    critic=lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
    generator=lambda fake: -softplus(fake).mean(),
)

# The same, section 3: the generator maximises E[log s(D(G(z)))], whose gradient does not vanish where it fails.
NON_SATURATING = Objective(
    critic=MINIMAX.critic,
    generator=lambda fake: softplus(-fake).mean(),
)

OBJECTIVES = {"wasserstein": WASSERSTEIN, "minimax": MINIMAX, "non-saturating": NON_SATURATING}
