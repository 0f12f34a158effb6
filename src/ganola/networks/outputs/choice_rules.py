"""How a choice is made from logits: the likeliest, straight through, or a share of each."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganola.networks.outputs.straight_through import binary_step, straight_through_argmax, straight_through_choice


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """What turns logits into choices, each a function of them."""

    one_of: Callable[[Tensor, int], Tensor]  # of the last axis, of which the first few get no gradient
    of_cell: Callable[[Tensor], Tensor]  # of off, onset and sustain, the logit of off being zero
    switch: Callable[[Tensor], Tensor]  # of off and on, likewise


LIKELIEST = ChoiceRule(straight_through_argmax, straight_through_choice, binary_step)


def relaxed(slope: Float[Tensor, ""]) -> ChoiceRule:
    """Return the rule that gives each choice its share in the softmax of the logits times `slope`.

    Of logits with Gumbel noise that is a Gumbel-softmax of temperature 1 / slope (Jang et al. 2016, arXiv 1611.01144,
    eq. 2), also called a concrete distribution, which may be binary (Maddison et al. 2016, arXiv 1611.00712).
    """

    def one_of(logits: Tensor, skip: int) -> Tensor:
        free = torch.cat([logits[..., :skip].detach(), logits[..., skip:]], dim=-1) if skip else logits
        return (slope * free).softmax(dim=-1)

    def of_cell(logits: Tensor) -> Tensor:
        return torch.cat([torch.zeros_like(logits[:, :, :1]), slope * logits], dim=2).softmax(dim=2)[:, :, 1:]

    return ChoiceRule(one_of, of_cell, lambda logits: (slope * logits).sigmoid())
