"""Time signatures for tests, in few words."""

from ganola.music.metre import MetreChange, TimeSignature


def metre_at(tick: int, text: str) -> MetreChange:
    """Return the change to a time signature, such as 3/4, at a tick."""
    return MetreChange(tick, TimeSignature.parse(text))
