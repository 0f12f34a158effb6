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
Told = Float[Tensor, "batch steps width"]
Roll = Float[Tensor, "batch planes steps pitches"]

MOST_LINES = 4  # of other tracks, the nearest, to which it hears intervals


class Part(nn.Module):
    """The logits of one track at each step."""

    def __init__(self, spec: ModelSpec, track: int) -> None:
        super().__init__()
        self.track, self.pitches, width = spec.tracks[track], spec.grid.pitches, spec.networks.width
        self.silent = self.pitches  # where a line is that does not sound (see `lines`)
        self.discretiser = Discretiser(spec.alone(track))
        self.own = line_count(self.track)
        self.others = min(MOST_LINES, sum(map(line_count, spec.tracks[:track]))) if self.own else 0
        pairs, lines, intervals = self.own * self.others, self.own + self.others, 2 * self.pitches - 1
        self.cell_shape, self.table_shape = (spec.logit_planes, self.pitches), (lines, intervals)

        self.normalised = normalisation(spec.networks.generator_normalisation, width, 1)
        self.place = nn.Linear(self.own * self.pitches, width, bias=False) if self.own else None
        self.apart = nn.Linear(pairs * intervals, width, bias=False) if pairs else None
        self.motions = nn.Linear(self.others * intervals, width, bias=False) if pairs else None
        self.branch = nn.Sequential(
            nn.LeakyReLU(LEAK), nn.Linear(width, width), nn.LeakyReLU(LEAK), nn.Linear(width, width)
        )
        self.cells = nn.Linear(width, math.prod(self.cell_shape))
        self.moves = nn.Linear(width, 2) if spec.moves else None
        # Scores of intervals from each line, and of parallels to each pair; none to begin with, for many are rare in
        # music and would keep for long what they began with.
        self.sizes = [math.prod(self.table_shape), pairs * OCTAVE]
        self.scores = nn.Linear(width, sum(self.sizes)) if self.own else None
        if self.scores is not None:
            self.scores.gain = 0.0  # type: ignore[assignment]

    def forward(self, features: Features, roll: Roll, others: Lines) -> Logits:
        """What it says at each step if it played `roll` until then; `others` are the lines of tracks before it, the
        nearest first."""
        return self._said_of(self._told(features, others), roll, others)

    def play(self, features: Features, others: Lines) -> tuple[Logits, Roll]:
        """What it says, and plays, where it hears itself; the same `others`. What it played has no gradient."""
        with _in_full(features.device):
            told = self._told(features.float(), others)
            with torch.no_grad():
                roll = self._played(told, others)
            return self._said_of(told, roll, others), roll

    def _played(self, told: Told, others: Lines) -> Roll:
        """Step by step the likeliest choice."""
        now, before = self._now_and_before(others)
        own, frame, played = now.new_full((len(now), 1, self.own), self.silent), None, []
        if not self.own:  # it hears nothing of itself, so that it can play all steps at once
            return self.discretiser(self._said(told, now, before, now))[:, 0]
        for index in range(told.shape[1]):
            step = slice(index, index + 1)
            said = self._said(told[:, step], own, before[:, step], now[:, step])
            played.append(self.discretiser(said, frame)[:, 0])
            frame = played[-1].sum(dim=1)  # of one step, as of one track: (batch, 1, pitches)
            sounding = lines_of(played[-1].amax(dim=1), self.track)
            own = torch.where(sounding < self.silent, sounding, own)
        return torch.cat(played, dim=2)

    def _told(self, features: Features, others: Lines) -> Told:
        """The features of each step, and how others move to it: all that does not hang on what it plays itself."""
        told = self.normalised(features).transpose(1, 2)
        if self.motions is None:
            return told
        return told + heard_gaps(self.motions.weight.t(), *self._now_and_before(others), self.silent)

    def _said_of(self, told: Told, roll: Roll, others: Lines) -> Logits:
        """Logits of all steps, its own lines being those of `roll`."""
        own = self._a_step_later(unbroken(lines_of(roll.amax(dim=1), self.track), self.silent))
        now, before = self._now_and_before(others)
        return self._said(told, own, before, now)

    def _said(self, told: Told, own: Lines, before: Lines, now: Lines) -> Logits:
        """Logits of some steps: its own lines and those of others as they were `before`, and others as they are
        `now`."""
        own_of_pair, before_of_pair, now_of_pair = self._in_pairs(own, before, now)
        hidden = told
        if self.place is not None:
            hidden = hidden + heard_pitches(self.place.weight.t(), own, self.silent)
        if self.apart is not None:
            hidden = hidden + heard_gaps(self.apart.weight.t(), own_of_pair, before_of_pair, self.silent)
        hidden = leaky_relu(hidden + self.branch(hidden), LEAK)
        cells = self.cells(hidden).unflatten(2, self.cell_shape)
        if self.scores is not None:
            intervals, parallels = self.scores(hidden).split(self.sizes, dim=2)
            scores = away_from(intervals.unflatten(2, self.table_shape), torch.cat([own, now], dim=2))
            if self.others:
                tables = parallels.unflatten(2, (-1, OCTAVE))
                scores = scores + in_parallel(tables, own_of_pair, before_of_pair, now_of_pair, self.silent)
            cells = torch.cat([cells[:, :, :1] + scores[:, :, None], cells[:, :, 1:]], dim=2)
        moves = self.moves(hidden).transpose(1, 2)[:, None] if self.moves is not None else None
        return Logits(cells.transpose(1, 2)[:, None], moves)

    def _now_and_before(self, others: Lines) -> tuple[Lines, Lines]:
        """The lines that it hears at each step, and as they were a step before."""
        now = others[..., : self.others]
        return now, self._a_step_later(now)

    def _a_step_later(self, lines: Lines) -> Lines:
        return pad(lines, (0, 0, 1, 0), value=self.silent)[:, :-1]

    def _in_pairs(self, own: Lines, before: Lines, now: Lines) -> list[Lines]:
        """Each of its own lines beside each of the others': own, before, now, (batch, steps, pairs)."""
        sides = own[..., :, None], before[..., None, :], now[..., None, :]
        return [lines.expand(-1, -1, self.own, self.others).flatten(start_dim=2) for lines in sides]


def _in_full(device: torch.device) -> AbstractContextManager[object]:
    """Within, products are taken in 32 bits: the many small ones of a step gain nothing from fewer, and what is played
    step by step is what is said of all steps at once."""
    if not torch.amp.is_autocast_available(device.type):
        return nullcontext()
    return torch.autocast(device.type, enabled=False)
