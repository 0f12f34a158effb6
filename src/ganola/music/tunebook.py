"""ABC tune books in: the tunes of a book, and the notes of a tune (the ABC standard 2.1).

music21 reads ABC too, twenty times slower; it lets go of metres that change, of voices that take turns line by line,
and of invisible rests.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

from ganola.music.abc_fields import (
    SIGNS,
    Staff,
    key_signature,
    midi_instruction,
    staff,
    tempo,
    time_signature,
    unit_length,
)
from ganola.music.barring import with_bar_lines
from ganola.music.limits import clean_name, first_line, refusal, refuse_excess, sensible_tempo
from ganola.music.metre import COMMON_TIME, MetreChange, TimeSignature
from ganola.music.score import TICKS_PER_BEAT, Notes, Score
from ganola.music.texts import decoded, plain_text
from ganola.music.tracks import UNNAMED_DRUM, Track, unnamed_strokes

MOST_TUNES = 20_000
_TICKS_PER_WHOLE = 4 * TICKS_PER_BEAT
_PERCUSSION_CHANNEL = 10  # counted from 1

_NUMBER = re.compile(r"^X:[ \t]*(\d*)", re.MULTILINE)
_CHARSET = re.compile(r"^(?:%%|I:)abc-charset[ \t]+(iso-8859-\d{1,2})", re.MULTILINE | re.IGNORECASE)
_BOOK_FIELD = re.compile(r"^(?:[LMQ]:|%%MIDI|I:[ ]*MIDI).*", re.MULTILINE)  # what of its head goes for each tune
_FIELD = re.compile(r"([A-Za-z+]):(?![|:])(.*)")
_NOTE_BEFORE_REPEAT = re.compile(r"[A-Ga-g]:[][\d]")

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_IN_THE_TIME_OF = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # tuplets; those of other numbers go by the metre

_LENGTH = r"(\d{0,5})(/{0,5})(\d{0,5})"
_PITCH = re.compile(rf"(\^\^?|__?|=)?([A-Ga-g])([,']*){_LENGTH}(-?)")
_OLD_CHORD = re.compile(r"\+(?!f+\+)((?:(?:\^\^?|__?|=)?[A-Ga-g][,']*\d{0,5}/{0,5}\d{0,5}){2,})\+")  # +CEG+, not +ff+
_TOKEN = re.compile(
    r"""
      (?P<skip>   !(?:[^!|\s]+|D\.[^!|]*)! | \+(?:[^+|\s]+|D\.[^+|]*)\+ | \{[^{}]*\} | \[\d[\d,.-]* )
                  # a decoration, also as of old, grace notes, an ending
    | \[(?P<field>[A-Za-z]):(?P<data>[^][]*)\]
    | (?P<bar>    :{0,3}\|[]:|]*(?:\d[\d,.-]*)? | \[\| | :: )
    | \[(?P<chord>[^][|]*)\](?P<times>\d{0,5}/{0,5}\d{0,5})(?P<hold>-?)
    | \((?P<tuplet>\d)(?::(?P<time>\d?)(?::(?P<count>\d?))?)?
    | (?P<note>   (?:\^\^?|__?|=)?[A-Ga-g][,']*\d{0,5}/{0,5}\d{0,5}-? )
    | [zx](?P<rest>\d{0,5}/{0,5}\d{0,5})
    | [ZX](?P<bars>\d{0,5})
    | (?P<broken> <{1,3} | >{1,3} )
    | (?P<overlay> & )
    | (?P<tie>    - )
    """,
    re.VERBOSE,
)


def split_book(data: bytes) -> list[tuple[str, str]]:
    """The tunes of a book: the mark of each, "#" and its number ("" for the only one), and its text.

    What a book says before its first tune goes for each. Raises InputError, with a problem that does not name the file,
    where there is no tune.
    """
    text = _text(data).replace("\r\n", "\n").replace("\r", "\n")
    heads = list(_NUMBER.finditer(text))
    if not heads:
        raise refusal("no tune in it (in ABC a tune begins with a line of X: and a number)")
    if len(heads) > MOST_TUNES:
        raise refusal(f"a book of {len(heads):,} tunes, more than the {MOST_TUNES:,} that ganola reads from one file")
    common = "\n".join(_BOOK_FIELD.findall(text[: heads[0].start()]))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    texts = [f"{common}\n{text[head.end() : end]}" for head, end in zip(heads, ends, strict=True)]
    if len(texts) == 1:
        return [("", texts[0])]
    seen: Counter[str] = Counter()
    marks = []
    for head in heads:
        seen[head[1]] += 1
        marks.append(f"#{head[1]}" if seen[head[1]] == 1 else f"#{head[1]}-{seen[head[1]]}")
    return list(zip(marks, texts, strict=True))


def _text(data: bytes) -> str:
    """The text of a book: in the encoding that it names (abc-charset) where its bytes are not those of Unicode."""
    text = plain_text(data)
    named = _CHARSET.search(text)
    return decoded(data, named[1]) if named and text == data.decode("latin-1") else text


def read_tune(text: str) -> Score:
    """The music of one tune, in ticks of 1/96 of a quarter note; a track for each of its voices that has notes.

    Repeats are not played twice; grace notes and chord symbols are left out. Raises InputError, with a problem that
    does not name the file, where there is no music in it.
    """
    try:
        tune = _Reader(text)
    except (ValueError, ZeroDivisionError) as error:
        raise refusal(f"not readable as ABC ({first_line(error)})") from error
    voices = [(voice, _played(voice.events)) for voice in tune.voices.values()]
    voices = [(voice, played) for voice, played in voices if played.notes]
    if not voices:
        rests = any(isinstance(event, _Sound) for voice in tune.voices.values() for event in voice.events)
        raise refusal("no notes in it, only rests" if rests else "no notes in it")
    sounding = [
        (track, _ticks(start), _ticks(end), tune.sounding(voice, pitch))
        for track, (voice, played) in enumerate(voices)
        for start, end, pitch in played.notes
    ]
    rows = [(track, start, end, UNNAMED_DRUM if pitch is None else pitch) for track, start, end, pitch in sounding]
    unnamed = sum(pitch is None for *_, pitch in sounding)
    refuse_excess(max(end for _, _, end, _ in rows) / TICKS_PER_BEAT, len(rows))
    first = voices[0][1]
    signs = {_ticks(at): MetreChange(_ticks(at), metre) for at, metre in first.metres}
    lines = sorted({0, *map(_ticks, first.lines)})
    metres, first_bar = with_bar_lines(tuple(signs[tick] for tick in sorted(signs)), lines, TICKS_PER_BEAT)
    return Score(
        tracks=tuple(
            Track(
                name=clean_name(voice.name) or f"track {number}",
                program=tune.program(voice),
                drums=voice.drums,
            )
            for number, (voice, _) in enumerate(voices, start=1)
        ),
        notes=Notes.of(rows),
        ticks_per_beat=TICKS_PER_BEAT,
        metres=metres,
        first_bar=first_bar,
        tempo=sensible_tempo(tune.tempo),
        remarks=(*tune.remarks, *unnamed_strokes(unnamed)),
    )


def _ticks(whole_notes: Fraction) -> int:
    return round(whole_notes * _TICKS_PER_WHOLE)


@dataclass(slots=True)
class _Sound:
    """Notes struck together, or a rest: a length in whole notes, pitches, and those of them tied to the next."""

    length: Fraction
    pitches: tuple[int, ...] = ()
    tied: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _NewMetre:
    metre: TimeSignature


class _BarLine:
    pass


class _Overlay:
    """What comes next sounds from the beginning of the bar."""


_Event = _Sound | _NewMetre | _BarLine | _Overlay


@dataclass(slots=True)
class _Played:
    """Events in time, all of it in whole notes from the beginning: notes (start, end, pitch), bar lines, metres."""

    notes: list[tuple[Fraction, Fraction, int]] = field(default_factory=list)
    lines: list[Fraction] = field(default_factory=list)
    metres: list[tuple[Fraction, TimeSignature]] = field(default_factory=list)


def _played(events: list[_Event]) -> _Played:
    """A voice's events one after the other, those of an overlay beside the others of their bar; tied notes joined."""
    played = _Played()
    now = bar = furthest = Fraction(0)
    tied: dict[int, int] = {}  # pitch -> which note its tie will lengthen
    for event in events:
        match event:
            case _Sound(length, pitches, goes_on):
                end, still = now + length, {}
                for pitch in pitches if length else ():
                    note = tied.get(pitch)
                    if note is not None and played.notes[note][1] == now:
                        played.notes[note] = (played.notes[note][0], end, pitch)
                    else:
                        note = len(played.notes)
                        played.notes.append((now, end, pitch))
                    if pitch in goes_on:
                        still[pitch] = note
                now, tied = end, still
            case _NewMetre(metre):
                played.metres.append((now, metre))
            case _Overlay():
                now, furthest = bar, max(now, furthest)
            case _BarLine():
                now = bar = furthest = max(now, furthest)
                played.lines.append(bar)
    played.lines.append(max(now, furthest))
    return played


@dataclass(slots=True)
class _Voice:
    """What is written for one voice, and what holds for what comes next in it."""

    number: int = 0
    name: str = ""
    program: int | None = None
    channel: int | None = None  # of MIDI, counted from 1
    percussion: bool = False  # whether its clef is that of drums
    unit: Fraction | None = None  # length of a note without a number
    metre: TimeSignature | None = None
    key: dict[str, int] = field(default_factory=dict)
    shifts: dict[str, int] = field(default_factory=dict)  # semitones from what is written to what sounds, by reason
    events: list[_Event] = field(default_factory=list)
    accidentals: dict[str, int] = field(default_factory=dict)  # of this bar, by letter
    held: dict[tuple[str, int], int] = field(default_factory=dict)  # accidentals of tied notes, by letter and octave
    broken: Fraction | None = None  # what it makes of the next note
    tuplet: Fraction = Fraction(1)  # of so many next notes:
    tuplet_left: int = 0
    begun: bool = False  # whether a note has been struck

    @property
    def drums(self) -> bool:
        return self.percussion or self.channel == _PERCUSSION_CHANNEL

    def set_staff(self, said: Staff) -> None:
        """Take in what K: or V: says beside a key."""
        self.shifts |= said.shifts
        if said.percussion is not None:
            self.percussion = said.percussion

    def strike(self, notes: list[tuple[str, ...]], length: Fraction, hold: bool = False) -> None:
        """Write notes, as groups of _PITCH, struck together for so many units; all of them tied if `hold`."""
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
            pitch = 60 + _LETTERS[name] + 12 * octave + shift + semitones
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
        self.events.append(_Sound(length, pitches, tied))


class _Reader:
    """Reads a tune, line by line, each into the voice whose turn it is."""

    def __init__(self, text: str) -> None:
        self.tempo: float | None = None
        self.voices: dict[str, _Voice] = {}
        self.remarks: tuple[str, ...] = ()
        self._programs: dict[int, int] = {}  # by MIDI channel, counted from 1
        self._drum_keys: dict[int, int] = {}  # by the pitch that is written
        self._head_lines: dict[str, list[tuple[str, str]]] = {}  # fields and instructions in the head, by voice
        self._declared: str | None = None
        self._voice = self._head = _Voice()
        lines = _without_blocks(text)
        if not any(self._read_head(line) for line in lines):
            raise ValueError("no line K:, after which the music begins")
        self._turn_to(next(iter(self._head_lines), ""))
        begun = False
        for line in lines:
            if begun and not line.strip():
                break
            begun = self._read_line(line) or begun
        if any(line.startswith(("V:", "[V:")) for line in lines):
            self.remarks += ("what comes after an empty line, where ABC ends a tune, is left out",)

    def sounding(self, voice: _Voice, pitch: int) -> int | None:
        """The pitch that sounds; of drums the General MIDI key, or None where nothing names it."""
        if not voice.drums:
            return pitch
        return self._drum_keys.get(pitch, pitch if voice.channel == _PERCUSSION_CHANNEL else None)

    def program(self, voice: _Voice) -> int:
        """The General MIDI program of a voice: its own, or that of its channel; channels go by the order of voices."""
        channel = voice.channel or (voice.number if voice.number < _PERCUSSION_CHANNEL else voice.number + 1)
        return voice.program if voice.program is not None else self._programs.get(channel, 0)

    def _read_head(self, line: str) -> bool:
        """Take in a line before the music; whether it was the last."""
        found = _FIELD.match(line)
        if found and found[1] == "V":
            self._declared, said = _voice_and_rest(found[2])
            self._head_lines.setdefault(self._declared, []).append(("V", said))
        elif self._declared is not None and midi_instruction(line):
            self._head_lines[self._declared].append(("I", line))
        elif found:
            self._field(found[1], found[2])
        else:
            self._instruct(line)
        if not (found and found[1] == "K"):
            return False
        if self._head.unit is None and self._head.metre and self._head.metre.quarters < 3:
            self._head.unit = Fraction(1, 16)
        return True

    def _read_line(self, line: str) -> bool:
        """Take in a line after the head; whether it was music."""
        if line.startswith("%%"):
            self._instruct(line)
            return False
        found = _FIELD.match(line)
        if found and not _NOTE_BEFORE_REPEAT.match(line):
            self._field(found[1], found[2])
            return False
        music = re.sub(r'"[^"]*"?', "", line).partition("%")[0].strip()
        if "+" in music:
            music = _OLD_CHORD.sub(r"[\1]", music)
        for token in _TOKEN.finditer(music):
            self._take(token)
        return bool(music)

    def _instruct(self, line: str) -> None:
        """Take in a %%MIDI line for the voice whose turn it is, if it is one."""
        with contextlib.suppress(ValueError):  # one without the numbers that it needs says nothing
            match midi_instruction(line):
                case "program", [number] if not self._voice.begun:
                    self._voice.program = _midi_number(number)
                case "program", [channel, number, *_]:
                    self._programs.setdefault(_midi_number(channel), _midi_number(number))
                case "channel", [channel, *_]:
                    self._voice.channel = _midi_number(channel)
                case "transpose", [semitones, *_]:
                    self._voice.shifts["MIDI"] = int(semitones)
                case (("drummap" | "percmap"), [note, key, *_]):
                    self._name_drum(note, key)

    def _name_drum(self, note: str, key: str) -> None:
        found = _PITCH.fullmatch(note)
        if found:
            sign, letter, octaves, *_ = found.groups("")
            self._drum_keys[_written_pitch(letter, octaves) + SIGNS.get(sign, 0)] = _midi_number(key)

    def _field(self, letter: str, data: str) -> None:
        if letter == "V":
            self._turn_to(*_voice_and_rest(data))
            return
        voice, data = self._voice, data.partition("%")[0].strip()
        match letter:
            case "M":
                voice.metre = time_signature(data)
                if voice.metre:
                    voice.events.append(_NewMetre(voice.metre))
            case "I":
                self._instruct(f"I:{data}")
            case "L":
                voice.unit = unit_length(data)
            case "K":
                said = staff(data)
                voice.set_staff(said)
                if said.key or not data:
                    voice.key = key_signature(said.key)
            case "Q" if voice is self._head or self.tempo is None:
                self.tempo = tempo(data)

    def _turn_to(self, name: str, said: str = "") -> None:
        """What comes next is for the voice of this name, of which the head or this line may say more."""
        lines = [("V", said)]
        if name not in self.voices:
            lines = [*self._head_lines.get(name, ()), *lines]
            self.voices[name] = replace(
                self._head,
                number=len(self.voices) + 1,
                name="" if name.isdecimal() else name,
                shifts=dict(self._head.shifts),
                events=list(self._head.events),
                accidentals={},
                held={},
            )
        self._voice = self.voices[name]
        for kind, line in lines:
            if kind == "I":
                self._instruct(line)
                continue
            found = staff(line)
            self._voice.set_staff(found)
            self._voice.name = found.name or self._voice.name

    def _take(self, token: re.Match[str]) -> None:
        voice = self._voice
        match token.lastgroup:
            case "data":
                self._field(token["field"], token["data"])
            case "bar":
                voice.accidentals = {}
                voice.events.append(_BarLine())
            case "note":
                note = _PITCH.fullmatch(token["note"])
                if note:
                    voice.strike([note.groups("")], _multiple(note[4], note[5], note[6]))
            case "hold":
                notes = [note.groups("") for note in _PITCH.finditer(token["chord"])]
                if notes:
                    voice.strike(notes, _multiple(*notes[0][3:6]) * _times(token["times"]), bool(token["hold"]))
            case "rest":
                voice.wait(_times(token["rest"]))
            case "bars":
                voice.events.append(_Sound(int(token["bars"] or 1) * (voice.metre or COMMON_TIME).quarters / 4))
            case "tuplet" | "time" | "count":
                self._begin_tuplet(int(token["tuplet"]), token["time"], token["count"])
            case "broken":
                self._break(token["broken"])
            case "overlay":
                voice.events.append(_Overlay())
            case "tie" if voice.events and isinstance(voice.events[-1], _Sound):
                voice.events[-1].tied = voice.events[-1].pitches

    def _begin_tuplet(self, notes: int, time: str | None, count: str | None) -> None:
        metre = self._voice.metre
        by_metre = 3 if metre and metre.is_compound else 2
        in_the_time_of = int(time) if time else _IN_THE_TIME_OF.get(notes, by_metre)
        self._voice.tuplet = Fraction(in_the_time_of, notes)
        self._voice.tuplet_left = int(count) if count else notes

    def _break(self, signs: str) -> None:
        """A > lengthens the note before it by half and shortens the next by as much; a < the other way round."""
        short = Fraction(1, 2 ** len(signs))
        before, after = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        if self._voice.events and isinstance(last := self._voice.events[-1], _Sound):
            last.length *= before
            self._voice.broken = after


def _voice_and_rest(data: str) -> tuple[str, str]:
    """The name of a voice that a V: begins with, and what it says of it."""
    name, *rest = data.split(maxsplit=1) or [""]
    return name, "".join(rest)


def _midi_number(digits: str) -> int:
    """A number of MIDI's, 0 to 127. Raises ValueError where `digits` are none."""
    return min(max(int(digits), 0), 127)


def _written_pitch(letter: str, octaves: str) -> int:
    """The MIDI pitch of a letter without accidentals: C is middle C, c and C' lie an octave higher."""
    octave = letter.islower() + octaves.count("'") - octaves.count(",")
    return 60 + _LETTERS[letter.upper()] + 12 * octave


def _without_blocks(text: str) -> Iterator[str]:
    """The lines of a text, less those between %%begin... and %%end..., which are for the printer."""
    printing = False
    for line in text.split("\n"):
        if line.startswith("%%begin"):
            printing = True
        if not printing:
            yield line
        if line.startswith("%%end"):
            printing = False


def _times(length: str) -> Fraction:
    found = re.fullmatch(_LENGTH, length)
    return _multiple(*found.groups()) if found else Fraction(1)


@lru_cache(maxsize=1024)
def _multiple(digits: str, slashes: str, divisor: str) -> Fraction:
    """What a length such as 3/2, /4 or // multiplies the unit by."""
    return Fraction(int(digits or 1), int(divisor) if divisor else 2 ** len(slashes))
