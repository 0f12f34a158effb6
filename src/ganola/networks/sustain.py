"""From onsets and holds to what is sustained: a note sounds on for as long as it is held."""

from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

Frame = Float[Tensor, "batch tracks pitches"]


def sustain_scan(
    onset: Float[Tensor, "batch tracks steps pitches"],
    hold: Float[Tensor, "batch tracks steps #pitches"],
    before: Frame | None = None,
) -> Float[Tensor, "batch tracks steps pitches"]:
    """Return the sustain plane: sustain_t = hold_t * (onset_{t-1} + sustain_{t-1}).

    `before` is what sounds before the first step; nothing, unless given. A hold after a rest thus sounds nothing.
    """
    first = torch.zeros_like(onset[:, :, 0]) if before is None else before
    return cast("Tensor", _SustainScan.apply(onset, hold, first))


class _SustainScan(torch.autograd.Function):
    """`sustain_scan` with a backward pass of its own: recorded step by step, it takes several times as long."""

    @staticmethod
    def forward(ctx: FunctionCtx, onset: Tensor, hold: Tensor, before: Tensor) -> Tensor:
        sustain = torch.empty_like(onset)
        frame = before
        # (All steps are taken apart at once: one by one, that takes longer than the products.)
        for begins, held, sustained in zip(onset.unbind(2), hold.unbind(2), sustain.unbind(2), strict=True):
            torch.mul(held, frame, out=sustained)
            frame = begins + sustained
        ctx.save_for_backward(onset, hold, before, sustain)
        return sustain

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """With f_t = onset_t + sustain_t: d/d onset_t = d/d f_t = hold_{t+1} d/d sustain_{t+1}, and d/d hold_t =
        f_{t-1} d/d sustain_t."""
        onset, hold, before, sustain = ctx.saved_tensors
        of_sustain, of_onset = torch.empty_like(onset), torch.empty_like(onset)
        of_frame = torch.zeros_like(before)
        steps = zip(gradient.unbind(2), hold.unbind(2), of_onset.unbind(2), of_sustain.unbind(2), strict=True)
        for own, held, of_begins, of_sustained in reversed(list(steps)):
            of_begins.copy_(of_frame)
            torch.add(own, of_frame, out=of_sustained)
            of_frame = held * of_sustained
        frames = torch.cat([before[:, :, None], (onset + sustain)[:, :, :-1]], dim=2)
        of_hold = frames * of_sustain
        return of_onset, of_hold.sum_to_size(hold.shape), of_frame
