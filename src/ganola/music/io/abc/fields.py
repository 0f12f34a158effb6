"""What the fields of an ABC tune mean (the ABC standard 2.1, section 3; %%MIDI as in abc2midi): text in, values out."""

import html
import re
from dataclasses import dataclass
from fractions import Fraction

from ganola.music.metre import TimeSignature

SIGNS = {"=": 0, "^": 1, "^^": 2, "_": -1, "__": -2}

_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}  # sharps of a major key
_MODES = {"m": -3, "min": -3, "aeo": -3, "mix": -1, "dor": -2, "phr": -4, "lyd": 1, "loc": -5}  # sharps more than major

_PROPERTY = re.compile(r'(?<!\S)([a-z]+)=("[^"]*"|\S*)')
_CLEF = re.compile(
    r"(?P<name>treble|alto|tenor|bass|soprano|mezzosoprano|baritone|perc|auto|none|[CFGP])\d?"
    r"(?:(?P<way>[+-])(?P<by>8|15)|[_^]\d+)?"
)
_CLEF_LETTERS = frozenset({"C", "F", "G", "P", "none"})  # in K: a clef only behind clef=, for they could be the key
_OCTAVES = {"8": 1, "15": 2}
_INSTRUCTION = re.compile(r"(?:%%|I:)\s*(?:MIDI[\s=]+(\w+)|(percmap))([^%]*)")


@dataclass(frozen=True, slots=True)
class Staff:
    """What K: or V: says: semitones from written to sounding pitch, by what asks for them; the clef; a name; a key.

    What is not said is not in `shifts`, and `percussion` and `name` are None. `key` is what is left.
    """

    shifts: dict[str, int]
    percussion: bool | None
    name: str | None
    key: str


def staff(said: str) -> Staff:
    """Take apart what a K: or V: says, such as `clef=bass`, `treble-8`, `transpose=-2`, `name="Flute"`."""
    properties = {found[1]: found[2].strip('"') for found in _PROPERTY.finditer(said)}
    clefs, rest = [], []
    for word in _PROPERTY.sub(" ", said).split():
        clef = _CLEF.fullmatch(word)
        if clef and clef["name"] not in _CLEF_LETTERS:
            clefs.append(clef)
        else:
            rest.append(word)
    if (clef := _CLEF.fullmatch(properties.get("clef", ""))) is not None:
        clefs.append(clef)
    shifts = {
        name: semitones * int(properties[name])
        for name, semitones in (("octave", 12), ("transpose", 1))
        if re.fullmatch(r"[+-]?\d{1,3}", properties.get(name, ""))
    }
    for clef in clefs:
        shifts["clef"] = 12 * int(f"{clef['way']}{_OCTAVES[clef['by']]}") if clef["way"] else 0
    name = properties.get("name", properties.get("nm"))
    return Staff(
        shifts=shifts,
        percussion=clefs[-1]["name"] in ("perc", "P") if clefs else None,
        name=None if name is None else html.unescape(name.replace("\\n", " ")).strip(),
        key=" ".join(rest),
    )


def key_signature(data: str) -> dict[str, int]:
    """Return the accidentals of a key by letter: of G, Gm, A mixolydian, Bb lyd, D exp _b; of bagpipes (Hp)."""
    found = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", data)
    fifths = 2 if data[:2].lower() == "hp" else 0
    if found and found[3].lower() != "exp":
        fifths = _FIFTHS[found[1]] + {"#": 7, "b": -7, "": 0}[found[2]] + _MODES.get(found[3][:3].lower(), 0)
    order, sign = ("FCGDAEB", 1) if fifths > 0 else ("BEADGCF", -1)
    signature = dict.fromkeys(order[: abs(fifths)], sign)
    stated = re.findall(r"(\^\^?|__?|=)([A-Ga-g])", data)
    return signature | {letter.upper(): SIGNS[sign] for sign, letter in stated}


def unit_length(data: str) -> Fraction:
    """Return the length of a note that an L: states. Raises ValueError where that is none."""
    unit = Fraction(data)
    if unit <= 0:
        raise ValueError(f"a note of the length {data.strip()}")
    return unit


def time_signature(data: str) -> TimeSignature | None:
    """Return the time signature that an M: states, if one: C, C|, 6/8, (2+3)/8."""
    if data in ("C", "C|"):
        return TimeSignature(4, 4) if data == "C" else TimeSignature(2, 2)
    found = re.match(r"\(?(\d{1,2}(?:\+\d{1,2})*)\)?/(1|2|4|8|16|32|64)\b", data.replace(" ", ""))
    numerator = sum(map(int, found[1].split("+"))) if found else 0
    return TimeSignature(numerator, int(found[2])) if found and numerator else None


def tempo(data: str) -> float | None:
    """Return the quarter notes a minute of 1/4=90, 3/8=60 "Andante" or, as of old, 90."""
    plain = re.sub(r'"[^"]*"', "", data)
    if found := re.search(r"(\d{1,3}/\d{1,3}(?:\s+\d{1,3}/\d{1,3})*)\s*=\s*(\d{1,3}(?:\.\d+)?)\b", plain):
        return float(4 * sum(map(Fraction, found[1].split())) * Fraction(found[2])) or None
    found = re.search(r"(?:^|=)\s*(\d{1,3}(?:\.\d+)?)\s*$", plain)
    return float(found[1]) or None if found else None


def midi_instruction(line: str) -> tuple[str, list[str]] | None:
    """Return the word and the values of a %%MIDI (or %%percmap) line, or of I:MIDI; None of other lines."""
    found = _INSTRUCTION.match(line)
    return ((found[1] or found[2]).lower(), found[3].split()) if found else None
