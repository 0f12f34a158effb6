"""How the drums of General MIDI are called and written: the place on the staff and the head of each."""

from typing import NamedTuple


class Drum(NamedTuple):
    """A drum of a kit: its name, the letter and the octave of its place on a staff (as in treble clef), its head."""

    name: str
    letter: str
    octave: int
    head: str = "normal"


_DRUMS = {  # by MIDI key; places as in Weinberg, Guide to Standardized Drumset Notation (1998)
    35: Drum("Acoustic Bass Drum", "E", 4),
    36: Drum("Bass Drum", "F", 4),
    37: Drum("Side Stick", "C", 5, "x"),
    38: Drum("Snare", "C", 5),
    39: Drum("Hand Clap", "C", 5, "triangle"),
    40: Drum("Electric Snare", "C", 5, "diamond"),
    41: Drum("Low Floor Tom", "G", 4),
    42: Drum("Closed Hi-Hat", "G", 5, "x"),
    43: Drum("High Floor Tom", "A", 4),
    44: Drum("Pedal Hi-Hat", "D", 4, "x"),
    45: Drum("Low Tom", "B", 4),
    46: Drum("Open Hi-Hat", "G", 5, "circle-x"),
    47: Drum("Low-Mid Tom", "D", 5),
    48: Drum("Hi-Mid Tom", "E", 5),
    49: Drum("Crash Cymbal", "A", 5, "x"),
    50: Drum("High Tom", "F", 5),
    51: Drum("Ride Cymbal", "F", 5, "x"),
    52: Drum("China Cymbal", "C", 6, "x"),
    53: Drum("Ride Bell", "F", 5, "diamond"),
    54: Drum("Tambourine", "B", 5, "triangle"),
    55: Drum("Splash Cymbal", "B", 5, "x"),
    56: Drum("Cowbell", "E", 5, "triangle"),
    57: Drum("Crash Cymbal 2", "A", 5, "circle-x"),
    59: Drum("Ride Cymbal 2", "F", 5, "circle-x"),
}
_KEYS = {drum.name.casefold(): key for key, drum in _DRUMS.items()}


def drum_of(key: int) -> Drum:
    """Return the drum of a MIDI key; one that a kit seldom has is called by its number."""
    return _DRUMS.get(key) or Drum(f"Percussion {key}", "E", 5, "x")


def key_called(name: str) -> int | None:
    """Return the MIDI key of the drum of just this name; None where there is none."""
    return _KEYS.get(name.casefold())


def key_at(letter: str, octave: int, head: str) -> int | None:
    """Return the MIDI key of the drum at a place on the staff, that with this head before others; None for no place."""
    there = {drum.head: key for key, drum in _DRUMS.items() if (drum.letter, drum.octave) == (letter, octave)}
    return next((there[one] for one in (head, "normal", "x", *there) if one in there), None)
