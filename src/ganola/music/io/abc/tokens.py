"""The signs of ABC music (the ABC standard 2.1, section 4): notes, lengths, bar lines, tuplets ..."""

import re
from fractions import Fraction
from functools import lru_cache

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

_LENGTH = r"(\d{0,5})(/{0,5})(\d{0,5})"
PITCH = re.compile(rf"(\^\^?|__?|=)?([A-Ga-g])([,']*){_LENGTH}(-?)")
_OLD_CHORD = re.compile(r"\+(?!f+\+)((?:(?:\^\^?|__?|=)?[A-Ga-g][,']*\d{0,5}/{0,5}\d{0,5}){2,})\+")  # +CEG+, not +ff+
TOKEN = re.compile(
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


def music_in(line: str) -> str:
    """Return the music of a line, without its chord symbols and comments; chords as of old are written anew."""
    music = re.sub(r'"[^"]*"?', "", line).partition("%")[0].strip()
    return _OLD_CHORD.sub(r"[\1]", music) if "+" in music else music


def written_pitch(letter: str, octaves: str) -> int:
    """Return the MIDI pitch of a letter without accidentals: C is middle C, c and C' lie an octave higher."""
    octave = letter.islower() + octaves.count("'") - octaves.count(",")
    return 60 + _LETTERS[letter.upper()] + 12 * octave


def read_multiple(length: str) -> Fraction:
    """Return what a length such as 3/2, /4 or // multiplies the unit by; 1 where it says nothing."""
    found = re.fullmatch(_LENGTH, length)
    return unit_multiple(*found.groups()) if found else Fraction(1)


@lru_cache(maxsize=1024)
def unit_multiple(digits: str, slashes: str, divisor: str) -> Fraction:
    """Return what the three parts of a length multiply the unit by."""
    return Fraction(int(digits or 1), int(divisor) if divisor else 2 ** len(slashes))
