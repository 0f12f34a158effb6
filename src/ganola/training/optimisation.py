"""One update of a network: backpropagate, look for what is not finite, step; and what surrounds it."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Adam

from ganola.networks.model_file import LARGEST_WEIGHT
from ganola.training.config import OptimiserConfig
from ganola.training.device import is_asynchronous
from ganola.training.ema import ema_decay, ema_update
from ganola.training.metrics import Metrics, StepMetrics
from ganola.training.state import State
from ganola.training.team import Team

SUPERVISED_BETAS = (0.9, 0.99)


class NotFiniteError(ArithmeticError):
    """A loss or gradient became infinite or not a number: that step was not taken, nor any after it. Or weights grew
    beyond what a model file may hold.

    `network` is the recipe's section of the optimiser that was to step, or that let them grow.
    """

    def __init__(self, network: str, problem: str = "loss or gradient is no longer finite") -> None:
        super().__init__(f"the {network}'s {problem}")
        self.network = network


def build_adam(network: nn.Module, learning_rate: float) -> Adam:
    """Return an optimiser for a loss that has a minimum, as those of autoencoders and flows have."""
    return Adam(network.parameters(), lr=learning_rate, betas=SUPERVISED_BETAS, fused=True)


def build_game_adam(network: nn.Module, config: OptimiserConfig) -> Adam:
    """Return an optimiser for a player of the game, whose betas the recipe says."""
    return Adam(network.parameters(), lr=config.learning_rate, betas=(config.beta1, config.beta2), fused=True)


def update(
    state: State, name: str, network: nn.Module, loss: Float[Tensor, ""], metrics: dict[str, Float[Tensor, ""]]
) -> Metrics:
    """Backpropagate `loss`, step the optimiser called `name`, and return the metrics with the gradient's 2-norm.

    `loss` and `metrics` are this process's part of those of the batch (see `team.Share`): they and the gradients are
    summed over the team. Where the loss or the gradient is not finite, no weight changes. On a processor NotFiniteError
    is raised at once. Elsewhere that would wait for the device in every step: there no later update is made either, and
    `raise_if_not_finite` raises it.
    """
    optimiser = state.optimisers[name]
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    loss, *measured = _sum_over_team(state.team, network, [loss, *metrics.values()])
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    state.not_finite[name] = ~(norm.isfinite() & loss.isfinite()) | state.not_finite.get(name, False)
    if is_asynchronous(state.device):
        # A fused optimiser asks the device itself, and takes no step where this is 1.
        optimiser.found_inf = torch.stack(list(state.not_finite.values())).any().float()  # type: ignore[attr-defined]
    else:
        raise_if_not_finite(state)
    optimiser.step()
    return StepMetrics(dict(zip(metrics, measured, strict=True)), {name: norm})


def _sum_over_team(team: Team, network: nn.Module, numbers: Sequence[Tensor]) -> list[Tensor]:
    """Let a network's gradients be their sums over the processes of a team, and return the sums of `numbers`.

    All are sent at once, for each message is a wait.
    """
    gradients = {parameter: parameter.grad for parameter in network.parameters() if parameter.grad is not None}
    sums = team.sum([*(number.detach() for number in numbers), *gradients.values()])
    for parameter, gradient in zip(gradients, sums[len(numbers) :], strict=True):
        parameter.grad = gradient
    return sums[: len(numbers)]


def raise_if_not_finite(state: State) -> None:
    """Raise NotFiniteError where a step since the last call was not finite. Waits for the device."""
    networks = [network for network, happened in state.not_finite.items() if happened]
    state.not_finite.clear()
    if networks:
        raise NotFiniteError(networks[0])


def raise_if_too_large(state: State) -> None:
    """Raise NotFiniteError where weights are larger than LARGEST_WEIGHT, for they could be saved but not loaded."""
    for name, optimiser in reversed(state.optimisers.items()):  # the latest that trained them first
        trained = [
            weight for group in optimiser.param_groups for weight in group["params"] if weight in optimiser.state
        ]
        if trained and torch.nn.utils.get_total_norm(trained, norm_type=torch.inf) > LARGEST_WEIGHT:
            raise NotFiniteError(name, f"weights have grown beyond {LARGEST_WEIGHT:,.0f}")


def finish_step(state: State, samples: int) -> None:
    """Count a step that showed so many real rolls, and move the moving average."""
    state.step += 1
    state.samples += samples
    half_life = state.recipe.training.ema_half_life_samples
    decay = ema_decay(half_life, state.samples - state.phase_start_samples, samples)
    ema_update(state.ema, state.networks.generator, decay)


@contextmanager
def freeze_except(trained: nn.Module, *networks: nn.Module) -> Iterator[None]:
    """Let no part of `networks` but `trained` gather gradients in the block."""
    for network in networks:
        network.requires_grad_(False)
    trained.requires_grad_(True)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)


def autocast(state: State) -> AbstractContextManager[object]:
    """Take products in the recipe's precision in the block; weights, losses and penalties stay in 32 bits."""
    if state.recipe.training.precision != "bfloat16":
        return nullcontext()
    return torch.autocast(state.device.type, torch.bfloat16)
