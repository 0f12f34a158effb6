"""What the doctor looks at: a training measured at one moment, without a change to it.

Of the phrases: whether they are silent, and how different from one another. Of the critic, in the game: how it ranks
training music, validation music and what the generator makes, and how steep the way is that it shows the generator.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganola.corpus.store import Corpus
from ganola.judging.analysis import Cells
from ganola.judging.critic_scores import played_planes
from ganola.judging.diversity import dead_tracks, jaccard_distances
from ganola.judging.real_baseline import DistanceToReal
from ganola.judging.reference import sample_windows
from ganola.judging.validation import ValidationSet
from ganola.judging.windows import WindowSet, independent
from ganola.music.roll import sounding
from ganola.networks.config import ModelSpec
from ganola.networks.inputs import to_network_input
from ganola.objectives.adversarial import OBJECTIVES
from ganola.randomness import Purpose, latents, stream
from ganola.training.doctor import Chart, growth
from ganola.training.recipe import Player
from ganola.training.state import State
from ganola.training.steps import Measures, Number, StepRecord

REAL = 256  # windows of training music that phrases are held against, at most: as many as there are phrases
# Rolls of each kind that the critic is asked about. A share of pairs is then known to some 0.05, which the doctor's
# thresholds allow for.
ASKED = 64
APART = (1, 7, 31)  # each phrase is compared with those so many places further on
FEW = 16  # with fewer validation windows, one unusual tune would pass for what the critic knows by heart
_SEED = 0  # of which windows they are: the same in every training

Rolls = Float[Tensor, "rolls tracks planes steps pitches"]
Judged = Float[Tensor, "rolls"]


class Checkup:
    """Measures trainings on one corpus. ValidationSet music may be missing; then so is what needs it."""

    def __init__(self, corpus: Corpus, spec: ModelSpec, validation: ValidationSet | None) -> None:
        self.spec = spec
        self.music: WindowSet = sample_windows(corpus, "train", REAL, _SEED)
        self.difference = difference(self.music)
        self.training = _some_rolls(self.music, spec.planes)
        self.validation: Rolls | None = None
        if validation is not None and len(validation.music) >= FEW:
            self.validation = _some_rolls(validation.music, spec.planes)

    def chart(
        self, state: State, record: StepRecord, first: dict[Player, float], cells: Cells, verdict: DistanceToReal | None
    ) -> Chart:
        """How a training is after the step that gave `record`: it plays `cells`, of which `verdict` was found.

        `first` are the gradients of each player's first step.
        """
        generated = independent("generated", cells)
        grown, player = growth(first, gradients(record))
        return Chart(
            step=state.step,
            samples=state.samples,
            learns=learner(record),
            waits=record.generator_gradient is None,
            silent=float((~sounding(cells).any(axis=(1, 2, 3))).mean()),
            dead=dead_tracks(generated, self.music, self.spec.tracks),
            variety=difference(generated) / self.difference if self.difference else None,
            ratio=verdict.ratio if verdict is not None else None,
            best=state.best if verdict is not None else None,
            growth=grown,
            grown=player,
            **(self._critic(state) if record.critic_loss is not None else {}),
        )

    def _critic(self, state: State) -> dict[str, float | None]:
        """What the critic makes of training music, validation music, and what the generator makes of some latents."""
        recipe, networks = state.recipe, state.networks
        objective = OBJECTIVES[recipe.objective.loss]
        r = latents(ASKED, recipe.networks.latent, stream(recipe.training.seed, Purpose.VALIDATION))
        training = self.training.to(state.device)
        with _as_they_are(networks.generator, networks.critic):
            with torch.no_grad():
                fake = networks.soft_rolls(r.to(state.device))[: len(training)]
                real = networks.critic(training)
                unseen = networks.critic(self.validation.to(state.device)) if self.validation is not None else None
            fake.requires_grad_()
            judged = networks.critic(fake)
            (steep,) = torch.autograd.grad(objective.generator(real, judged), fake)
        judged = judged.detach()
        return {
            "told": above(real, judged),
            "way": _way(real - judged, training - fake.detach(), len(fake) * steep),
            "asked": _asked(recipe.objective.loss, real, judged),
            "known": above(real, unseen) if unseen is not None else None,
            "strange": _strange(real, unseen, judged) if unseen is not None else None,
        }


def learner(record: Measures[Number]) -> Player:
    """Whom a step teaches, beside the critic."""
    if record.reconstruction is not None:
        return "autoencoder"
    return "flow" if record.prior_error is not None else "generator"


def gradients(record: Measures[Number]) -> dict[Player, Number]:
    """The norm of the gradient of each player that took this step."""
    norms: dict[Player, Number | None] = {
        "critic": record.critic_gradient,
        learner(record): record.generator_gradient,
    }
    return {player: norm for player, norm in norms.items() if norm is not None}


def difference(music: WindowSet) -> float:
    """The mean of how unlike phrases of different groups are, 0 (all the same) to 1; 0 where there is one group.

    Each is compared with some others, far apart, so that windows of one tune are not compared.
    """
    found = []
    for apart in APART:
        other = np.roll(np.arange(len(music)), apart)
        pairs = music.group != music.group[other]
        found.append(jaccard_distances(music.cells[pairs], music.cells[other[pairs]]))
    every = np.concatenate(found)
    return float(every.mean()) if len(every) else 0.0


def above(one: Float[Tensor, "one"], other: Float[Tensor, "other"]) -> float | None:
    """The probability that one of the first is judged above one of the others, ties counting half (Mann and Whitney
    1947): a half where the two cannot be told apart, whatever the judgements' scale. None where one is not finite."""
    if not (one.isfinite().all() and other.isfinite().all()):
        return None
    apart = one[:, None] - other
    return float((apart > 0).double().mean() + (apart == 0).double().mean() / 2)


