"""A model's networks: generator, critic and perhaps an encoder, built from one specification."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ganola.networks import architectures
from ganola.networks.config import ModelSpec
from ganola.networks.encoder import Encoder
from ganola.networks.generator import Architecture, Generator
from ganola.networks.initialise import build, build_on_meta
from ganola.networks.record import ModelRecord
from ganola.networks.spectral import add_spectral_norm


@dataclass(frozen=True)
class Networks:
    """Generator and critic for one specification, and perhaps an encoder."""

    spec: ModelSpec
    generator: Generator
    critic: nn.Module
    encoder: nn.Module | None = None  # left by the VAE

    def soft_rolls(self, r: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch tracks planes steps pitches"]:
        """Return the rolls that training shows the critic for this r."""
        return self.generator.soft_rolls(r)


@dataclass(frozen=True)
class Model:
    """A trained model as it comes from its file; `record` says how it was trained, `digest` which file it is.

    Without its critic it plays all the same, and judges nothing.
    """

    spec: ModelSpec
    generator: Generator
    critic: nn.Module | None
    record: ModelRecord
    digest: str
    encoder: nn.Module | None = None  # left by the VAE

    @torch.inference_mode()
    def rolls(self, latent: Float[Tensor, "batch latent"]) -> Bool[Tensor, "batch tracks planes steps pitches"]:
        """Return the rolls that these latents play."""
        return self.generator.rolls(latent)


def architecture_of(spec: ModelSpec) -> Architecture:
    """Return the architecture that a specification names."""
    return import_module(f"{architectures.__name__}.{spec.networks.architecture}").ARCHITECTURE


def build_networks(
    spec: ModelSpec, randomness: np.random.Generator | None = None, *, encoder: bool = False
) -> Networks:
    """Return untrained networks, their weights drawn from `randomness`; without it, they have yet to be given some."""
    architecture, kind = architecture_of(spec), spec.networks.initialisation
    return Networks(
        spec=spec,
        generator=build(architecture.generator, spec, kind=kind, randomness=randomness),
        critic=build(build_critic, spec, kind=kind, randomness=randomness),
        encoder=build(Encoder, spec, kind="he", randomness=randomness) if encoder else None,
    )


def plan_networks(spec: ModelSpec, *, encoder: bool = False) -> Networks:
    """Return networks that take no memory until they are given their weights (see `model_file.load_planned`)."""
    return Networks(
        spec=spec,
        generator=build_on_meta(architecture_of(spec).generator, spec),
        critic=build_on_meta(build_critic, spec),
        encoder=build_on_meta(Encoder, spec) if encoder else None,
    )


def build_critic(spec: ModelSpec) -> nn.Module:
    """Return the critic of a specification, with spectral normalisation if it asks for that."""
    critic = architecture_of(spec).critic(spec)
    return add_spectral_norm(critic) if spec.networks.critic_normalisation == "spectral" else critic


def parameter_count(network: nn.Module) -> int:
    """Return how many trained numbers a network has."""
    return sum(parameter.numel() for parameter in network.parameters())
