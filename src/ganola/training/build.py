"""The state of a training before its first step."""

import torch

from ganola.networks.config import ModelSpec
from ganola.networks.inputs import CPU
from ganola.networks.model import build_networks
from ganola.randomness import Purpose, stream
from ganola.training.phases.registry import build_phases
from ganola.training.recipe import Recipe
from ganola.training.state import State


def build_state(recipe: Recipe, spec: ModelSpec, device: torch.device = CPU) -> State:
    """Return the state before the first step, on a device; its weights are the same on each."""
    phases = build_phases(recipe)
    encoder = any(phase.needs_encoder for phase in phases)
    networks = build_networks(spec, stream(recipe.training.seed, Purpose.WEIGHTS), encoder=encoder)
    ema = build_networks(spec).generator.to(device)
    for network in (networks.generator, networks.critic, networks.encoder):
        if network is not None:
            network.to(device)
    ema.load_state_dict(networks.generator.state_dict())
    optimisers = {name: own for phase in phases for name, own in phase.build_optimisers(networks).items()}
    return State(
        recipe=recipe,
        networks=networks,
        ema=ema.eval().requires_grad_(False),
        optimisers=optimisers,
        phase=phases[0].name,
        device=device,
    )
