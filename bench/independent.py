"""Second readers for `notes_right.py`: short, slow, with nothing of ganola's in them.

ABC is read by music21, the others by the formats' own definitions.

Each gives the notes of a file (of notation, the pitched ones) as (onset, end, pitch), times in quarter notes from the
beginning, tied notes joined, grace notes and cue notes left out, repeats taken once. What one cannot read, it says by
raising.
"""

import contextlib
import io
import re
import warnings
import zipfile
from collections import defaultdict
from fractions import Fraction
from xml.etree import ElementTree

import mido

Sounding = tuple[Fraction, Fraction, int]  # onset, end, pitch

ROUNDED = Fraction(
    1, 16
)  # of a quarter note: where divisions do not hold tuplets, their lengths add up to nearly a bar
_STEP = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def notes_of_midi(data: bytes) -> list[Sounding]:
    """Every note-on of every track, each ended by the first note-off that is left for it."""
    file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    found: list[Sounding] = []
    for track in file.tracks:
        tick = 0
        begun: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for message in track:
            tick += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = message.channel, message.note
            if message.type == "note_on" and message.velocity:
                begun[key].append(tick)
            elif begun[key]:
                found.append(_in_quarters(begun[key].pop(0), tick, message.note, file.ticks_per_beat))
        for (_, pitch), ticks in begun.items():
            found += [_in_quarters(start, tick, pitch, file.ticks_per_beat) for start in ticks]
    return found


def _in_quarters(start: int, end: int, pitch: int, ticks_per_quarter: int) -> Sounding:
    return Fraction(start, ticks_per_quarter), Fraction(end, ticks_per_quarter), pitch


def notes_of_musicxml(data: bytes) -> list[Sounding]:
    """Bar n begins at one time in all parts. It is as long as the first part's time signature says where the music of
    any part is, else as long as the longest; rests alone fill any bar."""
    root = ElementTree.fromstring(_document(data))  # noqa: S314 - the benchmark's own files
    parts = [_Part(part) for part in root.iter("part")]
    found: list[Sounding] = []
    begin = Fraction(0)
    for number in range(max(len(part.bars) for part in parts)):
        read = [part.read(part.bars[number], begin) for part in parts if number < len(part.bars)]
        heard = [length for length, only_rests in read if not only_rests]
        lengths = heard or [length for length, _ in read]
        bar = parts[0].bar
        begin += bar if any(abs(length - bar) <= ROUNDED for length in lengths) else max(lengths)
    for part in parts:
        found += part.notes
    return found


def _document(data: bytes) -> bytes:
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if "META-INF" not in name and name.endswith(("xml", "XML"))]
        return archive.read(max(names, key=lambda name: archive.getinfo(name).file_size))


class _Part:
    def __init__(self, part: ElementTree.Element) -> None:
        self.bars = part.findall("measure")
        self.notes: list[Sounding] = []
        self.bar = Fraction(4)  # quarter notes, by the time signature
        self._divisions, self._semitones = Fraction(1), 0
        self._tied: dict[tuple[int, str], int] = {}  # pitch and voice -> which note goes on

    def read(self, bar: ElementTree.Element, begin: Fraction) -> tuple[Fraction, bool]:
        """How long the bar is here, and whether it holds nothing but rests."""
        now = furthest = onset = begin
        only_rests = True
        for element in bar:
            if element.tag == "attributes":
                self._change(element)
            if element.tag in ("backup", "forward"):
                length = Fraction(element.findtext("duration", "0")) / self._divisions
                now = max(begin, now - length) if element.tag == "backup" else now + length
            if element.tag == "note" and element.find("grace") is None:
                length = Fraction(element.findtext("duration", "0")) / self._divisions
                if element.find("chord") is None:
                    onset, now = now, now + length
                sounds = element.find("rest") is None and element.find("cue") is None
                only_rests &= not sounds
                if sounds and element.find("pitch") is not None:
                    self._sound(element, onset, onset + length)
            furthest = max(furthest, now)
        return furthest - begin, only_rests

    def _change(self, attributes: ElementTree.Element) -> None:
        if divisions := attributes.findtext("divisions"):
            self._divisions = Fraction(divisions)
        time = attributes.find("time")
        if time is not None and time.findtext("beats", "").isdecimal():
            self.bar = Fraction(4 * int(time.findtext("beats", "4")), int(time.findtext("beat-type", "4")))
        transpose = attributes.find("transpose")
        if transpose is not None:
            octaves = int(transpose.findtext("octave-change", "0"))
            self._semitones = round(float(transpose.findtext("chromatic", "0"))) + 12 * octaves

    def _sound(self, note: ElementTree.Element, start: Fraction, end: Fraction) -> None:
        step, octave = note.findtext("pitch/step", "C"), int(note.findtext("pitch/octave", "4"))
        alter = round(float(note.findtext("pitch/alter", "0")))
        pitch = 12 * (octave + 1) + _STEP[step] + alter + self._semitones
        ties = {tie.get("type") for tie in note.iter("tie")}
        tied = pitch, note.findtext("voice", "")
        before = self._tied.pop(tied, None)
        if "stop" in ties and before is not None and self.notes[before][1] == start:
            self.notes[before] = (self.notes[before][0], end, pitch)
        else:
            self.notes.append((start, end, pitch))
            before = len(self.notes) - 1
        if "start" in ties:
            self._tied[tied] = before


