"""The choices of a `TrackDecoder`, step after step, in numpy.

A step depends on where the track's own lines are after the step before, and in a track of many notes on all that sounds
there. So steps cannot all be computed at once, but a few can, as if that stayed as it is: what is chosen there holds up
to the step at which it changes, and from there a few are computed again. What torch does around products as small as
these takes several times as long as the products. The choices are those of `TrackDecoder.choose_in_torch`, but where
two logits differ by a rounding.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.lib.stride_tricks import sliding_window_view
from threadpoolctl import ThreadpoolController
from torch import Tensor, nn

from ganola.networks.architectures.residual.given_steps import GivenSteps
from ganola.networks.architectures.residual.step_choices import NOWHERE, Flags, Floats, Integers, choices_of
from ganola.networks.architectures.residual.voice_lines import OCTAVE
from ganola.networks.generator import GivenRoll
from ganola.networks.layers import LEAK, round_up
from ganola.networks.outputs.logits import Logits

if TYPE_CHECKING:
    from ganola.networks.architectures.residual.track_decoder import TrackDecoder

# With two rows or more, and columns a multiple of 16, a row of a product is the same, bit by bit, whatever the others
# are (other shapes are computed in other ways). So what a phrase plays does not depend on how many are played with it.
COLUMNS = 16
FEWEST_AHEAD, MOST_AHEAD, ROWS = 2, 6, 24  # steps that are computed at once: of each phrase, and of all


def choose_steps(
    decoder: "TrackDecoder",
    context: Float[Tensor, "batch steps width"],
    other_lines: Int[Tensor, "batch steps _"],
    noise: Logits | None = None,
    given: GivenRoll | None = None,
) -> Bool[np.ndarray, "batch planes steps pitches"]:
    """Return the roll of a track with lines of its own: at each step the likeliest choice after those before it.

    `other_lines` are the lines of other tracks that the decoder gets, at each step. `noise` is added to the logits.
    What is `given` of this track stays as it is.
    """
    others = other_lines.numpy()
    others = np.where(others < decoder.rest, others, NOWHERE)
    loop = _StepLoop(decoder, context.detach().numpy(), others, noise, given)
    with _thread_pools().limit(limits=1, user_api="blas"):  # products as small as these gain nothing from two
        return loop.run()


class _StepLoop:
    """All phrases, each at a step of its own. The steps of all are rows, those of a phrase one after another."""

    def __init__(
        self,
        decoder: "TrackDecoder",
        context: Floats,
        others: Integers,
        noise: Logits | None,
        given: GivenRoll | None,
    ) -> None:
        self.count, self.steps, _ = context.shape
        self.ahead = min(MOST_AHEAD, max(FEWEST_AHEAD, ROWS // self.count))
        rows = self.count * (self.steps + self.ahead)
        now, before = np.full((2, self.count, self.steps + self.ahead, others.shape[2]), NOWHERE)
        now[:, : self.steps], before[:, 1 : self.steps] = others, others[:, :-1]
        now, before = (lines.reshape(rows, others.shape[2]) for lines in (now, before))
        self.layers = _HiddenLayers(decoder, context, self.ahead, before)
        self.scores = _Scores(decoder, before, now, most_rows=self.count * self.ahead)
        self.choices = choices_of(decoder, self.count, self.steps + self.ahead)
        self.noise = None if noise is None else self._noise_rows(decoder, noise)
        self.given = None if given is None else GivenSteps(decoder, given, self.steps + self.ahead)

    def run(self) -> Bool[np.ndarray, "batch planes steps pitches"]:
        """Return the roll."""
        choices, step = self.choices, np.zeros(self.count, np.intp)
        ahead = np.arange(self.ahead)
        while len(playing := self._phrases_that_play(step)):
            rows = (playing * (self.steps + self.ahead) + step[playing])[:, None] + ahead
            own = choices.lines[playing].repeat(self.ahead, axis=0)
            frames = None if choices.frame is None else choices.frame[playing].repeat(self.ahead, axis=0)
            logits = self.scores.of(self.layers.of(rows.ravel(), own, frames), rows.ravel(), own)
            if self.noise is not None:
                logits += self.noise.take(rows.ravel(), axis=0)
            most = np.full(len(playing), self.ahead)
            if self.given is not None:
                most = np.minimum(most, self.given.free_steps(playing, step[playing]))
            step[playing] += choices.choose(logits.reshape(*rows.shape, -1), playing, rows, most)
        roll = choices.roll()[:, :, : self.steps]
        return roll if self.given is None else self.given.paste(roll)

    def _phrases_that_play(self, step: Integers) -> Integers:
        """Return which phrases have free steps left, each moved to its next one."""
        if self.given is not None:
            self.given.leap(self.choices, step)
        return (step < self.steps).nonzero()[0]

    def _noise_rows(self, decoder: "TrackDecoder", noise: Logits) -> Floats:
        """Return the noise of each row, in the order of a decoder's logits."""
        parts = [noise.pitch[:, 0].transpose(1, 2).flatten(2)]
        if decoder.rest_hold_head is not None and noise.rest_hold is not None:
            parts.insert(0, noise.rest_hold[:, 0].transpose(1, 2))
        values = torch.cat(parts, dim=2).numpy()
        rows = np.zeros((self.count, self.steps + self.ahead, values.shape[2]), np.float32)
        rows[:, : self.steps] = values
        return rows.reshape(-1, values.shape[2])


