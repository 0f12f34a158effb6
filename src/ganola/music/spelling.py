"""How pitches are spelt in a key: its signature, and the letter, the accidental and the octave of each pitch.

Notes are counted along the line of fifths ... B flat -2, F -1, C 0, G 1, D 2 ...: seven letters in a row, and again
with a sharp (or without a flat).
"""

from typing import NamedTuple

from ganola.music.key import Key

_LETTERS = "FCGDAEB"  # in fifths; the F is at -1
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MOST_SHARPS = {False: 6, True: 5}  # in a signature: of F sharp major and of G sharp minor; beyond, keys have flats
_LOWEST = {False: -3, True: -2}  # fifths beside the signature: E flat in C major, B flat in A minor


class Spelling(NamedTuple):
    """A pitch as it is written: its letter, its sharps (flats are negative), and its octave; C4 is middle C."""

    letter: str
    sharps: int
    octave: int


def signature(key: Key) -> int:
    """Return how many sharps the signature of `key` has; flats are negative."""
    sharps = (7 * (key.tonic + 3 * key.minor)) % 12
    return sharps if sharps <= _MOST_SHARPS[key.minor] else sharps - 12


def key_name(key: Key) -> str:
    """Return the name of `key` as its signature has it: "Db major", "G# minor"."""
    letter, sharps = _note_at(signature(key) + 3 * key.minor)
    return f"{letter}{'#' * sharps}{'b' * -sharps} {'minor' if key.minor else 'major'}"


def spell(pitch: int, key: Key) -> Spelling:
    """Return how `pitch` is written in `key`.

    A key has twelve notes in a row along the line of fifths: C major those from E flat to G sharp, A minor those from
    B flat to D sharp, with the raised sixth and seventh degrees of its scale.
    """
    lowest = signature(key) + _LOWEST[key.minor]
    fifths = lowest + (7 * pitch - lowest) % 12
    letter, sharps = _note_at(fifths)
    return Spelling(letter, sharps, (pitch - sharps - _NATURAL[letter]) // 12 - 1)


def scale_sharps(letter: str, key: Key) -> int:
    """Return how many sharps the signature of `key` gives to a letter; flats are negative."""
    return (signature(key) - _LETTERS.index(letter) + 6) // 7


def _note_at(fifths: int) -> tuple[str, int]:
    """Return the letter and the sharps of the note so many fifths above C."""
    sharps, letter = divmod(fifths + 1, 7)
    return _LETTERS[letter], sharps
