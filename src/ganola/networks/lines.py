"""The lines of a track, and the intervals between lines: what a part of a generator hears and chooses by.

A layer cannot see an interval, for it is a product of two notes. A line has one pitch a step, so that an interval is a
difference, and a choice so many semitones from a line is a table that is moved by the line's pitch.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag, one_hot

from ganola.music.tracks import Track

Lines = Int[Tensor, "batch steps _"]  # the pitch of each at each step, counted from the lowest; silent: all pitches
Features = Float[Tensor, "batch steps width"]
Rows = Float[Tensor, "rows width"]
Scores = Float[Tensor, "batch steps pitches"]

OCTAVE = 12


def line_count(track: Track) -> int:
    """A voice is a line, chords have two, the highest and the lowest notes; drums have no pitches."""
    return 0 if track.drums else 1 if track.one_note else 2


def lines_of(frame: Float[Tensor, "batch steps pitches"], track: Track) -> Lines:
    """The lines of what sounds in a track."""
    silent = frame.shape[2]
    pitch = torch.arange(silent, device=frame.device)
    lowest = torch.where(frame > 0.5, pitch, silent).amin(dim=2)
    highest = torch.where(frame > 0.5, pitch, -1).amax(dim=2)
    lines = torch.stack([torch.where(lowest == silent, silent, highest), lowest], dim=2)
    return lines[..., : line_count(track)]


def unbroken(lines: Lines, silent: int) -> Lines:
    """The same lines, that stay where they were through rests."""
    step = torch.arange(lines.shape[1], device=lines.device)[:, None]
    last = torch.where(lines < silent, step, -1).cummax(dim=1).values
    return torch.where(last < 0, silent, lines.gather(1, last.clamp(min=0)))


def heard_pitches(rows: Rows, lines: Lines, silent: int) -> Features:
    """For each step the sum of the rows of the lines' pitches, `silent` rows a line."""
    return _summed(rows, lines, lines < silent, silent)


def heard_gaps(rows: Rows, one: Lines, other: Lines, silent: int) -> Features:
    """For each step the sum of the rows of how many semitones each of these lines lies above the other one of its pair,
    `2 silent - 1` rows a pair. Nothing where either is silent."""
    return _summed(rows, one - other + silent - 1, (one < silent) & (other < silent), 2 * silent - 1)


def away_from(tables: Float[Tensor, "batch steps _ intervals"], lines: Lines) -> Scores:
    """The score of each pitch by how many semitones above each line it lies, as `tables` tell it; of all lines."""
    silent = (tables.shape[3] + 1) // 2
    pitch = torch.arange(silent, device=lines.device)
    above = (pitch - lines[..., None] + silent - 1).clamp(min=0)
    return (tables.gather(3, above) * (lines < silent)[..., None]).sum(dim=2)


def in_parallel(
    tables: Float[Tensor, "batch steps _ 12"], own: Lines, before: Lines, now: Lines, silent: int
) -> Scores:
    """The score of the pitch to which a line would go if it moved as another does, by how far apart the two lie; of all
    pairs. `own` and `before` are where the lines of each pair were, `now` where the other one is."""
    goes = own + now - before
    moves = (own < silent) & (before < silent) & (now < silent) & (now != before) & (goes >= 0) & (goes < silent)
    score = tables.gather(3, ((own - before) % OCTAVE)[..., None])
    return (one_hot(torch.where(moves, goes, silent), silent + 1)[..., :-1] * score).sum(dim=2)


def _summed(rows: Rows, row: Int[Tensor, "batch steps _"], heard: Bool[Tensor, "batch steps _"], each: int) -> Features:
    """At each step the rows of what is heard, together; each column has so many rows of its own."""
    first = torch.arange(0, row.shape[2] * each, each, device=row.device)
    chosen = torch.where(heard, row, 0) + first
    weights = heard.flatten(0, 1).to(rows.dtype)
    return embedding_bag(chosen.flatten(0, 1), rows, mode="sum", per_sample_weights=weights).unflatten(0, row.shape[:2])
