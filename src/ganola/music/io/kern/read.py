"""Humdrum in: the notes of a piece's **kern spines, a track each.

The fields of a line begin together, and each states how long it lasts. So a file says twice when its notes begin;
where the two differ, the line counts, and a remark says so.
"""

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ganola.errors import InputError
from ganola.music.bar_lines import restate_metres
from ganola.music.io.kern.instruments import drum_key, is_percussion, player
from ganola.music.io.kern.spines import Line, Spine, Strand, read_lines
from ganola.music.io.limits import refusal, refuse_excess
from ganola.music.metre import MetreChange, TimeSignature
from ganola.music.score import TICKS_PER_QUARTER, Notes, Score
from ganola.music.tempo import sensible_tempo
from ganola.music.tracks import UNNAMED_DRUM, clean_name, unnamed_strokes

_KERN = "**kern"
_NULL = "."
_MOST_KINDS = 4  # of columns, in a message
_LONG_NOTES = {"0": 8, "00": 16, "000": 32}  # breve, long and maxima, in quarter notes

_DURATION = re.compile(r"(\d{1,6})(?:%(\d{1,6}))?")
_PITCH = re.compile(r"([A-Ga-g])(\1*)(#{1,3}|-{1,3}|n)?")
_METRE = re.compile(r"\*M(\d{1,3}(?:\+\d{1,3})*)/(0|1|2|4|8|16|32|64)")
_TEMPO = re.compile(r"\*MM~?(\d{1,4}(?:\.\d+)?)")
_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


@dataclass(frozen=True, slots=True)
class _Note:
    """A note of a field, its length in quarter notes; `tied_on` and `tied_back` say how it is tied."""

    pitch: int
    length: Fraction
    tied_back: bool
    tied_on: bool


@dataclass(frozen=True, slots=True)
class _Sound:
    """What a field has: notes or a rest, how long it lasts (None for grace notes), and what cannot be understood."""

    length: Fraction | None
    notes: tuple[_Note, ...] = ()
    grace_notes: int = 0
    unread: int = 0


def read_kern(text: str) -> Score:
    """Return the music of a piece, in ticks of 1/96 of a quarter note: a track a **kern spine, the last spine first.

    Humdrum writes from the lowest part to the highest, at sounding pitch. Repeats are not played twice; grace notes are
    left out. Raises InputError, with a problem that does not name the file, where there is no music in it.
    """
    reader = _Reader()
    for line in read_lines(text):
        reader.take(line)
    return reader.score()


class _Reader:
    """Gathers the notes of a piece, line by line."""

    def __init__(self) -> None:
        self._kinds: dict[str, None] = {}
        self._rows: list[tuple[Spine, Fraction, Fraction, int]] = []
        self._spines: dict[Spine, None] = {}  # those of **kern, in the order of the file
        self._tied: dict[tuple[Spine, int, Fraction], int] = {}  # spine, pitch, end -> which row its tie will lengthen
        self._lines: list[Fraction] = []
        self._metres: dict[Fraction, TimeSignature] = {}
        self._tempo: float | None = None
        self._waiting_metre: TimeSignature | None = None
        self._bar_line_waits = False
        self._now = self._end = Fraction(0)
        self._ended = False
        self._grace_notes = self._unread = self._contradictions = 0

    def take(self, line: Line) -> None:
        """Take in a line: an interpretation or a bar line holds from the next notes on."""
        if line.is_interpretation:
            for strand, said in line.fields:
                self._interpret(strand, said)
        elif line.is_bar_line:
            self._bar_line_waits = True
        else:
            fields = [(strand, field) for strand, field in line.fields if strand.spine.kind == _KERN]
            self._take_notes(fields)

    def _interpret(self, strand: Strand, said: str) -> None:
        if said.startswith("**"):
            self._kinds.setdefault(said)
            if said == _KERN:
                self._spines.setdefault(strand.spine)
        self._ended = said == "*-"
        if strand.spine.kind != _KERN:
            return
        if metre := _METRE.fullmatch(said):
            self._waiting_metre = _metre(metre[1], int(metre[2])) or self._waiting_metre
        elif (tempo := _TEMPO.match(said)) and self._tempo is None:
            self._tempo = float(tempo[1])

    def _take_notes(self, fields: list[tuple[Strand, str]]) -> None:
        """Take in the fields of a line, which begin together."""
        sounds = [(strand, _sound(field)) for strand, field in fields if field.strip(_NULL) and field[0] not in "!="]
        for _, sound in sounds:
            self._grace_notes += sound.grace_notes
            self._unread += sound.unread
        begun = {strand: sound for strand, sound in sounds if sound.length is not None}
        if not begun:
            return
        onset = self._onset(list(begun), [strand for strand, _ in fields])
        for strand, sound in begun.items():
            self._strike(strand.spine, onset, sound)
            strand.until = onset + (sound.length or 0)
            self._end = max(self._end, strand.until)
        for strand, field in fields:
            if field == _NULL and strand.until is not None and strand.until <= onset:
                strand.until = None  # it is silent without a rest, and may come back at any time
        refuse_excess(float(self._end), len(self._rows))

    def _onset(self, begun: list[Strand], strands: list[Strand]) -> Fraction:
        """Return when a line begins: when what most of its strands had before ends; of several times the latest."""
        ends = Counter(strand.until for strand in begun if strand.until is not None)
        if ends:
            onset = max(ends, key=lambda end: (ends[end], end))
        else:
            onset = min(
                (strand.until for strand in strands if strand.until is not None and strand.until >= self._now),
                default=self._now,
            )
        self._contradictions += len(ends) > 1 or onset < self._now
        self._now = max(onset, self._now)
        if self._bar_line_waits:
            self._lines.append(self._now)
        if self._waiting_metre:
            self._metres[self._now] = self._waiting_metre
        self._bar_line_waits, self._waiting_metre = False, None
        return self._now

    def _strike(self, spine: Spine, onset: Fraction, sound: _Sound) -> None:
        for note in sound.notes:
            end = onset + note.length
            row = self._tied.pop((spine, note.pitch, onset), None) if note.tied_back else None
            if row is None:
                row = len(self._rows)
                self._rows.append((spine, onset, end, note.pitch))
            else:
                self._rows[row] = (spine, self._rows[row][1], end, note.pitch)
            if note.tied_on:
                self._tied[spine, note.pitch, end] = row

    def score(self) -> Score:
        """Return what was gathered. Raises InputError where that is no music."""
        if not self._rows:
            raise self._why_silent()
        spines = list(reversed(self._spines))
        number = {spine: index for index, spine in enumerate(spines)}
        percussion = {
            spine: drum_key(spine.interpretations) for spine in spines if is_percussion(spine.interpretations)
        }
        unnamed = sum(spine in percussion and percussion[spine] is None for spine, *_ in self._rows)
        rows = []
        for spine, start, end, pitch in self._rows:
            first = _ticks(start)
            key = (percussion[spine] or UNNAMED_DRUM) if spine in percussion else pitch
            rows.append((number[spine], first, max(_ticks(end), first + 1), key))
        signs = tuple(MetreChange(_ticks(at), metre) for at, metre in self._metres.items())
        lines = sorted({0, *map(_ticks, self._lines), _ticks(self._end)})
        metres, first_bar = restate_metres(signs, lines, TICKS_PER_QUARTER)
        return Score(
            tracks=tuple(player(spine.interpretations, index) for index, spine in enumerate(spines, start=1)),
            notes=Notes.of(rows),
            ticks_per_quarter=TICKS_PER_QUARTER,
            metres=metres,
            first_bar=first_bar,
            tempo=sensible_tempo(self._tempo),
            remarks=(*self._remarks(), *unnamed_strokes(unnamed)),
        )

    def _remarks(self) -> list[str]:
        found = []
        if self._unread:
            found.append(f"{_count(self._unread, 'word')} in its **kern columns not understood and left out")
        if self._contradictions:
            found.append(f"the lengths of its notes do not add up in {_count(self._contradictions, 'place')}")
        if not self._ended:
            found.append("its columns do not end with *-, so it may be cut off")
        return found

    def _why_silent(self) -> InputError:
        if not self._spines:
            kinds = ", ".join(map(clean_name, list(self._kinds)[:_MOST_KINDS]))
            return refusal(f"no **kern column in it, only {kinds}: ganola reads **kern")
        if self._unread:
            return refusal(f"no notes in it; {_count(self._unread, 'word')} in its **kern columns not understood")
        if self._grace_notes:
            return refusal(f"no notes in it but {_count(self._grace_notes, 'grace note')}, which ganola leaves out")
        return refusal("no notes in it, only rests" if self._end else "no notes in it")


