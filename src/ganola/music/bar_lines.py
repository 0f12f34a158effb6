"""From the time signatures and the bar lines of a file to metres from which every bar follows."""

from itertools import pairwise

from ganola.music.metre import MetreChange


def drop_pickup_metre(metres: tuple[MetreChange, ...], ticks_per_quarter: int) -> tuple[tuple[MetreChange, ...], int]:
    """Return the metres and the tick of the first full bar.

    One bar of fewer pulses before the metre proper is how some programs write a pickup.
    """
    if len(metres) > 1 and metres[0].tick == 0:
        pickup, proper, tick = metres[0].signature, metres[1].signature, metres[1].tick
        one_bar = pickup.bar_ticks(ticks_per_quarter) == tick
        if one_bar and pickup.denominator == proper.denominator and pickup.numerator < proper.numerator:
            return metres[1:], tick
    return metres, 0


def restate_metres(
    metres: tuple[MetreChange, ...], lines: list[int], ticks_per_quarter: int
) -> tuple[tuple[MetreChange, ...], int]:
    """Return metres from which every bar line follows, and the tick of the first full bar.

    `lines` are the ticks of the bar lines in order, the end of the music among them.

    A first bar that is too short is a pickup. Where later ones are too short or too long, as about a repeat, the next
    bar of the right length lies elsewhere than the metre would have it: there the metre is stated anew.
    """
    metres, first_bar = drop_pickup_metre(metres, ticks_per_quarter)
    bars = list(pairwise(lines))
    if not metres or not bars:
        return metres, first_bar
    if len(bars) > 1 and first_bar == 0 and bars[0][1] - bars[0][0] < metres[0].signature.bar_ticks(ticks_per_quarter):
        first_bar = bars[0][1]
    found, coming = [metres[0]], list(metres[1:])
    line = first_bar
    for start, end in bars:
        while coming and coming[0].tick <= start:
            found.append(coming.pop(0))
            line = found[-1].tick
        length = found[-1].signature.bar_ticks(ticks_per_quarter)
        if start >= first_bar and end - start == length and (start - line) % length:
            found.append(MetreChange(start, found[-1].signature))
            line = start
    return (*found, *coming), first_bar
