"""Which cells and notes of a phrase a critic's number D comes from: gradient times input."""

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from ganola.judging.critic_scores import Cells, critic_batches, evaluation_mode
from ganola.music.grid import Grid
from ganola.music.score import Notes


def attribution(critic: nn.Module, cells: Cells, planes: int) -> Float[np.ndarray, "phrases tracks steps pitches"]:
    """Return what each cell adds to D, to first order: x times the gradient of D at x, summed over planes.

    Were the cell silent, D would be less by about as much; what is negative makes the phrase sound less real. (Simonyan
    et al. 2013, arXiv 1312.6034, and Shrikumar et al. 2016, arXiv 1605.01713.)
    """
    batches = [np.zeros((0, *cells.shape[1:]), dtype=np.float32)]
    with evaluation_mode(critic), torch.enable_grad():
        for batch in critic_batches(critic, cells, planes):
            roll = batch.requires_grad_()
            # Each D depends on its own phrase alone, so the sum's gradient is that of each.
            (gradient,) = torch.autograd.grad(critic(roll).sum(), roll)
            batches.append((gradient * roll).sum(dim=2).detach().cpu().numpy())
    return np.concatenate(batches)


def note_attribution(
    of_cells: Float[np.ndarray, "tracks steps pitches"], notes: Notes, grid: Grid
) -> Float[np.ndarray, "notes"]:
    """Return what each note of a phrase adds to D: the sum over its cells. Notes are in steps from its beginning."""
    step, length = notes.steps()
    added = of_cells[notes.track.repeat(length), step, notes.pitch.repeat(length) - grid.lowest]
    return np.bincount(np.arange(len(notes)).repeat(length), added, minlength=len(notes))
