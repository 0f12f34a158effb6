"""Measures a training at one moment, without a change to it, for the doctor to judge.

Of the phrases: whether they are silent, and how different from one another. Of the critic, in the game: how it ranks
training music, validation music and generated music, and how steep the way is that it shows the generator.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.corpus.store import Corpus
from ganola.judging.analysis import Cells
from ganola.judging.critic_scores import played_planes
from ganola.judging.diversity import dead_tracks, jaccard_distances, silent_share
from ganola.judging.real_baseline import DistanceToReal
from ganola.judging.reference import sample_windows
from ganola.judging.validation import ValidationSet
from ganola.judging.windows import WindowSet, independent
from ganola.networks.config import ModelSpec
from ganola.networks.inputs import to_network_input
from ganola.objectives.adversarial import OBJECTIVES
from ganola.randomness import Purpose, latents, stream
from ganola.training.metrics import StepMetrics
from ganola.training.state import State

REAL_WINDOWS = 256  # of training music that phrases are compared with, at most: as many as there are phrases
# Rolls of each kind that the critic judges. An AUC is then known to some 0.05, which the doctor's thresholds allow for.
JUDGED_ROLLS = 64
OFFSETS = (1, 7, 31)  # each phrase is compared with those so many places further on
FEWEST_VALIDATION = 16  # with fewer windows, one unusual tune would look like an overfitted critic
_SEED = 0  # of which windows they are: the same in every training

Rolls = Float[Tensor, "rolls tracks planes steps pitches"]
Logits = Float[Tensor, "rolls"]


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """A training at one moment.

    What is not known is None: of the critic outside of the game, of the distance where there is no validation music.
    An AUC is the share of pairs that the critic ranks rightly, 0.5 by chance.
    """

    step: int
    samples: int
    trains: str  # the recipe's section of what learns beside the critic
    generator_frozen: bool  # in the critic's warm-up
    silent_share: float  # of phrases, those in which nothing sounds
    dead_tracks: tuple[str, ...]  # that never play though those of real music do
    variety: float | None  # mean difference between phrases, as a share of that between real ones
    ratio: float | None = None  # distance from validation music / floor
    best_ratio: float | None = None  # of the model that is kept
    critic_auc: float | None = None  # training music above generated music
    gradient_ratio: float | None = None  # slope that the generator sees / straight slope to real music
    loss_saturation: float | None = None  # 1 - mean slope of the critic's loss: 1 is flat
    train_vs_validation_auc: float | None = None  # training music above validation music
    overfit_ratio: float | None = None  # where validation logits lie, from training (0) to generated music (1)
    gradient_growth: float | None = None  # the largest gradient norm / that of the same network's first step
    growing_network: str | None = None  # the network whose gradient that is


class DiagnosticsMeter:
    """Measures trainings on one corpus. Validation music may be missing; then so is what needs it."""

    def __init__(self, corpus: Corpus, spec: ModelSpec, validation: ValidationSet | None) -> None:
        self.spec = spec
        self.music: WindowSet = sample_windows(corpus, "train", REAL_WINDOWS, _SEED)
        self.difference = mean_difference(self.music)
        self.training = _choose_rolls(self.music, spec.planes)
        self.validation: Rolls | None = None
        if validation is not None and len(validation.music) >= FEWEST_VALIDATION:
            self.validation = _choose_rolls(validation.music, spec.planes)

    def measure(
        self,
        state: State,
        trains: str,
        measured: StepMetrics[float],
        first_gradients: dict[str, float],
        cells: Cells,
        verdict: DistanceToReal | None,
    ) -> Diagnostics:
        """Return the diagnostics after the step that `measured` this, in a phase that `trains` that network.

        Its generator plays `cells`, with this `verdict`. `first_gradients` are the gradient norms of each network's
        first step.
        """
        generated = independent("generated", cells)
        growth, network = gradient_growth(first_gradients, measured.gradient_norms)
        return Diagnostics(
            step=state.step,
            samples=state.samples,
            trains=trains,
            generator_frozen=trains not in measured.gradient_norms,
            silent_share=silent_share(cells),
            dead_tracks=dead_tracks(generated, self.music, self.spec.tracks),
            variety=mean_difference(generated) / self.difference if self.difference else None,
            ratio=verdict.ratio if verdict is not None else None,
            best_ratio=state.best_ratio if verdict is not None else None,
            gradient_growth=growth,
            growing_network=network,
            **(self._measure_critic(state) if "critic" in measured.gradient_norms else {}),
        )

    def _measure_critic(self, state: State) -> dict[str, float | None]:
        recipe, networks = state.recipe, state.networks
        objective = OBJECTIVES[recipe.objective.loss]
        r = latents(JUDGED_ROLLS, networks.spec.latent, stream(recipe.training.seed, Purpose.VALIDATION))
        training = self.training.to(state.device)
        with _evaluation_mode(networks.generator, networks.critic):
            with torch.no_grad():
                fake = networks.soft_rolls(r.to(state.device))[: len(training)]
                real = networks.critic(training)
                unseen = networks.critic(self.validation.to(state.device)) if self.validation is not None else None
            fake.requires_grad_()
            judged = networks.critic(fake)
            (slope,) = torch.autograd.grad(objective.generator(real, judged), fake)
        judged = judged.detach()
        return {
            "critic_auc": auc(real, judged),
            "gradient_ratio": gradient_ratio(real - judged, training - fake.detach(), len(fake) * slope),
            "loss_saturation": loss_saturation(recipe.objective.loss, real, judged),
            "train_vs_validation_auc": auc(real, unseen) if unseen is not None else None,
            "overfit_ratio": overfit_ratio(real, unseen, judged) if unseen is not None else None,
        }


def gradient_growth(first: dict[str, float], now: dict[str, float]) -> tuple[float | None, str | None]:
    """Return the largest gradient norm in multiples of the same network's first one, and which network's it is."""
    growth = {network: norm / first[network] for network, norm in now.items() if first.get(network)}
    network = max(growth, key=growth.__getitem__, default=None)
    return (growth[network], network) if network else (None, None)


def mean_difference(music: WindowSet) -> float:
    """Return the mean difference between phrases of different groups, 0 (all the same) to 1; 0 of one group.

    Each is compared with a few others, far from it, so that windows of one tune are not compared.
    """
    found = []
    for offset in OFFSETS:
        other = np.roll(np.arange(len(music)), offset)
        pairs = music.group != music.group[other]
        found.append(jaccard_distances(music.cells[pairs], music.cells[other[pairs]]))
    every = np.concatenate(found)
    return float(every.mean()) if len(every) else 0.0


def auc(one: Float[Tensor, "one"], other: Float[Tensor, "other"]) -> float | None:
    """Return the probability that one of the first logits is above one of the others, ties counting half (Mann and
    Whitney 1947). None where one is not finite."""
    if not (one.isfinite().all() and other.isfinite().all()):
        return None
    difference = one[:, None] - other
    return float((difference > 0).double().mean() + (difference == 0).double().mean() / 2)


def gradient_ratio(gap: Logits, way: Rolls, gradient: Rolls) -> float | None:
    """Return the norm of the generator's `gradient` at its rolls in multiples of the critic's mean slope from there to
    real ones, `gap` / |`way`|, by medians.

    1 or more where the critic is linear and the loss its negative; near 0 where the critic is flat there or the loss is
    saturated, so that nothing shows the generator the way to real music. None where real rolls are not judged above
    generated ones.
    """
    straight = float((gap / way.flatten(start_dim=1).norm(dim=1).clamp(min=1e-6)).median())
    at_fake = float(gradient.flatten(start_dim=1).norm(dim=1).median())
    return at_fake / straight if 0 < straight < float("inf") and at_fake < float("inf") else None


def loss_saturation(loss: str, real: Logits, fake: Logits) -> float | None:
    """Return 1 - the mean slope of the critic's loss by each logit, without the sign: near 1 where it is saturated.

    Always 0 of Wasserstein's; below 0 where least squares asks for much. None where it is not finite.
    """
    logits = [real.clone().requires_grad_(), fake.clone().requires_grad_()]
    gradients = torch.autograd.grad(OBJECTIVES[loss].critic(*logits), logits)
    slope = float(torch.cat(gradients).abs().mean()) * len(real)
    return 1 - slope if np.isfinite(slope) else None


def overfit_ratio(
    training: Float[Tensor, "training"], validation: Float[Tensor, "validation"], fake: Float[Tensor, "fake"]
) -> float | None:
    """Return where validation logits lie between those of training music (0) and of generated music (1): r_v of Karras
    et al. 2020 (arXiv 2006.06676, eq. 1), of medians. None where training music is not judged above generated music."""
    known, new, generated = (float(logits.median()) for logits in (training, validation, fake))
    ratio = (known - new) / (known - generated) if known > generated else None
    return ratio if ratio is None or np.isfinite(ratio) else None


def _choose_rolls(music: WindowSet, planes: int) -> Rolls:
    """Return `JUDGED_ROLLS` rolls from all over the music, as a critic sees them."""
    chosen = np.linspace(0, len(music) - 1, min(JUDGED_ROLLS, len(music))).astype(np.int64)
    return to_network_input(played_planes(music.cells[chosen]), planes)


@contextmanager
def _evaluation_mode(*networks: nn.Module) -> Iterator[None]:
    """Let networks use the statistics of batches that they have learned, and not change them, in the block."""
    modes = [network.training for network in networks]
    for network in networks:
        network.eval()
    try:
        yield
    finally:
        for network, mode in zip(networks, modes, strict=True):
            network.train(mode)
