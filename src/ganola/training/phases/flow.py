"""A latent flow learns the distribution of encoded music, so that the generator draws latents from there."""

import math
from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.optim import Adam

from ganola.networks.encoder import DiagonalGaussian
from ganola.networks.latent_flow import LatentFlow
from ganola.networks.model import Networks
from ganola.randomness import Purpose, latents, stream
from ganola.training.device import to_device
from ganola.training.metrics import Metrics
from ganola.training.optimisation import autocast, build_adam, finish_step, update
from ganola.training.phases.base import Phase
from ganola.training.recipe import Recipe
from ganola.training.sampler import TrainingData
from ganola.training.schedule import cosine_learning_rate
from ganola.training.state import State
from ganola.training.team import Share

GUIDE = 0.05  # of the phase: the flow as it was then guides what it becomes


class FlowPhase(Phase):
    """Trains the generator's latent flow on encoded music.

    Metric: `flow_loss`, the squared error summed over a latent.
    """

    name = trains = "flow"
    needs_encoder = True
    fine_tuning_limits: ClassVar = {"learning_rate": 3e-5}  # with 3e-4 a trained flow became worse than it was
    step_cost = 0.3

    @classmethod
    def budget_share(cls, recipe: Recipe, left: float) -> float:  # noqa: ARG003 - what it has, the recipe says
        return recipe.flow.share

    @property
    def most_epochs(self) -> float:
        return self.recipe.flow.most_epochs

    def epoch_size(self, data: TrainingData) -> int:
        return data.encoded_sampler.epoch_size

    @property
    def samples_per_step(self) -> int:
        return self.recipe.flow.batch

    def build_optimisers(self, networks: Networks) -> dict[str, Adam]:
        return {self.trains: build_adam(latent_flow_of(networks.generator).flow, self.recipe.flow.learning_rate)}

    def prepare(self, state: State, data: TrainingData) -> None:
        encode_once(state, data)

    def step(self, state: State, data: TrainingData, progress: float) -> Metrics:
        return flow_step(state, data.encoded_indices(state.samples, self.samples_per_step), progress)


def flow_step(state: State, indices: Int[np.ndarray, "batch"], progress: float) -> Metrics:
    """Take one step of the flow on the encoded music at these indices (Lipman et al. 2023, arXiv 2210.02747, eq. 10).

    They are those of a whole batch, of which this process takes its share. `progress` through the phase, 0 to 1, lowers
    the learning rate. Early in the phase the flow's moving average is copied to its guide, unless the state keeps the
    one that it began with.
    """
    config, latent_flow = state.recipe.flow, latent_flow_of(state.networks.generator)
    loss = flow_loss(state, indices, stream(state.recipe.training.seed, Purpose.FLOW, state.step))
    cosine_learning_rate(state.optimisers["flow"], config.learning_rate, progress)
    measured = update(state, "flow", latent_flow.flow, loss, {"flow_loss": loss})
    finish_step(state, len(indices))
    if progress < GUIDE and not state.keeps_guide:
        ema = latent_flow_of(state.ema)
        for guided in (latent_flow, ema):
            guided.snapshot_guide(ema.flow)
    return measured


def flow_loss(state: State, indices: Int[np.ndarray, "batch"], randomness: np.random.Generator) -> Float[Tensor, ""]:
    """Return this process's part of the mean flow matching loss on the encoded music at these indices, at random
    times."""
    config, latent_flow = state.recipe.flow, latent_flow_of(state.networks.generator)
    assert state.encoded is not None  # noqa: S101 - see `encode_once`
    size = (len(indices), state.networks.spec.latent)
    share = state.team.share(len(indices))
    chosen, sampled = (
        own_rows(state, share, values) for values in (torch.from_numpy(indices), latents(*size, randomness))
    )
    latent = DiagonalGaussian(state.encoded.mean[chosen], state.encoded.log_variance[chosen]).sample(sampled)
    # More often in the middle of the way, where there is most to learn (Esser et al. 2024, arXiv 2403.03206, eq. 19).
    angle = own_rows(state, share, latents(len(indices), 1, randomness)[:, 0].sigmoid() * (math.pi / 2))
    noise = own_rows(state, share, latents(*size, randomness))
    kept = None
    if config.dropout:
        mask = latent_flow.flow.dropout_mask(len(indices), config.dropout, randomness)
        kept = to_device(mask[:, share.rows], state.device)
    with autocast(state):
        return share.weight * latent_flow.flow_matching_loss(latent, noise, angle, kept).mean()


def own_rows(state: State, share: Share, values: Tensor) -> Tensor:
    """Return this process's rows of what a whole batch needs, on its device."""
    return to_device(values[share.rows], state.device)


def encode_once(state: State, data: TrainingData) -> None:
    """Encode training music where that has not been done, be it in this process or at all."""
    if state.encoded is None:
        encode(state, data.rolls_to_encode())


@torch.no_grad()
def encode(state: State, music: Iterable[Float[Tensor, "_ tracks planes steps pitches"]]) -> None:
    """Keep where music is encoded, and standardise the flow by its mean and deviation.

    `music` is this process's part of it, which may be none; each of a team keeps all of it.
    """
    encoder = state.networks.encoder
    assert encoder is not None  # noqa: S101 - recipes refuse a flow without one
    posteriors = [encoder(rolls) for rolls in music]
    none = torch.empty(0, state.networks.spec.latent, device=state.device)
    means = state.team.gather(torch.cat([none, *(posterior.mean for posterior in posteriors)]))
    log_variances = state.team.gather(torch.cat([none, *(posterior.log_variance for posterior in posteriors)]))
    state.encoded = DiagonalGaussian(means, log_variances)
    for generator in (state.networks.generator, state.ema):
        latent_flow_of(generator).standardise(means, log_variances.exp())


def latent_flow_of(generator: nn.Module) -> LatentFlow:
    """Return the generator's latent flow."""
    latent_flow = generator.get_submodule("prior")
    assert isinstance(latent_flow, LatentFlow)  # noqa: S101 - recipes refuse what needs one and has none
    return latent_flow
