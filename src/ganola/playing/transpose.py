"""Music in the key a person asks for."""

from ganola.music.score import Score


def in_key(score: Score, tonic: int) -> Score:
    """`score`, whose tonic is C, with the tonic at pitch class `tonic`, by the nearest way that MIDI can hold."""
    if not len(score.notes):
        return score
    low, high = int(score.notes.pitch.min()), int(score.notes.pitch.max())
    nearest = sorted((tonic, tonic - 12), key=abs)
    semitones = next((way for way in nearest if low + way >= 0 and high + way <= 127), nearest[0])
    return score.transposed(semitones)
