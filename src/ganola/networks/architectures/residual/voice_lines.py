"""The lines of a track and the intervals between lines, which a `TrackDecoder` gets and chooses by.

A layer cannot compute an interval, for it is a product of two notes. A line has one pitch a step, so that an interval
is a difference, and scores of intervals from a line become scores of pitches when they are shifted by its pitch.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag

from ganola.music.tracks import Track

Lines = Int[
    Tensor, "batch steps _"
]  # the pitch of each line at each step, from the lowest; the number of pitches: rest
Features = Float[Tensor, "batch steps width"]
Table = Float[Tensor, "rows width"]
Scores = Float[Tensor, "batch steps pitches"]

OCTAVE = 12


def line_count(track: Track) -> int:
    """Return how many lines a track has: a voice one, chords two (highest and lowest notes), drums none."""
    return 0 if track.drums else 1 if track.monophonic else 2


def lines_of(frame: Float[Tensor, "batch steps pitches"], track: Track) -> Lines:
    """Return the lines of what sounds in a track."""
    rest = frame.shape[2]
    pitch = torch.arange(rest, device=frame.device)
    lowest = torch.where(frame > 0.5, pitch, rest).amin(dim=2)
    highest = torch.where(frame > 0.5, pitch, -1).amax(dim=2)
    lines = torch.stack([torch.where(lowest == rest, rest, highest), lowest], dim=2)
    return lines[..., : line_count(track)]


def hold_through_rests(lines: Lines, rest: int) -> Lines:
    """Return the same lines, each staying at its last pitch through rests."""
    step = torch.arange(lines.shape[1], device=lines.device)[:, None]
    last = torch.where(lines < rest, step, -1).cummax(dim=1).values
    return torch.where(last < 0, rest, lines.gather(1, last.clamp(min=0)))


def embed_pitches(table: Table, lines: Lines, rest: int) -> Features:
    """Return at each step the sum of the embeddings of the lines' pitches; `table` has `rest` rows a line."""
    return _sum_rows(table, lines, lines < rest, rest)


def embed_intervals(table: Table, one: Lines, other: Lines, rest: int) -> Features:
    """Return at each step the sum of the embeddings of the intervals from `other` up to `one`, line by line.

    `table` has `2 rest - 1` rows a pair of lines. A pair with a rest adds nothing.
    """
    return _sum_rows(table, one - other + rest - 1, (one < rest) & (other < rest), 2 * rest - 1)


def interval_scores(tables: Float[Tensor, "batch steps _ intervals"], lines: Lines) -> Scores:
    """Return the sum over lines of the score of each pitch by how many semitones above the line it lies."""
    rest = (tables.shape[3] + 1) // 2
    pitch = torch.arange(rest, device=lines.device)
    above = (pitch - lines[..., None] + rest - 1).clamp(min=0)
    return (tables.gather(3, above) * (lines < rest)[..., None]).sum(dim=2)


def parallel_motion_scores(
    tables: Float[Tensor, "batch steps _ 12"], own: Lines, before: Lines, now: Lines, rest: int
) -> Scores:
    """Return the sum over pairs of the score of the pitch that own line reaches if it moves as the other one does.

    The score depends on the interval between the two. `own` and `before` are the pitches of the two lines of each pair
    at the step before, `now` is the other line's pitch at this step.
    """
    goal = own + now - before
    moves = (own < rest) & (before < rest) & (now < rest) & (now != before) & (goal >= 0) & (goal < rest)
    scores = torch.where(moves, tables.gather(3, ((own - before) % OCTAVE)[..., None])[..., 0], 0.0)
    return tables.new_zeros(*own.shape[:2], rest).scatter_add(2, torch.where(moves, goal, 0), scores)


def _sum_rows(
    table: Table, row: Int[Tensor, "batch steps _"], counted: Bool[Tensor, "batch steps _"], rows_each: int
) -> Features:
    """Return at each step the sum of the rows that are counted; each column has `rows_each` rows of its own."""
    first = torch.arange(0, row.shape[2] * rows_each, rows_each, device=row.device)
    chosen = torch.where(counted, row, 0) + first
    weights = counted.flatten(0, 1).to(table.dtype)
    return embedding_bag(chosen.flatten(0, 1), table, mode="sum", per_sample_weights=weights).unflatten(
        0, row.shape[:2]
    )
