"""Metres: which of them go together in a corpus, and which one a piece is in."""

from dataclasses import dataclass, replace
from functools import lru_cache

from ganola.music.grid import compound
from ganola.music.score import Metre, Score

ONE_BEAT = "1/4"  # a metre that says nothing of bars


@dataclass(frozen=True, slots=True)
class Bar:
    """A time signature as a length of time and a way to count it."""

    numerator: int
    denominator: int

    @staticmethod
    @lru_cache(maxsize=256)
    def of(metre: str) -> "Bar":
        """Return the bar of a time signature such as 6/8."""
        numerator, _, denominator = metre.partition("/")
        return Bar(int(numerator), int(denominator))

    @property
    def quarters(self) -> float:
        """Its length in quarter notes."""
        return 4 * self.numerator / self.denominator


def fits(bar: Bar, larger: Bar) -> bool:
    """Return whether whole bars of the one make a bar of the other, with beats of the same kind: 2/4 and 2/2 in 4/4,
    3/8 in 6/8, but not 6/8 in 3/4, whose beats are quarter notes."""
    if compound(bar.numerator, bar.denominator) != compound(larger.numerator, larger.denominator):
        return False
    return (larger.numerator * bar.denominator) % (bar.numerator * larger.denominator) == 0


def usable(bar: Bar) -> bool:
    """Return whether a grid can have such bars, and they are long enough to be bars of music."""
    return 1 <= bar.numerator <= 32 and bar.denominator in (1, 2, 4, 8, 16, 32) and 1 <= bar.quarters <= 16


def main_metre(score: Score) -> str:
    """Return the metre, of those stated, under which most of the music's time passes; ONE_BEAT where none is."""
    if len(score.metres) <= 1:
        return str(score.metres[0]) if score.metres else ONE_BEAT
    lengths: dict[str, int] = {}
    for metre, until in metre_spans(score.metres, int(score.notes.end.max())):
        lengths[str(metre)] = lengths.get(str(metre), 0) + until - metre.tick
    return max(lengths, key=lengths.__getitem__)


def metre_spans(metres: tuple[Metre, ...], end: int) -> list[tuple[Metre, int]]:
    """Return each metre that holds before `end`, and the tick at which it gives way: to the next, or to the end."""
    held = [metre for metre in metres if metre.tick < end] or [metres[0]]
    return list(zip(held, [*(metre.tick for metre in held[1:]), max(end, held[-1].tick)], strict=True))


def set_bars(score: Score, metre: str, first_bar: int) -> Score:
    """Return `score` with bars of one metre from a step on, for music whose file does not say."""
    bar = Bar.of(metre)
    return replace(score, metres=(Metre(first_bar, bar.numerator, bar.denominator),), first_bar=first_bar)
