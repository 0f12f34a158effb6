"""Which way to the key a person asks for."""

from ganola.music.score import Score


def semitones_to(tonic: int, score: Score) -> int:
    """By how many semitones to move `score`, whose tonic is C, to the pitch class `tonic`: the nearest way that MIDI
    can hold."""
    nearest = sorted((tonic, tonic - 12), key=abs)
    pitch = score.pitched.pitch
    fits = (way for way in nearest if not len(pitch) or (pitch.min() + way >= 0 and pitch.max() + way <= 127))
    return next(fits, 0)
