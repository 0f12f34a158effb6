"""What the one number means to who listens: how far music is from real music, as a sentence and on a scale."""

FAR = 3.0  # Bach with one note in twenty out of tune is 3.7
SCALE = f"1 is real; above {FAR:g} anybody hears it"


def is_far(ratio: float) -> bool:
    """Return whether music so far from real music, in multiples of how far real music is, is heard to be none."""
    return round(ratio, 1) > FAR


def times(ratio: float) -> str:
    """Return the ratio as it is written: 2.4, and from ten on 137."""
    return f"{ratio:,.1f}" if ratio < 9.95 else f"{ratio:,.0f}"


def how_far(ratio: float) -> str:
    """Return the ratio in words: 2.4 times as far from real music as real music is from itself."""
    return f"{times(ratio)} times as far from real music as real music is from itself"
