"""Note values: how lengths in a bar are written, with dots, ties and tuplets.

Times are fractions of a quarter note, from the bar line on.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ganola.music.metre import TimeSignature

_KINDS = ("breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th")
_WRITTEN = {
    Fraction(2 * 8, 2**halvings) * Fraction(2 + dots, 4): (kind, dots)
    for halvings, kind in enumerate(_KINDS)
    for dots in (0, 1)
}


@dataclass(frozen=True, slots=True)
class Tuplet:
    """From `start` to `end`, `actual` notes of one `kind` take the time of `normal` ones."""

    start: Fraction
    end: Fraction
    actual: int
    normal: int

    @property
    def unit(self) -> Fraction:
        """How long one of the notes sounds."""
        return (self.end - self.start) / self.actual

    @property
    def kind(self) -> str:
        """The kind of the notes."""
        return _WRITTEN[(self.end - self.start) / self.normal][0]


@dataclass(frozen=True, slots=True)
class Value:
    """A time that is written as one note, chord or rest: its kind, its dots, and the tuplet it belongs to."""

    start: Fraction
    end: Fraction
    kind: str
    dots: int
    tuplet: Tuplet | None = None


def tuplets_in(edges: Iterable[Fraction], metre: TimeSignature, length: Fraction) -> list[Tuplet]:
    """Return the tuplets that a bar needs in which notes begin and end at `edges`.

    A tuplet fills a beat, or half of one and so on where the other half needs none; three notes in the time of two
    beats are one too.
    """
    inner = sorted(set(edges))
    beat = min(Fraction(1), Fraction(4, metre.denominator))
    found: list[Tuplet] = []
    start = Fraction(0)
    while start < length:
        pair = start + 2 * beat
        within = {(edge - start) / beat for edge in _between(inner, start, pair)}
        if metre.denominator <= 4 and start % (2 * beat) == 0 and pair <= length and _in_thirds_of_two(within):
            found.append(Tuplet(start, pair, 3, 2))
            start = pair
        else:
            end = min(start + beat, length)
            found += _divide(inner, start, end)
            start = end
    return found


def values_of(
    start: Fraction, end: Fraction, tuplets: Sequence[Tuplet], metre: TimeSignature, *, rest: bool = False
) -> Iterator[Value]:
    """Yield the values, in order, that a note or a rest from `start` to `end` is written with, tied if it is a note.

    `tuplets` are those of its bar, in order.
    """
    first = bisect_right(tuplets, start, key=lambda tuplet: tuplet.end)
    for tuplet in tuplets[first : bisect_left(tuplets, end, key=lambda tuplet: tuplet.start)]:
        if start < tuplet.start:
            yield from _plain(start, tuplet.start, metre, rest)
            start = tuplet.start
        yield from _of_tuplet(start, min(end, tuplet.end), tuplet)
        start = min(end, tuplet.end)
    if start < end:
        yield from _plain(start, end, metre, rest)


def _between(edges: list[Fraction], start: Fraction, end: Fraction) -> list[Fraction]:
    """Return the edges, which are in order, between two times."""
    return edges[bisect_right(edges, start) : bisect_left(edges, end)]


def _in_thirds_of_two(beats: set[Fraction]) -> bool:
    return bool(beats) and beats <= {Fraction(2, 3), Fraction(4, 3)}


def _divide(edges: list[Fraction], start: Fraction, end: Fraction) -> Iterator[Tuplet]:
    """Yield the tuplets between `start` and `end`: the whole is one unless its halves can be divided alone."""
    inner = _between(edges, start, end)
    if all(edge.denominator & (edge.denominator - 1) == 0 for edge in inner):
        return
    middle = (start + end) / 2
    if middle in inner:
        yield from _divide(edges, start, middle)
        yield from _divide(edges, middle, end)
    else:
        actual = math.lcm(*(((edge - start) / (end - start)).denominator for edge in inner))
        yield Tuplet(start, end, actual, 2 ** ((actual - 1).bit_length() - 1))


def _of_tuplet(start: Fraction, end: Fraction, tuplet: Tuplet) -> Iterator[Value]:
    """Yield the values of a time within a tuplet, the longest first."""
    stretched = Fraction(tuplet.actual, tuplet.normal)
    while start < end:
        units = (end - start) / tuplet.unit
        longest = next(count for count in range(int(units), 0, -1) if count * tuplet.unit * stretched in _WRITTEN)
        kind, dots = _WRITTEN[longest * tuplet.unit * stretched]
        yield Value(start, start + longest * tuplet.unit, kind, dots, tuplet)
        start += longest * tuplet.unit


def _plain(start: Fraction, end: Fraction, metre: TimeSignature, rest: bool) -> Iterator[Value]:
    """Yield a time outside tuplets as values that leave the beats to be seen.

    A value may hide a division of the bar where it begins and ends at divisions at least half as strong: a half note
    may lie across the middle of a 4/4 bar, but not from one offbeat to another. A rest hides nothing as strong as what
    it begins and ends at, nor does a note a beat of three.
    """
    division, weight = _strongest(start, end, metre)
    step = weight if rest or weight == _beat_of_three(metre) else weight / 2
    written = _WRITTEN.get(end - start)
    if written and (division is None or (start % step == 0 and end % step == 0)):
        yield Value(start, end, *written)
    elif division is None:
        raise ValueError(f"no notes can be written from {start} to {end} quarter notes of a bar of {metre}")
    else:
        yield from _plain(start, division, metre, rest)
        yield from _plain(division, end, metre, rest)


def _strongest(start: Fraction, end: Fraction, metre: TimeSignature) -> tuple[Fraction | None, Fraction]:
    """Return the strongest division of the bar between `start` and `end`, and how far apart such divisions are."""
    for weight in _weights(metre):
        first, last = (start // weight + 1) * weight, -(-end // weight) * weight - weight
        if first <= last:
            return (last if start % weight == 0 else first), weight
    return None, Fraction(1)


def _weights(metre: TimeSignature) -> Iterator[Fraction]:
    """Yield how far apart divisions of a bar lie, the strongest first: halves of it, pulses, halves of those."""
    note = Fraction(4, metre.denominator)
    beat, beats = metre.pulse_quarters, metre.pulses
    if beats & (beats - 1) == 0:
        while beats > 2:
            beats //= 2
            yield beat * beats
    yield beat
    if beat == note:
        note /= 2
    while note >= Fraction(1, 64):
        yield note
        note /= 2


def _beat_of_three(metre: TimeSignature) -> Fraction | None:
    return metre.pulse_quarters if metre.is_compound else None