def _ticks(quarters: Fraction) -> int:
    return round(quarters * TICKS_PER_QUARTER)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _metre(beats: str, unit: int) -> TimeSignature | None:
    """Return the metre that `*M` states; a unit of 0 is the breve."""
    numerator = sum(map(int, beats.split("+")))
    if not numerator:
        return None
    return TimeSignature(numerator, unit) if unit else TimeSignature(2 * numerator, 1)


@lru_cache(maxsize=4096)
def _sound(field: str) -> _Sound:
    """Return the notes or the rest of a field of a **kern spine; blanks stand between notes struck together."""
    words = [word for word in field.split(" ") if word and word != _NULL]
    lengths = [_length(word) for word in words]
    length = next((found for found in lengths if found), None)
    if any("q" in word or "Q" in word for word in words):
        return _Sound(None, grace_notes=len(words))
    if length is None:
        return _Sound(None, unread=len(words))
    notes = []
    unread = 0
    for word, own in zip(words, lengths, strict=True):
        pitch = _pitch(word)
        if pitch is not None:
            notes.append(_Note(pitch, own or length, "]" in word or "_" in word, "[" in word or "_" in word))
        elif "r" not in word:
            unread += 1
    return _Sound(length, tuple(notes), unread=unread)


def _length(word: str) -> Fraction | None:
    """Return how long a word of kern lasts, in quarter notes; None where it does not say.

    4 is a quarter, 3%2 two thirds of a whole, 0 a breve; dots lengthen.

    None where it does not say.
    """
    found = _DURATION.search(word)
    if not found or (found[2] and not int(found[2])):
        return None
    if not int(found[1]):
        if found[2] or found[1] not in _LONG_NOTES:
            return None
        length = Fraction(_LONG_NOTES[found[1]])
    else:
        length = Fraction(4 * int(found[2] or 1), int(found[1]))
    dots = min(word.count("."), 8)
    return length * (2 - Fraction(1, 2**dots))


def _pitch(word: str) -> int | None:
    """Return the MIDI pitch of a word of kern; None where it has none.

    c is middle C, cc the one above, C the one below.
    """
    found = None if "r" in word else _PITCH.search(word)
    if not found:
        return None
    letter, repeated, sign = found.groups("")
    octave = len(repeated) if letter.islower() else -1 - len(repeated)
    alteration = sign.count("#") - sign.count("-")
    pitch = 60 + 12 * octave + _SEMITONES[letter.lower()] + alteration
    return pitch if 0 <= pitch <= 127 else None
