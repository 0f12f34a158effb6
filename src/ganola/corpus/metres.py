"""Metres: which of them a corpus can have, and which one a piece is in."""

from dataclasses import replace

from ganola.music.grid import DENOMINATORS
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import Score

ONE_BEAT = TimeSignature(1, 4)  # a metre that says nothing of bars


def is_usable(metre: TimeSignature) -> bool:
    """Return whether a grid can have such bars, and they are long enough to be bars of music."""
    return 1 <= metre.numerator <= 32 and metre.denominator in DENOMINATORS and 1 <= metre.quarters <= 16


def main_metre(score: Score) -> TimeSignature:
    """Return the metre, of those stated, under which most of the music's time passes; ONE_BEAT where none is."""
    if len(score.metres) <= 1:
        return score.metres[0].signature if score.metres else ONE_BEAT
    lengths: dict[TimeSignature, int] = {}
    for change, until in metre_spans(score.metres, int(score.notes.end.max())):
        lengths[change.signature] = lengths.get(change.signature, 0) + until - change.tick
    return max(lengths, key=lengths.__getitem__)


def metre_spans(metres: tuple[MetreChange, ...], end: int) -> list[tuple[MetreChange, int]]:
    """Return each metre that holds before `end`, and the tick at which it gives way: to the next, or to the end."""
    held = [change for change in metres if change.tick < end] or [metres[0]]
    return list(zip(held, [*(change.tick for change in held[1:]), max(end, held[-1].tick)], strict=True))


def set_bars(score: Score, metre: TimeSignature, first_bar: int) -> Score:
    """Return `score` with bars of one metre from a step on, for music whose file does not say."""
    return replace(score, metres=(MetreChange(first_bar, metre),), first_bar=first_bar)
