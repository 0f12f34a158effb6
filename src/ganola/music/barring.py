"""From the time signatures and the bar lines of a file to metres from which every bar follows."""

from itertools import pairwise

from ganola.music.score import Metre


def without_pickup_metre(metres: tuple[Metre, ...], ticks_per_beat: int) -> tuple[tuple[Metre, ...], int]:
    """The metres and the tick of the first full bar: one bar of fewer beats before the
    metre proper is how some programs write a pickup."""
    if len(metres) > 1 and metres[0].tick == 0:
        first, second = metres[0], metres[1]
        one_bar = bar_ticks(first, ticks_per_beat) == second.tick
        if one_bar and first.denominator == second.denominator and first.numerator < second.numerator:
            return metres[1:], second.tick
    return metres, 0


def with_bar_lines(metres: tuple[Metre, ...], lines: list[int], ticks_per_beat: int) -> tuple[tuple[Metre, ...], int]:
    """The metres of music with bar lines at these ticks, in order, its end among them; and the tick of the first full
    bar.

    A first bar that is too short is a pickup. Where later ones are too short or too long, as about a repeat, the next
    bar of the right length lies elsewhere than the metre would have it: there the metre is stated anew.
    """
    metres, first_bar = without_pickup_metre(metres, ticks_per_beat)
    bars = list(pairwise(lines))
    if not metres or not bars:
        return metres, first_bar
    if len(bars) > 1 and first_bar == 0 and bars[0][1] - bars[0][0] < bar_ticks(metres[0], ticks_per_beat):
        first_bar = bars[0][1]
    found, coming = [metres[0]], list(metres[1:])
    line = first_bar
    for start, end in bars:
        while coming and coming[0].tick <= start:
            found.append(coming.pop(0))
            line = found[-1].tick
        length = bar_ticks(found[-1], ticks_per_beat)
        if start >= first_bar and end - start == length and (start - line) % length:
            found.append(Metre(start, found[-1].numerator, found[-1].denominator))
            line = start
    return (*found, *coming), first_bar


def bar_ticks(metre: Metre, ticks_per_beat: int) -> int:
    """Ticks in a bar; a beat is a quarter note."""
    return max(1, 4 * metre.numerator * ticks_per_beat // metre.denominator)
