"""What the other processes of a team do in tests: they find these functions here, by their names."""

import os

import torch

from ganola.errors import InputError
from ganola.training import loop, optimisation
from ganola.training.run import Run
from ganola.training.team import Connect, Team


def exchange(team: Team) -> list[torch.Tensor]:
    """What each process of a team does here, at once: numbers of all kinds are summed, gathered and told."""
    generator = torch.Generator().manual_seed(team.rank)
    weights = [torch.randn(shape, generator=generator) for shape in ((), (7,), (300, 41))]
    summed = team.sum(weights)
    rows = team.gather(torch.full((team.rank, 2), float(team.rank)))
    told = team.agree([team.rank + 0.1, 5.0])
    return [*summed, rows, torch.tensor(told, dtype=torch.float64)]


def take_part(run: Run, connect: Connect) -> None:
    """Exchange numbers, and show rank 0 what came of it."""
    team = connect()
    team.gather(flatten(exchange(team)))


def flatten(tensors: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.double().reshape(-1) for tensor in tensors])[None]


class Descent(torch.optim.Adam):
    """Plain descent. Adam divides by the size of a gradient, so that one that is 0 but for rounding moves a weight too,
    by rounding alone. It heeds `found_inf` as torch's fused optimisers do (which know no `meta`)."""

    found_inf: torch.Tensor | float = 0.0

    def __init__(self, parameters, lr, **_: object) -> None:
        super().__init__(parameters, lr)

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.sub_(parameter.grad * (1 - self.found_inf) * group["lr"])


def follow_by_descent(run: Run, connect: Connect) -> None:
    """Train as rank 0 does, which has `Descent` in Adam's place."""
    optimisation.Adam = Descent
    loop.follow(run, connect)


def refuse(run: Run, connect: Connect) -> None:
    raise InputError("a wrong note", "Play another.")


def stumble(run: Run, connect: Connect) -> None:
    connect()
    raise ZeroDivisionError("by a rest")


def die_early(run: Run, connect: Connect) -> None:
    os._exit(3)
