"""What the voices of an ABC tune play, in time."""

from dataclasses import dataclass, field
from fractions import Fraction

from ganola.music.metre import TimeSignature


@dataclass(slots=True)
class Sound:
    """Notes struck together, or a rest: a length in whole notes, pitches, and those of them tied to the next."""

    length: Fraction
    pitches: tuple[int, ...] = ()
    tied: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NewMetre:
    """The time signature of what comes next."""

    metre: TimeSignature


class BarLine:
    """The end of a bar."""


class Overlay:
    """What comes next sounds from the beginning of the bar."""


Event = Sound | NewMetre | BarLine | Overlay


@dataclass(slots=True)
class PlacedEvents:
    """Events in time, all of it in whole notes from the beginning: notes (start, end, pitch), bar lines, metres."""

    notes: list[tuple[Fraction, Fraction, int]] = field(default_factory=list)
    lines: list[Fraction] = field(default_factory=list)
    metres: list[tuple[Fraction, TimeSignature]] = field(default_factory=list)


def place_events(events: list[Event]) -> PlacedEvents:
    """Return a voice's events at their times.

    They follow one another, those of an overlay beside the others of their bar; tied notes are joined.
    """
    played = PlacedEvents()
    now = bar = furthest = Fraction(0)
    tied: dict[int, int] = {}  # pitch -> which note its tie will lengthen
    for event in events:
        match event:
            case Sound(length, pitches, tied_on):
                end, open_ties = now + length, {}
                for pitch in pitches if length else ():
                    note = tied.get(pitch)
                    if note is not None and played.notes[note][1] == now:
                        played.notes[note] = (played.notes[note][0], end, pitch)
                    else:
                        note = len(played.notes)
                        played.notes.append((now, end, pitch))
                    if pitch in tied_on:
                        open_ties[pitch] = note
                now, tied = end, open_ties
            case NewMetre(metre):
                played.metres.append((now, metre))
            case Overlay():
                now, furthest = bar, max(now, furthest)
            case BarLine():
                now = bar = furthest = max(now, furthest)
                played.lines.append(bar)
    played.lines.append(max(now, furthest))
    return played