class _HiddenLayers:
    """What a step's heads get: features, with the embeddings of the lines, through the branch.

    A column of ones is added, so that a product adds biases too. The embeddings are rows of one table.
    """

    def __init__(self, decoder: "TrackDecoder", context: Floats, ahead: int, before: Integers) -> None:
        phrases, steps, width = context.shape
        self.branch = [_product([layer]) for layer in decoder.branch if isinstance(layer, nn.Linear)]
        columns = len(self.branch[0])
        rows = np.zeros((phrases, steps + ahead, columns), np.float32)
        rows[:, :steps, :width], rows[..., width] = context, 1
        self.context = rows.reshape(-1, columns)
        self.branch[0][width, width] = 1
        self.pitches: Floats | None = None
        if decoder.frame_embedding is not None:
            self.pitches = np.zeros((decoder.pitches, columns), np.float32)
            self.pitches[:, :width] = decoder.frame_embedding.weight.detach().numpy().T
        own, others, rest = decoder.own, decoder.others, decoder.rest
        self.table = np.zeros((own * (rest + 1) + own * others * 2 * rest, columns), np.float32)
        lines, pairs = np.split(self.table, [own * (rest + 1)])
        _fill(lines, decoder.pitch_embedding, own)
        _fill(pairs, decoder.interval_embedding, own * others)
        # Pitch p of a line is row `first + p`, and so is the interval from another line's pitch to p.
        line = (rest + 1) * np.arange(own)[:, None]
        pair = (rest + 1) * own + 2 * rest * np.arange(own * others).reshape(own, others)
        self.last = np.concatenate([line + rest, pair + 2 * rest - 1], axis=1)
        self.first = np.empty((len(before), own, 1 + others), np.intp)
        self.first[..., :1] = line
        other = before[:, None]
        self.first[..., 1:] = np.where(other < NOWHERE, pair + rest - 1 - other, NOWHERE)

    def of(self, rows: Integers, own: Integers, frames: Flags | None) -> Floats:
        """Return the features of these rows, with the own lines at the step before, and what sounded there."""
        embedded = self.first.take(rows, axis=0)
        embedded += own[:, :, None]
        np.minimum(embedded, self.last, out=embedded)
        hidden = self.table.take(embedded.reshape(len(rows), -1), axis=0).sum(axis=1)
        hidden += self.context.take(rows, axis=0)
        if self.pitches is not None and frames is not None:
            hidden += frames.astype(np.float32) @ self.pitches
        first, second = self.branch
        hidden += _leaky(_leaky(hidden) @ first) @ second
        return _leaky(hidden)


