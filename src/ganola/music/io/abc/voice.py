"""One voice of an ABC tune: what is written for it, and what is valid for what comes next in it."""

from dataclasses import dataclass, field
from fractions import Fraction

from ganola.music.io.abc.events import Event, Sound
from ganola.music.io.abc.fields import SIGNS, Staff
from ganola.music.io.abc.tokens import written_pitch
from ganola.music.metre import TimeSignature

PERCUSSION_CHANNEL = 10  # counted from 1


@dataclass(slots=True)
class Voice:
    """What is written for one voice, and what is valid for what comes next in it."""

    number: int = 0
    name: str = ""
    program: int | None = None
    channel: int | None = None  # of MIDI, counted from 1
    percussion: bool = False  # whether its clef is that of drums
    unit: Fraction | None = None  # length of a note without a number
    metre: TimeSignature | None = None
    key: dict[str, int] = field(default_factory=dict)
    shifts: dict[str, int] = field(default_factory=dict)  # semitones from what is written to what sounds, by reason
    events: list[Event] = field(default_factory=list)
    accidentals: dict[str, int] = field(default_factory=dict)  # of this bar, by letter
    held: dict[tuple[str, int], int] = field(default_factory=dict)  # accidentals of tied notes, by letter and octave
    broken: Fraction | None = None  # what it makes of the next note
    tuplet: Fraction = Fraction(1)  # of so many next notes:
    tuplet_left: int = 0
    begun: bool = False  # whether a note has been struck

    @property
    def drums(self) -> bool:
        return self.percussion or self.channel == PERCUSSION_CHANNEL

    def set_staff(self, said: Staff) -> None:
        """Take in what K: or V: says beside a key."""
        self.shifts |= said.shifts
        if said.percussion is not None:
            self.percussion = said.percussion

    def strike(self, notes: list[tuple[str, ...]], length: Fraction, hold: bool = False) -> None:
        """Write notes, as groups of PITCH, struck together for so many units; all of them tied if `hold`."""
        pitches, tied, held = [], [], {}
        semitones = 0 if self.drums else sum(self.shifts.values())
        self.begun = True
        for sign, letter, octaves, *_, tie in notes:
            name, octave = letter.upper(), letter.islower() + octaves.count("'") - octaves.count(",")
            if sign:
                self.accidentals[name] = SIGNS[sign]
            shift = self.accidentals.get(name, self.key.get(name, 0))
            if not sign:
                shift = self.held.get((name, octave), shift)
            pitch = written_pitch(letter, octaves) + shift + semitones
            if not 0 <= pitch <= 127:
                raise ValueError("a note higher or lower than MIDI's")
            pitches.append(pitch)
            if tie or hold:
                tied.append(pitch)
                held[name, octave] = shift
        self.wait(length, tuple(dict.fromkeys(pitches)), tuple(tied))
        self.held = held

    def wait(self, length: Fraction, pitches: tuple[int, ...] = (), tied: tuple[int, ...] = ()) -> None:
        """Write a sound, or a rest, of so many units, as broken rhythm and tuplets have it."""
        length *= self.unit or Fraction(1, 8)
        if self.broken:
            length *= self.broken
        if self.tuplet_left:
            length *= self.tuplet
            self.tuplet_left -= 1
        self.broken, self.held = None, {}
        self.events.append(Sound(length, pitches, tied))
