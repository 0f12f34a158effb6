"""Where the bars of a score lie."""

from dataclasses import dataclass

from ganola.music.metre import COMMON_TIME, MetreChange, TimeSignature
from ganola.music.score import Score

_UNSTATED = MetreChange(0, COMMON_TIME)  # what notation and MIDI take for granted


@dataclass(frozen=True, slots=True)
class BarSpan:
    """A bar from one tick to another, its metre, and how many ticks of it a pickup leaves out."""

    start: int
    end: int
    metre: TimeSignature
    lacking: int = 0


def bar_spans(score: Score) -> list[BarSpan]:
    """Return the bars of `score`, one after the other, from tick 0 to the first bar line with nothing behind it.

    A pickup is a shorter first bar; where a metre begins within a bar, that bar ends. Without a metre bars are of 4/4.
    """
    last = max(score.end, int(score.notes.end.max(initial=0)))
    coming = sorted(score.metres, key=lambda change: change.tick) or [_UNSTATED]
    metre = coming[0].signature
    whole = metre.bar_ticks(score.ticks_per_quarter)
    line = score.first_bar % whole
    found = [BarSpan(0, line, metre, lacking=whole - line)] if line else []
    while line < last or line == 0:
        while coming and coming[0].tick <= line:
            metre = coming.pop(0).signature
        end = line + metre.bar_ticks(score.ticks_per_quarter)
        if coming and coming[0].tick < end:
            end = coming[0].tick
        found.append(BarSpan(line, end, metre))
        line = end
    return found
