"""The generator learns as the decoder of a variational autoencoder (VAE), together with an encoder (N9)."""

from typing import ClassVar

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Adam

from ganola.networks.encoder import DiagonalGaussian
from ganola.networks.model import Networks
from ganola.randomness import Purpose, latents, stream
from ganola.training.augmentation import build_augmentation
from ganola.training.device import to_device
from ganola.training.metrics import Metrics
from ganola.training.optimisation import autocast, build_adam, finish_step, update
from ganola.training.phases.base import Phase
from ganola.training.recipe import Recipe
from ganola.training.sampler import Rolls, TrainingData
from ganola.training.schedule import cosine_learning_rate, linear_warmup
from ganola.training.state import State
from ganola.training.team import Share


class VaePhase(Phase):
    """Trains encoder and generator to reconstruct music.

    Metrics: `reconstruction_loss` and `kl`, both in nats a roll.
    """

    name = trains = "vae"
    needs_encoder = True
    # With a higher rate the first steps undo what a model learned. Its latent space is there already: the KL has its
    # full weight from the start.
    fine_tuning_limits: ClassVar = {"learning_rate": 3e-4, "kl_warmup": 0.0}
    step_cost = 1.0

    @classmethod
    def budget_share(cls, recipe: Recipe, left: float) -> float:  # noqa: ARG003 - what it has, the recipe says
        return recipe.vae.share

    @property
    def most_epochs(self) -> float:
        return self.recipe.vae.most_epochs

    @property
    def samples_per_step(self) -> int:
        return self.recipe.vae.batch

    def build_optimisers(self, networks: Networks) -> dict[str, Adam]:
        return {self.trains: build_adam(autoencoder_of(networks), self.recipe.vae.learning_rate)}

    def step(self, state: State, data: TrainingData, progress: float) -> Metrics:
        return vae_step(state, data.rolls(state.samples, self.samples_per_step), progress, data.epochs(state.samples))


def vae_step(state: State, real: Rolls, progress: float, epochs: float = 0.0) -> Metrics:
    """Take one step of encoder and generator together (Kingma and Welling 2014, arXiv 1312.6114, eq. 10; the KL
    weighted as in Higgins et al. 2017).

    `real` are this process's rows of the batch. `progress` through the phase, 0 to 1, raises the weight of the KL
    (Bowman et al. 2016, arXiv 1511.06349) and lowers the learning rate. `epochs` is how often all music was shown
    before: the more often, the more rolls are transposed.
    """
    config, networks = state.recipe.vae, state.networks
    share = state.team.share(config.batch)
    after = config.transpose_after_epochs
    real = transpose_some(state, share, real, epochs / (epochs + after) if after else 0.0)
    posterior, nats = encode_and_decode(state, share, real, stream(state.recipe.training.seed, Purpose.VAE, state.step))
    reconstruction, kl = share.weight * nats.mean(), share.weight * posterior.kl().mean()
    loss = reconstruction + config.kl_weight * linear_warmup(progress, config.kl_warmup) * kl
    cosine_learning_rate(state.optimisers["vae"], config.learning_rate, progress)
    measured = update(state, "vae", autoencoder_of(networks), loss, {"reconstruction_loss": reconstruction, "kl": kl})
    finish_step(state, share.count)
    return measured


def encode_and_decode(
    state: State, share: Share, real: Rolls, randomness: np.random.Generator
) -> tuple[DiagonalGaussian, Float[Tensor, "batch"]]:
    """Return where this process's rows of a batch are encoded, and their nats as decoded from a latent drawn there."""
    networks = state.networks
    assert networks.encoder is not None  # noqa: S101 - recipes refuse what needs one and has none
    noise = to_device(latents(share.count, networks.spec.latent, randomness)[share.rows], state.device)
    with autocast(state):
        posterior = networks.encoder(real)
        logits = networks.generator.decode_teacher_forced(posterior.sample(noise), real)
    return posterior, networks.generator.discretiser.reconstruction_loss(logits, real)


def autoencoder_of(networks: Networks) -> nn.Module:
    """Return generator and encoder as one module."""
    assert networks.encoder is not None  # noqa: S101 - it was built for this phase
    return nn.ModuleList([networks.generator, networks.encoder])


def transpose_some(
    state: State, share: Share, rolls: Rolls, probability: float
) -> Float[Tensor, "batch tracks planes steps pitches"]:
    """Return the rolls, these rows of a batch, each with this probability in another key."""
    augmentation = build_augmentation(state.networks.spec, ("transpose",), probability)
    randomness = stream(state.recipe.training.seed, Purpose.VAE_TRANSPOSITION, state.step)
    return augmentation(rolls, augmentation.draw(share.count, randomness).of(share.rows))
