"""Bars: which metres go together in a corpus, and which stretches of a piece are in its metre."""

from dataclasses import dataclass, replace

import numpy as np

from ganola.music.grid import DENOMINATORS, Grid
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Notes, Score
from ganola.wording import counted

ONE_BEAT = TimeSignature(1, 4)  # a metre that says nothing of bars
SHORTER = "shorter than "  # how the reason begins why a piece without a phrase is left out


def usable(metre: TimeSignature) -> bool:
    """Whether a grid can have such bars, and they are long enough to be bars of music."""
    return 1 <= metre.numerator <= 32 and metre.denominator in DENOMINATORS and 1 <= metre.quarters <= 16


def main_metre(score: Score) -> TimeSignature:
    """The metre, of those stated, under which most of the music's time passes; ONE_BEAT where none is."""
    if len(score.metres) <= 1:
        return score.metres[0].signature if score.metres else ONE_BEAT
    lengths: dict[TimeSignature, int] = {}
    for change, until in metre_spans(score.metres, int(score.notes.end.max())):
        lengths[change.signature] = lengths.get(change.signature, 0) + until - change.tick
    return max(lengths, key=lengths.__getitem__)


def metre_spans(metres: tuple[MetreChange, ...], end: int) -> list[tuple[MetreChange, int]]:
    """Each metre that holds before `end`, and the tick at which it gives way: to the next, or to the end."""
    held = [change for change in metres if change.tick < end] or [metres[0]]
    return list(zip(held, [*(change.tick for change in held[1:]), max(end, held[-1].tick)], strict=True))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars of a piece that follow one another in the corpus's metre: from a step on, so many of them."""

    start: int
    bars: int


def stretches(score: Score, grid: Grid) -> list[Stretch]:
    """The stretches of a piece, in steps, that are in the metre of `grid` and at least a phrase long.

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
            kept.append(Stretch(begin, bars))
    return kept


def _bar_of_first_note(score: Score, bar: int) -> int:
    """Where the bar of the first note begins: before the first bar line if it is a pickup, later after silence."""
    return score.first_bar + (int(score.notes.start.min()) - score.first_bar) // bar * bar


def wrong_metre(score: Score, grid: Grid) -> str:
    """Why a piece without stretches does not fit `grid`, in words for its owner."""
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


def within(notes: Notes, found: list[Stretch], steps_per_bar: int) -> tuple[Notes, int]:
    """The notes of these stretches, in steps, with the stretches one right after the other from step 0 on; and how
    many notes begin outside them. A note ends with its stretch."""
    if not len(notes):
        return notes, 0
    if len(found) == 1 and found[0].start <= notes.start.min():
        only = found[0]
        end = only.start + only.bars * steps_per_bar
        if notes.end.max() <= end:
            return notes.shifted(ticks=-only.start), 0
    parts, bars = [], 0
    for stretch in found:
        end = stretch.start + stretch.bars * steps_per_bar
        own = notes.where((notes.start >= stretch.start) & (notes.start < end))
        own = replace(own, end=np.minimum(own.end, np.int32(end)))
        parts.append(own.shifted(ticks=bars * steps_per_bar - stretch.start))
        bars += stretch.bars
    joined = Notes.join(parts)
    return joined, len(notes) - len(joined)


def with_bars(score: Score, metre: TimeSignature, first_bar: int) -> Score:
    """`score` with bars of one metre from a step on, for music whose file does not say."""
    return replace(score, metres=(MetreChange(first_bar, metre),), first_bar=first_bar)
