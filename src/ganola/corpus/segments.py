"""Segments: the parts of a piece that are in the metre of a corpus, and long enough for a phrase."""

from dataclasses import dataclass, replace

import numpy as np

from ganola.corpus.metres import metre_spans
from ganola.music.grid import Grid
from ganola.music.score import Notes, Score
from ganola.wording import counted

SHORTER = "shorter than "  # how the reason begins why a piece without a phrase is left out


@dataclass(frozen=True, slots=True)
class Segment:
    """Bars of a piece that follow one another in the corpus's metre: from a step on, so many of them."""

    start: int
    bars: int


def find_segments(score: Score, grid: Grid) -> list[Segment]:
    """Return the segments of a piece, in steps, that are in the metre of `grid` and at least a phrase long.

    A pickup lengthens the first to the front by a bar; where the music ends inside a bar, that bar counts.
    """
    end = int(score.notes.end.max())
    bar = grid.steps_per_bar
    spans = metre_spans(score.metres, end)
    found: list[list[int]] = []  # start and end of runs in the right metre
    for index, (change, until) in enumerate(spans):
        begin = score.first_bar if index == 0 else change.tick
        if not change.signature.divides(grid.metre):
            continue
        if found and found[-1][1] == begin and (begin - found[-1][0]) % bar == 0:
            found[-1][1] = until
        else:
            found.append([begin, until])
    kept = []
    for begin, until in found:
        if begin == score.first_bar:
            begin = _bar_of_first_note(score, bar)
        bars = -((begin - until) // bar) if until >= end else (until - begin) // bar
        if bars >= grid.bars:
            kept.append(Segment(begin, bars))
    return kept


def _bar_of_first_note(score: Score, bar: int) -> int:
    """Return where the bar of the first note begins: before the first bar line if it is a pickup, later after
    silence."""
    return score.first_bar + (int(score.notes.start.min()) - score.first_bar) // bar * bar


def explain_no_segment(score: Score, grid: Grid) -> str:
    """Return why a piece without segments does not fit `grid`, in words for its owner."""
    end = int(score.notes.end.max())
    others = [
        str(change.signature)
        for change in score.metres
        if not change.signature.divides(grid.metre) and change.tick < end
    ]
    if others:
        return f"in {' and '.join(dict.fromkeys(others))}; this corpus is in {grid.metre}"
    begin = _bar_of_first_note(score, grid.steps_per_bar)
    if end - begin <= (grid.bars - 1) * grid.steps_per_bar:
        return f"{SHORTER}{counted(grid.bars, 'bar')} of {grid.metre}"
    return f"changes its metre too often for {counted(grid.bars, 'bar')} of {grid.metre} in a row"


def cut_to_segments(notes: Notes, segments: list[Segment], steps_per_bar: int) -> tuple[Notes, int]:
    """Return the notes of these segments, in steps, with the segments one right after the other from step 0 on; and
    how many notes begin outside them. A note ends with its segment."""
    if not len(notes):
        return notes, 0
    if len(segments) == 1 and segments[0].start <= notes.start.min():
        only = segments[0]
        end = only.start + only.bars * steps_per_bar
        if notes.end.max() <= end:
            return notes.shift(ticks=-only.start), 0
    parts, bars = [], 0
    for segment in segments:
        end = segment.start + segment.bars * steps_per_bar
        own = notes.where((notes.start >= segment.start) & (notes.start < end))
        own = replace(own, end=np.minimum(own.end, np.int32(end)))
        parts.append(own.shift(ticks=bars * steps_per_bar - segment.start))
        bars += segment.bars
    joined = Notes.join(parts)
    return joined, len(notes) - len(joined)


def shorter_phrases(reason: str) -> str:
    """Return what to do about a file that is left out as too short for a phrase; "" where that is not the reason, or
    a phrase is a bar already."""
    if not reason.startswith(SHORTER):
        return ""
    bars = int(reason.removeprefix(SHORTER).split()[0]) // 2
    return f"Take shorter phrases: --bars {bars}; in a plan, bars = {bars}." if bars else ""
