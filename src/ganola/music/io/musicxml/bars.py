"""The bars of one part of a MusicXML document: a cursor goes through each, as its notes, backups and forwards move it.

All of this is explicit in MusicXML: a note says how long it lasts, and what does not sound (a rest, a cue note) moves
the cursor as a note does. Ticks are counted from the start of the bar.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from ganola.music.io.limits import refusal, refuse_excess
from ganola.music.io.musicxml.players import Instrument, Player
from ganola.music.io.notation.percussion import guess_drum
from ganola.music.metre import TimeSignature

TICKS_PER_QUARTER = 96  # holds sixteenths, triplets and their halves exactly

Repair = tuple[str, str]  # what, in the singular, and what became of it
Divisions = Fraction | int  # of a quarter note; they are whole in almost every document

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAMES = ("long", "breve", "whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th")
_QUARTERS = {name: Fraction(16, 2**index) for index, name in enumerate(_NAMES)}
_STAVES = tuple("123456789")
_FINEST = 10**6  # of a division: fractions of divisions do not grow without end
_ALTERNATIVE_STAVES = ("ossia", "cue", "editorial", "alternate")
_NO_NOTE = Element("note")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{0,9})?")
_TEMPO = re.compile(r"[0-9]{1,4}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Sound:
    """A note or a stroke that sounds, from `start` to `end` in ticks of its bar."""

    start: int
    end: int
    pitch: int
    staff: str
    drum: bool
    tied_on: bool  # its tie leads to the next
    tied_back: bool


@dataclass(slots=True)
class Bar:
    """What one part has in one bar.

    `end` is where its contents end, silence included, in ticks; `metre` is the time signature that holds at its end;
    `metres` and `tempos` are those that are written in it, by their ticks.
    """

    sounds: list[Sound] = field(default_factory=list)
    end: int = 0
    metre: TimeSignature | None = None
    metres: dict[int, TimeSignature] = field(default_factory=dict)
    tempos: dict[int, float] = field(default_factory=dict)


class PartReader:
    """Reads the bars of a part in their order, and counts in `repairs` what it had to guess.

    `left_out` counts the notes that are not played, by their kinds.
    """

    def __init__(self, player: Player, divisions: Divisions | None) -> None:
        self.player = player
        self.staves: set[str] = set()
        self.repairs: Counter[Repair] = Counter()
        self.left_out: Counter[str] = Counter()
        self._usual_divisions = divisions
        self._divisions: Divisions | None = None  # to a quarter note
        self._transpose: dict[str, int] = {}  # semitones, by the staff; "" is every other staff
        self._metre: TimeSignature | None = None
        self._alternatives: set[str] = set()  # staves with what may be played instead, or by others
        self._sounds = 0

    def read(self, measure: Element) -> Bar:
        """Return the bar in a <measure>."""
        self._bar = Bar()
        self._position: Divisions = 0  # of the cursor, in divisions, as are the others
        self._first = _NO_NOTE  # of the chord that the next note may belong to
        self._first_start: Divisions = 0
        self._first_length: Divisions = 0
        self._furthest: Divisions = 0
        for element in measure:
            match element.tag:
                case "note":
                    self._note(element)
                case "backup":
                    self._move(-self._duration(element))
                case "forward":
                    self._move(self._duration(element))
                case "attributes":
                    self._attributes(element)
                case "direction" | "sound":
                    self._tempo(element)
        self._bar.end = self._ticks(self._furthest)
        self._bar.metre = self._metre
        self._sounds += len(self._bar.sounds)
        refuse_excess(0.0, self._sounds)
        return self._bar

    def _note(self, note: Element) -> None:
        found = {element.tag: element for element in note}
        if "grace" in found:
            self.left_out["grace notes"] += 1
            return
        if "chord" in found and _written_value(note) == _written_value(self._first):
            length = self._first_length  # whatever its duration is said to be
        else:
            length = self._duration(note) if "duration" in found else self._written_length(note)
        if "chord" in found:
            start = self._first_start
        else:
            start = self._position
            self._first, self._first_start, self._first_length = note, start, length
            self._move(length)
        staff = note.findtext("staff", "").strip()
        staff = staff if staff in _STAVES else "1"
        if staff in self._alternatives:
            self.left_out["alternatives to what is played"] += 1
            return
        self.staves.add(staff)
        if "cue" in found:
            self.left_out["cue notes"] += 1
        elif "pitch" in found or "unpitched" in found:
            if length:
                self._sound(note, found, self._ticks(start), self._ticks(start + length), staff)
            else:
                self.left_out["notes without a length"] += 1
                self.repairs["note", "without a length: left out"] += 1

    def _sound(self, note: Element, found: dict[str, Element], start: int, end: int, staff: str) -> None:
        instrument = self.player.instrument(found["instrument"].get("id") if "instrument" in found else None)
        if "pitch" in found:
            drum = instrument.percussion or (self.player.percussion and "instrument" not in found)
            pitch = _pitch(found["pitch"]) + (0 if drum else self._semitones(staff))
        else:
            drum = True
            pitch = self._stroke(found, instrument)
        ties = {tie.get("type") for tie in note.findall("tie")} if "tie" in found else set()
        pitch = pitch if 0 <= pitch <= 127 else pitch % 12 + (0 if pitch < 0 else 108)
        self._bar.sounds.append(
            Sound(start, max(end, start + 1), pitch, staff, drum, "start" in ties, "stop" in ties),
        )

    def _stroke(self, found: dict[str, Element], instrument: Instrument) -> int:
        """Return the General MIDI key of a stroke."""
        if instrument.drum is not None:
            return instrument.drum
        self.repairs["drum stroke", "without a MIDI number: guessed by name or place on the staff"] += 1
        step, octave = (found["unpitched"].findtext(f"display-{part}", "").strip() for part in ("step", "octave"))
        head = (found["notehead"].text or "").strip() if "notehead" in found else "normal"
        names = (instrument.name, self.player.name)
        return guess_drum(names, step, int(octave) if octave in tuple("0123456789") else -1, head)

    def _move(self, divisions: Divisions) -> None:
        self._position += divisions
        if self._position < 0:
            self._position = 0
            self.repairs["step", "back beyond the start of a bar: taken as back to its start"] += 1
        self._furthest = max(self._furthest, self._position)

    def _duration(self, element: Element) -> Divisions:
        """Return how long an element lasts, in divisions."""
        duration = read_number(element.findtext("duration", "0"), "duration")
        if duration < 0:
            raise refusal("not readable as notation (a note that lasts less than nothing)")
        return duration

    def _written_length(self, note: Element) -> Divisions:
        """Return how long a note lasts that says so only by how it is written, in divisions."""
        length = _QUARTERS.get(note.findtext("type", "").strip(), Fraction(0))
        length *= 2 - Fraction(1, 2 ** min(len(note.findall("dot")), 4))
        tuplet = note.find("time-modification")
        if tuplet is not None:
            actual, normal = (_count(tuplet.findtext(tag) or "1") for tag in ("actual-notes", "normal-notes"))
            length *= Fraction(normal, actual)
        if length:
            self.repairs["note", "without a duration: as long as it is written"] += 1
        return length * self._divisions_now()

    def _divisions_now(self) -> Divisions:
        if self._divisions is None:
            self.repairs["part", "without divisions of a quarter note: guessed"] += 1
            self._divisions = self._usual_divisions or 1
        return self._divisions

    def _ticks(self, divisions: Divisions) -> int:
        """Return a place in the bar in ticks; half a tick rounds up."""
        if not divisions:
            return 0
        per_quarter = self._divisions_now()
        return int((2 * TICKS_PER_QUARTER * divisions + per_quarter) // (2 * per_quarter))

    def _semitones(self, staff: str) -> int:
        return self._transpose.get(staff, self._transpose.get("", 0)) if self._transpose else 0

    def _attributes(self, attributes: Element) -> None:
        for element in attributes:
            match element.tag:
                case "divisions":
                    self._divide(read_number(element.text or "", "number of divisions"))
                case "time":
                    self._metre = _metre(element)
                    if self._metre is not None:
                        self._bar.metres[self._ticks(self._position)] = self._metre
                case "staff-details":
                    if element.findtext("staff-type", "").strip() in _ALTERNATIVE_STAVES:
                        self._alternatives.add(element.get("number", "1"))
                case "transpose":
                    octaves = read_number(element.findtext("octave-change") or "0", "transposition")
                    semitones = read_number(element.findtext("chromatic") or "0", "transposition")
                    self._transpose[element.get("number", "")] = round(12 * octaves + semitones)

    def _divide(self, divisions: Divisions) -> None:
        """Count in other divisions from here on, the cursor with them."""
        if divisions <= 0:
            raise refusal("not readable as notation (a quarter note without divisions)")
        if self._furthest:
            ratio = Fraction(divisions) / self._divisions_now()
            self._position, self._furthest, self._first_start, self._first_length = (
                (place * ratio).limit_denominator(_FINEST)
                for place in (self._position, self._furthest, self._first_start, self._first_length)
            )
        self._divisions = divisions

    def _tempo(self, element: Element) -> None:
        """Keep the tempo that a <direction> or a <sound> states, in quarter notes a minute."""
        marks = [mark for metronome in element.iter("metronome") if (mark := _metronome(metronome)) is not None]
        stated = [match for sound in element.iter("sound") if (match := _TEMPO.match(sound.get("tempo", "")))]
        if tempo := marks[0] if marks else float(stated[0][0]) if stated else 0.0:
            self._bar.tempos.setdefault(self._ticks(self._position), tempo)


def _written_value(note: Element) -> tuple[str, int]:
    """Return the written value of a note and its dots."""
    return note.findtext("type", ""), len(note.findall("dot"))


def read_number(text: str, what: str) -> Divisions:
    """Return the number that a text is; raises InputError where it is none, or is longer than any in music."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise refusal(f"not readable as notation (a {what} that is no number)")
    return Fraction(text) if "." in text else int(text)


