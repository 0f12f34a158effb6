"""What the tests of training share: small recipes, states, a watcher, and how to stop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from ganola.events import Callback, Diagnosed, Snapshot, StepLogged, Validated, WentBack
from ganola.networks.config import ModelSpec
from ganola.training.build import build_state
from ganola.training.recipe import Recipe, parse_recipe

MLP = {"architecture": "mlp"}  # takes a quarter of the time of a residual network, which decodes step by step
SMALL_VAE = {"share": 0.6, "batch": 4, "kl_weight": 0.01, "learning_rate": 3e-3}


def small_recipe(**sections: dict[str, object]) -> Recipe:
    tree: dict[str, dict[str, object]] = {
        "networks": {"architecture": "mlp", "width": 16, "latent": 6, "output": "softmax"},
        "training": {"batch": 5, "critic_steps": 2, "ema_half_life_samples": 40.0},
    }
    for section, values in sections.items():
        tree[section] = tree.get(section, {}) | values
    return parse_recipe(tree, "small")


def vae_recipe(**sections: dict[str, object]) -> Recipe:
    """A VAE for three of five steps, then the game."""
    networks = {"architecture": "residual", "width": 8, "encoder_width": 8, "generator_normalisation": "none"}
    networks |= sections.pop("networks", {})
    return small_recipe(networks=networks, vae=SMALL_VAE | sections.pop("vae", {}), **sections)


def flow_recipe(**sections: dict[str, object]) -> Recipe:
    """A VAE, a flow and the game, in five steps: 2, 2 and 1."""
    tree = vae_recipe(vae={"share": 0.4}).model_dump()
    tree["networks"] |= {"prior": "flow", "flow_width": 8}
    tree["flow"] = {"share": 0.4, "batch": 7}
    for section, values in sections.items():
        tree[section] |= values
    return parse_recipe(tree, "flow")


def state_and_rolls(corpus, recipe):
    spec = ModelSpec(grid=corpus.grid, tracks=corpus.tracks, networks=recipe.networks)
    state = build_state(recipe, spec)
    shape = (recipe.training.batch, len(corpus.tracks), spec.planes, corpus.grid.steps, corpus.grid.pitches)
    rolls = (torch.rand(shape, generator=torch.Generator().manual_seed(9)) < 0.1).float()
    return state, rolls


def copies(network) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in network.parameters()]


def same(network, before: Sequence[torch.Tensor]) -> bool:
    return all(torch.equal(now, then) for now, then in zip(network.parameters(), before, strict=True))


def stop_after(checks: int) -> Callable[[], bool]:
    """Stop a training when it has asked so many times."""
    left = iter(range(checks))
    return lambda: next(left, None) is None


@dataclass
class Watcher(Callback):
    """Keeps all events."""

    steps: list[StepLogged] = field(default_factory=list)
    validated: list[Validated] = field(default_factory=list)
    problems: list[Diagnosed] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    returns: list[WentBack] = field(default_factory=list)

    def on_step(self, event: StepLogged) -> None:
        self.steps.append(event)

    def on_validated(self, event: Validated) -> None:
        self.validated.append(event)

    def on_diagnosed(self, event: Diagnosed) -> None:
        self.problems.append(event)

    def on_went_back(self, event: WentBack) -> None:
        self.returns.append(event)

    def on_snapshot(self, event: Snapshot) -> None:
        self.snapshots.append(event)
