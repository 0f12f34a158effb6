"""One track of a residual generator, played step by step: what it plays next depends on where its line has come to, and
on what the tracks before it play.

Beside pitches it hears how far lines lie apart, and how the others move; and it chooses among pitches also by how far
from each line they lie, and by which of them would move in parallel. So what it learns of an interval holds wherever
the interval lies.

Of itself it hears where its line is and not when it played: a part that hears itself rest is ever surer to rest on, and
where each step takes the likeliest choice, it never begins.
"""

import math
from contextlib import AbstractContextManager, nullcontext

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, pad

from ganola.networks.blocks import LEAK, normalisation
from ganola.networks.choices import ModelSpec
from ganola.networks.discretise import Discretiser, Logits
from ganola.networks.lines import (
    OCTAVE,
    Lines,
    away_from,
    heard_gaps,
    heard_pitches,
    in_parallel,
    line_count,
    lines_of,
    unbroken,
)

Features = Float[Tensor, "batch width steps"]
Roll = Float[Tensor, "batch planes steps pitches"]

MOST_LINES = 4  # of other tracks, the nearest, to which it hears intervals


class Part(nn.Module):
    """The logits of one track at each step."""

    def __init__(self, spec: ModelSpec, track: int) -> None:
        super().__init__()
        self.track, self.silent, width = spec.tracks[track], spec.grid.pitches, spec.networks.width
        self.discretiser = Discretiser(spec.alone(track))
        self.own = line_count(self.track)
        self.others = min(MOST_LINES, sum(map(line_count, spec.tracks[:track]))) if self.own else 0
        pairs, lines, intervals = self.own * self.others, self.own + self.others, 2 * self.silent - 1
        self.cell_shape, self.table_shape = (spec.logit_planes, self.silent), (lines, intervals)

        self.normalised = normalisation(spec.networks.generator_normalisation, width, 1)
        self.memory = nn.Linear(self.own * self.silent, width, bias=False) if self.own else None
        self.apart = nn.Linear(pairs * intervals, width, bias=False) if pairs else None
        self.motions = nn.Linear(self.others * intervals, width, bias=False) if pairs else None
        self.branch = nn.Sequential(
            nn.LeakyReLU(LEAK), nn.Linear(width, width), nn.LeakyReLU(LEAK), nn.Linear(width, width)
        )
        # One layer says it all: pitches, rest and hold, intervals from each line, parallels to each pair.
        self.sizes = [math.prod(self.cell_shape), 2 * spec.moves, math.prod(self.table_shape), pairs * OCTAVE]
        self.scores = nn.Linear(width, sum(self.sizes))

    def forward(self, features: Features, roll: Roll, others: Lines) -> Logits:
        """What it says at each step if it played `roll` until then; `others` are the lines of tracks before it, the
        nearest first."""
        own = self._a_step_later(unbroken(lines_of(roll.sum(dim=1), self.track), self.silent))
        return self._said(self._told(features, others), own, self._before(others), self._now(others))

    @torch.no_grad()
    def play(self, features: Features, others: Lines) -> Roll:
        """What it plays where it hears itself; the same `others`."""
        told, before, now = self._told(features.float(), others), self._before(others), self._now(others)
        own, frame, played = now.new_full((len(now), 1, self.own), self.silent), None, []
        with _in_full(features.device):
            for step in map(slice, range(told.shape[1]), range(1, told.shape[1] + 1)):
                said = self._said(told[:, step], own, before[:, step], now[:, step])
                played.append(self.discretiser(said, frame)[:, 0])
                frame = played[-1].sum(dim=1)
                sounds = lines_of(frame, self.track)
                own = torch.where(sounds < self.silent, sounds, own)
        return torch.cat(played, dim=2)

    def _told(self, features: Features, others: Lines) -> Float[Tensor, "batch steps width"]:
        """The features of each step, and how others move to it: all that does not hang on what it plays itself."""
        told = self.normalised(features).transpose(1, 2)
        if self.motions is None:
            return told
        return told + heard_gaps(self.motions.weight.t(), self._now(others), self._before(others), self.silent)

    def _said(self, told: Float[Tensor, "batch steps width"], own: Lines, before: Lines, now: Lines) -> Logits:
        """Of some steps: its own lines and those of others as they were `before`, and others as they are `now`."""
        ours, theirs, them = _paired(own, before, now)
        hidden = told
        if self.memory is not None:
            hidden = hidden + heard_pitches(self.memory.weight.t(), own, self.silent)
        if self.apart is not None:
            hidden = hidden + heard_gaps(self.apart.weight.t(), ours, theirs, self.silent)
        said = self.scores(leaky_relu(hidden + self.branch(hidden), LEAK))
        cells, moves, intervals, parallels = said.split(self.sizes, dim=2)
        cells = cells.unflatten(2, self.cell_shape)
        if self.own:
            scores = away_from(intervals.unflatten(2, self.table_shape), torch.cat([own, now], dim=2))
            if self.others:
                scores = scores + in_parallel(parallels.unflatten(2, (-1, OCTAVE)), ours, theirs, them, self.silent)
            cells = torch.cat([cells[:, :, :1] + scores[:, :, None], cells[:, :, 1:]], dim=2)
        return Logits(cells.transpose(1, 2)[:, None], moves.transpose(1, 2)[:, None] if moves.shape[2] else None)

    def _now(self, others: Lines) -> Lines:
        return others[..., : self.others]

    def _before(self, others: Lines) -> Lines:
        return self._a_step_later(self._now(others))

    def _a_step_later(self, lines: Lines) -> Lines:
        return pad(lines, (0, 0, 1, 0), value=self.silent)[:, :-1]


def _in_full(device: torch.device) -> AbstractContextManager[object]:
    """Within, products are taken in 32 bits: the many small ones of a step gain nothing from fewer."""
    if not torch.amp.is_autocast_available(device.type):
        return nullcontext()
    return torch.autocast(device.type, enabled=False)


def _paired(own: Lines, before: Lines, now: Lines) -> tuple[Lines, Lines, Lines]:
    """Each line of its own beside each of the others."""
    count = own.shape[2], now.shape[2]
    ours = own[..., :, None].expand(-1, -1, *count)
    theirs, them = (lines[..., None, :].expand(-1, -1, *count) for lines in (before, now))
    return tuple(lines.flatten(start_dim=2) for lines in (ours, theirs, them))  # type: ignore[return-value]
