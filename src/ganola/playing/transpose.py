"""How far to move music to the key that a person asks for."""

from ganola.music.score import Score


def semitones_to(tonic: int, score: Score) -> int:
    """Return by how many semitones to move `score`, whose tonic is C, to the pitch class `tonic`: the nearest way.

    Where MIDI cannot hold the music there, it is the other way; where neither is possible, 0.
    """
    nearest = sorted((tonic, tonic - 12), key=abs)
    pitch = score.pitched.pitch
    fits = (way for way in nearest if not len(pitch) or (pitch.min() + way >= 0 and pitch.max() + way <= 127))
    return next(fits, 0)