def _way(gap: Judged, apart: Rolls, steep: Rolls) -> float | None:
    """How steep the generator's loss is at its rolls, in units of the judgement's mean slope from there to real ones.

    1 or more where the judgement is a straight slope and the loss its negative; next to 0 where the critic is flat
    there or the loss is saturated, so that nothing tells the generator which way real music lies. None where real
    rolls are not judged above generated ones.
    """
    slope = float((gap / apart.flatten(start_dim=1).norm(dim=1).clamp(min=1e-6)).median())
    at_fake = float(steep.flatten(start_dim=1).norm(dim=1).median())
    return at_fake / slope if 0 < slope < float("inf") and at_fake < float("inf") else None


def _asked(loss: str, real: Judged, fake: Judged) -> float | None:
    """How much the critic's loss asks still: the mean of its derivative by each judgement, without the sign.

    Always 1 of Wasserstein's; near 0 where a loss that has a scale is saturated.
    """
    judged = [real.clone().requires_grad_(), fake.clone().requires_grad_()]
    gradients = torch.autograd.grad(OBJECTIVES[loss].critic(*judged), judged)
    asked = float(torch.cat(gradients).abs().mean()) * len(real)
    return asked if np.isfinite(asked) else None


def _strange(
    training: Float[Tensor, "training"], unseen: Float[Tensor, "unseen"], fake: Float[Tensor, "fake"]
) -> float | None:
    """Where validation music is judged, between training music (0) and generated music (1): r_v of Karras et al. 2020
    (arXiv 2006.06676, eq. 1), of medians. None where training music is not judged above generated music."""
    known, new, made = (float(judged.median()) for judged in (training, unseen, fake))
    strange = (known - new) / (known - made) if known > made else None
    return strange if strange is None or np.isfinite(strange) else None


def _some_rolls(music: WindowSet, planes: int) -> Rolls:
    """`ASKED` rolls of music, from all over it, as a critic sees them."""
    chosen = np.linspace(0, len(music) - 1, min(ASKED, len(music))).astype(np.int64)
    return to_network_input(played_planes(music.cells[chosen]), planes)


@contextmanager
def _as_they_are(*networks: nn.Module) -> Iterator[None]:
    """Networks with what they have learned of batches, which the batch at hand does not change."""
    modes = [network.training for network in networks]
    for network in networks:
        network.eval()
    try:
        yield
    finally:
        for network, mode in zip(networks, modes, strict=True):
            network.train(mode)
