"""One track of the residual generator, decoded step by step.

What it plays next depends on the latent's features, on where its own line is, and on what the tracks before it play.
Beside pitches it gets the intervals between lines, and how the others move; and it scores pitches also by their
interval from each line, and by whether they would make a parallel motion. So what it learns of an interval holds
wherever the interval lies.

Of itself a voice gets where its line is and not when it played: a decoder that gets its own rests is ever surer to
rest on, and where each step takes the likeliest choice, it never begins. A track of many notes, whose choices are
drawn, gets what sounded a step before too: what is between its highest and its lowest note is no line's.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, pad

from ganola.networks.architectures.residual.step_loop import choose_steps
from ganola.networks.architectures.residual.voice_lines import (
    OCTAVE,
    Lines,
    embed_intervals,
    embed_pitches,
    hold_through_rests,
    interval_scores,
    line_count,
    lines_of,
    parallel_motion_scores,
)
from ganola.networks.config import ModelSpec
from ganola.networks.generator import GivenRoll
from ganola.networks.layers import LEAK, in_float32, row_normalisation
from ganola.networks.outputs.logits import Logits

Features = Float[Tensor, "batch steps width"]
Context = Float[Tensor, "batch steps width"]
Frame = Float[Tensor, "batch steps pitches"]  # what sounds in a track, a step before
TrackRoll = Float[Tensor, "batch planes steps pitches"]

MAX_OTHER_LINES = 4  # the nearest lines of other tracks, to which it gets intervals


class TrackDecoder(nn.Module):
    """The logits of one track at each step.

    `other_lines` of its methods are the lines of the tracks before it, the nearest track first (see `voice_lines`).
    """

    def __init__(self, spec: ModelSpec, track: int) -> None:
        super().__init__()
        self.track, self.pitches, width = spec.tracks[track], spec.grid.pitches, spec.networks.width
        self.rest = self.pitches  # the pitch of a line that rests
        self.discretiser = spec.of_track(track).discretiser
        self.own = line_count(self.track)
        self.others = min(MAX_OTHER_LINES, sum(map(line_count, spec.tracks[:track]))) if self.own else 0
        pairs, lines, intervals = self.own * self.others, self.own + self.others, 2 * self.pitches - 1
        output = spec.discretiser
        self.pitch_shape, self.table_shape = (output.logit_planes, self.pitches), (lines, intervals)

        self.norm = row_normalisation(spec.networks.generator_normalisation, width)
        self.pitch_embedding = nn.Linear(self.own * self.pitches, width, bias=False) if self.own else None
        self.interval_embedding = nn.Linear(pairs * intervals, width, bias=False) if pairs else None
        hears_frame = self.own > 1 and spec.networks.previous_frame
        self.frame_embedding = nn.Linear(self.pitches, width, bias=False) if hears_frame else None
        self.motion_embedding = nn.Linear(self.others * intervals, width, bias=False) if pairs else None
        self.branch = nn.Sequential(
            nn.LeakyReLU(LEAK), nn.Linear(width, width), nn.LeakyReLU(LEAK), nn.Linear(width, width)
        )
        self.pitch_head = nn.Linear(width, math.prod(self.pitch_shape))
        self.rest_hold_head = nn.Linear(width, 2) if self.discretiser.has_rest_hold else None
        # Scores of intervals from each line, and of parallels to each pair. They begin at zero, for many intervals are
        # rare in music and would keep for long what they began with.
        self.score_sizes = [math.prod(self.table_shape), pairs * OCTAVE]
        self.score_head = nn.Linear(width, sum(self.score_sizes)) if self.own else None
        if self.score_head is not None:
            self.score_head.gain = 0.0  # type: ignore[assignment]

    def teacher_forced_logits(self, features: Features, roll: TrackRoll, other_lines: Lines) -> Logits:
        """Return the logits of each step given that the track plays as in `roll` before it."""
        return self._logits(self._context(features, other_lines), roll, other_lines)

    def sample(self, features: Features, other_lines: Lines, noise: Logits | None = None) -> tuple[Logits, TrackRoll]:
        """Return the logits of each step given what was chosen before it, and the roll of all choices.

        Each step takes the likeliest choice by the logits with the noise. The roll has no gradient.
        """
        # The small products of a step gain nothing from fewer bits; and so the choices, made step by step, are those
        # that the logits of all steps say.
        with in_float32(features.device):
            context = self._context(features.float(), other_lines)
            roll = self._choose(context, other_lines, noise)
            return self._logits(context, roll, other_lines), roll

    def play(
        self, features: Features, other_lines: Lines, noise: Logits | None = None, given: GivenRoll | None = None
    ) -> TrackRoll:
        """Return the roll of all choices, without the logits. Steps that are given stay so, and lines go on from them.

        `given` is of this track alone.
        """
        if given is not None and given.kept.all():
            return given.roll[:, 0].float()
        with in_float32(features.device):
            return self._choose(self._context(features.float(), other_lines), other_lines, noise, given)

    @torch.no_grad()
    def _choose(
        self, context: Context, other_lines: Lines, noise: Logits | None, given: GivenRoll | None = None
    ) -> TrackRoll:
        if not self.own:  # drums depend on nothing of their own, so that all steps can be chosen at once
            now, before = self._now_and_before(other_lines)
            chosen = self.discretiser.hard(self._step_logits(context, None, now, before, now), noise)
            return (chosen if given is None else given.paste(chosen))[:, 0].float()
        if context.device.type != "cpu":
            return self.choose_in_torch(context, other_lines, noise, given)
        return torch.from_numpy(choose_steps(self, context, other_lines[..., : self.others], noise, given)).float()

    @torch.no_grad()
    def choose_in_torch(
        self, context: Context, other_lines: Lines, noise: Logits | None = None, given: GivenRoll | None = None
    ) -> TrackRoll:
        """Return the roll of all choices, computed on any device: what `step_loop.choose_steps` computes sooner."""
        now, before = self._now_and_before(other_lines)
        own, frame, steps = now.new_full((len(now), 1, self.own), self.rest), None, []
        silence = context.new_zeros(len(now), 1, self.pitches)
        for index in range(context.shape[1]):
            step = slice(index, index + 1)
            sounded = silence if frame is None else frame
            logits = self._step_logits(context[:, step], sounded, own, before[:, step], now[:, step])
            chosen = self.discretiser.hard(logits, noise and noise.of_steps(step), frame)
            if given is not None:
                chosen = given.of_steps(step).paste(chosen)
            steps.append(chosen[:, 0].float())
            frame = steps[-1].amax(dim=1)  # of one step, as of one track: (batch, 1, pitches)
            sounding = lines_of(frame, self.track)
            own = torch.where(sounding < self.rest, sounding, own)
        return torch.cat(steps, dim=2)

    def _context(self, features: Features, other_lines: Lines) -> Context:
        """Return the features of each step and how the others move to it: all that does not depend on its own roll."""
        context = self.norm(features)
        if self.motion_embedding is None:
            return context
        motions = embed_intervals(self.motion_embedding.weight.t(), *self._now_and_before(other_lines), self.rest)
        return context + motions

    def _logits(self, context: Context, roll: TrackRoll, other_lines: Lines) -> Logits:
        """Return the logits of all steps, what it plays itself being as in `roll`."""
        frame = roll.amax(dim=1)
        own = self._one_step_later(hold_through_rests(lines_of(frame, self.track), self.rest))
        now, before = self._now_and_before(other_lines)
        sounded = None
        if self.frame_embedding is not None:  # what sounds is sharp, where the critic sees grey too
            sounded = (pad(frame, (0, 0, 1, 0))[:, :-1] > 0.5).to(frame.dtype)
        return self._step_logits(context, sounded, own, before, now)

    def _step_logits(self, context: Context, frame: Frame | None, own: Lines, before: Lines, now: Lines) -> Logits:
        """Return the logits of some steps from what sounds in it, its own lines and those of others at the step before,
        and others now."""
        own_of_pair, before_of_pair, now_of_pair = self._in_pairs(own, before, now)
        hidden = context
        if self.pitch_embedding is not None:
            hidden = hidden + embed_pitches(self.pitch_embedding.weight.t(), own, self.rest)
        if self.frame_embedding is not None and frame is not None:
            hidden = hidden + self.frame_embedding(frame)
        if self.interval_embedding is not None:
            weight = self.interval_embedding.weight.t()
            hidden = hidden + embed_intervals(weight, own_of_pair, before_of_pair, self.rest)
        hidden = leaky_relu(hidden + self.branch(hidden), LEAK)
        pitch = self.pitch_head(hidden).unflatten(2, self.pitch_shape)
        if self.score_head is not None:
            intervals, parallels = self.score_head(hidden).split(self.score_sizes, dim=2)
            scores = interval_scores(intervals.unflatten(2, self.table_shape), torch.cat([own, now], dim=2))
            if self.others:
                tables = parallels.unflatten(2, (-1, OCTAVE))
                scores = scores + parallel_motion_scores(tables, own_of_pair, before_of_pair, now_of_pair, self.rest)
            pitch = torch.cat([pitch[:, :, :1] + scores[:, :, None], pitch[:, :, 1:]], dim=2)
        rest_hold = self.rest_hold_head(hidden).transpose(1, 2)[:, None] if self.rest_hold_head is not None else None
        return Logits(pitch.transpose(1, 2)[:, None], rest_hold)

    def _now_and_before(self, other_lines: Lines) -> tuple[Lines, Lines]:
        """Return the other lines that it gets at each step, and those of the step before."""
        now = other_lines[..., : self.others]
        return now, self._one_step_later(now)

    def _one_step_later(self, lines: Lines) -> Lines:
        return pad(lines, (0, 0, 1, 0), value=self.rest)[:, :-1]

    def _in_pairs(self, own: Lines, before: Lines, now: Lines) -> list[Lines]:
        """Return own, before and now of each pair of an own and another line, (batch, steps, pairs)."""
        sides = own[..., :, None], before[..., None, :], now[..., None, :]
        return [lines.expand(-1, -1, self.own, self.others).flatten(start_dim=2) for lines in sides]
