"""The adversarial losses, each a pair of expressions of the critic's raw outputs D (no sigmoid). Both are minimised.

The notes write  E[D(x)] - E[D(G(z))] + penalty  and  E[log D(x)] + E[1 - log D(G(z))];  both are slips of the pen,
put right here. With s the logistic function, log s(d) = -softplus(-d) and log(1 - s(d)) = -softplus(d).
"""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import relu, softplus

Judgements = Float[Tensor, "batch"]
Loss = Float[Tensor, ""]


@dataclass(frozen=True, slots=True)
class Objective:
    """What the critic and what the generator minimises, each given D(real) and D(fake), as many of the one as of the
    other."""

    critic: Callable[[Judgements, Judgements], Loss]
    generator: Callable[[Judgements, Judgements], Loss]
    compares: bool = False  # whether the generator's loss depends on D(real)


# Arjovsky et al. 2017 (arXiv 1701.07875), eq. 2: the critic estimates a distance, the generator shortens it (N11).
WASSERSTEIN = Objective(
    critic=lambda real, fake: fake.mean() - real.mean(),
    generator=lambda _, fake: -fake.mean(),
)

# Goodfellow et al. 2014 (arXiv 1406.2661), eq. 1: min_G max_D  E[log s(D(x))] + E[log(1 - s(D(G(z))))].
MINIMAX = Objective(
    critic=lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
    generator=lambda _, fake: -softplus(fake).mean(),
)

# The same, section 3: the generator maximises E[log s(D(G(z)))], whose gradient does not vanish where it fails.
NON_SATURATING = Objective(
    critic=MINIMAX.critic,
    generator=lambda _, fake: softplus(-fake).mean(),
)

# Lim and Ye 2017 (arXiv 1705.02894), eq. 14: what is judged rightly by a margin of 1 no longer counts.
HINGE = Objective(
    critic=lambda real, fake: relu(1 - real).mean() + relu(1 + fake).mean(),
    generator=WASSERSTEIN.generator,
)

# Mao et al. 2017 (arXiv 1611.04076), eq. 9: real is to be judged 1, generated 0, and the generator wants 1.
LEAST_SQUARES = Objective(
    critic=lambda real, fake: (real - 1).square().mean() / 2 + fake.square().mean() / 2,
    generator=lambda _, fake: (fake - 1).square().mean() / 2,
)

# Jolicoeur-Martineau 2019 (arXiv 1807.00734) in the pairing form of Huang et al. 2024 (R3GAN, arXiv 2501.05441), eq. 2:
# each real roll is to be judged above the generated one beside it, and the generator wants it the other way round.
RELATIVISTIC = Objective(
    critic=lambda real, fake: softplus(fake - real).mean(),
    generator=lambda real, fake: softplus(real - fake).mean(),
    compares=True,
)

OBJECTIVES = {
    "wasserstein": WASSERSTEIN,
    "minimax": MINIMAX,
    "non-saturating": NON_SATURATING,
    "hinge": HINGE,
    "least-squares": LEAST_SQUARES,
    "relativistic": RELATIVISTIC,
}