def notes_of_humdrum(data: bytes) -> list[Sounding]:
    """Spines that split and merge, each with a clock of its own; a line sounds when the clocks of its tokens say."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    spines: list[_Spine] = []
    notes: list[Sounding] = []
    tied: dict[tuple[int, int], int] = {}
    for line in text.splitlines():
        if not line or line.startswith("!"):
            continue
        tokens = line.split("\t")
        if line.startswith("**"):
            spines = [_Spine(number, kind == "**kern", Fraction(0)) for number, kind in enumerate(tokens)]
        elif line.startswith("*"):
            spines = _steered(spines, tokens)
        elif not line.startswith("="):
            _strike(spines, tokens, notes, tied)
    return notes


class _Spine:
    """A column of the text: which spine it came from, whether it is music, and when its next token sounds."""

    def __init__(self, number: int, kern: bool, now: Fraction) -> None:
        self.number, self.kern, self.now = number, kern, now


def _steered(spines: list[_Spine], tokens: list[str]) -> list[_Spine]:
    after: list[_Spine] = []
    place = 0
    while place < len(tokens):
        spine, path = spines[place], tokens[place]
        run = 1
        if path == "*^":
            after += [spine, _Spine(spine.number, spine.kern, spine.now)]
        elif path == "*v":
            while place + run < len(tokens) and tokens[place + run] == "*v":
                run += 1
            merged = spines[place : place + run]
            after.append(_Spine(spine.number, spine.kern, max(one.now for one in merged)))
        elif path == "*x":
            run = 2
            after += [spines[place + 1], spine]
        elif path != "*-":
            after.append(spine)
        place += run
    return after


def _strike(spines: list[_Spine], tokens: list[str], notes: list[Sounding], tied: dict[tuple[int, int], int]) -> None:
    sounding = [
        (spine, token) for spine, token in zip(spines, tokens, strict=True) if spine.kern and token not in (".", "")
    ]
    timed = [(spine, token) for spine, token in sounding if not token.startswith("!") and "q" not in token.lower()]
    if not timed:
        return
    now = max(spine.now for spine, _ in timed)
    for spine, token in timed:
        length = Fraction(0)
        for one in token.split(" "):
            length = _length(one) or length
            letters = re.search(r"([a-gA-G])\1*", one)
            if letters is None or "r" in one:
                continue
            pitch = _kern_pitch(letters[0], one)
            before = tied.pop((spine.number, pitch), None) if "_" in one or "]" in one else None
            if before is not None and notes[before][1] == now:
                notes[before] = (notes[before][0], now + length, pitch)
            else:
                notes.append((now, now + length, pitch))
                before = len(notes) - 1
            if "[" in one or "_" in one:
                tied[spine.number, pitch] = before
        spine.now = now + length


def notes_of_abc(data: bytes) -> list[Sounding]:
    """The only tune of a file as music21 reads it, of which ganola has found faults in one tune of ten
    (docs/decisions/0004)."""
    from music21.abcFormat import ABCFile
    from music21.abcFormat.translate import abcToStreamScore

    if data.count(b"\nX:") + data.startswith(b"X:") != 1:
        raise ValueError("a book of tunes")
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        score = abcToStreamScore(ABCFile().readstr(data.decode("latin-1"))).stripTies()
        return [
            (Fraction(sound.offset), Fraction(sound.offset + sound.quarterLength), pitch.midi)
            for part in score.parts
            for sound in part.flatten().notes
            if sound.quarterLength and "Harmony" not in sound.classes
            for pitch in sound.pitches
        ]


def _length(token: str) -> Fraction:
    """Quarter notes of a token's recip, 0 without one."""
    found = re.search(r"(\d+)(?:%(\d+))?(\.*)", token)
    if found is None:
        return Fraction(0)
    whole = Fraction(2 ** len(found[1])) if set(found[1]) == {"0"} else Fraction(int(found[2] or 1), int(found[1]))
    return 4 * whole * (2 - Fraction(1, 2 ** len(found[3])))


def _kern_pitch(letters: str, token: str) -> int:
    octave = 3 + len(letters) if letters[0].islower() else 4 - len(letters)
    return 12 * (octave + 1) + _STEP[letters[0].upper()] + token.count("#") - token.count("-")