class _Scores:
    """The logits of choices: those of rest, hold and pitches, with the scores of intervals and of parallels added.

    All come from one product. Its first columns are zeros: the scores of intervals from a line that rests.
    """

    def __init__(self, decoder: "TrackDecoder", before: Integers, now: Integers, most_rows: int) -> None:
        heads = [head for head in (decoder.rest_hold_head, decoder.pitch_head, decoder.score_head) if head is not None]
        rest, lines = decoder.rest, decoder.own + decoder.others
        self.product = _product(heads, zeros=rest)
        self.columns, self.row = np.empty((most_rows, self.product.shape[1]), np.float32), np.arange(most_rows)[:, None]
        first_pitch = rest + (2 if decoder.rest_hold_head is not None else 0)
        first_interval = first_pitch + decoder.pitch_head.out_features
        self.pitch, self.choice = slice(first_pitch, first_pitch + rest), slice(rest, first_interval)
        # From a line's pitch p, pitches are scored by `rest` columns, which begin p columns before this one.
        unison = first_interval + rest - 1 + (2 * rest - 1) * np.arange(lines)
        self.windows, self.own_unison = sliding_window_view(self.columns, rest, axis=1), unison[: decoder.own]
        self.first = np.empty((len(now), lines), np.intp)
        self.first[:, decoder.own :] = unison[decoder.own :] - now
        self.parallels = (
            _Parallels(decoder, before, now, first_interval + (2 * rest - 1) * lines) if decoder.others else None
        )

    def of(self, hidden: Floats, rows: Integers, own: Integers) -> Floats:
        """Return the logits of these rows, with the own lines at the step before."""
        columns = np.matmul(hidden, self.product, out=self.columns[: len(rows)])
        pitch, first = columns[:, self.pitch], self.first.take(rows, axis=0)
        np.subtract(self.own_unison, own, out=first[:, : own.shape[1]])
        np.maximum(first, 0, out=first)
        pitch += self.windows[self.row[: len(rows)], first].sum(axis=1)
        if self.parallels is not None:
            self.parallels.add_to(pitch, columns, rows, own)
        return columns[:, self.choice]


class _Parallels:
    """The scores of pitches that its own lines reach if they move as another line does."""

    def __init__(self, decoder: "TrackDecoder", before: Integers, now: Integers, first: int) -> None:
        self.pitches, self.before = decoder.pitches, before
        self.first = first + OCTAVE * np.arange(decoder.own * decoder.others).reshape(decoder.own, decoder.others)
        moves = (before < NOWHERE) & (now < NOWHERE) & (now != before)
        self.motion = np.where(moves, now - before, NOWHERE)[:, None]

    def add_to(self, pitch: Floats, columns: Floats, rows: Integers, own: Integers) -> None:
        """Add the scores of these rows to those of pitches."""
        goal = self.motion.take(rows, axis=0) + own[:, :, None]
        row, line, other = ((goal >= 0) & (goal < self.pitches)).nonzero()
        if len(row):
            interval = (own[row, line] - self.before[rows[row], other]) % OCTAVE
            np.add.at(pitch, (row, goal[row, line, other]), columns[row, self.first[line, other] + interval])


def _fill(table: Floats, embedding: nn.Linear | None, count: int) -> None:
    """Fill a block of rows for each of `count` lines, or pairs of lines; the last row of each stays zero, for rests."""
    if embedding is None:
        return
    width = embedding.out_features
    weights = embedding.weight.detach().numpy().T.reshape(count, -1, width)
    table.reshape(count, -1, table.shape[1])[:, :-1, :width] = weights


def _product(layers: list[nn.Linear], zeros: int = 0) -> Floats:
    """Return the weights of layers with the same input as one, for rows with a column of ones; columns of zeros come
    before them if asked for, and others after them."""
    weights = torch.cat([layer.weight.detach() for layer in layers]).numpy()
    outputs, width = weights.shape
    product = np.zeros((round_up(width + 1, COLUMNS), round_up(zeros + outputs + 1, COLUMNS)), np.float32)
    product[:width, zeros : zeros + outputs] = weights.T
    product[width, zeros : zeros + outputs] = torch.cat([layer.bias.detach() for layer in layers]).numpy()
    return product


def _leaky(values: Floats) -> Floats:
    return np.maximum(values, LEAK * values)


@cache
def _thread_pools() -> ThreadpoolController:
    """Return what limits threads; to find the libraries that have some takes a while."""
    return ThreadpoolController()
