"""Keys: names, and finding the key of music from how long each pitch class sounds."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ganola.errors import InputError
from ganola.music.score import Score

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

# Krumhansl and Kessler's probe-tone ratings (Krumhansl 1990, Cognitive Foundations of Musical Pitch, p. 30).
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic as a pitch class (0 is C) and a mode."""

    tonic: int
    minor: bool

    def __str__(self) -> str:
        return f"{PITCH_CLASSES[self.tonic]} {'minor' if self.minor else 'major'}"

    @property
    def semitones_to_c(self) -> int:
        """The shortest transposition that brings the tonic to C, from -6 to 5."""
        return (-self.tonic + 6) % 12 - 6


def pitch_name(pitch: int) -> str:
    """Return the name of a MIDI pitch; 60 is C4."""
    return f"{PITCH_CLASSES[pitch % 12]}{pitch // 12 - 1}"


def parse_tonic(name: str) -> int:
    """Return the pitch class of a tonic such as D, Bb or f#. Raises InputError for anything else."""
    letter, accidentals = name.strip()[:1].upper(), name.strip()[1:]
    if letter not in _LETTERS or accidentals not in ("", "b", "#"):
        raise InputError(f"{name!r} is not a key", "Name a tonic: C, D, Bb, F# ...")
    return (_LETTERS[letter] + {"": 0, "b": -1, "#": 1}[accidentals]) % 12


def pitch_class_weights(score: Score) -> Float[np.ndarray, "12"]:
    """Return for how many ticks each pitch class sounds in all; drums do not count."""
    notes = score.pitched
    return np.bincount(notes.pitch % 12, weights=notes.end - notes.start, minlength=12).astype(np.float64)


def key_of(score: Score, tonic: int | None = None) -> Key | None:
    """Return the key of `score`, of those with this `tonic` if one is given; None where nothing tells, as of drums."""
    weights = pitch_class_weights(score)
    key = find_key(weights)
    if tonic is None or key is None:
        return key
    major, minor = (_ROTATED_PROFILES[tonic + 12 * mode] @ (weights - weights.mean()) for mode in (0, 1))
    return Key(tonic, minor=bool(minor > major))


def find_key(weights: Float[np.ndarray, "12"]) -> Key | None:
    """Return the key whose profile correlates best with `weights`, or None where all twelve are equal.

    The Krumhansl-Schmuckler algorithm (Krumhansl 1990, chapter 4).
    """
    if weights.min() == weights.max():
        return None
    best = int(profile_correlations(weights).argmax())
    return Key(tonic=best % 12, minor=best >= 12)


def profile_correlations(weights: Float[np.ndarray, "*music 12"]) -> Float[np.ndarray, "*music 24"]:
    """Return how well the profile of each key fits: the correlation of the 12 major keys, then of the 12 minor ones.

    Zero for weights that are all equal.
    """
    centred = weights - weights.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.divide(centred, length, out=np.zeros_like(centred), where=length > 0) @ _ROTATED_PROFILES.T


def _rotated_profiles() -> Float[np.ndarray, "24 12"]:
    rows = []
    for profile in (_MAJOR, _MINOR):
        centred = np.array(profile) - np.mean(profile)
        unit = centred / np.linalg.norm(centred)
        rows += [np.roll(unit, tonic) for tonic in range(12)]
    return np.array(rows)


_ROTATED_PROFILES = _rotated_profiles()