def _pitch(pitch: Element) -> int:
    """Return the MIDI number of a <pitch>; quarter tones round up."""
    step = pitch.findtext("step", "").strip()
    if step not in _STEPS:
        raise refusal("not readable as notation (a note that is none of A to G)")
    octave = int(read_number(pitch.findtext("octave", ""), "octave"))
    alter = pitch.findtext("alter")
    semitones = math.floor(read_number(alter, "accidental") + Fraction(1, 2)) if alter else 0
    return _STEPS[step] + semitones + 12 * (octave + 1)


def _metre(time: Element) -> TimeSignature | None:
    """Return the time signature that a <time> states, if any; 3+2 beats are 5."""
    stated = [
        (sum(_count(number) for number in beats.split("+")), _count(unit))
        for beats, unit in zip(_texts(time, "beats"), _texts(time, "beat-type"), strict=False)
    ]
    if not stated:
        return None
    denominator = max(unit for _, unit in stated)
    if any(unit & (unit - 1) for _, unit in stated):
        raise refusal("not readable as notation (a time signature of notes that there are not)")
    return TimeSignature(sum(beats * denominator // unit for beats, unit in stated), denominator)


def _texts(element: Element, tag: str) -> list[str]:
    return [text.strip() for found in element.findall(tag) if (text := found.text) and text.strip()]


def _count(text: str) -> int:
    """Return a number of beats, or of the notes of a tuplet."""
    count = read_number(text, "time signature or tuplet")
    if not isinstance(count, int) or not 0 < count < 1000:
        raise refusal("not readable as notation (a time signature or a tuplet that no music has)")
    return count


def _metronome(mark: Element) -> float | None:
    """Return the quarter notes a minute of a <metronome>, where it states them."""
    number = _TEMPO.search(mark.findtext("per-minute", ""))
    unit = _QUARTERS.get(mark.findtext("beat-unit", "").strip())
    if number is None or unit is None:
        return None
    return float(number[0]) * float(unit * (2 - Fraction(1, 2 ** min(len(mark.findall("beat-unit-dot")), 4))))
