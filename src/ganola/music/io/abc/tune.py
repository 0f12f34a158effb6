"""An ABC tune, line by line: each line goes to the voice whose turn it is."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from ganola.music.io.abc.events import BarLine, NewMetre, Overlay, Sound
from ganola.music.io.abc.fields import (
    SIGNS,
    key_signature,
    midi_instruction,
    staff,
    tempo,
    time_signature,
    unit_length,
)
from ganola.music.io.abc.tokens import PITCH, TOKEN, music_in, read_multiple, unit_multiple, written_pitch
from ganola.music.io.abc.voice import PERCUSSION_CHANNEL, Voice
from ganola.music.metre import COMMON_TIME

_FIELD = re.compile(r"^(?:[LMQ]:|%%MIDI|I:[ ]*MIDI).*", re.MULTILINE)  # what of its head goes for each tune
_FIELD = re.compile(r"([A-Za-z+]):(?![|:])(.*)")
_NOTE_BEFORE_REPEAT = re.compile(r"[A-Ga-g]:[][\d]")

_IN_THE_TIME_OF = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # tuplets; those of other numbers go by the metre


class TuneReader:
    """Reads a tune, line by line, each into the voice whose turn it is."""

    def __init__(self, text: str) -> None:
        self.tempo: float | None = None
        self.voices: dict[str, Voice] = {}
        self.remarks: tuple[str, ...] = ()
        self._programs: dict[int, int] = {}  # by MIDI channel, counted from 1
        self._drum_keys: dict[int, int] = {}  # by the pitch that is written
        self._head_lines: dict[str, list[tuple[str, str]]] = {}  # fields and instructions in the head, by voice
        self._declared: str | None = None
        self._voice = self._head = Voice()
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

    def sounding(self, voice: Voice, pitch: int) -> int | None:
        """Return the pitch that sounds; of drums the General MIDI key, or None where nothing names it."""
        if not voice.drums:
            return pitch
        return self._drum_keys.get(pitch, pitch if voice.channel == PERCUSSION_CHANNEL else None)

    def program(self, voice: Voice) -> int:
        """Return the General MIDI program of a voice: its own, or that of its channel.

        Channels follow the order of the voices.
        """
        channel = voice.channel or (voice.number if voice.number < PERCUSSION_CHANNEL else voice.number + 1)
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
            self._read_field(found[1], found[2])
        else:
            self._read_instruction(line)
        if not (found and found[1] == "K"):
            return False
        if self._head.unit is None and self._head.metre and self._head.metre.quarters < 3:
            self._head.unit = Fraction(1, 16)
        return True

    def _read_line(self, line: str) -> bool:
        """Take in a line after the head; whether it was music."""
        if line.startswith("%%"):
            self._read_instruction(line)
            return False
        found = _FIELD.match(line)
        if found and not _NOTE_BEFORE_REPEAT.match(line):
            self._read_field(found[1], found[2])
            return False
        music = music_in(line)
        for token in TOKEN.finditer(music):
            self._read_token(token)
        return bool(music)

    def _read_instruction(self, line: str) -> None:
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
        found = PITCH.fullmatch(note)
        if found:
            sign, letter, octaves, *_ = found.groups("")
            self._drum_keys[written_pitch(letter, octaves) + SIGNS.get(sign, 0)] = _midi_number(key)

    def _read_field(self, letter: str, data: str) -> None:
        if letter == "V":
            self._turn_to(*_voice_and_rest(data))
            return
        voice, data = self._voice, data.partition("%")[0].strip()
        match letter:
            case "M":
                voice.metre = time_signature(data)
                if voice.metre:
                    voice.events.append(NewMetre(voice.metre))
            case "I":
                self._read_instruction(f"I:{data}")
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
        """Read what comes next into the voice of this name, of which the head or this line may say more."""
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
                self._read_instruction(line)
                continue
            found = staff(line)
            self._voice.set_staff(found)
            self._voice.name = found.name or self._voice.name

    def _read_token(self, token: re.Match[str]) -> None:
        voice = self._voice
        match token.lastgroup:
            case "data":
                self._read_field(token["field"], token["data"])
            case "bar":
                voice.accidentals = {}
                voice.events.append(BarLine())
            case "note":
                note = PITCH.fullmatch(token["note"])
                if note:
                    voice.strike([note.groups("")], unit_multiple(note[4], note[5], note[6]))
            case "hold":
                notes = [note.groups("") for note in PITCH.finditer(token["chord"])]
                if notes:
                    voice.strike(
                        notes, unit_multiple(*notes[0][3:6]) * read_multiple(token["times"]), bool(token["hold"])
                    )
            case "rest":
                voice.wait(read_multiple(token["rest"]))
            case "bars":
                voice.events.append(Sound(int(token["bars"] or 1) * (voice.metre or COMMON_TIME).quarters / 4))
            case "tuplet" | "time" | "count":
                self._begin_tuplet(int(token["tuplet"]), token["time"], token["count"])
            case "broken":
                self._break_rhythm(token["broken"])
            case "overlay":
                voice.events.append(Overlay())
            case "tie" if voice.events and isinstance(voice.events[-1], Sound):
                voice.events[-1].tied = voice.events[-1].pitches

    def _begin_tuplet(self, notes: int, time: str | None, count: str | None) -> None:
        metre = self._voice.metre
        by_metre = 3 if metre and metre.is_compound else 2
        in_the_time_of = int(time) if time else _IN_THE_TIME_OF.get(notes, by_metre)
        self._voice.tuplet = Fraction(in_the_time_of, notes)
        self._voice.tuplet_left = int(count) if count else notes

    def _break_rhythm(self, signs: str) -> None:
        """Lengthen the note before a > by half and shorten the next by as much; a < is the other way round."""
        short = Fraction(1, 2 ** len(signs))
        before, after = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        if self._voice.events and isinstance(last := self._voice.events[-1], Sound):
            last.length *= before
            self._voice.broken = after


def _voice_and_rest(data: str) -> tuple[str, str]:
    """Return the name of a voice that a V: begins with, and what the V: says of it."""
    name, *rest = data.split(maxsplit=1) or [""]
    return name, "".join(rest)


def _midi_number(digits: str) -> int:
    """Return a number of MIDI's, 0 to 127. Raises ValueError where `digits` are none."""
    return min(max(int(digits), 0), 127)


def _without_blocks(text: str) -> Iterator[str]:
    """Yield the lines of a text, less those between %%begin... and %%end..., which are for the printer."""
    printing = False
    for line in text.split("\n"):
        if line.startswith("%%begin"):
            printing = True
        if not printing:
            yield line
        if line.startswith("%%end"):
            printing = False
