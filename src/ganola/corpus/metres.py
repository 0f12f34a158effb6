"""Bars: which metres go together in a corpus, and which stretches of a piece are in its metre."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ganola.music.grid import Grid, compound
from ganola.music.score import Metre, Notes, Score
from ganola.wording import counted

ONE_BEAT = "1/4"  # a metre that says nothing of bars
SHORTER = "shorter than "  # how the reason begins why a piece without a phrase is left out


@dataclass(frozen=True, slots=True)
class Bar:
    """A time signature as a length of time and a way to count it."""

    numerator: int
    denominator: int

    @staticmethod
    @lru_cache(maxsize=256)
    def of(metre: str) -> "Bar":
        """The bar of a time signature such as 6/8."""
        numerator, _, denominator = metre.partition("/")
        return Bar(int(numerator), int(denominator))

    @property
    def quarters(self) -> float:
        """Its length in quarter notes."""
        return 4 * self.numerator / self.denominator


def fits(bar: Bar, larger: Bar) -> bool:
    """Whether whole bars of the one make a bar of the other, with beats of the same kind: 2/4 and 2/2 in 4/4, 3/8 in
    6/8, but not 6/8 in 3/4, whose beats are quarter notes."""
    if compound(bar.numerator, bar.denominator) != compound(larger.numerator, larger.denominator):
        return False
    return (larger.numerator * bar.denominator) % (bar.numerator * larger.denominator) == 0


def usable(bar: Bar) -> bool:
    """Whether a grid can have such bars, and they are long enough to be bars of music."""
    return 1 <= bar.numerator <= 32 and bar.denominator in (1, 2, 4, 8, 16, 32) and 1 <= bar.quarters <= 16


def main_metre(score: Score) -> str:
    """The metre, of those stated, under which most of the music's time passes; ONE_BEAT where none is."""
    if len(score.metres) <= 1:
        return str(score.metres[0]) if score.metres else ONE_BEAT
    lengths: dict[str, int] = {}
    for metre, until in metre_spans(score.metres, int(score.notes.end.max())):
        lengths[str(metre)] = lengths.get(str(metre), 0) + until - metre.tick
    return max(lengths, key=lengths.__getitem__)


def metre_spans(metres: tuple[Metre, ...], end: int) -> list[tuple[Metre, int]]:
    """Each metre that holds before `end`, and the tick at which it gives way: to the next, or to the end."""
    held = [metre for metre in metres if metre.tick < end] or [metres[0]]
    return list(zip(held, [*(metre.tick for metre in held[1:]), max(end, held[-1].tick)], strict=True))


@dataclass(frozen=True, slots=True)
class Segment:
    """Bars of a piece that follow one another in the corpus's metre: from a step on, so many of them."""

    start: int
    bars: int


def find_segments(score: Score, grid: Grid) -> list[Segment]:
    """The stretches of a piece, in steps, that are in the metre of `grid` and at least a phrase long.

    A pickup lengthens the first to the front by a bar; where the music ends inside a bar, that bar counts.
    """
    end = int(score.notes.end.max())
    bar = grid.steps_per_bar
    spans = metre_spans(score.metres, end)
    target = Bar(grid.numerator, grid.denominator)
    found: list[list[int]] = []  # start and end of runs in the right metre
    for index, (metre, until) in enumerate(spans):
        begin = score.first_bar if index == 0 else metre.tick
        if not fits(Bar(metre.numerator, metre.denominator), target):
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
    """Where the bar of the first note begins: before the first bar line if it is a pickup, later after silence."""
    return score.first_bar + (int(score.notes.start.min()) - score.first_bar) // bar * bar


def explain_no_segment(score: Score, grid: Grid) -> str:
    """Why a piece without stretches does not fit `grid`, in words for its owner."""
    end = int(score.notes.end.max())
    target = Bar(grid.numerator, grid.denominator)
    others = [
        str(metre)
        for metre in score.metres
        if not fits(Bar(metre.numerator, metre.denominator), target) and metre.tick < end
    ]
    if others:
        return f"in {' and '.join(dict.fromkeys(others))}; this corpus is in {grid.metre}"
    begin = _bar_of_first_note(score, grid.steps_per_bar)
    if end - begin <= (grid.bars - 1) * grid.steps_per_bar:
        return f"{SHORTER}{counted(grid.bars, 'bar')} of {grid.metre}"
    return f"changes its metre too often for {counted(grid.bars, 'bar')} of {grid.metre} in a row"


def cut_to_segments(notes: Notes, found: list[Segment], steps_per_bar: int) -> tuple[Notes, int]:
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
    joined = Notes(
        *(np.concatenate([getattr(part, column) for part in parts]) for column in ("track", "start", "end", "pitch"))
    )
    return joined, len(notes) - len(joined)


def set_bars(score: Score, metre: str, first_bar: int) -> Score:
    """`score` with bars of one metre from a step on, for music whose file does not say."""
    bar = Bar.of(metre)
    return replace(score, metres=(Metre(first_bar, bar.numerator, bar.denominator),), first_bar=first_bar)
